#!/usr/bin/env escript
%% GS-11: a child that is ordered to shut down, and one that is killed. Both trap exits, as every
%% worker of tomte does.
-module(gs_11).
-include("common.hrl").

run() ->
    {ok, Root} = supervisor:start_link(?MODULE, supervisor),
    [ends(Root, Verb, Name) || {Verb, Name} <- [{stop, a}, {kill, b}]].

ends(Root, Verb, Name) ->
    Monitor = monitor(process, Name),
    say("~s ~s", [Verb, Name]),
    ok = supervisor:terminate_child(Root, Name),
    receive {'DOWN', Monitor, _, _, Reason} -> say("ended ~s (~p)", [Name, Reason]) end.

child(Name, Shutdown) ->
    Start = {gen_server, start_link, [{local, Name}, ?MODULE, Name, []]},
    #{id => Name, start => Start, shutdown => Shutdown}.

init(supervisor) ->
    {ok, {#{}, [child(a, infinity), child(b, brutal_kill)]}};
init(Name) ->
    process_flag(trap_exit, true),
    say("init ~s", [Name]),
    {ok, Name}.

handle_call(_, _, Name) -> {reply, ok, Name}.
handle_cast(_, Name) -> {noreply, Name}.
terminate(Reason, Name) -> say("terminate ~s (~p)", [Name, Reason]).

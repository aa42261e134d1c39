#!/usr/bin/env escript
%% GS-09: the idle timer against what is queued. `hold` keeps the server busy until told to go on,
%% so that what comes next is queued for certain.
-module(gs_09).
-include("common.hrl").

-define(SHORT, 100).

run() ->
    {ok, Server} = gen_server:start_link(?MODULE, self(), []),
    Cast = fun(Message) -> gen_server:cast(Server, Message) end,
    %% a timer of 0 is set while `a` is queued
    Cast(hold), Cast(a), Server ! {go_on, 0},
    await(a),
    %% a timer of 0 is set while nothing is queued
    Cast(hold), Server ! {go_on, 0},
    await(idle),
    %% a short timer is set while `b` is queued; `c` comes when its time is over
    Cast(hold), Cast(b), Server ! {go_on, ?SHORT},
    await(b),
    timer:sleep(5 * ?SHORT),
    Cast(c),
    await(c),
    %% a short timer is set and nothing comes
    Cast(hold), Server ! {go_on, ?SHORT},
    await(idle).

await(What) -> receive {heard, What} -> ok end.

init(Main) -> {ok, Main}.

handle_call(_, _, Main) -> {reply, ok, Main}.

handle_cast(hold, Main) ->
    say("cast hold"),
    receive {go_on, Time} -> {noreply, Main, Time} end;
handle_cast(Message, Main) ->
    say("cast ~s", [Message]),
    Main ! {heard, Message},
    {noreply, Main}.

handle_info(timeout, Main) ->
    say("timer idle"),
    Main ! {heard, idle},
    {noreply, Main}.

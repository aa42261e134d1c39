#!/usr/bin/env escript
%% GS-12: one step stops and replies. What the server sends arrives in the order it was sent, so
%% the caller, which alone speaks, knows what came first.
-module(gs_12).
-include("common.hrl").

run() ->
    {ok, Server} = gen_server:start(?MODULE, self(), []),
    monitor(process, Server),
    say("call stop"),
    Request = gen_server:send_request(Server, stop),
    hear(Request).

hear(Request) ->
    receive
        {'DOWN', _, _, _, Reason} ->
            say("ended (~p)", [Reason]);
        {terminating, Reason} ->
            say("terminate (~p)", [Reason]),
            hear(Request);
        Message ->
            case gen_server:check_response(Message, Request) of
                {reply, Reply} -> say("reply ~s", [Reply]);
                no_reply -> say("unexpected: ~p", [Message])
            end,
            hear(Request)
    end.

init(Main) -> {ok, Main}.
handle_call(stop, _, Main) -> {stop, normal, done, Main}.
handle_cast(_, Main) -> {noreply, Main}.
terminate(Reason, Main) -> Main ! {terminating, Reason}.

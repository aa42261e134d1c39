#!/usr/bin/env escript
%% GE-06: one of three handlers refuses a change of code.
-module(ge_06).
-include("handlers.hrl").

run() ->
    Manager = manager(),
    ok = gen_event:sync_notify(Manager, first),
    ok = sys:suspend(Manager),
    {error, _} = sys:change_code(Manager, ?MODULE, old, []),
    say("change of code: refused"),
    ok = sys:resume(Manager),
    [say("state of ~s: ~p", [Name, gen_event:call(Manager, {?MODULE, Name}, state)]) || Name <- [a, b, c]],
    ok = gen_event:sync_notify(Manager, second),
    handlers(Manager).

#!/usr/bin/env escript
%% GE-01: three handlers, two events.
-module(ge_01).
-include("handlers.hrl").

run() ->
    Manager = manager(),
    ok = gen_event:notify(Manager, first),
    ok = gen_event:sync_notify(Manager, second),
    say("sync_notify: ok"),
    handlers(Manager).

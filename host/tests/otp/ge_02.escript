#!/usr/bin/env escript
%% GE-02: the handler in the middle crashes.
-module(ge_02).
-include("handlers.hrl").

run() ->
    Manager = manager(),
    ok = gen_event:sync_notify(Manager, crash),
    say("sync_notify: ok"),
    handlers(Manager),
    ok = gen_event:sync_notify(Manager, after_it),
    say("sync_notify: ok").

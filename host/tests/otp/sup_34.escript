#!/usr/bin/env escript
%% SUP-34: a transient supervisor gives up.
-module(sup_34).
-include("supervisor.hrl").

run() ->
    {ok, _} = boot(9, [worker(a), supervisor(mid, transient, 0, [worker(b), worker(c)])]),
    crash(b),
    settled(mid),
    running(),
    shut_down().

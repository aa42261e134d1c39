#!/usr/bin/env escript
%% SUP-20: a crashed child fails at every restart, four are allowed.
-module(sup_20).
-include("supervisor.hrl").

run() ->
    {ok, _} = boot(4, [worker(a), worker(b), worker(c)]),
    broken(b),
    crash(b),
    finished().

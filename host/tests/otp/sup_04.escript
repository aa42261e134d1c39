#!/usr/bin/env escript
%% SUP-04: the second child fails at the first start.
-module(sup_04).
-include("supervisor.hrl").

run() ->
    broken(b),
    {error, {shutdown, {failed_to_start_child, Child, _}}} = boot(9, [worker(a), worker(b), worker(c)]),
    receive {'EXIT', _, {shutdown, _}} -> say("finished: shutdown, child ~s failed to start", [Child]) end.

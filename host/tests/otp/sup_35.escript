#!/usr/bin/env escript
%% SUP-35: five temporary children crash where no restart is allowed.
-module(sup_35).
-include("supervisor.hrl").

run() ->
    Names = [a, b, c, d, e],
    {ok, _} = boot(0, [worker(Name, temporary) || Name <- Names] ++ [worker(f)]),
    [begin crash(Name), settled(Name) end || Name <- Names],
    running(),
    shut_down().

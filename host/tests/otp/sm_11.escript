#!/usr/bin/env escript
%% SM-11: a state that is repeated is entered again, and postpones on.
-module(sm_11).
-include("common.hrl").

run() ->
    {ok, Machine} = gen_statem:start_link(?MODULE, [], []),
    [gen_statem:cast(Machine, Event) || Event <- [later, repeat, next, change]],
    ok = gen_statem:stop(Machine).

init([]) -> {ok, one, []}.
callback_mode() -> [handle_event_function, state_enter].

handle_event(enter, Old, State, _) -> say("~s: entered from ~s", [State, Old]), keep_state_and_data;
handle_event(cast, later, one, _) -> say("one: cast later -> postpone"), {keep_state_and_data, postpone};
handle_event(cast, repeat, one, _) -> say("one: cast repeat -> repeat-state"), repeat_state_and_data;
handle_event(cast, change, one, _) -> say("one: cast change -> next-state two"), {next_state, two, []};
handle_event(cast, Event, State, _) -> say("~s: cast ~s", [State, Event]), keep_state_and_data.

terminate(_, _, _) -> ok.

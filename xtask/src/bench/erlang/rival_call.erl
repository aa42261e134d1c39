%% A telephone call as an OTP gen_statem: what guests/call is. A session is found by its line in the
%% table `calls`.
-module(rival_call).
-behaviour(gen_statem).
-export([start_link/1, init/1, callback_mode/0, terminate/3]).
-export([dialing/3, ringing/3, talking/3, on_hold/3]).

-define(NUMBER_DIGITS, 4).
-define(DIGIT_TIME, 10000).
-define(RING_TIME, 30000).

-record(line, {from, to = [], since}).

start_link(From) ->
    gen_statem:start_link(?MODULE, From, [{hibernate_after, 5000}]).

callback_mode() -> state_functions.

init(From) ->
    ets:insert(calls, {From, self()}),
    {ok, dialing, #line{from = From}, [{state_timeout, ?DIGIT_TIME, slow}]}.

dialing({call, Caller}, {digit, Digit}, #line{to = To} = Line) when Digit >= $0, Digit =< $9 ->
    dialed(Caller, Line#line{to = [Digit | To]});
dialing({call, _}, {digit, $*}, _) ->
    error(no_service_codes_are_wired_here);
dialing(Kind, Event, Line) ->
    in_any_state(dialing, Kind, Event, Line).

dialed(Caller, #line{to = To} = Line) when length(To) < ?NUMBER_DIGITS ->
    {keep_state, Line, [{reply, Caller, dialing}, {state_timeout, ?DIGIT_TIME, slow}]};
dialed(Caller, Line) ->
    {next_state, ringing, Line, [{reply, Caller, ringing}, {state_timeout, ?RING_TIME, nobody}]}.

ringing({call, Caller}, answer, Line) ->
    {next_state, talking, Line#line{since = erlang:system_time(millisecond)}, [{reply, Caller, talking}]};
ringing(Kind, Event, Line) ->
    in_any_state(ringing, Kind, Event, Line).

talking({call, Caller}, hold, Line) ->
    {next_state, on_hold, Line, [{reply, Caller, on_hold}]};
talking(Kind, Event, Line) ->
    in_any_state(talking, Kind, Event, Line).

on_hold({call, Caller}, resume, Line) ->
    {next_state, talking, Line, [{reply, Caller, talking}]};
on_hold(Kind, Event, Line) ->
    in_any_state(on_hold, Kind, Event, Line).

in_any_state(State, {call, Caller}, where, _) ->
    {keep_state_and_data, [{reply, Caller, State}]};
in_any_state(_, {call, Caller}, hang_up, Line) ->
    {stop_and_reply, normal, [{reply, Caller, gone}], Line};
in_any_state(_, state_timeout, _, _) ->
    {stop, normal};
in_any_state(_, {call, Caller}, _, _) ->
    {keep_state_and_data, [{reply, Caller, refused}]}.

terminate(_, _, #line{from = From}) ->
    ets:delete(calls, From).

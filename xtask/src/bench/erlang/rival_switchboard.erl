%% The telephone switchboard at scale, as `tomte-bench switchboard` measures it: the same calls by as
%% many clients. Arguments: calls, milliseconds of events and of rest, and the file to write to, one
%% JSON object a line.
-module(rival_switchboard).
-export([main/1]).
%% The exchange, a gen_server, and the supervisor of the calls: both begin with init/1.
-export([init/1, handle_call/3, handle_cast/2]).

-define(CLIENTS, 256).
-define(FIRST, 2000).
-define(BUSY, 1000).

%% A process of its own: the one that `erl -run` gives traps exits.
main([Calls, Milliseconds, Rest, File]) ->
    Measure = fun() ->
        [C, T, R] = [list_to_integer(Argument) || Argument <- [Calls, Milliseconds, Rest]],
        Lines = measure(C, T, R),
        ok = file:write_file(File, Lines)
    end,
    {_, Monitor} = spawn_monitor(Measure),
    receive
        {'DOWN', Monitor, process, _, normal} -> halt(0);
        {'DOWN', Monitor, process, _, _} -> halt(1)
    end.

init(supervisor) ->
    Call = #{id => call, start => {rival_call, start_link, []}, restart => temporary},
    {ok, {#{strategy => simple_one_for_one}, [Call]}};
init(exchange) ->
    {ok, nothing}.

handle_call({lift, Line}, _, nothing) ->
    {ok, _} = supervisor:start_child(calls, [Line]),
    {reply, dialing, nothing}.

handle_cast(_, nothing) ->
    {noreply, nothing}.

measure(Calls, Time, Rest) ->
    ets:new(calls, [named_table, public, {read_concurrency, true}, {write_concurrency, true}]),
    {ok, _} = supervisor:start_link({local, calls}, ?MODULE, supervisor),
    {ok, _} = gen_server:start_link({local, exchange}, ?MODULE, exchange, []),
    [begin set_up(Line), gone = tell(Line, hang_up) end || Line <- [a, b, c, d]],
    First = min(Calls, ?FIRST),
    Before = resident(),
    Begin = now_ns(),
    all(1, First, fun set_up/1),
    PerCall = (resident() - Before) / First,
    all(First + 1, Calls, fun set_up/1),
    Took = now_ns() - Begin,
    SetUp = (resident() - Before) / Calls,
    Lines = [
        line("memory of a call, the first 2,000", "bytes", PerCall),
        line("memory of a call, all of them", "bytes", SetUp),
        line("calls set up", "per_second", Calls / Took * 1.0e9),
        line("events, all calls in turn", "per_second", events(Calls, Time))
    ],
    timer:sleep(Rest),
    Lines ++ [
        line("memory of a call, at rest", "bytes", (resident() - Before) / Calls),
        line("events, 1,000 busy calls", "per_second", events(min(Calls, ?BUSY), Time)),
        line("calls that went on after a crash", "count", crash_one(Calls))
    ].

line(Scenario, Metric, Value) ->
    io_lib:format("{\"scenario\":\"~s\",\"subject\":\"erlang gen_statem\",\"metric\":\"~s\",\"value\":~.3f}~n",
                  [Scenario, Metric, float(Value)]).

now_ns() -> erlang:monotonic_time(nanosecond).

set_up(Line) ->
    dialing = gen_server:call(exchange, {lift, Line}, infinity),
    [dialing, dialing, dialing, ringing] = [tell(Line, {digit, Digit}) || Digit <- "2220"],
    talking = tell(Line, answer).

tell(Line, Event) ->
    gen_statem:call(ets:lookup_element(calls, Line, 2), Event).

%% Something for each of these calls, so many at a time.
all(From, To, Each) ->
    Client = fun(First) -> fun() -> [Each(Line) || Line <- lists:seq(First, To, ?CLIENTS)] end end,
    Clients = [spawn_monitor(Client(From + N)) || N <- lists:seq(0, ?CLIENTS - 1), From + N =< To],
    [receive {'DOWN', Monitor, process, Pid, Reason} -> normal = Reason end || {Pid, Monitor} <- Clients],
    ok.

%% Holds and resumes each of these calls in turn, until the time is over; events per second.
events(Calls, Time) ->
    Begin = now_ns(),
    Count = events(Calls, Begin + Time * 1000000, 0),
    Count / (now_ns() - Begin) * 1.0e9.

events(Calls, End, Count) ->
    all(1, Calls, fun(Line) -> on_hold = tell(Line, hold) end),
    all(1, Calls, fun(Line) -> talking = tell(Line, resume) end),
    case now_ns() >= End of
        true -> Count + 2 * Calls;
        false -> events(Calls, End, Count + 2 * Calls)
    end.

%% Lifts one more receiver and presses the key that nobody has wired; how many of the others talk on
%% as if nothing had been.
crash_one(Calls) ->
    dialing = gen_server:call(exchange, {lift, unlucky}),
    {'EXIT', _} = (catch tell(unlucky, {digit, $*})),
    all(1, Calls, fun(Line) -> talking = tell(Line, where) end),
    Calls.

resident() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [KiB]} = re:run(Status, "VmRSS:\\s*(\\d+) kB", [{capture, all_but_first, list}]),
    list_to_integer(KiB) * 1024.

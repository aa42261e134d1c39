%% What OTP takes for the things tomte does, in process. Arguments: milliseconds for each
%% measurement, and the file to write to, one JSON object a line: the default logger has
%% standard output.
-module(rival_micro).
-behaviour(supervisor).
-export([main/1, init/1]).

%% A process of its own: the one that `erl -run` gives traps exits, and the mailbox full of them
%% would slow every start down.
main([Milliseconds, File]) ->
    Time = list_to_integer(Milliseconds) * 1000000,
    {_, Monitor} = spawn_monitor(fun() -> ok = file:write_file(File, measure(Time)) end),
    receive
        {'DOWN', Monitor, process, _, normal} -> halt(0);
        {'DOWN', Monitor, process, _, _} -> halt(1)
    end.

measure(Time) ->
    [
        call("step", binary:copy(<<"x">>, 64), Time),
        call("step, counter (JSON)", <<"\"Increment\"">>, Time),
        publication(Time),
        start(Time),
        crash("erlang, default logger", Time),
        begin
            ok = logger:set_primary_config(level, none),
            crash("erlang, logger off", Time)
        end,
        swap(Time)
    ].

line(Scenario, Subject, Metric, Value) ->
    io_lib:format("{\"scenario\":\"~s\",\"subject\":\"~s\",\"metric\":\"~s\",\"value\":~.3f}~n",
                  [Scenario, Subject, Metric, float(Value)]).

now_ns() -> erlang:monotonic_time(nanosecond).

%% Nanoseconds of each of as many runs as fit into the time.
runs(Time, Fun) -> runs(Fun, now_ns() + Time, []).

runs(Fun, End, Taken) ->
    Nanoseconds = Fun(),
    case now_ns() >= End of
        true -> lists:sort([Nanoseconds | Taken]);
        false -> runs(Fun, End, [Nanoseconds | Taken])
    end.

quantile(Sorted, Share) ->
    lists:nth(max(1, ceil(length(Sorted) * Share)), Sorted).

latencies(Scenario, Subject, Sorted) ->
    [line(Scenario, Subject, "p50_us", quantile(Sorted, 0.5) / 1000),
     line(Scenario, Subject, "p99_us", quantile(Sorted, 0.99) / 1000)].

%% One client, one server, one call after another.
call(Scenario, Body, Time) ->
    {ok, Counter} = rival_counter:start_link(),
    Thousand = fun() ->
        Start = now_ns(),
        [gen_server:call(Counter, Body) || _ <- lists:seq(1, 1000)],
        (now_ns() - Start) / 1000
    end,
    Sorted = runs(Time, Thousand),
    gen_server:stop(Counter),
    line(Scenario, "erlang gen_server:call", "ns", quantile(Sorted, 0.5)).

%% One event for a thousand handlers of one manager, and the time of each.
publication(Time) ->
    {ok, Manager} = gen_event:start_link(),
    [ok = gen_event:add_handler(Manager, {rival_handler, N}, []) || N <- lists:seq(1, 1000)],
    Body = binary:copy(<<"x">>, 64),
    Once = fun() ->
        Start = now_ns(),
        ok = gen_event:sync_notify(Manager, Body),
        (now_ns() - Start) / 1000
    end,
    Sorted = runs(Time, Once),
    gen_event:stop(Manager),
    line("publication to 1,000 subscribers", "erlang gen_event, per handler", "ns", quantile(Sorted, 0.5)).

%% Linked starts in hundreds; they are stopped outside the measured time.
start(Time) ->
    Hundred = fun() ->
        Start = now_ns(),
        Pids = [element(2, rival_counter:start_link()) || _ <- lists:seq(1, 100)],
        Taken = (now_ns() - Start) / 100,
        [gen_server:stop(Pid) || Pid <- Pids],
        Taken
    end,
    line("start", "erlang gen_server", "us", quantile(runs(Time, Hundred), 0.5) / 1000).

%% From the call that crashes the counter to the first answer of its successor.
crash(Subject, Time) ->
    crashes(),
    latencies("crash", Subject, lists:sort(crashes_until(now_ns() + Time, []))).

crashes_until(End, Taken) ->
    case now_ns() >= End of
        true -> Taken;
        false -> crashes_until(End, crashes() ++ Taken)
    end.

%% A few under a supervisor of their own: it walks the list of a whole period's restarts at each
%% restart, and a period has a second at least.
crashes() ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, []),
    Taken = [crash_once(Supervisor) || _ <- lists:seq(1, 50)],
    unlink(Supervisor),
    Monitor = monitor(process, Supervisor),
    exit(Supervisor, shutdown),
    receive {'DOWN', Monitor, process, _, _} -> Taken end.

crash_once(Supervisor) ->
    Counter = child(Supervisor),
    Start = now_ns(),
    catch gen_server:call(Counter, crash),
    poll(Supervisor, Counter),
    now_ns() - Start.

init([]) ->
    Child = #{id => counter, start => {rival_counter, start_link, []}},
    {ok, {#{strategy => one_for_one, intensity => 1000000, period => 1}, [Child]}}.

child(Supervisor) ->
    [{counter, Pid, worker, _}] = supervisor:which_children(Supervisor),
    Pid.

poll(Supervisor, Before) ->
    case child(Supervisor) of
        Pid when is_pid(Pid), Pid =/= Before ->
            try gen_server:call(Pid, <<"\"Read\"">>) of
                <<0, _/binary>> -> ok
            catch
                exit:_ -> poll(Supervisor, Before)
            end;
        _ ->
            poll(Supervisor, Before)
    end.

%% A caller's pause while the counter changes its code, with the first call after it.
swap(Time) ->
    {ok, Counter} = rival_counter:start_link(),
    Once = fun() ->
        Start = now_ns(),
        ok = sys:suspend(Counter),
        ok = sys:change_code(Counter, rival_counter, undefined, []),
        ok = sys:resume(Counter),
        <<0, _/binary>> = gen_server:call(Counter, <<"\"Read\"">>),
        now_ns() - Start
    end,
    [Once() || _ <- lists:seq(1, 100)],
    latencies("swap", "erlang change_code", runs(Time, Once)).

%% A supervision tree whose workers say what befalls them. It is started by `boot`.
-include("common.hrl").

boot(Restarts, Children) ->
    ok = logger:add_handler(gave_up, ?MODULE, #{}),
    supervisor:start_link({local, root}, ?MODULE, {supervisor, Restarts, Children}).

worker(Name) -> worker(Name, permanent).
worker(Name, Restart) ->
    Start = {gen_server, start_link, [{local, Name}, ?MODULE, {worker, Name}, []]},
    #{id => Name, start => Start, restart => Restart}.

supervisor(Name, Restart, Restarts, Children) ->
    Start = {supervisor, start_link, [{local, Name}, ?MODULE, {supervisor, Restarts, Children}]},
    #{id => Name, start => Start, restart => Restart, type => supervisor}.

%% From now on the starts of this worker fail.
broken(Name) -> persistent_term:put({broken, Name}, true).

crash(Name) -> gen_server:cast(Name, crash).

%% Returns when the root has nothing more to do about a child that will not come back.
settled(Id) ->
    case lists:keyfind(Id, 1, supervisor:which_children(root)) of
        {Id, Pid, _, _} when is_pid(Pid) -> settled(Id);
        {Id, restarting, _, _} -> settled(Id);
        _ -> ok
    end.

running() ->
    Up = [Id || {Id, Pid, worker, _} <- lists:reverse(supervisor:which_children(root)), is_pid(Pid)],
    say("running: ~s", [lists:join(" ", [atom_to_list(Id) || Id <- Up])]).

shut_down() ->
    exit(whereis(root), shutdown),
    finished().

finished() ->
    receive {'EXIT', _, Reason} -> say("finished: ~p", [Reason]) end.

init({supervisor, Restarts, Children}) ->
    {ok, {#{strategy => one_for_one, intensity => Restarts, period => 60}, Children}};
init({worker, Name}) ->
    process_flag(trap_exit, true),
    say("start ~s", [Name]),
    case persistent_term:get({broken, Name}, false) of
        true -> say("failed ~s", [Name]), {stop, broken};
        false -> {ok, Name}
    end.

handle_call(_, _, Name) -> {reply, ok, Name}.
handle_cast(crash, Name) -> {stop, crash, Name}.
terminate(shutdown, Name) -> say("stop ~s", [Name]);
terminate(crash, Name) -> say("crash ~s", [Name]).

%% The logger's side: a supervisor reports that it gives up before it stops its children.
log(#{msg := {report, #{label := {supervisor, shutdown}, report := Report}}}, _) ->
    {local, Name} = proplists:get_value(supervisor, Report),
    reached_max_restart_intensity = proplists:get_value(reason, Report),
    say("gave up ~s", [Name]);
log(_, _) -> ok.

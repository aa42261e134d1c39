%% What the scripts share. A line is said with an acknowledgement (io's own), so that whoever said
%% one goes on only when it stands: lines of several processes come in the order of their causes.
-mode(compile).
-compile([export_all, nowarn_export_all]).

%% Long enough for any machine; a script that hangs fails instead.
-define(DEADLINE, 60000).

main(_) ->
    spawn(fun() -> timer:sleep(?DEADLINE), say("this took more than a minute"), halt(1) end),
    logger:remove_handler(default),
    process_flag(trap_exit, true),
    run().

say(Text) -> say("~s", [Text]).
say(Format, Arguments) -> io:format(Format ++ "~n", Arguments).

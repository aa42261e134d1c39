%% An event manager with handlers a, b and c, added in this order, that say what they hear. The
%% state of each is how many events it has heard.
-include("common.hrl").

manager() ->
    {ok, Manager} = gen_event:start_link(),
    [ok = gen_event:add_handler(Manager, {?MODULE, Name}, Name) || Name <- [a, b, c]],
    Manager.

handlers(Manager) ->
    Names = [atom_to_list(Name) || {?MODULE, Name} <- gen_event:which_handlers(Manager)],
    say("handlers: ~s", [lists:join(" ", Names)]).

init(Name) -> say("init ~s", [Name]), {ok, {Name, 0}}.

handle_event(Event, {Name, Heard}) ->
    say("~s hears ~s", [Name, Event]),
    {Event, Name} =:= {crash, b} andalso error(boom),
    {ok, {Name, Heard + 1}}.

handle_call(state, {Name, Heard}) -> {ok, Heard, {Name, Heard}}.

%% Only b cannot convert its state.
code_change(_, {b, _}, _) -> {error, refused};
code_change(_, {Name, _}, _) -> {ok, {Name, converted}}.

%% A handler of an OTP gen_event that hears and forgets.
-module(rival_handler).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2]).

init(_) -> {ok, 0}.

handle_event(_Event, Count) -> {ok, Count + 1}.

handle_call(count, Count) -> {ok, Count, Count}.

%% The workers of the benchmarks as one OTP gen_server: a counter, which compares bytes where the
%% component parses JSON, and an echo of everything else.
-module(rival_counter).
-behaviour(gen_server).
-export([start_link/0, init/1, handle_call/3, handle_cast/2, code_change/3]).

start_link() ->
    gen_server:start_link(?MODULE, [], []).

init([]) ->
    {ok, 0}.

handle_call({many, Bodies}, _From, Count) ->
    {Replies, Next} = lists:mapfoldl(fun answer/2, Count, Bodies),
    {reply, Replies, Next};
handle_call(pid, _From, Count) ->
    {reply, self(), Count};
handle_call(crash, _From, _Count) ->
    error(deliberate);
handle_call(Body, _From, Count) ->
    {Reply, Next} = answer(Body, Count),
    {reply, Reply, Next}.

handle_cast(_, Count) ->
    {noreply, Count}.

code_change(_OldVersion, Count, _Extra) ->
    {ok, Count}.

%% The first byte is the status of tomte's frames: 0 is ok.
answer(<<"\"Increment\"">>, Count) -> {<<0, "\"Ack\"">>, Count + 1};
answer(<<"\"Read\"">>, Count) -> {<<0, "{\"Value\":", (integer_to_binary(Count))/binary, "}">>, Count};
answer(Body, Count) -> {<<0, Body/binary>>, Count}.

%% Two servers of the same frames, a process per connection, one counter behind them all.
%%   packet: {packet, 4}, one gen_server:call and one send per frame: the usual way.
%%   raw:    own framing, one gen_server:call and one send per read: the fast way.
%% Prints "port N" and ends with its standard input.
-module(rival_server).
-export([main/1]).

main([Kind]) ->
    {ok, Counter} = rival_counter:start_link(),
    Loop = kind(Kind),
    Options = [binary, {ip, {127, 0, 0, 1}}, {active, false}, {nodelay, true}, {backlog, 1024},
               {reuseaddr, true} | framing(Kind)],
    {ok, Listener} = gen_tcp:listen(0, Options),
    {ok, Port} = inet:port(Listener),
    spawn_link(fun() -> accept(Listener, Counter, Loop) end),
    io:format("port ~b~n", [Port]),
    until_end_of_input().

framing("packet") -> [{packet, 4}];
framing("raw") -> [{packet, raw}, {recbuf, 65536}, {buffer, 65536}].

kind("packet") -> fun packet/2;
kind("raw") -> fun(Socket, Counter) -> raw(Socket, Counter, <<>>) end.

until_end_of_input() ->
    case io:get_line("") of
        eof -> halt(0);
        {error, _} -> halt(0);
        _ -> until_end_of_input()
    end.

accept(Listener, Counter, Loop) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Pid = spawn(fun() ->
        receive go -> ok end,
        ok = inet:setopts(Socket, [{active, true}]),
        Loop(Socket, Counter)
    end),
    ok = gen_tcp:controlling_process(Socket, Pid),
    Pid ! go,
    accept(Listener, Counter, Loop).

packet(Socket, Counter) ->
    receive
        {tcp, Socket, Body} ->
            ok = gen_tcp:send(Socket, gen_server:call(Counter, Body)),
            packet(Socket, Counter);
        {tcp_closed, Socket} ->
            ok
    end.

raw(Socket, Counter, Before) ->
    receive
        {tcp, Socket, Bytes} ->
            {Bodies, Rest} = frames(<<Before/binary, Bytes/binary>>, []),
            case Bodies of
                [] -> ok;
                _ ->
                    Replies = gen_server:call(Counter, {many, Bodies}),
                    ok = gen_tcp:send(Socket, [[<<(byte_size(R)):32>>, R] || R <- Replies])
            end,
            raw(Socket, Counter, Rest);
        {tcp_closed, Socket} ->
            ok
    end.

frames(<<Length:32, Body:Length/binary, Rest/binary>>, Bodies) ->
    frames(Rest, [Body | Bodies]);
frames(Rest, Bodies) ->
    {lists:reverse(Bodies), Rest}.

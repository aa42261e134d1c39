//! What HTTP does when a bound is reached: bodies, heads, connections, time.

use std::time::Duration;

use super::{Shard, on_a_shard, settle};
use crate::base::Protocol;
use crate::net::NetLimits;

/// A bound in time short enough to be waited for.
const SOON: Duration = Duration::from_millis(40);

fn limited(limits: NetLimits) -> Shard {
    Shard::new(Protocol::Http, None, limits, false)
}

fn small() -> Shard {
    limited(NetLimits { body: 1000, ..NetLimits::default() })
}

#[test]
fn a_body_over_the_limit_is_answered_413_whether_declared_or_chunked() {
    on_a_shard(async {
        let shard = small();
        for (framing, body) in [
            ("content-length: 1001", "x".repeat(1001)),
            ("transfer-encoding: chunked", format!("3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1001))),
            ("content-length: 9000000", String::new()),
        ] {
            let mut client = shard.client().await;
            let response = client.ask(&format!("POST /call/kv HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n{body}")).await;
            assert_eq!(response.status, 413, "{framing}");
            assert!(response.body.contains("1000 bytes"), "{}", response.body);
        }
        let mut client = shard.client().await;
        let most = format!("POST /call/kv HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{}", "x".repeat(1000));
        assert_eq!(client.ask(&most).await.status, 200);
        let chunks =
            "POST /call/kv HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n";
        assert_eq!(client.ask(chunks).await.body, "abc");
        assert_eq!(shard.sink.seen.get(), 2);
    });
}

#[test]
fn a_body_a_few_times_too_long_is_read_so_that_its_sender_hears_why_and_an_endless_one_is_not() {
    on_a_shard(async {
        let shard = small();
        let head = "POST /call/kv HTTP/1.1\r\nhost: x\r\n";
        let mut client = shard.client().await;
        client.send(format!("{head}content-length: 5000\r\n\r\n")).await;
        settle().await;
        assert_eq!(client.ask(&"x".repeat(5000)).await.status, 413);
        assert_eq!(client.ask(&format!("{head}content-length: 1\r\n\r\nx")).await.status, 200, "it goes on");
        let most = "x".repeat(8000);
        let declared = format!("{head}content-length: 8000\r\n\r\n{most}");
        let chunked = format!(
            "{head}transfer-encoding: chunked\r\n\r\nfa0\r\n{}\r\nfa0\r\n{}\r\n0\r\n\r\n",
            &most[4000..],
            &most[4000..]
        );
        for whole in [declared, chunked] {
            assert_eq!(client.ask(&whole).await.status, 413);
            assert_eq!(client.ask(&format!("{head}content-length: 1\r\n\r\nx")).await.status, 200, "and on");
        }
        let mut endless = shard.client().await;
        let chunks = format!("3e9\r\n{}\r\n", "x".repeat(1001)).repeat(12);
        assert_eq!(endless.ask(&format!("{head}transfer-encoding: chunked\r\n\r\n{chunks}")).await.status, 413);
    });
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on_or_refused_before_it_sends() {
    on_a_shard(async {
        let shard = small();
        let mut client = shard.client().await;
        let head = |length: usize| {
            format!("POST /call/kv HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n")
        };
        assert_eq!(client.ask(&head(3)).await.status, 100);
        assert_eq!(client.ask("abc").await.body, "abc");
        assert_eq!(client.ask(&head(1000)).await.status, 100);
        assert_eq!(client.ask(&"x".repeat(1000)).await.status, 200);
        assert_eq!(client.ask(&head(1001)).await.status, 413);
    });
}

#[test]
fn a_head_too_large_or_with_too_many_fields_is_refused() {
    on_a_shard(async {
        let shard = small();
        let long = format!("POST /call/kv HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(40_000));
        let many = format!("POST /call/kv HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(65));
        for head in [long, many] {
            assert_eq!(shard.client().await.ask(&head).await.status, 431);
        }
        assert_eq!(shard.client().await.ask("nonsense\r\n\r\n").await.status, 400);
        assert_eq!(shard.sink.seen.get(), 0);
    });
}

#[test]
fn one_connection_too_many_gets_503() {
    on_a_shard(async {
        let shard = limited(NetLimits { connections: 1, ..NetLimits::default() });
        let _first = shard.client().await;
        shard.seated(1).await;
        let mut second = shard.client().await;
        let response = second.ask("POST /call/kv HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(response.status, 503);
        assert!(response.head.contains("retry-after: 1") && response.head.contains("connection: close"));
        assert_eq!(second.rest().await, b"");
    });
}

#[test]
fn a_slow_head_or_a_slow_body_closes_while_an_idle_connection_lives() {
    on_a_shard(async {
        let shard = limited(NetLimits { header_time: SOON, frame_time: SOON, ..NetLimits::default() });
        let mut idle = shard.client().await;
        let mut head = shard.client().await;
        head.send("POST /call/kv HTTP/1.1\r\nho").await;
        assert_eq!(head.rest().await, b"");
        let mut body = shard.client().await;
        body.send("POST /call/kv HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab").await;
        assert_eq!(body.rest().await, b"");
        let ask = "POST /call/kv HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\na";
        assert_eq!(idle.ask(ask).await.body, "a");
    });
}

#[test]
fn an_idle_connection_is_closed() {
    on_a_shard(async {
        let shard = limited(NetLimits { idle_time: SOON, ..NetLimits::default() });
        let mut client = shard.client().await;
        let ask = "POST /call/kv HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\na";
        assert_eq!(client.ask(ask).await.body, "a");
        assert_eq!(client.rest().await, b"");
        assert_eq!(shard.listener.connections(), 0);
    });
}

/// With the usual bounds a head may take 10 s and a body 30 s: a stop waits for neither.
#[test]
fn half_a_request_does_not_hold_a_drain_up() {
    on_a_shard(async {
        for half in ["POST /call/kv HTTP/1.1\r\nho", "POST /call/kv HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab"]
        {
            let shard = limited(NetLimits::default());
            let mut client = shard.client().await;
            client.send(half).await;
            shard.seated(1).await;
            settle().await;
            shard.listener.drain();
            let drained = tokio::time::timeout(NetLimits::default().header_time / 2, shard.listener.drained()).await;
            assert!(drained.is_ok(), "{half}");
        }
    });
}

#[test]
fn half_a_request_is_given_its_time_while_nobody_drains() {
    on_a_shard(async {
        let shard = limited(NetLimits { linger_time: SOON, idle_time: 2 * SOON, ..NetLimits::default() });
        let mut slow = shard.client().await;
        slow.send("POST /call/kv HTTP/1.1\r\nho").await;
        shard.seated(1).await;
        settle().await;
        // One that is idle for longer than the other may linger is closed by then.
        assert_eq!(shard.client().await.rest().await, b"");
        assert_eq!(slow.ask("st: x\r\ncontent-length: 1\r\n\r\na").await.body, "a");
    });
}

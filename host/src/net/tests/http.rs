//! HTTP: each route, each status, keep-alive and pipelining.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::{FRIEND, PAGE, Shard, on_a_shard, settle};
use crate::base::Protocol;
use crate::base::{Failure, Kind};
use crate::net::{NetLimits, What};

fn post(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn open(hold: bool) -> Shard {
    Shard::new(Protocol::Http, None, NetLimits::default(), hold)
}

#[test]
fn a_connection_is_kept_alive_over_calls_casts_and_publications() {
    on_a_shard(async {
        let shard = open(false);
        let mut client = shard.client().await;
        let call = client.ask(&post("/call/counter", "", "read")).await;
        assert_eq!((call.status, call.body.as_str()), (200, "read"));
        assert!(call.head.contains("content-type: application/json"), "{}", call.head);
        let cast = client.ask(&post("/cast/counter", "", "increment")).await;
        assert_eq!((cast.status, cast.body.as_str()), (202, ""));
        assert_eq!(client.ask(&post("/publish/news", "", "x")).await.status, 202);
        assert_eq!(client.ask(&post("/call/counter", "", "")).await.status, 200);
        assert_eq!((shard.sink.seen.get(), shard.listener.counts().accepted), (4, 1));
    });
}

#[test]
fn what_the_head_says_reaches_the_loop() {
    on_a_shard(async {
        let shard = open(true);
        let mut client = shard.client().await;
        client.send(post("/cast/kv?x=1", "tomte-timeout-ms: 250\r\ntomte-request-id: a-1\r\n", "body")).await;
        for request in shard.held(1).await {
            assert_eq!((request.what, request.to.as_deref()), (What::Cast, Some("kv")));
            assert_eq!(request.timeout, Some(Duration::from_millis(250)));
            assert!(request.request_id.is_some());
            assert_eq!(request.body, b"body");
            request.ticket.answer(Ok(Vec::new()));
        }
        assert_eq!(client.response().await.status, 202);
    });
}

#[test]
fn each_kind_of_failure_has_its_status_and_its_text() {
    on_a_shard(async {
        let shard = open(true);
        let mut client = shard.client().await;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Ok) {
            client.send(post("/call/kv", "", "")).await;
            for request in shard.held(1).await {
                request.ticket.answer(Err(Failure::new(kind, format!("because {}", kind.word()))));
            }
            let response = client.response().await;
            assert_eq!(response.status, kind.http_status());
            assert_eq!(response.body.trim_end(), format!("because {}", kind.word()));
            assert!(response.head.contains("content-type: text/plain; charset=utf-8"));
            assert_eq!(response.head.contains("retry-after: 1"), response.status == 503, "{}", response.head);
        }
        client.send(post("/call/kv", "", "")).await;
        drop(shard.held(1).await);
        assert_eq!(client.response().await.status, 503, "a dropped ticket answers stopped");
    });
}

#[test]
fn heads_that_ask_for_nothing_are_answered_without_the_loop_and_keep_the_connection() {
    on_a_shard(async {
        let shard = open(false);
        let mut client = shard.client().await;
        for (request, status, part) in [
            (post("/", "", "x"), 404, "post /call/worker"),
            (post("/call/kv", "tomte-timeout-ms: soon\r\n", "x"), 400, "tomte-timeout-ms"),
            ("GET /call/kv HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 405, "takes post"),
            (post("/subscribe/news", "", "x"), 405, "takes get"),
        ] {
            let response = client.ask(&request).await;
            assert_eq!(response.status, status, "{request}");
            assert!(response.body.to_ascii_lowercase().contains(part), "{}", response.body);
            assert_eq!(response.head.contains("allow: "), status == 405, "{}", response.head);
        }
        assert_eq!((shard.sink.seen.get(), shard.listener.counts().accepted), (0, 1));
    });
}

#[test]
fn a_foreign_page_and_a_request_without_one_host_reach_no_worker() {
    on_a_shard(async {
        let shard = open(false);
        let mut client = shard.client().await;
        let foreign = client.ask(&post("/call/kv", "origin: https://evil.example\r\n", "x")).await;
        assert_eq!(foreign.status, 403);
        assert!(foreign.body.contains("evil.example") && foreign.body.contains("`origins`"), "{}", foreign.body);
        let bare = "POST /call/kv HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(client.ask(bare).await.status, 400);
        assert_eq!(client.ask(&post("/call/kv", "host: y\r\n", "x")).await.status, 400);
        assert_eq!(shard.sink.seen.get(), 0);
        let friend = client.ask(&post("/call/kv", &format!("origin: {FRIEND}\r\n"), "x")).await;
        assert_eq!((friend.status, shard.sink.seen.get()), (200, 1));
        assert!(friend.head.contains(&format!("access-control-allow-origin: {FRIEND}")), "{}", friend.head);
        assert_eq!(client.ask(&post("/call/kv", "origin: http://x\r\n", "x")).await.status, 200, "its own page");
    });
}

#[test]
fn a_listener_with_a_worker_serves_that_worker_only() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Http);
        let mut client = shard.client().await;
        assert_eq!(client.ask(&post("/", "", "a")).await.body, "a");
        assert_eq!(client.ask(&post("/call/echo", "", "b")).await.body, "b");
        let other = client.ask(&post("/call/kv", "", "c")).await;
        assert_eq!(other.status, 404);
        assert!(other.body.contains("echo") && other.body.contains("kv"), "{}", other.body);
    });
}

#[test]
fn a_page_is_shown_at_the_root_beside_the_workers() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Http);
        let mut client = shard.client().await;
        let page = client.ask("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!((page.status, page.body.as_str()), (200, PAGE));
        assert!(page.head.contains("content-type: text/html; charset=utf-8"), "{}", page.head);
        assert_eq!(client.ask(&post("/", "", "a")).await.body, "a");
        assert_eq!(shard.sink.seen.get(), 1);
    });
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    on_a_shard(async {
        let shard = open(false);
        let mut client = shard.client().await;
        let requests: String = (0..50).map(|number| post("/call/kv", "", &number.to_string())).collect();
        client.send(requests).await;
        for number in 0..50 {
            assert_eq!(client.response().await.body, number.to_string());
        }
    });
}

#[test]
fn chunked_bodies_arrive_whole() {
    on_a_shard(async {
        let shard = open(false);
        let mut client = shard.client().await;
        client.send("POST /call/kv HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
        settle().await;
        let response = client.ask("2\r\nde\r\n0\r\n\r\n").await;
        assert_eq!((response.status, response.body.as_str()), (200, "abcde"));
    });
}

#[test]
fn a_client_that_closed_its_writing_side_still_gets_its_answer() {
    on_a_shard(async {
        let shard = open(true);
        let mut client = shard.client().await;
        client.send(post("/call/kv", "", "a")).await;
        client.0.shutdown().await.expect("a half-closed socket");
        for request in shard.held(1).await {
            settle().await;
            request.ticket.answer(Ok(request.body));
        }
        assert_eq!(client.response().await.body, "a");
        assert_eq!(client.rest().await, b"");
    });
}

//! HTTP for browsers: requests as they were sent, answers with a status and headers, and pages of other hosts.

use super::{FRIEND, Shard, on_a_shard};
use crate::base::{HttpHeader, HttpReply, Name, Protocol};
use crate::net::ListenSpec;

fn raw(headers: &[&str]) -> Shard {
    let spec = ListenSpec::new(Protocol::Http, ([127, 0, 0, 1], 0).into(), Name::new("shop").ok());
    let raw = Some(headers.iter().map(|name| (*name).to_owned()).collect());
    Shard::of(ListenSpec { raw, origins: vec![FRIEND.to_owned()], ..spec }, true)
}

fn header(name: &str, value: &str) -> HttpHeader {
    HttpHeader { name: name.to_owned(), value: value.to_owned() }
}

fn say(status: u16, headers: &[(&str, &str)], body: &str) -> Box<HttpReply> {
    let headers = headers.iter().map(|(name, value)| header(name, value)).collect();
    Box::new(HttpReply { status, headers, body: body.into() })
}

#[test]
fn a_raw_listener_hands_on_any_method_and_path_with_the_headers_chosen() {
    on_a_shard(async {
        let shard = raw(&["cookie"]);
        let mut client = shard.client().await;
        client.send("PATCH /carts/7?full=1 HTTP/1.1\r\nhost: x\r\ncookie: a=1\r\naccept: */*\r\ncontent-length: 3\r\n\r\nabc".to_owned()).await;
        for request in shard.held(1).await {
            let http = request.http.expect("a raw request");
            assert_eq!(
                (http.method.as_str(), http.path.as_str(), http.query.as_deref()),
                ("PATCH", "/carts/7", Some("full=1"))
            );
            assert_eq!(
                (http.headers.as_slice(), http.body.as_slice()),
                ([header("cookie", "a=1")].as_slice(), b"abc".as_slice())
            );
            request.ticket.answer_http(say(201, &[("location", "/carts/8"), ("content-type", "text/html")], "made"));
        }
        let response = client.response().await;
        assert_eq!((response.status, response.body.as_str()), (201, "made"));
        assert!(response.head.contains("location: /carts/8") && response.head.contains("content-type: text/html"));
    });
}

#[test]
fn a_behaviour_s_own_status_reaches_the_client_and_bare_ones_have_no_body() {
    on_a_shard(async {
        let shard = raw(&[]);
        let mut client = shard.client().await;
        for (status, body) in [(429, "slow down"), (503, "no"), (200, "yes"), (418, "tea")] {
            client.send("GET /x HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()).await;
            for request in shard.held(1).await {
                request.ticket.answer_http(say(status, &[("retry-after", "9")], body));
            }
            let response = client.response().await;
            assert_eq!((response.status, response.body.as_str()), (status, body));
            assert!(response.head.contains("retry-after: 9"), "{}", response.head);
            assert!(response.head.contains("content-type: application/json"), "the listener's: {}", response.head);
        }
        client.send("GET /x HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()).await;
        for request in shard.held(1).await {
            request.ticket.answer_http(say(304, &[], "never sent"));
        }
        let bare = client.response().await;
        assert_eq!((bare.status, bare.body.as_str()), (304, ""));
        assert!(!bare.head.contains("content-type"), "{}", bare.head);
        client.send("GET /x HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()).await;
        shard.echo_all(shard.held(1).await);
        assert_eq!(client.response().await.status, 200, "the connection goes on");
    });
}

#[test]
fn a_page_of_an_allowed_origin_may_ask_whether_it_may_ask() {
    on_a_shard(async {
        let shard = raw(&[]);
        let mut client = shard.client().await;
        let asks = |origin: &str| {
            format!(
                "OPTIONS /x HTTP/1.1\r\nhost: x\r\norigin: {origin}\r\naccess-control-request-method: PUT\r\n\
                 access-control-request-headers: content-type,x-shop\r\n\r\n"
            )
        };
        client.send(asks(FRIEND)).await;
        let told = client.response().await;
        assert_eq!(told.status, 204);
        for line in [
            &format!("access-control-allow-origin: {FRIEND}"),
            "access-control-allow-headers: content-type,x-shop",
            "access-control-allow-methods: get, head, post, put, patch, delete",
            "vary: origin",
        ] {
            assert!(told.head.contains(line), "{}", told.head);
        }
        assert_eq!(client.ask(&asks("https://evil.example")).await.status, 403);
        assert_eq!(shard.sink.seen.get(), 0, "no worker is asked");
    });
}

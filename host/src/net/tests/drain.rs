//! Draining: what is in flight is answered, then every connection closes.

use std::time::Duration;

use super::{Client, Shard, framed, on_a_shard, settle};
use crate::base::Kind;
use crate::base::Protocol;
use crate::net::NetLimits;

#[test]
fn requests_in_flight_are_answered_and_idle_connections_close() {
    on_a_shard(async {
        let shard = Shard::hold(Protocol::Frames);
        let (mut busy, mut idle) = (shard.client().await, shard.client().await);
        busy.send([framed("a"), framed("b")].concat()).await;
        let held = shard.held(2).await;
        shard.listener.drain();
        assert_eq!(idle.rest().await, b"");
        assert!(!shard.listener.is_drained());
        shard.echo_all(held);
        assert_eq!(busy.frame().await, (0, b"a".to_vec()));
        assert_eq!(busy.frame().await, (0, b"b".to_vec()));
        assert_eq!(busy.rest().await, b"");
        drop(busy);
        shard.listener.drained().await;
        assert_eq!(shard.listener.connections(), 0);
    });
}

#[test]
fn requests_read_but_not_yet_submitted_are_answered_stopped() {
    on_a_shard(async {
        let limits = NetLimits { pipeline: 1, ..NetLimits::default() };
        let shard = Shard::new(Protocol::Frames, Some("echo"), limits, true);
        let mut client = shard.client().await;
        client.send([framed("a"), framed("b")].concat()).await;
        let held = shard.held(1).await;
        shard.listener.drain();
        settle().await;
        shard.echo_all(held);
        assert_eq!(client.frame().await, (0, b"a".to_vec()));
        assert_eq!(client.frame().await.0, Kind::Stopped as u8);
        assert_eq!(client.rest().await, b"");
        assert_eq!(shard.sink.seen.get(), 1);
    });
}

#[test]
fn nobody_is_accepted_any_more_and_the_address_is_free_again() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Lines);
        shard.listener.drain();
        shard.listener.drained().await;
        assert!(shard.listener.is_drained());
        assert!(tokio::net::TcpStream::connect(shard.spec.address).await.is_err());
        assert!(crate::net::bind(&shard.spec).is_ok());
    });
}

#[test]
fn http_says_connection_close_on_what_is_in_flight() {
    on_a_shard(async {
        let shard = Shard::hold(Protocol::Http);
        let (mut busy, mut idle) = (shard.client().await, shard.client().await);
        busy.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\na").await;
        let held = shard.held(1).await;
        shard.listener.drain();
        assert_eq!(idle.rest().await, b"");
        settle().await;
        for request in held {
            request.ticket.answer(Ok(request.body));
        }
        let response = busy.response().await;
        assert_eq!((response.status, response.body.as_str()), (200, "a"));
        assert!(response.head.contains("connection: close"), "{}", response.head);
        assert_eq!(busy.rest().await, b"");
        shard.listener.drained().await;
    });
}

#[test]
fn a_dropped_listener_takes_its_connections_with_it() {
    on_a_shard(async {
        for protocol in [Protocol::Frames, Protocol::Http] {
            let shard = Shard::hold(protocol);
            let mut client = shard.client().await;
            shard.seated(1).await;
            drop(shard);
            assert_eq!(client.rest().await, b"");
        }
    });
}

/// Longer than any test.
const EVER: Duration = Duration::from_secs(60 * 60);

/// A listener of frames that waits so long for peers that do not close.
fn lingering(linger_time: Duration) -> Shard {
    Shard::new(Protocol::Frames, Some("echo"), NetLimits { linger_time, ..NetLimits::default() }, true)
}

#[test]
fn a_peer_that_owes_and_is_owed_nothing_is_not_waited_for() {
    on_a_shard(async {
        let shard = lingering(EVER);
        let _idle = shard.client().await;
        shard.seated(1).await;
        settle().await;
        shard.listener.drain();
        shard.listener.drained().await;
    });
}

/// Closing on what a peer still writes would take the last answers from it.
async fn is_waited_for(shard: Shard, mut client: Client) {
    settle().await;
    assert!(!shard.listener.is_drained(), "it may still be writing");
    assert_eq!(client.rest().await, b"", "though it is told that nothing more comes");
    assert!(!shard.listener.is_drained());
    drop(client);
    shard.listener.drained().await;
}

#[test]
fn a_peer_in_the_middle_of_a_request_is_waited_for_until_it_closes() {
    on_a_shard(async {
        let shard = lingering(EVER);
        let mut client = shard.client().await;
        client.send([0, 0, 0, 2, 1]).await;
        shard.seated(1).await;
        settle().await;
        shard.listener.drain();
        is_waited_for(shard, client).await;
    });
}

#[test]
fn a_peer_that_got_its_last_answer_is_waited_for_until_it_closes() {
    on_a_shard(async {
        let shard = lingering(EVER);
        let mut client = shard.client().await;
        client.send(framed("a")).await;
        let held = shard.held(1).await;
        shard.listener.drain();
        settle().await;
        shard.echo_all(held);
        assert_eq!(client.frame().await, (0, b"a".to_vec()));
        is_waited_for(shard, client).await;
    });
}

#[test]
fn a_peer_that_never_closes_is_not_waited_for_longer_than_the_bound() {
    on_a_shard(async {
        let shard = lingering(Duration::from_millis(40));
        let mut client = shard.client().await;
        client.send([0, 0, 0, 2, 1]).await;
        shard.seated(1).await;
        settle().await;
        shard.listener.drain();
        shard.listener.drained().await;
    });
}

//! What `frames` and `lines` do when a bound is reached: connections, pipeline, buffer, time.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Client, Shard, framed, on_a_shard, settle};
use crate::base::Kind;
use crate::base::Protocol;
use crate::base::limits::TURNED_AWAY_MAX;
use crate::net::{NetLimits, Request};

/// A bound in time short enough to be waited for.
const SOON: Duration = Duration::from_millis(40);

fn limited(protocol: Protocol, limits: NetLimits, hold: bool) -> Shard {
    Shard::new(protocol, Some("echo"), limits, hold)
}

#[test]
fn no_more_than_the_pipeline_is_read_and_the_rest_follows_the_answers() {
    on_a_shard(async {
        let shard = limited(Protocol::Frames, NetLimits { pipeline: 8, ..NetLimits::default() }, true);
        let mut client = shard.client().await;
        client.send((0..100_u8).flat_map(|number| framed([number])).collect::<Vec<u8>>()).await;
        let mut next = 0;
        while next < 100 {
            let held = shard.held(1).await;
            settle().await;
            let outstanding = held.len() + shard.sink.held.borrow().len();
            assert_eq!(outstanding, 8.min(100 - next), "as many as the pipeline takes, or all that are left");
            shard.echo_all(held);
            while next < shard.sink.seen.get() - shard.sink.held.borrow().len() {
                assert_eq!(client.frame().await, (0, vec![u8::try_from(next).expect("below 100")]));
                next += 1;
            }
        }
    });
}

#[test]
fn bodies_in_flight_count_against_the_buffer() {
    on_a_shard(async {
        let shard = limited(Protocol::Frames, NetLimits { buffer: 1000, ..NetLimits::default() }, true);
        let mut client = shard.client().await;
        client.send((0..10).flat_map(|_| framed([1; 400])).collect::<Vec<u8>>()).await;
        let held = shard.held(3).await;
        settle().await;
        assert_eq!(shard.sink.seen.get(), 3, "the third passes the bound, so it is the last");
        drop(held);
        shard.outbox.flush();
        assert_eq!(shard.held(3).await.len(), 3, "and as much again once they are answered");
    });
}

/// Answers the oldest of these requests; how many have been read once everything has settled.
async fn answer_one(shard: &Shard, held: &mut Vec<Request>) -> usize {
    let request = held.remove(0);
    request.ticket.answer(Ok(vec![]));
    shard.outbox.flush();
    settle().await;
    held.append(&mut shard.sink.held.borrow_mut());
    shard.sink.seen.get()
}

#[test]
fn a_full_pipeline_is_filled_again_once_half_of_it_is_free_and_not_for_each_place() {
    on_a_shard(async {
        let shard = limited(Protocol::Frames, NetLimits { pipeline: 8, ..NetLimits::default() }, true);
        let mut client = shard.client().await;
        client.send((0..100_u8).flat_map(|number| framed([number])).collect::<Vec<u8>>()).await;
        let mut held = shard.held(8).await;
        for seen in [8, 8, 8, 12] {
            assert_eq!(answer_one(&shard, &mut held).await, seen);
        }
    });
}

#[test]
fn a_full_buffer_is_filled_again_once_half_of_it_is_free() {
    on_a_shard(async {
        // Three bodies fill it to the last byte.
        let shard = limited(Protocol::Frames, NetLimits { buffer: 1200, ..NetLimits::default() }, true);
        let mut client = shard.client().await;
        client.send((0..10).flat_map(|_| framed([1; 400])).collect::<Vec<u8>>()).await;
        let mut held = shard.held(3).await;
        settle().await;
        assert_eq!(shard.sink.seen.get(), 3);
        for seen in [3, 5] {
            assert_eq!(answer_one(&shard, &mut held).await, seen);
        }
    });
}

#[test]
fn a_reader_that_does_not_read_is_not_read_from_and_loses_nothing() {
    on_a_shard(async {
        let shard = limited(Protocol::Frames, NetLimits { buffer: 64 << 10, ..NetLimits::default() }, false);
        let Client(mut socket) = shard.client().await;
        let body = vec![3; 16 << 10];
        let frame = framed(&body);
        // Writes until host and system have taken all they will: the host reads no more.
        let (mut sent, mut blocked) = (0, 0);
        while blocked < 3 {
            match socket.try_write(&frame[sent % frame.len()..]) {
                Ok(count) => (sent, blocked) = (sent + count, 0),
                Err(_) => {
                    blocked += 1;
                    settle().await;
                }
            }
            assert!(sent < 300 << 20, "the host goes on reading");
        }
        let (sent, seen) = (sent / frame.len(), shard.sink.seen.get());
        assert!(seen < sent, "{seen} of {sent} were read");
        let mut answer = vec![0; body.len() + 5];
        for _ in 0..seen {
            socket.read_exact(&mut answer).await.expect("an answer");
            assert!(answer[5..] == body);
        }
        // And goes on once it has been read from.
        socket.read_exact(&mut answer).await.expect("one more answer");
    });
}

#[test]
fn one_connection_too_many_is_told_and_closed_and_a_freed_place_is_taken() {
    on_a_shard(async {
        let limits = NetLimits { connections: 1, ..NetLimits::default() };
        for protocol in [Protocol::Frames, Protocol::Lines] {
            let shard = limited(protocol, limits, false);
            let mut first = shard.client().await;
            shard.seated(1).await;
            let mut second = shard.client().await;
            second.send("a request that nobody reads\n").await;
            let told = second.rest().await;
            match protocol {
                Protocol::Frames => assert_eq!(told[4], Kind::Overloaded as u8),
                _ => assert!(told.starts_with(b"error overloaded "), "{told:?}"),
            }
            let counts = shard.listener.counts();
            assert_eq!((counts.accepted, counts.turned_away, shard.sink.seen.get()), (1, 1, 0));
            first.0.shutdown().await.expect("a half-closed socket");
            assert_eq!(first.rest().await, b"");
            while shard.listener.connections() > 0 {
                tokio::task::yield_now().await;
            }
            let mut third = shard.client().await;
            match protocol {
                Protocol::Frames => {
                    third.send(framed("x")).await;
                    assert_eq!(third.frame().await, (0, b"x".to_vec()));
                }
                _ => {
                    third.send("x\n").await;
                    assert_eq!(third.line().await, "ok x");
                }
            }
            assert_eq!((shard.listener.counts().accepted, shard.sink.seen.get()), (2, 1));
            assert_eq!(shard.listener.counts().turned_away, 1);
        }
    });
}

#[test]
fn a_frame_that_takes_too_long_is_told_so_and_closes() {
    on_a_shard(async {
        let shard = limited(Protocol::Frames, NetLimits { frame_time: SOON, ..NetLimits::default() }, false);
        let mut client = shard.client().await;
        client.send([framed("whole"), vec![0, 0, 0, 2, 1]].concat()).await;
        assert_eq!(client.frame().await, (0, b"whole".to_vec()));
        let (status, text) = client.frame().await;
        assert_eq!(status, Kind::BadRequest as u8);
        assert!(String::from_utf8_lossy(&text).contains("must arrive within"));
        assert_eq!(client.rest().await, b"");
    });
}

#[test]
fn an_idle_connection_is_closed_and_one_that_waits_for_its_answer_is_not() {
    on_a_shard(async {
        let shard = limited(Protocol::Lines, NetLimits { idle_time: SOON, ..NetLimits::default() }, true);
        let (mut idle, mut waiting) = (shard.client().await, shard.client().await);
        waiting.send("read\n").await;
        let held = shard.held(1).await;
        assert_eq!(idle.rest().await, b"");
        // A second idle one lives its whole time while the first still waits.
        assert_eq!(shard.client().await.rest().await, b"");
        for request in held {
            request.ticket.answer(Ok(b"7".to_vec()));
        }
        shard.outbox.flush();
        assert_eq!(waiting.rest().await, b"ok 7\n", "answered, and idle from then on");
    });
}

#[test]
fn a_reader_that_never_reads_is_closed_after_the_idle_time() {
    on_a_shard(async {
        let limits = NetLimits { idle_time: SOON, buffer: 64 << 10, ..NetLimits::default() };
        let shard = limited(Protocol::Frames, limits, false);
        let mut client = shard.client().await;
        let frame = framed(vec![0; 1 << 20]);
        while client.0.write_all(&frame).await.is_ok() {}
        while shard.listener.connections() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

/// What the next connections to a full listener are told: as many of them as that many places, then nothing.
#[test]
fn so_many_connections_too_many_are_told_and_more_are_closed_untold() {
    on_a_shard(async {
        let limits = NetLimits { connections: 40, linger_time: Duration::from_secs(3600), ..NetLimits::default() };
        let shard = limited(Protocol::Lines, limits, false);
        let mut open = Vec::new();
        for _ in 0..40 {
            open.push(shard.client().await);
        }
        shard.seated(40).await;
        let mut told = 0;
        for _ in 0..TURNED_AWAY_MAX + 3 {
            let mut client = shard.client().await;
            told += usize::from(!client.rest().await.is_empty());
            open.push(client);
        }
        assert_eq!((told, shard.sink.seen.get()), (TURNED_AWAY_MAX, 0));
    });
}

#[test]
fn one_that_was_told_and_has_not_closed_yet_is_not_cut_off_before_its_time() {
    on_a_shard(async {
        let linger_time = Duration::from_secs(3600);
        let limits = NetLimits { connections: 1, idle_time: SOON, linger_time, ..NetLimits::default() };
        let shard = limited(Protocol::Lines, limits, false);
        let mut served = shard.client().await;
        shard.seated(1).await;
        let mut told = shard.client().await;
        assert!(told.line().await.starts_with("error overloaded "));
        // All connections were looked at when this one had been idle for too long.
        assert_eq!(served.rest().await, b"");
        for _ in 0..3 {
            told.send("it still writes\n").await;
            settle().await;
        }
        assert_eq!(told.rest().await, b"", "a clean end, for all it wrote was read");
    });
}

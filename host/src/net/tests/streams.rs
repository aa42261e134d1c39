//! `frames` and `lines`: order, splits, what is malformed, how a connection ends.

use tokio::io::AsyncWriteExt as _;

use super::{Shard, framed, on_a_shard, settle};
use crate::base::Protocol;
use crate::base::{Failure, Kind};
use crate::net::What;

const BAD: u8 = Kind::BadRequest as u8;

#[test]
fn pipelined_answers_keep_request_order_when_they_come_out_of_order() {
    on_a_shard(async {
        let shard = Shard::hold(Protocol::Frames);
        let mut client = shard.client().await;
        let bodies: Vec<String> = (0..100).map(|number| format!("request {number}")).collect();
        client.send(bodies.iter().flat_map(framed).collect::<Vec<u8>>()).await;
        let mut held = shard.held(100).await;
        assert!(held.iter().all(|request| request.what == What::Call && request.to.is_none()));
        // Last first, then from the middle outwards: never the one that is due until the end.
        held.reverse();
        let middle = held.split_off(50);
        for request in held.into_iter().chain(middle) {
            request.ticket.answer(Ok(request.body));
            shard.outbox.flush();
        }
        for body in bodies {
            assert_eq!(client.frame().await, (0, body.into_bytes()));
        }
    });
}

#[test]
fn frames_split_at_every_byte_are_the_same_frames() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Frames);
        let bytes = [framed("first"), framed(""), framed("third")].concat();
        for at in 0..=bytes.len() {
            let mut client = shard.client().await;
            client.send(&bytes[..at]).await;
            settle().await;
            client.send(&bytes[at..]).await;
            for body in ["first", "", "third"] {
                assert_eq!(client.frame().await, (0, body.as_bytes().to_vec()), "split at {at}");
            }
        }
    });
}

#[test]
fn lines_split_at_every_byte_are_the_same_lines() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Lines);
        let bytes = b"first\nthe second\n\nlast\n";
        for at in 0..=bytes.len() {
            let mut client = shard.client().await;
            client.send(&bytes[..at]).await;
            settle().await;
            client.send(&bytes[at..]).await;
            for line in ["ok first", "ok the second", "ok", "ok last"] {
                assert_eq!(client.line().await, line, "split at {at}");
            }
        }
    });
}

#[test]
fn a_body_of_the_limit_passes_and_one_more_byte_is_refused_after_the_answers_before_it() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Frames);
        let mut client = shard.client().await;
        let largest = vec![7; shard.spec.limits.body];
        client.send([framed("before"), framed(&largest)].concat()).await;
        client.send([&[0, 0x10, 0, 1][..], &[0; 9000]].concat()).await;
        assert_eq!(client.frame().await, (0, b"before".to_vec()));
        assert!(client.frame().await == (0, largest));
        let (status, text) = client.frame().await;
        let text = String::from_utf8(text).expect("UTF-8");
        assert_eq!(status, BAD);
        assert!(text.contains("1048577") && text.contains("1048576"), "{text}");
        assert_eq!(client.rest().await, b"", "then the connection is closed");
        assert_eq!(shard.sink.seen.get(), 2);
    });
}

#[test]
fn a_negative_length_is_answered_and_closes_although_the_client_goes_on_writing() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Frames);
        let mut client = shard.client().await;
        client.send([&[0xff; 4][..], &vec![0; 300_000]].concat()).await;
        let (status, text) = client.frame().await;
        assert_eq!(status, BAD);
        assert!(String::from_utf8_lossy(&text).contains("-1"));
        assert_eq!(client.rest().await, b"");
        client.send([0; 1000]).await;
        settle().await;
        client.send([0; 1000]).await;
    });
}

#[test]
fn half_a_frame_at_the_end_is_not_executed_and_is_told() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Frames);
        let mut client = shard.client().await;
        client.send([framed("whole"), vec![0, 0, 0, 9, b'h']].concat()).await;
        client.0.shutdown().await.expect("a half-closed socket");
        assert_eq!(client.frame().await, (0, b"whole".to_vec()));
        let (status, text) = client.frame().await;
        assert_eq!(status, BAD);
        assert!(String::from_utf8_lossy(&text).contains("within a frame"));
        assert_eq!(client.rest().await, b"");
        assert_eq!(shard.sink.seen.get(), 1);
    });
}

#[test]
fn a_client_that_only_closed_its_writing_side_gets_the_answers_in_flight() {
    on_a_shard(async {
        let shard = Shard::hold(Protocol::Lines);
        let mut client = shard.client().await;
        client.send("read\n").await;
        client.0.shutdown().await.expect("a half-closed socket");
        for request in shard.held(1).await {
            settle().await;
            request.ticket.answer(Ok(b"7".to_vec()));
        }
        shard.outbox.flush();
        assert_eq!(client.rest().await, b"ok 7\n");
    });
}

#[test]
fn answers_to_a_client_that_has_gone_are_dropped_and_its_place_is_free() {
    on_a_shard(async {
        let shard = Shard::hold(Protocol::Frames);
        let mut client = shard.client().await;
        client.send([framed("a"), framed("b")].concat()).await;
        let held = shard.held(2).await;
        // Unread answers in the client's socket make its close a reset.
        client.0.set_zero_linger().expect("a socket option");
        drop(client);
        while shard.listener.connections() > 0 {
            tokio::task::yield_now().await;
        }
        for request in held {
            request.ticket.answer(Ok(vec![0; 1000]));
        }
        shard.outbox.flush();
        let mut other = shard.client().await;
        other.send(framed("c")).await;
        assert_eq!(shard.held(1).await.len(), 1);
    });
}

#[test]
fn a_dropped_ticket_answers_stopped() {
    on_a_shard(async {
        let shard = Shard::hold(Protocol::Frames);
        let mut client = shard.client().await;
        client.send(framed("a")).await;
        drop(shard.held(1).await);
        shard.outbox.flush();
        let (status, text) = client.frame().await;
        assert_eq!(status, Kind::Stopped as u8);
        assert!(!text.is_empty());
    });
}

#[test]
fn tickets_may_be_answered_outside_the_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let (shard, mut client) = local.block_on(&runtime, async {
        let shard = Shard::hold(Protocol::Frames);
        let mut client = shard.client().await;
        client.send(framed("a")).await;
        (shard, client)
    });
    let large = vec![9; 8 << 20];
    for request in local.block_on(&runtime, shard.held(1)) {
        request.ticket.answer(Ok(large.clone()));
    }
    shard.outbox.flush();
    assert!(local.block_on(&runtime, client.frame()) == (0, large), "the rest leaves by itself");
}

#[test]
fn lines_answer_on_one_line_each_and_survive_one_that_is_not_utf8() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Lines);
        let mut client = shard.client().await;
        client.send(b"plain\r\n\na\\b\nbad \xff\nafter\n").await;
        assert_eq!(client.line().await, "ok plain");
        assert_eq!(client.line().await, "ok");
        assert_eq!(client.line().await, "ok a\\\\b");
        let error = client.line().await;
        assert!(error.starts_with("error bad-request ") && error.contains("UTF-8"), "{error}");
        assert_eq!(client.line().await, "ok after");
    });
}

#[test]
fn errors_on_lines_name_their_kind() {
    on_a_shard(async {
        let shard = Shard::hold(Protocol::Lines);
        let mut client = shard.client().await;
        client.send("reset\n").await;
        for request in shard.held(1).await {
            request.ticket.answer(Err(Failure::new(Kind::Crashed, "divided by zero\nin reset")));
        }
        shard.outbox.flush();
        assert_eq!(client.line().await, "error crashed divided by zero\\nin reset");
    });
}

#[test]
fn a_line_over_the_limit_is_refused_and_closes() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Lines);
        let mut client = shard.client().await;
        let mut bytes = b"first\n".to_vec();
        bytes.resize(bytes.len() + shard.spec.limits.body + 5000, b'x');
        client.send(bytes).await;
        assert_eq!(client.line().await, "ok first");
        assert!(client.line().await.starts_with("error bad-request the line is longer"));
        assert_eq!(client.rest().await, b"");
    });
}

#[test]
fn a_line_that_began_in_the_read_of_another_one_is_found_when_it_ends() {
    on_a_shard(async {
        let shard = Shard::echo(Protocol::Lines);
        let mut client = shard.client().await;
        client.send("a first line\ntw").await;
        assert_eq!(client.line().await, "ok a first line");
        client.send("o\n").await;
        assert_eq!(client.line().await, "ok two");
    });
}

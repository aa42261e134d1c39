//! The load against small servers of its own: what it counts, and that it notices every fault.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;
use crate::load::Protocol;

fn spec(address: SocketAddr) -> Spec {
    Spec {
        address,
        protocol: Protocol::Frames,
        body: b"ping".to_vec(),
        connections: 3,
        depth: 4,
        warm_up: Duration::ZERO,
        time: Duration::from_millis(50),
        server: Some(std::process::id()),
    }
}

/// A server of frames whose reply to the n-th request of a connection is `answer(n)`, which
/// closes the connection with `None`. It sets no limits on itself: the load ends it by closing.
fn server(answer: impl Fn(u64) -> Option<Vec<u8>> + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || serve(socket, answer));
        }
    });
    address
}

fn serve(mut socket: TcpStream, answer: impl Fn(u64) -> Option<Vec<u8>>) -> Option<()> {
    for number in 0.. {
        let mut length = [0; 4];
        socket.read_exact(&mut length).ok()?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        socket.read_exact(&mut body).ok()?;
        assert_eq!(body, b"ping");
        socket.write_all(&answer(number)?).ok()?;
    }
    None
}

fn ok() -> Vec<u8> {
    b"\0\0\0\x05\0pong".to_vec()
}

#[test]
fn every_request_is_answered_and_counted() {
    let stop = Arc::new(AtomicBool::new(false));
    let hundredth = Arc::clone(&stop);
    let address = server(move |n| {
        hundredth.fetch_or(n == 100, Ordering::Relaxed);
        Some(ok())
    });
    let result = run_until(&spec(address), &stop).expect("a load");
    assert!(result.all_ok(), "{result:?}");
    assert!(result.measured > 0 && result.measured <= result.ok, "{result:?}");
    assert!(result.p50_ns > 0 && result.p50_ns <= result.p99_ns, "{result:?}");
    assert!(result.max_gap_ns > 0 && result.per_second() > 0.0, "{result:?}");
    assert!(result.server_cpu.is_some(), "{result:?}");
}

#[test]
fn a_load_until_a_flag_waits_for_the_last_replies() {
    let address = server(|_| Some(ok()));
    let stop = AtomicBool::new(true);
    let result = run_until(&spec(address), &stop).expect("a load");
    assert!(result.all_ok() && result.sent >= 12, "{result:?}");
}

#[test]
fn a_load_ends_after_its_time() {
    let result = run(&spec(server(|_| Some(ok())))).expect("a load");
    assert!(result.all_ok() && result.seconds > 0.0, "{result:?}");
}

#[test]
fn a_reply_that_is_not_ok_is_a_failure_with_its_text() {
    let address = server(|n| if n == 5 { Some(b"\0\0\0\x04\x02why".to_vec()) } else { Some(ok()) });
    let result = run(&Spec { depth: 6, ..spec(address) }).expect("a load");
    assert_eq!((result.failed, result.lost), (3, 0), "{result:?}");
    assert_eq!(result.first_error.as_deref(), Some("status 2: why"));
    assert!(!result.all_ok());
}

#[test]
fn a_connection_that_breaks_loses_what_was_in_flight() {
    let result = run(&spec(server(|n| (n < 2).then(ok)))).expect("a load");
    assert_eq!(result.ok + result.lost, result.sent, "{result:?}");
    assert!(result.lost >= 3 && !result.all_ok(), "{result:?}");
    assert!(result.first_error.is_some());
}

#[test]
fn garbage_ends_the_connection() {
    let result = run(&spec(server(|_| Some(vec![255; 64])))).expect("a load");
    assert_eq!((result.ok, result.lost), (0, 12), "{result:?}");
}

#[test]
fn quantiles_are_those_of_the_sorted_latencies_to_a_part_in_a_thousand() {
    let told = |share: f64, values: &mut dyn Iterator<Item = u64>| {
        let mut seen = latencies().expect("a histogram");
        values.for_each(|value| seen.saturating_record(value));
        seen.value_at_quantile(share)
    };
    let from = |first: u64, exact: u64| (exact..=exact + exact / 1000).contains(&first);
    for (share, exact) in [(0.001, 1000), (0.5, 500_000), (0.99, 990_000), (1.0, 1_000_000)] {
        let got = told(share, &mut (1..=1000).map(|value| value * 1000));
        assert!(from(got, exact), "{share}: {got}");
    }
    for value in (0..42).map(|bit| 1 << bit).chain([0, 1_000_000_007, LATENCY_MAX_NS]) {
        let got = told(0.5, &mut std::iter::once(value));
        assert!(from(got, value), "{value} is told as {got}");
    }
    assert!(from(told(0.5, &mut std::iter::once(u64::MAX)), LATENCY_MAX_NS), "nothing is lost or panics");
    assert_eq!(told(0.5, &mut std::iter::empty()), 0);
}

#[test]
fn no_server_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    assert!(run(&spec(address)).is_err());
}

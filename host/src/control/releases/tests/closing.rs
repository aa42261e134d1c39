//! A node that stops while a release is under way.

use tokio::sync::oneshot::error::TryRecvError;

use super::bench::Bench;
use crate::control::{Ask, Haste};
use crate::release::RowResult;

#[test]
fn a_node_that_stops_drops_what_is_compiled_and_what_waits() {
    let mut bench = Bench::new();
    let mut first = bench.upgrade("0.2.0", false);
    let mut second = bench.rollback();
    close(&mut bench);
    let mut late = bench.upgrade("0.3.0", false);
    bench.compiled("0.2.0", true);
    for verdict in [&mut first, &mut second, &mut late] {
        assert_eq!(verdict.try_recv().err(), Some(TryRecvError::Closed));
    }
    assert!(bench.step().is_none() && !bench.compiles() && bench.disk.done().is_empty());
    assert_eq!(bench.control.wake_at(), Some(22_500_000_000), "only the drain is waited for");
}

#[test]
fn a_change_of_code_that_has_begun_is_brought_to_its_end_when_the_node_stops() {
    for at in ["load component", "suspend", "save", "code change", "resume", "purge component"] {
        for refused in [false, true] {
            let mut bench = Bench::new();
            let mut verdict = bench.upgrade("0.2.0", false);
            let mut waiting = bench.upgrade("0.3.0", false);
            bench.compiled("0.2.0", true);
            let id = bench.go_to(at);
            close(&mut bench);
            bench.tell(id, if refused { Err("no") } else { Ok(Default::default()) });
            bench.tell(id, Ok(Default::default()));
            let undone = refused && !["resume", "purge component"].contains(&at);
            assert_eq!(bench.go_on().contains(&"undo"), undone, "{at}");
            let expected = if undone { RowResult::Refused } else { RowResult::Permanent };
            assert_eq!(verdict.try_recv().expect("told").row.result, expected, "{at}");
            assert_eq!(waiting.try_recv().err(), Some(TryRecvError::Closed));
            assert!(!bench.compiles(), "{at}: nothing new begins");
        }
    }
}

/// The node drains; the shards are told so.
fn close(bench: &mut Bench) {
    bench.ask(Ask::Shutdown(Haste::Drain));
    bench.told_to_drain();
}

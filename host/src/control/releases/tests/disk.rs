//! A disk that is full or fails, at each step that needs it.

use super::bench::{Bench, bytes};
use crate::protocol::SwapStep;
use crate::release::{RowResult, digest};

#[test]
fn a_disk_that_is_full_at_the_intent_is_a_refusal_before_anything_changes() {
    // The component, and then the row, find no room.
    for room in [3, 20, 540] {
        let mut bench = Bench::new();
        let mut verdict = bench.upgrade("0.2.0", false);
        bench.compiled("0.2.0", true);
        let id = bench.go_to("load component");
        bench.disk.set_room(room);
        bench.done(id, &SwapStep::Suspend);
        assert_eq!((bench.word(), bench.word()), (Some("undo"), None), "nobody was suspended");
        let row = verdict.try_recv().expect("told").row;
        // There may be room for one row, but not for a second one behind it.
        let recorded = usize::from(room >= 540);
        assert_eq!((row.result, row.revision), (RowResult::Refused, recorded as u64));
        let said = &row.reason;
        assert!(said.starts_with("it could not be recorded, so nothing was changed: the disk is full: "), "{said}");
        assert!(said.ends_with("free some space there and try again"), "{said}");
        assert_eq!((bench.kept(), bench.runs().as_str()), (1, "0.1.0"), "with room for {room} bytes");
        bench.disk.set_room(1 << 20);
        assert_eq!(bench.upgraded("0.2.0").row.result, RowResult::Permanent, "trying again helps");
        assert_eq!(bench.restart().0.history().rows().len(), recorded + 1);
    }
}

#[test]
fn a_disk_without_room_for_the_states_is_a_refusal() {
    let mut bench = Bench::new();
    let mut verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let id = bench.go_to("code change");
    bench.disk.set_room(0);
    bench.done(id, &SwapStep::CodeChange);
    assert_eq!(bench.word(), Some("undo"), "nobody resumed");
    let row = verdict.try_recv().expect("told").row;
    assert_eq!((row.result, row.revision), (RowResult::Refused, 1), "there is room for this row");
    let said = &row.reason;
    assert!(said.starts_with("the states of its workers could not be kept for a rollback: the disk is full"), "{said}");
    assert_eq!((bench.history(), bench.swaps(), bench.kept()), (vec![row], 0, 1));
    bench.disk.set_room(1 << 20);
    assert_eq!(bench.upgraded("0.2.0").row.result, RowResult::Permanent, "trying again helps");
}

#[test]
fn a_disk_that_fills_up_after_the_intent_has_room_for_the_completion() {
    let mut bench = Bench::new();
    let mut verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let id = bench.go_to("resume");
    bench.disk.set_room(0);
    bench.done(id, &SwapStep::Resume(1));
    let row = verdict.try_recv().expect("told").row;
    assert_eq!((row.result, &*row.reason), (RowResult::Permanent, ""));
    let (records, note) = bench.restart();
    assert_eq!((records.history().rows(), note), (&[row][..], None));
    let back = records.history().previous("counter", &digest(&bytes("0.2.0"))).expect("a way");
    assert_eq!(records.fetch(&back).expect("read").1.map(|states| states.len()), Some(2));
}

#[test]
fn a_completion_that_fails_says_what_a_restart_comes_back_to_and_nothing_builds_on_it() {
    let mut bench = Bench::new();
    let mut verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let id = bench.go_to("resume");
    bench.disk.set_sync_fails(true);
    bench.done(id, &SwapStep::Resume(1));
    assert_eq!(bench.go_on(), ["purge component"]);
    let row = verdict.try_recv().expect("told").row;
    assert_eq!((row.result, bench.runs().as_str()), (RowResult::Permanent, "0.2.0"));
    let said = &row.reason;
    assert!(said.starts_with("it runs, but could not be recorded: a restart comes back to 0.1.0: "), "{said}");
    assert_eq!(bench.results(), [(RowResult::Begun, row.reason.clone())]);

    bench.disk.set_sync_fails(false);
    let mut next = bench.upgrade("0.3.0", false);
    bench.compiled("0.3.0", true);
    assert_eq!(bench.go_on(), ["load component", "undo"]);
    let next = next.try_recv().expect("told").row;
    assert!(next.reason.contains("restart the host when the disk is well"), "{}", next.reason);

    let (records, note) = bench.restart();
    assert_eq!(records.history().current("counter"), None, "the manifest's version");
    let [row] = records.history().rows() else { panic!("one row") };
    assert_eq!((row.result, &*row.reason), (RowResult::RolledBack, "the host ended before it was complete"));
    assert!(note.expect("a note").contains("revision 1"));
}

#[test]
fn a_host_that_ends_at_any_step_comes_back_to_the_version_before() {
    for at in ["load component", "suspend", "save", "code change", "resume", "purge component"] {
        let mut bench = Bench::new();
        let _verdict = bench.upgrade("0.2.0", false);
        bench.compiled("0.2.0", true);
        bench.go_to(at);
        let (records, note) = bench.restart();
        let results: Vec<_> = records.history().rows().iter().map(|row| row.result).collect();
        let boots = records.history().boot("counter", &digest(&bytes("0.1.0"))).map(|current| current.version.minor);
        let expected = match at {
            "load component" => (vec![], None, false, 0),
            "purge component" => (vec![RowResult::Permanent], Some(2), false, 1),
            _ => (vec![RowResult::RolledBack], None, true, 0),
        };
        assert_eq!((results, boots, note.is_some(), bench.swaps()), expected, "{at}");
    }
}

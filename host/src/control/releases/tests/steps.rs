//! Refusals at each step, late notices, and whose turn it is.

use super::bench::{Bench, name, saved};
use crate::protocol::{SwapStep, SwapStepped};
use crate::release::RowResult;

#[test]
fn a_step_that_one_shard_refuses_is_undone_by_all_until_the_point_of_no_return() {
    for at in ["load component", "suspend", "save", "code change"] {
        let mut bench = Bench::new();
        let mut verdict = bench.upgrade("0.2.0", false);
        bench.compiled("0.2.0", true);
        let id = bench.go_to(at);
        bench.tell(id, Ok(SwapStepped::default()));
        assert_eq!((bench.word(), verdict.try_recv().is_err()), (None, true), "{at}: not before both have done it");
        bench.tell(id, Err("`b` does not want to"));
        assert_eq!(bench.word(), Some("undo"), "{at}");
        let row = verdict.try_recv().expect("told").row;
        assert_eq!((row.revision, row.result, &*row.reason), (1, RowResult::Refused, "`b` does not want to"), "{at}");
        assert_eq!((row.workers, row.to.map(|to| to.to_string())), (0, Some("0.2.0".into())));
        assert_eq!(bench.history(), [row], "{at}: one row, complete");
        assert_eq!((bench.kept(), bench.swaps(), bench.runs().as_str()), (1, 0, "0.1.0"), "{at}: nothing is left");
        assert_eq!(bench.upgraded("0.2.0").row.result, RowResult::Permanent, "{at}: nothing is in the way");
        let (records, note) = bench.restart();
        let results: Vec<_> = records.history().rows().iter().map(|row| (row.revision, row.result)).collect();
        assert_eq!((results, note), (vec![(1, RowResult::Refused), (2, RowResult::Permanent)], None), "{at}");
    }
}

#[test]
fn what_cannot_be_refused_is_done_although_a_shard_refuses_it() {
    for at in ["resume", "purge component"] {
        let mut bench = Bench::new();
        let mut verdict = bench.upgrade("0.2.0", false);
        bench.compiled("0.2.0", true);
        let id = bench.go_to(at);
        bench.tell(id, Err("no"));
        bench.tell(id, Ok(SwapStepped::default()));
        assert!(!bench.go_on().contains(&"undo"), "{at}");
        assert_eq!(verdict.try_recv().expect("told").row.result, RowResult::Permanent);
        assert_eq!(bench.runs(), "0.2.0");
    }
}

#[test]
fn a_late_notice_of_a_change_that_is_over_disturbs_nobody() {
    let mut bench = Bench::new();
    let _first = bench.upgrade("0.2.0", false);
    let mut second = bench.upgrade("0.3.0", false);
    bench.compiled("0.2.0", true);
    let late = bench.go_to("suspend");
    bench.tell(late, Err("`a` crashed"));
    assert_eq!(bench.word(), Some("undo"));
    bench.tell(late, Err("`b` crashed"));
    bench.compiled("0.3.0", true);
    let id = bench.go_to("suspend");
    assert_ne!(id, late);
    bench.tell(late, Ok(SwapStepped::default()));
    bench.tell(late, Err("too late"));
    bench.tell(id, Ok(SwapStepped::default()));
    assert_eq!(bench.word(), None, "one shard has yet to suspend its workers");
    bench.tell(id, Ok(SwapStepped::default()));
    bench.go_on();
    assert_eq!(second.try_recv().expect("told").row.result, RowResult::Permanent);
    bench.tell(id, Err("too late"));
    assert_eq!((bench.step().is_none(), bench.history().len(), bench.runs().as_str()), (true, 2, "0.3.0"));
}

#[test]
fn a_rollback_waits_for_its_turn_and_goes_back_from_what_runs_then() {
    let mut bench = Bench::new();
    let _up = bench.upgrade("0.2.0", false);
    let mut back = bench.rollback();
    bench.compiled("0.2.0", true);
    let id = bench.go_to("purge component");
    assert!(!bench.compiles(), "the old code is not gone yet");
    bench.done(id, &SwapStep::Purge);
    bench.compiled("0.1.0", true);
    let Some((id, SwapStep::Load(swap))) = bench.step() else { panic!("it is loaded") };
    let states: Vec<_> = ["a", "b"].map(|worker| (name(worker), saved(worker))).into();
    assert_eq!(swap.back.as_deref(), Some(&states), "those of the swap");
    bench.done(id, &SwapStep::Load(swap));
    assert_eq!(
        bench.go_on(),
        ["suspend", "save", "code change", "resume", "purge component"],
        "a way back is the same list"
    );
    let row = back.try_recv().expect("told").row;
    assert_eq!((row.result, &*row.via, row.revision), (RowResult::Permanent, "rollback", 2));
    assert_eq!(bench.runs(), "0.1.0");
}

#[test]
fn a_rollback_to_nowhere_holds_nobody_up() {
    let mut bench = Bench::new();
    let _dry = bench.upgrade("0.2.0", true);
    let mut nowhere = bench.rollback();
    let mut up = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let row = nowhere.try_recv().expect("told").row;
    assert_eq!((row.result, row.revision), (RowResult::Refused, 0));
    assert!(row.reason.contains("nothing was upgraded yet"), "{}", row.reason);
    bench.compiled("0.2.0", true);
    bench.go_on();
    assert_eq!(up.try_recv().expect("told").row.result, RowResult::Permanent);
}

#[test]
fn the_time_of_a_slow_disk_is_not_that_of_the_workers() {
    let mut bench = Bench::new();
    bench.boot();
    let _verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let id = bench.go_to("load component");
    bench.slow_disk(60_000);
    // What comes next is the intent, which is synced, and then the shards are told.
    bench.done(id, &SwapStep::Suspend);
    assert_eq!(bench.word(), Some("suspend"));
    bench.pass(5_400);
    assert_eq!(bench.word(), None, "they have had less than their time");
    bench.pass(101);
    assert_eq!(bench.word(), Some("give up"));
}

#[test]
fn whoever_takes_too_long_for_a_step_is_told_to_give_up_once_and_only_before_the_point_of_no_return() {
    for (at, gives_up) in [("suspend", true), ("save", true), ("code change", true), ("resume", false)] {
        let mut bench = Bench::new();
        bench.boot();
        let mut verdict = bench.upgrade("0.2.0", false);
        bench.compiled("0.2.0", true);
        let id = bench.go_to(at);
        bench.pass(5_400);
        assert_eq!(bench.word(), None, "{at}: five seconds and what an init may take are not over");
        bench.pass(101);
        assert_eq!(bench.word(), gives_up.then_some("give up"), "{at}");
        bench.pass(60_000);
        assert_eq!(bench.word(), None, "{at}: told once");
        if gives_up {
            bench.tell(id, Err("`b` did not come to the end of its step in time"));
            assert_eq!(bench.word(), Some("undo"));
            assert_eq!(verdict.try_recv().expect("told").row.result, RowResult::Refused);
        }
    }
}

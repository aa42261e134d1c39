//! Releases that wait are shown, and taken back as long as that is possible.

use tokio::sync::oneshot;

use super::bench::{Bench, bytes};
use crate::control::{Ask, Cancelled};
use crate::release::RowResult;

/// What waits or is under way: whether it waits, what it is about, and how far it is.
fn pending(bench: &mut Bench) -> Vec<(bool, String, String)> {
    let (done, mut pending) = oneshot::channel();
    bench.ask(Ask::Pending(done));
    let all = pending.try_recv().expect("answered at once");
    let to = |version: Option<crate::base::Version>| version.map_or_else(String::new, |version| version.to_string());
    all.into_iter()
        .map(|one| (one.waits, format!("{} {}", one.row.behaviour, to(one.row.to)), one.row.reason))
        .collect()
}

fn cancel(bench: &mut Bench, file: Option<&str>) -> Cancelled {
    let (done, mut cancelled) = oneshot::channel();
    bench.ask(Ask::Cancel(file.map(str::to_owned), done));
    cancelled.try_recv().expect("answered at once")
}

fn taken_back(cancelled: &Cancelled) -> Vec<String> {
    cancelled.taken_back.iter().map(|row| format!("{} {:?}", row.behaviour, row.to.map(|to| to.to_string()))).collect()
}

#[test]
fn whatever_waits_or_is_under_way_is_shown_with_how_far_it_is() {
    let mut bench = Bench::new();
    assert_eq!(pending(&mut bench), []);
    let _first = bench.upgrade("0.2.0", false);
    let second = bench.upgrade("0.3.0", false);
    let _third = bench.rollback();
    drop(second);
    let seen = pending(&mut bench);
    assert_eq!(seen[0], (false, "counter 0.2.0".into(), "it is being checked and compiled".into()));
    assert_eq!((seen[1].0, &*seen[1].1), (true, "counter 0.3.0"));
    assert!(seen[1].2.starts_with("it waits for its turn; whoever ordered it waits no longer: "), "{}", seen[1].2);
    assert_eq!(seen[2], (true, " ".into(), "it waits for its turn".into()));
    bench.compiled("0.2.0", true);
    bench.go_to("save");
    let seen = pending(&mut bench);
    assert_eq!((seen.len(), &*seen[0].1), (3, "counter 0.2.0"));
    assert!(seen[0].2.contains("is at `save the states of a and b`, which 2 shards have yet to do"), "{}", seen[0].2);
}

#[test]
fn what_waits_and_what_is_compiled_is_taken_back_and_whoever_waits_is_told() {
    let mut bench = Bench::new();
    let mut first = bench.upgrade("0.2.0", false);
    let mut second = bench.upgrade("0.3.0", false);
    let mut third = bench.rollback();
    let cancelled = cancel(&mut bench, None);
    assert_eq!(taken_back(&cancelled), ["counter Some(\"0.2.0\")", "counter Some(\"0.3.0\")", " None"]);
    assert_eq!(cancelled.kept, None);
    for verdict in [&mut first, &mut second, &mut third] {
        let row = verdict.try_recv().expect("told").row;
        assert_eq!((row.result, &*row.reason), (RowResult::Refused, "it was taken back"));
    }
    bench.compiled("0.2.0", true);
    assert!(bench.step().is_none() && pending(&mut bench).is_empty(), "the compiler comes too late");
    assert_eq!(bench.history().len(), 3, "each is a row");
    assert_eq!(bench.upgraded("0.2.0").row.result, RowResult::Permanent, "and may come again");
}

#[test]
fn a_file_that_is_named_is_the_only_one_that_is_taken_back() {
    let mut bench = Bench::new();
    let mut first = bench.upgrade("0.2.0", false);
    let _second = bench.upgrade("0.3.0", false);
    let _third = bench.rollback();
    assert_eq!(taken_back(&cancel(&mut bench, Some("counter-0.3.0.wasm"))), ["counter Some(\"0.3.0\")"]);
    assert_eq!(pending(&mut bench).len(), 2);
    assert!(cancel(&mut bench, Some("counter-0.3.0.wasm")).taken_back.is_empty());
    bench.compiled("0.2.0", true);
    bench.go_on();
    assert_eq!(first.try_recv().expect("told").row.result, RowResult::Permanent);
}

#[test]
fn a_change_under_way_is_taken_back_until_its_point_of_no_return_and_not_behind_it() {
    for (at, is_kept) in
        [("load component", false), ("suspend", false), ("save", false), ("code change", false), ("resume", true)]
    {
        let mut bench = Bench::new();
        let mut first = bench.upgrade("0.2.0", false);
        let mut second = bench.upload(bytes("0.3.0"), "counter-0.3.0.wasm");
        bench.compiled("0.2.0", true);
        let id = bench.go_to(at);
        let cancelled = cancel(&mut bench, None);
        assert!(second.try_recv().is_ok_and(|verdict| verdict.row.result == RowResult::Refused), "{at}");
        assert_eq!((cancelled.kept.is_some(), cancelled.taken_back.len()), (is_kept, 2 - usize::from(is_kept)), "{at}");
        if is_kept {
            assert!(cancelled.kept.is_some_and(|why| why.contains("past the point of no return")));
            bench.done(id, &crate::protocol::SwapStep::Resume(1));
            bench.go_on();
        } else {
            assert_eq!(bench.word(), Some("undo"), "{at}");
            bench.tell(id, Ok(Default::default()));
            assert!(bench.step().is_none(), "what comes late is nobody's");
        }
        let (result, runs) = if is_kept { (RowResult::Permanent, "0.2.0") } else { (RowResult::Refused, "0.1.0") };
        assert_eq!((first.try_recv().expect("told").row.result, bench.runs()), (result, runs.to_owned()), "{at}");
        assert!(pending(&mut bench).is_empty());
        let (_, note) = bench.restart();
        assert_eq!(note, None, "{at}: the history is whole");
    }
}

//! A disk that takes its time holds up nobody but the release that needs it.

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::bench::{Bench, name};
use crate::base::{ExitReason, Fault, FaultClass};
use crate::control::{Ask, Cancelled, ControlEvent, Haste};
use crate::protocol::{Command, Notice, SwapStep};
use crate::release::RowResult;
use crate::supervisor::{Event, Order};

/// How far the release is that is under way.
fn how(bench: &mut Bench) -> String {
    let (done, mut pending) = oneshot::channel();
    bench.ask(Ask::Pending(done));
    pending.try_recv().expect("answered at once").remove(0).row.reason
}

fn cancel(bench: &mut Bench) -> oneshot::Receiver<Cancelled> {
    let (done, cancelled) = oneshot::channel();
    bench.ask(Ask::Cancel(None, done));
    cancelled
}

/// What the shards were commanded to do, in words.
fn commands(bench: &mut Bench) -> Vec<String> {
    let mut all = vec![];
    for lane in &mut bench.lanes {
        all.extend(std::iter::from_fn(|| lane.try_recv().ok()).map(|command| match command {
            Command::Act(action) => format!("{action:?}"),
            other => format!("{other:?}"),
        }));
    }
    all
}

/// A release whose next step needs the disk, which hangs.
fn hanging(at: &str) -> (Bench, u64, oneshot::Receiver<crate::control::Verdict>) {
    let mut bench = Bench::new();
    bench.boot();
    let verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let id = bench.go_to(at);
    bench.hang();
    let step = if at == "resume" { SwapStep::Resume(1) } else { SwapStep::CodeChange };
    bench.done(id, &step);
    (bench, id, verdict)
}

#[test]
fn orders_restarts_and_looks_go_on_while_a_release_waits_for_the_disk() {
    for at in ["load component", "code change", "resume"] {
        let (mut bench, _, mut verdict) = hanging(at);
        assert!(how(&mut bench).ends_with("for which it waits for the disk"), "{}", how(&mut bench));
        assert_eq!(commands(&mut bench), Vec::<String>::new(), "{at}: the next step waits");

        let tree = bench.supervision.clone();
        let a = tree.tree().id("a").expect("a worker");
        let crashed = Event::Exited { child: a, reason: ExitReason::Crashed(Fault::new(FaultClass::Trap, "it broke")) };
        let assigned = tree.decide(crashed, 0, &mut || 0);
        bench.control.handle(ControlEvent::Notice(Notice::Carry(assigned)));
        bench.pass(100);
        assert!(commands(&mut bench).iter().any(|command| command.contains("Start")), "{at}: it is restarted");

        let (done, _stopped) = oneshot::channel();
        bench.ask(Ask::Order(name("b"), Order::Terminate, done));
        assert!(commands(&mut bench).iter().any(|command| command.contains("Stop")), "{at}: an order is carried out");

        assert!(bench.history().len() <= 1 && bench.runs() == "0.1.0", "{at}: both are answered at once");
        assert_eq!(verdict.try_recv().err(), Some(TryRecvError::Empty), "{at}: nobody is told before the disk has it");
        bench.work();
        let next = if at == "resume" { "Purge" } else { "S" };
        assert!(commands(&mut bench).iter().any(|command| command.contains(next)), "{at}: it goes on");
        assert_eq!(verdict.try_recv().is_ok(), at == "resume", "{at}");
    }
}

#[test]
fn what_is_refused_is_told_and_the_next_begins_when_the_row_is_on_disk_and_rows_keep_their_order() {
    let mut bench = Bench::new();
    let mut first = bench.upgrade("0.0.1", false);
    let mut second = bench.upgrade("0.2.0", false);
    bench.hang();
    bench.compiled("0.0.1", true);
    assert!(how(&mut bench).starts_with("it is refused, which is being recorded: "), "{}", how(&mut bench));
    assert_eq!(first.try_recv().err(), Some(TryRecvError::Empty));
    assert!(!bench.compiles() && bench.history().is_empty(), "nothing else begins");
    bench.work();
    assert_eq!(first.try_recv().expect("told").row.revision, 1);
    bench.compiled("0.2.0", true);
    bench.go_on();
    assert_eq!(second.try_recv().expect("told").row.revision, 2);
    let rows = bench.history();
    let results: Vec<_> = rows.iter().map(|row| row.result).collect();
    assert_eq!(results, [RowResult::Refused, RowResult::Permanent]);
    assert_eq!(bench.restart().0.history().rows(), rows, "what is shown is what is on disk");
}

#[test]
fn a_release_is_taken_back_while_it_waits_for_the_disk_and_what_the_disk_says_then_is_nobodys() {
    for at in ["load component", "code change"] {
        let (mut bench, id, mut verdict) = hanging(at);
        let mut waiting = bench.upgrade("0.3.0", false);
        let mut cancelled = cancel(&mut bench);
        assert_eq!(bench.word(), Some("undo"), "{at}: the workers go on at once");
        assert_eq!(
            (cancelled.try_recv().err(), verdict.try_recv().err()),
            (Some(TryRecvError::Empty), Some(TryRecvError::Empty))
        );
        bench.work();
        assert_eq!(cancelled.try_recv().expect("told").taken_back.len(), 2, "{at}");
        for (verdict, revision) in [(&mut verdict, 1), (&mut waiting, 2)] {
            let row = verdict.try_recv().expect("told").row;
            assert_eq!((row.result, row.revision), (RowResult::Refused, revision), "{at}");
        }
        bench.tell(id, Ok(Default::default()));
        assert!(bench.step().is_none(), "{at}");
        assert_eq!((bench.kept(), bench.swaps(), bench.runs().as_str()), (1, 0, "0.1.0"), "{at}: nothing is left");
        let rows = bench.history();
        assert_eq!((bench.restart().0.history().rows(), bench.restart().1), (&rows[..], None), "{at}");
        assert_eq!(bench.upgraded("0.2.0").row.result, RowResult::Permanent, "{at}: nothing is in the way");
    }
}

#[test]
fn nothing_begins_before_it_is_recorded_that_others_were_taken_back() {
    let (mut bench, _, _verdict) = hanging("load component");
    let mut taken = bench.upgrade("0.3.0", false);
    let _cancelled = cancel(&mut bench);
    let _next = bench.upgrade("0.4.0", false);
    assert!(bench.work_once() && bench.work_once(), "the intent, and that it came to nothing");
    assert_eq!((taken.try_recv().err(), bench.compiles()), (Some(TryRecvError::Empty), false));
    bench.work();
    assert!(taken.try_recv().is_ok() && bench.compiles());
}

#[test]
fn a_row_that_is_on_its_way_to_the_disk_cannot_be_taken_back() {
    let (mut bench, _, mut verdict) = hanging("resume");
    let kept = cancel(&mut bench).try_recv().expect("told at once").kept.expect("kept");
    assert!(kept.contains("for which it waits for the disk, and is past the point of no return"), "{kept}");
    bench.work();
    assert_eq!(verdict.try_recv().expect("told").row.result, RowResult::Permanent);
}

#[test]
fn workers_do_not_wait_for_ever_for_a_disk_that_does_not_take_what_they_saved() {
    let (mut bench, _, mut verdict) = hanging("code change");
    bench.pass(29_999);
    assert_eq!(bench.word(), None);
    bench.pass(1);
    assert_eq!(bench.word(), Some("undo"));
    bench.pass(60_000);
    assert_eq!((bench.word(), verdict.try_recv().err()), (None, Some(TryRecvError::Empty)), "once");
    bench.work();
    let row = verdict.try_recv().expect("told").row;
    assert_eq!((row.result, row.revision), (RowResult::Refused, 1));
    assert!(row.reason.contains("within 30 s") && row.reason.contains("look at the disk"), "{}", row.reason);
    assert_eq!((bench.history(), bench.swaps()), (vec![row], 0));
}

#[test]
fn a_rollback_waits_for_its_component_without_holding_anybody_up() {
    let mut bench = Bench::new();
    bench.upgraded("0.2.0");
    bench.hang();
    let mut back = bench.rollback();
    assert_eq!(how(&mut bench), "it is being read from the state directory");
    assert!(!bench.compiles() && bench.history().len() == 1);
    bench.work();
    bench.compiled("0.1.0", true);
    bench.go_on();
    assert_eq!((back.try_recv().expect("told").row.result, bench.runs().as_str()), (RowResult::Permanent, "0.1.0"));
    bench.hang();
    let mut taken = bench.rollback();
    let _cancelled = cancel(&mut bench);
    bench.work();
    assert!(!bench.compiles(), "one that is taken back meanwhile is not compiled");
    assert_eq!(taken.try_recv().expect("told").row.result, RowResult::Refused);
}

#[test]
fn a_rollback_whose_component_is_gone_is_refused_in_words_and_is_in_nobodys_way() {
    let mut bench = Bench::new();
    bench.upgraded("0.2.0");
    let kept = std::fs::read_dir(bench.dir.path().join("state/components")).expect("a store");
    kept.for_each(|file| std::fs::remove_file(file.expect("a file").path()).expect("removed"));
    let row = bench.rollback().try_recv().expect("told").row;
    assert_eq!((row.result, row.revision, row.behaviour.as_str()), (RowResult::Refused, 0, "counter"));
    let said = &row.reason;
    assert!(said.contains("is not kept any more: ") && said.contains("of the last 20 releases"), "{said}");
    assert_eq!(bench.upgraded("0.3.0").row.result, RowResult::Permanent);
}

#[test]
fn the_end_of_a_node_waits_for_what_is_on_its_way_to_the_disk() {
    let (mut bench, _, mut verdict) = hanging("resume");
    bench.ask(Ask::Shutdown(Haste::Halt));
    let workers: Vec<_> = bench.supervision.tree().workers().collect();
    for child in workers.into_iter().rev() {
        let stopped = Event::Stopped { child, reason: ExitReason::Killed };
        let assigned = bench.supervision.decide(stopped, 0, &mut || 0);
        bench.control.handle(ControlEvent::Notice(Notice::Carry(assigned)));
    }
    assert!(bench.control.ended().is_some() && bench.control.is_writing());
    assert_eq!(verdict.try_recv().err(), Some(TryRecvError::Empty));
    bench.work();
    assert_eq!(verdict.try_recv().expect("told").row.result, RowResult::Permanent);
    assert!(!bench.control.is_writing());
    assert_eq!(bench.restart().0.history().rows()[0].result, RowResult::Permanent);
}

#[test]
fn orders_to_take_back_do_not_pile_up_before_a_disk_that_hangs() {
    let (mut bench, _, _verdict) = hanging("load component");
    let mut orders: Vec<_> = (0..100)
        .map(|_| {
            let waiting = bench.upgrade("0.3.0", false);
            (waiting, cancel(&mut bench))
        })
        .collect();
    let told = orders.iter_mut().filter(|(waiting, _)| !waiting.is_empty()).count();
    assert!((30..100).contains(&told), "{told} are told at once");
    bench.work();
    assert!(orders.iter_mut().all(|(_, cancelled)| cancelled.try_recv().is_ok_and(|all| !all.taken_back.is_empty())));
    let recorded = 1 + orders.len() - told;
    assert_eq!(bench.restart().0.history().rows().len(), recorded);
}

//! The plan is the program: what is executed, in which order, and what is on disk by then.

use super::bench::{Bench, bytes, guest, version, word};
use crate::release::{RowResult, digest};

/// What was done to the disk, as the instruction that does it is printed.
fn instruction(done: &[String]) -> Option<&'static str> {
    let done: Vec<&str> = done.iter().map(String::as_str).collect();
    match done[..] {
        [] => None,
        ["write 1.states", .., "write 1.states"] => Some("write what was saved"),
        [.., "sync components", "write history.jsonl", "sync history.jsonl"] => Some("record the intent"),
        [.., "sync swaps", "write history.jsonl", "sync history.jsonl"] => Some("record that"),
        _ => panic!("{done:?}"),
    }
}

#[test]
fn what_is_executed_is_what_a_dry_run_prints() {
    let mut bench = Bench::new();
    let mut planned = bench.upgrade("0.2.0", true);
    bench.compiled("0.2.0", true);
    let printed = planned.try_recv().expect("told").plan;
    let _verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    let mut executed = vec![];
    loop {
        executed.extend(instruction(&bench.disk.done()));
        let Some((id, step)) = bench.step() else { break };
        executed.push(word(&step));
        bench.done(id, &step);
    }
    // The line itself does nothing; what it means is tested with the refusals.
    let printed: Vec<&String> = printed.iter().filter(|line| !line.starts_with("point of no return")).collect();
    assert_eq!(printed.len(), executed.len(), "{printed:?} {executed:?}");
    assert!(printed.iter().zip(&executed).all(|(line, word)| line.starts_with(word)), "{printed:?} {executed:?}");
}

#[test]
fn a_version_that_saves_no_state_is_neither_asked_to_nor_written() {
    let mut bench = Bench::new();
    bench.upgraded("0.2.0");
    let mut verdict = bench.rollback();
    bench.compiled("0.1.0", false);
    assert_eq!(bench.go_on(), ["load component", "suspend", "code change", "resume", "purge component"]);
    assert_eq!(verdict.try_recv().expect("told").row.result, RowResult::Permanent);
    assert_eq!(bench.swaps(), 1, "only those of the upgrade");
}

#[test]
fn the_disk_has_room_before_anything_changes_and_has_it_all_before_success_is_told() {
    let mut bench = Bench::new();
    let mut verdict = bench.upgrade("0.2.0", false);
    bench.compiled("0.2.0", true);
    assert!(bench.disk.done().is_empty(), "the code is loaded first");
    bench.go_to("load component");
    bench.tell(1, Ok(Default::default()));
    assert_eq!((bench.step().is_none(), bench.disk.done()), (true, vec![]), "one shard has yet to load it");
    bench.tell(1, Ok(Default::default()));
    let file = format!("{}.wasm", digest(&bytes("0.2.0")));
    let intent = [
        format!("write {file}"),
        format!("sync {file}"),
        "sync components".into(),
        "write history.jsonl".into(),
        "sync history.jsonl".into(),
    ];
    assert_eq!(bench.disk.done(), intent);
    let begun = bench.history();
    assert_eq!((begun[0].revision, begun[0].result, begun[0].workers), (1, RowResult::Begun, 0));

    bench.go_to("resume");
    let written = bench.disk.done();
    assert!(!written.is_empty() && written.iter().all(|done| done == "write 1.states"), "{written:?}");
    assert!(verdict.try_recv().is_err() && bench.runs() == "0.1.0");

    bench.tell(1, Ok(Default::default()));
    assert!(bench.disk.done().is_empty(), "one shard has yet to resume");
    bench.tell(1, Ok(crate::protocol::SwapStepped { workers: 3, pause: 9000, ..Default::default() }));
    let complete = ["sync 1.states", "sync swaps", "write history.jsonl", "sync history.jsonl"];
    assert_eq!(bench.disk.done(), complete);
    let row = verdict.try_recv().expect("told before the old code is purged").row;
    assert_eq!((row.revision, row.result, row.workers, row.pause_us), (1, RowResult::Permanent, 3, 9));
    assert_eq!((bench.history(), bench.runs().as_str()), (vec![row], "0.2.0"));
    assert_eq!(bench.word(), Some("purge component"));
}

#[test]
fn a_dropped_file_is_marked_when_the_row_is_complete() {
    let mut bench = Bench::new();
    bench.boot();
    let folder = bench.dir.path().join("releases");
    std::fs::create_dir(&folder).expect("made");
    std::fs::write(folder.join("counter-0.2.0.wasm"), bytes("0.2.0")).expect("written");
    bench.pass(5000);
    bench.pass(300);
    bench.compiled("0.2.0", true);
    let marker = folder.join("counter-0.2.0.wasm.accepted");
    let id = bench.go_to("resume");
    assert!(!marker.exists());
    bench.done(id, &crate::protocol::SwapStep::Resume(1));
    let text = std::fs::read_to_string(marker).expect("marked");
    assert!(text.starts_with("counter 0.2.0 runs since revision 1\n"), "{text}");
}

/// Nine thousand junk files must not stand between an operator and a rollback.
#[test]
fn an_operator_goes_before_the_folder_also_while_that_is_compiled() {
    let mut bench = Bench::new();
    bench.upgraded("0.2.0");
    bench.boot();
    let folder = bench.dir.path().join("releases");
    std::fs::create_dir(&folder).expect("made");
    for version in ["0.3.0", "0.4.0"] {
        std::fs::write(folder.join(format!("counter-{version}.wasm")), bytes(version)).expect("written");
    }
    bench.pass(5000);
    bench.pass(300);
    let mut verdict = bench.rollback();
    bench.compiled("0.3.0", true);
    assert!(bench.step().is_none(), "it waits for another turn");
    bench.compiled("0.1.0", true);
    bench.go_on();
    assert_eq!((verdict.try_recv().expect("told").row.result, bench.runs().as_str()), (RowResult::Permanent, "0.1.0"));
    for version in ["0.3.0", "0.4.0"] {
        bench.compiled(version, true);
        bench.go_on();
        assert_eq!(bench.runs(), version);
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let mut bench = Bench::new();
    let mut verdict = bench.upgrade("0.2.0", true);
    bench.compiled("0.2.0", true);
    let verdict = verdict.try_recv().expect("told");
    assert_eq!((verdict.planned, verdict.row.revision, verdict.row.workers), (true, 0, 2));
    assert!(bench.step().is_none() && bench.disk.done().is_empty() && bench.history().is_empty());
    assert_eq!((bench.kept(), bench.runs().as_str()), (1, "0.1.0"));
    let mut refused = bench.upgrade("0.0.1", true);
    bench.compiled("0.0.1", true);
    assert_eq!(refused.try_recv().expect("told").row.result, RowResult::Refused);
    assert!(bench.disk.done().is_empty() && bench.history().is_empty());
}

/// The bench runs the counter, and no file of this test is one.
#[test]
fn what_the_plan_refuses_is_not_compiled() {
    let mut bench = Bench::new();
    let echo = guest("echo-0.1.0");
    let mut verdict = bench.upload(echo, "counter-0.2.0.wasm");
    bench.really_compile();
    let row = verdict.try_recv().expect("told").row;
    assert_eq!((row.behaviour.as_str(), row.result), ("echo", RowResult::Refused));
    assert!(row.reason.contains("counter"), "{}", row.reason);
}

#[test]
fn a_dropped_file_that_ends_too_early_is_no_release_yet() {
    let mut bench = Bench::new();
    bench.boot();
    let folder = bench.dir.path().join("releases");
    std::fs::create_dir(&folder).expect("made");
    let whole = guest("counter-0.2.0");
    std::fs::write(folder.join("counter-0.2.0.wasm"), &whole[..whole.len() / 2]).expect("written");
    bench.pass(5000);
    bench.pass(300);
    bench.really_compile();
    assert!(bench.history().is_empty(), "nothing was tried");
    std::fs::write(folder.join("counter-0.2.0.wasm"), &whole).expect("written on");
    bench.pass(5000);
    bench.pass(300);
    bench.really_compile();
    bench.go_on();
    assert_eq!(bench.runs(), "0.2.0");
    let mut verdict = bench.upload(whole[..whole.len() / 2].to_vec(), "counter-0.3.0.wasm");
    bench.really_compile();
    let row = verdict.try_recv().expect("told").row;
    assert!(row.result == RowResult::Refused && row.reason.contains("copied completely?"), "{row:?}");
    assert_eq!((row.behaviour.as_str(), row.to), ("counter", Some(version("0.3.0"))));
}

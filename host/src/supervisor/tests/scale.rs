//! Wide and deep trees.

use super::harness::{Story, story};
use super::words;
use crate::base::Intensity;
use crate::base::limits::{CHILDREN_MAX, RESTARTS_MAX, SUPERVISOR_DEPTH_MAX};
use crate::supervisor::{Action, Event, StartOutcome, Status, Tree};

#[test]
fn sup_36_thousands_of_children_start_crash_and_stop() {
    let wide: String = (2..CHILDREN_MAX).map(|n| format!("w{n} ")).collect();
    let mut spec = words::tree(&format!("root one_for_one 1/5s: {wide}"));
    spec.supervisors[0].1.intensity = Intensity { restarts: RESTARTS_MAX, ..Default::default() };
    let mut tree = Tree::new(spec).expect("a tree");
    let mut tell = |event| tree.handle(event, 1, &mut || 0);
    let mut starts = 0;
    let mut actions = tell(Event::Boot);
    while let Some(Action::Start { child }) = actions.first().cloned() {
        starts += 1;
        actions = tell(Event::Started { child, outcome: StartOutcome::Up });
    }
    assert_eq!(starts, CHILDREN_MAX - 2);
    for child in tree.workers().collect::<Vec<_>>() {
        let reason = super::world::crash();
        let actions = tree.handle(Event::Exited { child, reason }, 2, &mut || 0);
        assert!(matches!(actions[..], [Action::Report(_), Action::Start { child: c }] if c == child));
        tree.handle(Event::Started { child, outcome: StartOutcome::Up }, 2, &mut || 0);
    }
    let mut actions = tree.handle(Event::Shutdown, 3, &mut || 0);
    let mut stops = 0;
    while let Some(Action::Stop { child, .. }) = actions.first().cloned() {
        stops += 1;
        let reason = crate::base::ExitReason::Shutdown;
        actions = tree.handle(Event::Stopped { child, reason }, 3, &mut || 0);
    }
    assert!(matches!(actions[..], [Action::Finished { .. }]));
    assert_eq!((stops, tree.status(tree.root())), (CHILDREN_MAX - 2, Status::Stopped));
}

#[test]
fn a_group_of_thousands_restarts_in_one_line() {
    let wide: String = (0..5000).map(|n| format!("w{n} ")).collect();
    story(
        &format!("root one_for_all 1/5s: {wide}"),
        "w2500 crashes
         w0 is running
         w4999 is running
         shutdown",
    );
}

#[test]
fn a_crash_at_the_bottom_of_the_deepest_tree_escalates_to_its_top() {
    let depth = SUPERVISOR_DEPTH_MAX - 1;
    let open: String = (0..depth).map(|n| format!("(s{n} one_for_one 0/5s: a{n} ")).collect();
    let tree = format!("root one_for_one 0/5s: {open} b {}", ")".repeat(depth));
    let mut story = Story::new(&tree);
    story.run("boot\nb crashes\nrunning:");
    let end = story.world.finished.expect("finished");
    assert!(end.starts_with("supervisor root gave up: child s0 ended once too often"), "{end}");
    assert!(end.ends_with("child b ended once too often (trap: boom)"), "{end}");
}

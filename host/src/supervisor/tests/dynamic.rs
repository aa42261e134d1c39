//! Children of a template, which come and go at run time.

use super::harness::{Story, story};
use super::words;
use crate::base::ExitReason;
use crate::supervisor::child::Child;
use crate::supervisor::{Action, Counts, Event, StartChild, StartOutcome, Tree};

const CALLS: &str = "root one_for_one 9/5s: a (calls simple_one_for_one 2/5s: call) b";

#[test]
fn a_template_never_runs_and_its_children_come_by_key() {
    story(
        CALLS,
        "running: a b
         child calls/1 => start calls/1, up calls/1
         child calls/2 => start calls/2, up calls/2
         running: a b calls/1 calls/2
         child calls/1 => no child: already started
         child root/1 => no child: the supervisor is not simple_one_for_one",
    );
}

#[test]
fn a_dynamic_child_that_does_not_start_leaves_nothing_behind_and_counts_as_nothing() {
    let mut story = Story::new(CALLS);
    story.run(
        "boot
         child calls/1 => start calls/1, up calls/1
         calls/1 broken
         terminate calls/1 => stop calls/1
         child calls/1 => start calls/1, failed calls/1, no child: failed
         child calls/1 => start calls/1, failed calls/1, no child: failed
         child calls/1 => start calls/1, failed calls/1, no child: failed
         running: a b",
    );
    assert_eq!(story.tree.id("calls/1"), None);
}

#[test]
fn sup_25_a_dynamic_child_is_stopped_by_its_own_id_and_not_restarted_by_hand() {
    story(
        CALLS,
        "child calls/1 => start calls/1, up calls/1
         restart calls/1 => refused calls/1 Dynamic
         terminate calls/1 => stop calls/1
         running: a b
         child calls/1 => start calls/1, up calls/1",
    );
}

#[test]
fn a_dynamic_child_that_crashes_comes_back_under_its_key_until_the_intensity_is_exceeded() {
    story(
        CALLS,
        "child calls/1 => start calls/1, up calls/1
         child calls/2 => start calls/2, up calls/2
         calls/1 crashes => start calls/1
         calls/1 crashes => wait calls/1 10ms
         calls/1 due => start calls/1
         calls/2 crashes => gave up calls, stop calls/1
         running: a b",
    );
}

#[test]
fn transient_and_temporary_children_of_a_template_are_forgotten_when_they_end_for_good() {
    for (template, ends) in [("call~", "ends"), ("call?", "crashes")] {
        let mut story = Story::new(&CALLS.replace("call)", &format!("{template})")));
        story.run(&format!("boot\nchild calls/1\ncalls/1 {ends} => nothing\nrunning: a b"));
        assert_eq!(story.tree.id("calls/1"), None);
        story.run("child calls/1 => start calls/1, up calls/1");
    }
}

#[test]
fn an_id_of_a_child_that_is_gone_is_nobodys_also_when_its_place_is_taken() {
    let mut story = Story::new(CALLS);
    story.run("boot\nchild calls/1");
    let old = story.tree.id("calls/1").expect("it is there");
    story.run("terminate calls/1\nchild calls/2");
    let new = story.tree.id("calls/2").expect("it is there");
    assert_ne!(old, new);
    assert!(!story.tree.contains(old) && story.tree.contains(new));
    for event in [
        Event::Exited { child: old, reason: ExitReason::Normal },
        Event::Terminate { child: old },
        Event::Stopped { child: old, reason: ExitReason::Normal },
    ] {
        assert_eq!(story.tree.handle(event, 5, &mut || 0), []);
    }
    story.run("running: a b calls/2");
}

#[test]
fn sup_26_dynamic_children_are_stopped_all_at_once_and_share_their_deadline() {
    let mut story = Story::new(CALLS);
    story.run(
        "boot
         child calls/1
         child calls/2
         child calls/3
         hold calls/2
         hold calls/3
         shutdown => stop b, stop calls/1, stop calls/2, stop calls/3
         calls/3 answers => nothing
         calls/2 answers => stop a, finished: ordered to shut down",
    );
}

#[test]
fn sup_26_children_that_start_wait_or_exit_while_all_are_stopped_are_waited_for_and_no_longer() {
    story(
        &CALLS.replace("2/5s", "9/5s"),
        "child calls/up
         child calls/crashing
         child calls/waiting
         calls/waiting crashes
         calls/waiting crashes => wait calls/waiting 10ms
         hold calls/new
         child calls/new => start calls/new
         hold calls/crashing
         hold calls/up
         terminate calls => stop calls/up, stop calls/crashing
         calls/new answers => up calls/new, stop calls/new
         calls/crashing crashes => nothing
         calls/crashing answers => odd calls/crashing (trap: boom)
         child calls/late => no child: the supervisor does not run
         calls/up answers => nothing
         running: a b
         restart calls => nothing
         child calls/up => start calls/up, up calls/up",
    );
}

#[test]
fn sup_27_one_that_waits_for_its_restart_is_counted_and_is_not_active() {
    let mut story = Story::new(&CALLS.replace("2/5s", "9/5s"));
    story.run("boot\nchild calls/1\nchild calls/2\ncalls/1 crashes\ncalls/1 crashes");
    let count = |name: &str| story.tree.count_children(story.tree.id(name).expect("a child"));
    assert_eq!(count("calls"), Some(Counts { specs: 1, active: 1, supervisors: 0, workers: 2 }));
    assert_eq!(count("root"), Some(Counts { specs: 3, active: 3, supervisors: 1, workers: 2 }));
    assert_eq!(count("a"), None);
}

#[test]
fn sup_28_the_dynamic_children_of_a_supervisor_that_starts_again_are_gone() {
    story(
        "root one_for_all 9/5s: a (calls simple_one_for_one 0/5s: call)",
        "child calls/1
         child calls/2
         calls/1 crashes => gave up calls, stop calls/2, stop a, start a
         running: a
         child calls/1 => start calls/1, up calls/1",
    );
}

#[test]
fn sup_36_a_hundred_thousand_dynamic_children_cost_as_much_each_as_a_thousand() {
    // What is counted is steps: actions per child. That none of them walks the others shows in the
    // time this test takes, which is not what it asserts.
    let actions = |count: usize| {
        let mut tree = Tree::new(words::tree("root one_for_one 1/5s: (calls simple_one_for_one 1/5s: call)"));
        let tree = tree.as_mut().expect("a tree");
        tree.handle(Event::Boot, 1, &mut || 0);
        let supervisor = tree.id("calls").expect("a supervisor");
        let mut all = 0;
        for number in 0..count {
            let start = StartChild { supervisor, key: words::name(&number.to_string()), config: None, asked: 0 };
            let actions = tree.handle(Event::StartChild(start), 1, &mut || 0);
            let [Action::Start { child }] = actions[..] else { panic!("{actions:?}") };
            all += 1 + tree.handle(Event::Started { child, outcome: StartOutcome::Up }, 1, &mut || 0).len();
        }
        let stops = tree.handle(Event::Shutdown, 2, &mut || 0);
        all += stops.len();
        for stop in stops {
            let Action::Stop { child, .. } = stop else { panic!("{stop:?}") };
            all += tree.handle(Event::Stopped { child, reason: ExitReason::Shutdown }, 2, &mut || 0).len();
        }
        assert_eq!(tree.workers().count(), 0);
        all
    };
    assert_eq!(actions(1000), 3 * 1000 + 1);
    assert_eq!(actions(100_000), 3 * 100_000 + 1);
}

#[test]
fn a_dynamic_child_is_lean() {
    assert!(size_of::<Child>() <= 200, "{} bytes", size_of::<Child>());
}

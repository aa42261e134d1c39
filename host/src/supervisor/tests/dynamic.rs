//! Children with a spec of their own that come at run time.

use super::harness::{Story, story, unbooted};
use super::words::{self, name};
use crate::base::limits::{DYNAMIC_CHILDREN_MAX, DYNAMIC_CONFIG_BYTES_MAX};
use crate::base::{ChildKind, ChildSpec, ExitReason, Name, Restart};
use crate::supervisor::{Action, ChildError, Event, NewChild, Order, StartChild, StartOutcome, Tree, TreeError};

#[test]
fn a_new_child_starts_last_and_stops_first() {
    story(
        "root rest_for_one 9/5s: a b",
        "start_child c under root => start c, told c up
         b crashes => stop c, start b, start c
         shutdown => stop c, stop b, stop a, finished: ordered to shut down",
    );
}

#[test]
fn a_new_child_stands_under_its_supervisor_by_the_name_that_one_is_declared_with() {
    let mut spec = words::tree("root one_for_one 1/5s: (mid one_for_one 1/5s: a)");
    spec.children[0].name = name("middle");
    let mut tree = Tree::new(spec).expect("a tree");
    tree.handle(Event::Boot, 1, &mut || 0);
    let new = words::tree("root one_for_one 1/5s: b").children.remove(0);
    for supervisor in ["mid", "middle"] {
        let spec = ChildSpec { name: name(&format!("under-{supervisor}")), ..new.clone() };
        let (address, new) = (spec.name.clone(), NewChild::Spec(Box::new(spec)));
        let supervisor = tree.id(supervisor).expect("a supervisor");
        tree.handle(Event::StartChild(StartChild { supervisor, new, asked: 0 }), 1, &mut || 0);
        let child = tree.id(address.as_str()).expect("added");
        assert_eq!(tree.spec(child).under, name("mid"));
    }
}

#[test]
fn a_new_child_that_fails_is_not_kept_and_not_counted() {
    story(
        "root one_for_one 0/5s: a",
        "b broken
         start_child b under root => start b, told b failed (trap: boom), failed b
         no b
         b fixed
         start_child b under root => start b, told b up",
    );
}

#[test]
fn a_new_child_that_ignores_keeps_its_spec_unless_it_is_temporary() {
    story(
        "root one_for_one 0/5s: a",
        "b ignores
         start_child b under root => start b, told b ignored
         b is ignored
         start_child b under root => already_present
         c ignores
         start_child c? under root => start c, told c ignored
         no c",
    );
}

#[test]
fn a_new_child_is_restarted_as_its_spec_says() {
    story(
        "root one_for_one 9/5s: a",
        "start_child p under root
         start_child t~ under root
         start_child x? under root
         p ends => start p
         t ends => nothing
         t is stopped
         x crashes => nothing
         no x
         running: a p",
    );
}

#[test]
fn a_child_added_while_its_siblings_restart_joins_them_afterwards() {
    story(
        "root one_for_all 9/5s: a b",
        "hold b
         a crashes => stop b
         start_child c under root => nothing
         start_child c under root => already_started
         restart c => restarting
         which root => b, a none
         b answers => start a, start b, start c, told c up
         shutdown => stop c, stop b, stop a, finished: ordered to shut down",
    );
}

#[test]
fn a_child_added_while_its_supervisor_starts_joins_afterwards() {
    unbooted(
        "root one_for_one 9/5s: a b",
        "start_child c under root => supervisor_down
         hold a
         boot => start a
         start_child c under root => nothing
         a answers => start b, start c, told c up",
    );
}

#[test]
fn whoever_waits_to_join_a_supervisor_that_ends_is_told() {
    let tree = "root one_for_one 9/5s: x (mid one_for_all 0/5s: a b)";
    let begin = "terminate mid
         hold b
         restart mid => start a, start b
         start_child c under mid => nothing\n";
    for end in [
        "terminate mid => nothing
         b answers => stop b, stop a, told c failed (shutdown)",
        "terminate c => told c failed (shutdown)
         b answers => nothing",
        "b broken
         b answers => failed b, stop a, told c failed (shutdown), failed mid",
        "shutdown => hurry b BrutalKill
         b answers => stop b, stop a, told c failed (shutdown), stop x, finished: ordered to shut down",
    ] {
        story(tree, &format!("{begin}{end}\nno c"));
    }
}

#[test]
fn a_new_child_that_is_stopped_before_it_is_up_is_told_and_stopped() {
    story(
        "root one_for_one 9/5s: a",
        "hold b
         start_child b under root => start b
         terminate_child b => nothing
         b answers => told b up, stop b
         b is stopped
         hold c
         start_child c under root => start c
         shutdown => hurry c BrutalKill
         c answers => told c up, stop c, stop a, finished: ordered to shut down",
    );
}

#[test]
fn sup_28_children_added_at_run_time_are_gone_when_their_supervisor_starts_again() {
    story(
        "root one_for_all 9/5s: (mid one_for_one 0/5s: a) (calls simple_one_for_one 0/5s: call) z",
        "start_child b under mid
         start_child calls/1
         start_child c under root
         a crashes => gave up mid, stop b, stop c, stop z, stop calls/1, start a, start z, start c
         no b
         no calls/1
         running: a z c",
    );
}

#[test]
fn children_added_at_run_time_have_a_bound_and_make_room_when_they_go() {
    let mut story = Story::new("root one_for_one 9/5s: a (calls simple_one_for_one 9/5s: call?)");
    story.run("boot");
    story.tree.dynamic = DYNAMIC_CHILDREN_MAX - 1;
    story.run(
        "start_child calls/1 => start calls/1, told calls/1 up
         start_child calls/2 => too_many
         no calls/2
         start_child b under root => too_many
         calls/1 ends => nothing
         start_child b under root => start b, told b up
         start_child calls/2 => too_many
         change root one_for_one 9/5s: a b => nothing
         start_child calls/2 => start calls/2, told calls/2 up",
    );
}

#[test]
fn configurations_of_children_added_at_run_time_have_a_bound_in_bytes() {
    let mut story = Story::new("root one_for_one 9/5s: a (calls simple_one_for_one 9/5s: call?)");
    story.run("boot");
    story.run("start_child b under root => start b, told b up");
    assert_ne!(story.tree.dynamic_bytes, 0, "its own specification has a configuration");
    story.run("change root one_for_one 9/5s: a b => nothing");
    assert_eq!(story.tree.dynamic_bytes, 0, "what is declared has the bound of a manifest");
    let mut start = |key: &str, bytes: usize| {
        let new = NewChild::Keyed { key: name(key), config: Some(vec![b' '; bytes].into()) };
        story.start("calls", new, 7)
    };
    assert!(!matches!(&start("1", DYNAMIC_CONFIG_BYTES_MAX)[..], [Action::Answer { outcome: Err(_), .. }]));
    let refused = Err(ChildError::TooMany);
    assert!(matches!(&start("2", 1)[..], [Action::Answer { outcome, .. }] if *outcome == refused));
    let child = story.tree.id("calls/1").expect("a child");
    story.tree.handle(Event::Started { child, outcome: StartOutcome::Up }, 1, &mut || 0);
    story.tree.handle(Event::Exited { child, reason: ExitReason::Normal }, 1, &mut || 0);
    assert_eq!(story.tree.dynamic_bytes, 0);
}

#[test]
fn what_no_tree_may_have_is_no_new_child_either() {
    let mut story = Story::new("root one_for_one 9/5s: a (mid one_for_one 1/5s: m) (s simple_one_for_one 1/5s: t)");
    story.run("boot");
    let spec = words::tree("root one_for_one 1/5s: b").children.remove(0);
    let mut refused = |supervisor: &str, new: NewChild| match &story.start(supervisor, new, 7)[..] {
        [Action::Answer { asked: 7, outcome: Err(error) }] => error.clone(),
        other => panic!("{other:?}"),
    };
    let mut supervisor = spec.clone();
    supervisor.kind = ChildKind::Supervisor(name("mid"));
    assert_eq!(refused("root", NewChild::Spec(Box::new(supervisor))), ChildError::NotAWorker(name("b")));
    for taken in ["m", "mid", "root", "s", "t"] {
        let mut named = spec.clone();
        named.name = name(taken);
        assert_eq!(refused("root", NewChild::Spec(Box::new(named))), ChildError::NameTaken(name(taken)));
    }
    let mut significant = spec.clone();
    significant.significant = true;
    let error = refused("root", NewChild::Spec(Box::new(significant.clone())));
    assert_eq!(error, ChildError::Invalid(TreeError::SignificantPermanent(name("b"))));
    // Its specification names no supervisor, so that of a declaration stands in it.
    significant.restart = Restart::Transient;
    let error = refused("mid", NewChild::Spec(Box::new(significant)));
    let (child, supervisor) = (name("b"), name("mid"));
    assert_eq!(error, ChildError::Invalid(TreeError::SignificantUnderNever { child, supervisor }));
    assert_eq!(refused("s", NewChild::Spec(Box::new(spec))), ChildError::SimpleOneForOne(name("s")));
    let keyed = NewChild::Keyed { key: name("1"), config: None };
    assert_eq!(refused("root", keyed), ChildError::NoTemplate(name("root")));
    story.run("running: a m");
}

#[test]
fn an_id_means_nothing_after_the_end_of_its_child() {
    let mut story = Story::new("root one_for_one 9/5s: (calls simple_one_for_one 1/5s: call?)");
    story.run("boot");
    let new = |config: Option<&[u8]>| NewChild::Keyed { key: name("1"), config: config.map(Into::into) };
    let actions = story.start("calls", new(Some(b"{\"n\":1}")), 7);
    let first = story.id("calls/1");
    assert_eq!(actions, [Action::Start { child: first }]);
    assert_eq!(&story.tree.config(first)[..], b"{\"n\":1}");
    let outcome = StartOutcome::Failed(super::world::crash());
    let actions = story.tree.handle(Event::Started { child: first, outcome }, 1, &mut || 0);
    let told = Action::Answer { asked: 7, outcome: Err(ChildError::Failed(super::world::crash())) };
    assert_eq!(actions[0], told);
    assert_eq!(actions[2], Action::Forget { child: first, name: Name::address(&name("calls"), &name("1")) });
    assert!(!story.tree.contains(first));
    story.start("calls", new(None), 8);
    let second = story.id("calls/1");
    assert_ne!(first, second);
    for late in [
        Event::Started { child: first, outcome: StartOutcome::Up },
        Event::Exited { child: first, reason: ExitReason::Normal },
        Event::Stopped { child: first, reason: ExitReason::Normal },
    ] {
        assert_eq!(story.tree.handle(late, 1, &mut || 0), []);
    }
    let order = Event::Order { child: first, order: Order::Terminate, asked: 9 };
    let told = Action::Answer { asked: 9, outcome: Err(ChildError::NotFound) };
    assert_eq!(story.tree.handle(order, 1, &mut || 0), [told]);
    assert_eq!(&story.tree.config(second)[..], b"{}");
    let (name, config) = (story.tree.name(first).as_str(), story.tree.config(first));
    assert_eq!((name, &config[..]), ("gone", &b"{}"[..]));
}

/// A child that waits for its restart has no instance whose end could be told to whoever keeps its queue.
#[test]
fn a_dynamic_child_that_goes_while_it_waits_for_its_restart_is_said_to_be_forgotten() {
    for (end, forgotten) in [("terminate calls/1", 1), ("terminate calls", 2), ("calls/2 crashes", 2), ("shutdown", 2)]
    {
        let mut story = Story::new("root one_for_one 9/5s: (calls simple_one_for_one 2/5s: call)");
        story.run(
            "boot\nstart_child calls/1\nstart_child calls/2\ncalls/1 crashes\ncalls/1 crashes => wait calls/1 10ms",
        );
        story.run(end);
        assert_eq!(story.world.forgotten, forgotten, "{end}");
    }
}

#[test]
fn whoever_ends_a_restart_loop_or_a_stopped_child_is_told_at_once() {
    let mut story = Story::new("root one_for_one 9/5s: a (calls simple_one_for_one 9/5s: call)");
    story.run("boot\nstart_child calls/1\ncalls/1 broken\ncalls/1 crashes\na broken\na crashes");
    for (asked, child) in [(101, "calls/1"), (102, "a"), (103, "a")] {
        let child = story.id(child);
        let order = Event::Order { child, order: Order::Terminate, asked };
        let actions = story.tree.handle(order, 1, &mut || 0);
        let told = actions.iter().find(|action| !matches!(action, Action::Rest { .. }));
        assert!(matches!(told, Some(Action::Answer { asked: n, outcome: Ok(_) }) if *n == asked), "{actions:?}");
    }
}

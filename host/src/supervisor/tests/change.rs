//! Flags and child specs that change while the supervisor runs.

use super::harness::{Story, story};
use super::words;
use crate::base::ChildKind;
use crate::base::limits::CHILDREN_MAX;
use crate::supervisor::{Action, Change, ChildError, Event, Order};

#[test]
fn sup_32_what_stays_goes_on_what_is_new_waits_and_what_is_missing_is_kept() {
    story(
        "root one_for_one 0/5s: a b c",
        "change root one_for_all 9/5s: b~ d c => added d
         which root => a, c, d none, b
         d is stopped
         running: a b c
         b ends => nothing
         restart_child d => start d, told d up
         c crashes => stop a, stop d, start b, start d, start c, start a
         shutdown => stop a, stop c, stop d, stop b, finished: ordered to shut down",
    );
}

#[test]
fn sup_32_new_flags_replace_the_old_and_what_was_counted_still_counts() {
    story(
        "root one_for_one 9/5s: a b",
        "a crashes => start a
         change root one_for_one 1/5s: a b => nothing
         b crashes => gave up root, stop a, \
         finished: supervisor root gave up: child b ended once too often (trap: boom)",
    );
}

#[test]
fn sup_32_a_restart_of_the_supervisor_starts_what_is_declared_now() {
    story(
        "root one_for_one 9/5s: (mid one_for_one 0/5s: a b c)",
        "start_child x under mid
         change mid one_for_one 0/5s: c d x~ => added d
         which mid => b, a, x, d none, c
         restart mid => stop b, stop a, stop x, stop c, start c, start d, start x
         which mid => x, d, c
         restart_child a => not_found
         x ends => nothing
         start_child a under root => name_taken
         start_child a under mid => start a, told a up",
    );
}

#[test]
fn sup_32_a_change_of_one_that_is_down_holds_from_its_next_start() {
    story(
        "root one_for_one 9/5s: (mid one_for_one 0/5s: a b)",
        "terminate mid => stop b, stop a
         change mid one_for_one 0/5s: c b => added c
         restart mid => start c, start b
         which mid => b, c",
    );
}

#[test]
fn sup_32_a_temporary_child_that_ended_is_new_again() {
    story(
        "root one_for_one 9/5s: a t?",
        "t ends
         change root one_for_one 9/5s: a t? => added t
         which root => t none, a
         terminate_child t => nothing
         which root => a
         change root one_for_one 9/5s: a t? => added t
         restart_child t => start t, told t up
         t crashes => nothing
         change root one_for_one 9/5s: a => nothing
         restart_child t => not_found
         which root => a",
    );
}

#[test]
fn sup_32_what_is_invalid_changes_nothing() {
    let tree = "root one_for_one 1/5s: a b (mid one_for_one 1/5s: m) (s simple_one_for_one 1/5s: t)";
    for (change, code) in [
        ("root one_for_all 9/5s: a a", "invalid"),
        ("root one_for_all 9/5s: a b!", "invalid"),
        ("root one_for_all 9/5s any: a b!", "invalid"),
        ("root one_for_all 9/0s: a b", "invalid"),
        ("root one_for_all 9999999/5s: a b", "invalid"),
        ("root simple_one_for_one 9/5s: a", "other_kind"),
        ("s one_for_one 9/5s: t", "other_kind"),
        ("root one_for_all 9/5s: a m", "name_taken"),
        ("root one_for_all 9/5s: a t", "name_taken"),
        ("root one_for_all 9/5s: a (b one_for_one 1/5s:)", "not_a_worker"),
        ("root one_for_all 9/5s: a b (new one_for_one 1/5s:)", "not_a_worker"),
        ("root one_for_all 9/5s: a mid", "not_a_worker"),
        ("a one_for_all 9/5s: b", "no_supervisor"),
    ] {
        let after = "which root => s, mid, b, a
             count root => 4 4 2 2
             a crashes => start a
             a crashes => gave up root, stop m, stop b, \
             finished: supervisor root gave up: child a ended once too often (trap: boom)";
        story(tree, &format!("change {change} => {code}\n{after}"));
    }
}

#[test]
fn sup_32_a_change_has_the_bound_of_a_declaration() {
    let wide: String = (0..CHILDREN_MAX).map(|n| format!("w{n} ")).collect();
    let tree = "root one_for_one 9/5s: a (mid one_for_one 9/5s: b)";
    story(tree, &format!("change mid one_for_one 9/5s: {wide} => too_many\nwhich mid => b"));
    // The root, a, mid and b are there; b stays.
    let new = |count: usize| (0..count).map(|n| format!("w{n} ")).collect::<String>();
    let mut story = Story::new(tree);
    story.run(&format!("boot\nchange mid one_for_one 9/5s: b {} => too_many", new(CHILDREN_MAX - 3)));
    story.run(&format!("change mid one_for_one 9/5s: b {}", new(CHILDREN_MAX - 4)));
    assert_eq!(story.tree.children(story.id("mid")).count(), CHILDREN_MAX - 3);
}

#[test]
fn sup_32_a_worker_may_change_its_behaviour() {
    let mut story = Story::new("root one_for_one 9/5s: a");
    story.run("boot");
    let mut spec = words::tree("root one_for_one 9/5s: a");
    let other = ChildKind::Worker(words::name("other"));
    spec.children[0].kind = other.clone();
    let change = Change { supervisor: story.id("root"), flags: spec.supervisors.remove(0).1, children: spec.children };
    assert_eq!(story.tree.change(vec![change]), Ok(vec![]));
    assert_eq!(story.tree.spec(story.id("a")).kind, other);
}

#[test]
fn whoever_keeps_something_for_a_child_that_never_ran_is_told_when_it_goes() {
    let mut story = Story::new("root one_for_one 9/5s: a");
    story.run("boot\nchange root one_for_one 9/5s: a b\nterminate a");
    for (name, told) in [("b", true), ("a", false)] {
        let child = story.id(name);
        let actions = story.tree.handle(Event::Order { child, order: Order::Delete, asked: 0 }, 2, &mut || 0);
        let rests = actions.contains(&Action::Rest { child });
        assert_eq!(rests, told, "{name}: who was ordered to stop it knows already");
    }
}

#[test]
fn sup_32_a_busy_supervisor_is_not_changed() {
    story(
        "root one_for_all 9/5s: a b",
        "hold b
         a crashes => stop b
         change root one_for_one 9/5s: a => busy
         b answers => start a, start b
         change root one_for_one 9/5s: a => nothing",
    );
}

#[test]
fn sup_32_a_supervisor_that_is_no_longer_listed_goes_on_until_the_one_above_starts_again() {
    story(
        "root one_for_one 9/5s: (top one_for_one 0/5s: x (mid one_for_one 1/5s: a))",
        "change top one_for_one 0/5s: x => nothing
         running: x a
         a crashes => start a
         x crashes => gave up top, stop a, start x
         running: x
         which top => x
         start_child mid under top => name_taken",
    );
}

#[test]
fn sup_33_a_change_leaves_exactly_one_template() {
    story(
        "root one_for_one 9/5s: a (calls simple_one_for_one 0/5s: call)",
        "start_child calls/1
         change calls simple_one_for_one 9/5s: => invalid
         change calls simple_one_for_one 9/5s: x y => invalid
         change calls simple_one_for_one 9/5s: a => name_taken
         calls/1 is running
         change calls simple_one_for_one 9/5s: other? => nothing
         calls/1 is running
         calls/1 crashes => nothing
         no calls/1
         start_child call under root => start call, told call up
         start_child other under root => name_taken",
    );
}

#[test]
fn a_new_template_keeps_its_name_and_restarts_what_runs() {
    story(
        "root one_for_one 9/5s: (calls simple_one_for_one 0/5s: call?)",
        "start_child calls/1
         change calls simple_one_for_one 2/5s: call@9s => nothing
         calls/1 crashes => start calls/1
         terminate_child calls/1 => stop calls/1 in 9s",
    );
}

#[test]
fn sup_32_several_supervisors_change_together_or_not_at_all() {
    let tree = "root one_for_one 9/5s: a (mid one_for_one 1/5s: m)";
    for (child, refused) in [("n", false), ("a", true)] {
        let mut story = Story::new(tree);
        story.run("boot");
        let spec = |text: &str| words::tree(text);
        let change = |name: &str, text: &str| {
            let mut spec = spec(text);
            let (own, flags) = spec.supervisors.remove(0);
            spec.children.retain(|child| child.under == own);
            Change { supervisor: story.id(name), flags, children: spec.children }
        };
        let changes = vec![
            change("root", "root one_for_all 9/5s: a b (mid one_for_one 1/5s: m)"),
            change("mid", &format!("mid one_for_one 1/5s: m {child}")),
        ];
        let added = story.tree.change(changes);
        assert_eq!(
            added.map(|added| added.len()),
            if refused { Err(ChildError::NameTaken(words::name("a"))) } else { Ok(2) }
        );
        assert_eq!(story.tree.id("b").is_none(), refused);
    }
}

#[test]
fn sup_37_flags_and_significance_that_change_while_children_run_count_from_then_on() {
    story(
        "root one_for_one 9/5s: (mid~ one_for_one 9/5s any: a~! b~)",
        "change mid one_for_one 9/5s: a~ b~
         a ends => nothing
         mid is running
         change mid one_for_one 9/5s any: a~ b~!
         b ends => nothing
         mid is stopped",
    );
    story(
        "root one_for_one 9/5s: (mid~ one_for_one 9/5s any: a~! b~! c)",
        "change mid one_for_one 9/5s all: a~! b~! c
         a ends => nothing
         b ends => stop c
         mid is stopped",
    );
}

//! Who restarts with whom.

use super::harness::{Story, story};

#[test]
fn sup_17_one_for_one_restarts_the_child_at_once_and_touches_no_sibling() {
    story(
        "root one_for_one 3/5s: a b c",
        "b crashes => start b
         running: a b c",
    );
}

#[test]
fn sup_18_one_for_all_replaces_all_after_one_crash_counting_it_once() {
    story(
        "root one_for_all 1/5s: a b c d e",
        "c crashes => stop e, stop d, stop b, stop a, start a, start b, start c, start d, start e
         running: a b c d e",
    );
}

#[test]
fn sup_19_rest_for_one_replaces_the_later_ones() {
    story(
        "root rest_for_one 1/5s: a b c",
        "b crashes => stop c, start b, start c
         running: a b c",
    );
}

#[test]
fn ancestor_fault_rest_for_one_keeps_earlier_siblings() {
    story(
        "root one_for_one 1/5s: x (mid rest_for_one 3/5s: a b c) y",
        "c crashes => start c
         running: x a b c y
         a ends => stop c, stop b, start a, start b, start c
         running: x a b c y
         shutdown => stop y, stop c, stop b, stop a, stop x, finished: ordered to shut down",
    );
}

#[test]
fn ancestor_fault_one_for_all_restarts_its_own_children_and_not_the_whole_tree() {
    story(
        "root one_for_all 1/5s: x (mid one_for_all 3/5s: a (low one_for_one 1/5s: l) b) y",
        "b crashes => stop l, stop a, start a, start l, start b
         running: x a l b y",
    );
}

#[test]
fn ancestor_fault_a_restart_loses_no_branch_of_the_tree() {
    story(
        "root one_for_one 9/5s: (left one_for_one 1/5s: a b) (right rest_for_one 1/5s: c d)",
        "c crashes => stop d, start c, start d
         a crashes => start a
         running: a b c d
         shutdown => stop d, stop c, stop b, stop a, finished: ordered to shut down",
    );
}

#[test]
fn sup_11_rest_for_one_stops_and_starts_in_order_and_the_final_stop_is_reversed() {
    story(
        "root rest_for_one 1/5s: a b c d e",
        "c crashes => stop e, stop d, start c, start d, start e
         shutdown => stop e, stop d, stop c, stop b, stop a, finished: ordered to shut down",
    );
}

#[test]
fn sup_12_permanent_children_come_back_however_they_end() {
    story(
        "root one_for_one 9/5s: a b",
        "a ends => start a
         b leaves => start b",
    );
}

#[test]
fn sup_13_transient_children_come_back_only_from_an_unclean_end() {
    story(
        "root one_for_one 9/5s: a~ b~ c~",
        "a ends => nothing
         b leaves => nothing
         c crashes => start c
         a is stopped
         running: c
         restart a => start a",
    );
}

#[test]
fn sup_14_temporary_children_never_come_back_and_their_spec_is_gone() {
    story(
        "root one_for_one 0/5s: a? b? c",
        "a ends => nothing
         b crashes => nothing
         restart a => not_found
         running: c",
    );
}

#[test]
fn sup_14_a_temporary_child_that_ended_is_no_longer_among_the_children() {
    let mut story = Story::new("root one_for_one 0/5s: a? b~ c");
    story.run("boot\na crashes\nb ends");
    let children = story.tree.children(story.tree.root());
    let names: Vec<String> = children.map(|child| story.tree.name(child).to_string()).collect();
    assert_eq!(names, ["b", "c"]);
}

#[test]
fn sup_15_a_temporary_sibling_stopped_by_a_strategy_is_not_revived() {
    for strategy in ["one_for_all", "rest_for_one"] {
        story(
            &format!("root {strategy} 1/5s: a b? c"),
            "a crashes => stop c, stop b, start a, start c
             running: a c",
        );
    }
}

#[test]
fn a_stopped_sibling_is_started_with_its_group_as_in_otp() {
    story(
        "root one_for_all 1/5s: a b~",
        "b ends => nothing
         a crashes => start a, start b",
    );
}

#[test]
fn sup_21_one_for_all_another_child_fails_to_restart_and_the_whole_set_is_retried() {
    story(
        "root one_for_all 9/5s: a b c",
        "b broken
         c crashes => stop b, stop a, start a, start b, failed b, stop a, wait b 0ns
         b is waiting
         b fixed
         b due => start a, start b, start c
         running: a b c",
    );
}

#[test]
fn sup_22_rest_for_one_another_child_fails_to_restart_and_only_it_and_later_ones_are_retried() {
    story(
        "root rest_for_one 9/5s: a b c d",
        "c broken
         b crashes => stop d, stop c, start b, start c, failed c, wait c 0ns
         running: a b
         d is stopped
         c fixed
         c due => start c, start d
         running: a b c d",
    );
}

#[test]
fn sup_28_a_sub_supervisor_that_gives_up_under_one_for_all_rebuilds_the_whole_set() {
    story(
        "root one_for_all 1/5s: a (mid one_for_one 0/5s: b t? c) d",
        "t ends
         c crashes => gave up mid, stop b, stop d, stop a, start a, start b, start t, start c, start d
         running: a b t c d",
    );
}

#[test]
fn sup_34_a_transient_sub_supervisor_that_gives_up_is_not_restarted() {
    story(
        "root one_for_one 9/5s: a (mid~ one_for_one 0/5s: b c)",
        "b crashes => gave up mid, stop c
         mid is stopped
         running: a
         restart mid => start b, start c",
    );
}

//! Significant children.

use super::harness::story;

#[test]
fn sup_29_any_significant_child_that_ends_for_good_ends_its_supervisor() {
    for end in ["a ends", "a leaves"] {
        story(
            "root one_for_one 9/5s any: a~! b",
            &format!(
                "{end} => stop b, finished: supervisor root ended with its significant child a ({})",
                if end == "a ends" { "normal" } else { "shutdown" }
            ),
        );
    }
    story(
        "root one_for_one 9/5s any: a?! b",
        "a crashes => stop b, finished: supervisor root ended with its significant child a (trap: boom)",
    );
}

#[test]
fn sup_29_a_significant_transient_child_that_crashes_is_restarted() {
    story("root one_for_one 9/5s any: a~! b", "a crashes => start a");
}

#[test]
fn sup_29_all_significant_waits_for_the_last_one() {
    story(
        "root one_for_one 9/5s all: a~! b?! c~ d",
        "a ends => nothing
         c ends => nothing
         b crashes => stop d, finished: supervisor root ended with its significant child b (trap: boom)",
    );
}

#[test]
fn sup_29_one_that_waits_for_its_restart_still_counts_as_alive() {
    story(
        "root one_for_one 9/5s all: a~! b~!",
        "a crashes
         a crashes => wait a 10ms
         b ends => nothing
         a due => start a
         running: a",
    );
}

#[test]
fn sup_30_no_auto_shutdown_by_a_strategy_or_an_order() {
    story(
        "root one_for_all 9/5s any: a b?! c~!",
        "a crashes => stop c, stop b, start a, start c
         terminate c => stop c
         running: a",
    );
}

#[test]
fn sup_30_a_significant_child_that_exits_while_its_group_is_stopped_is_a_bystander() {
    story(
        "root one_for_all 9/5s any: a b~! c",
        "hold c
         a crashes => stop c
         b ends => nothing
         c answers => start a, start b, start c
         running: a b c",
    );
}

#[test]
fn sup_31_auto_shutdown_cascades_only_through_significant_supervisors() {
    story(
        "root one_for_one 9/5s any: x (mid~! one_for_one 1/5s any: a~! b)",
        "a ends => stop b, stop x, finished: supervisor root ended with its significant child mid (shutdown)",
    );
    story(
        "root one_for_one 9/5s any: x (mid~ one_for_one 1/5s any: a~! b)",
        "a ends => stop b
         mid is stopped
         running: x",
    );
    story(
        "root one_for_one 9/5s any: x (mid one_for_one 1/5s any: a~! b)",
        "a ends => stop b, start a, start b
         running: x a b",
    );
}

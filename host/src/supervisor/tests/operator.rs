//! Orders of an operator.

use super::harness::story;

#[test]
fn sup_23_a_restart_ends_the_wait_in_a_restart_loop_and_terminate_ends_the_loop() {
    story(
        "root one_for_one 9/5s: a b",
        "b broken
         b crashes => start b, failed b, wait b 10ms
         b is waiting
         restart b => start b, failed b, wait b 20ms
         b is waiting
         terminate b => nothing
         b is stopped
         b due => nothing
         b fixed
         restart b => start b
         running: a b",
    );
}

#[test]
fn a_restart_that_ends_a_wait_is_told_and_restarts_whom_the_end_of_the_wait_would() {
    for (strategy, started) in [
        ("one_for_one", "start b, told b up"),
        ("rest_for_one", "start b, told b up, start c"),
        ("one_for_all", "start a, start b, told b up, start c"),
    ] {
        story(
            &format!("root {strategy} 9/5s: a b c"),
            &format!(
                "b broken
                 b crashes
                 b is waiting
                 b fixed
                 ask_restart b => {started}
                 b due => nothing
                 running: a b c"
            ),
        );
    }
}

#[test]
fn sup_23_a_supervisor_in_a_restart_loop_can_be_stopped() {
    for strategy in ["one_for_one", "rest_for_one", "one_for_all"] {
        story(
            &format!("root {strategy} 9/5s: a b"),
            "a broken
             a crashes
             a is waiting
             terminate a
             a is stopped",
        );
        story(
            &format!("root one_for_one 9/5s: (mid {strategy} 9/5s: a)"),
            "a broken
             a crashes => start a, failed a, wait a 10ms
             shutdown => finished: ordered to shut down
             a due => nothing",
        );
    }
}

#[test]
fn sup_24_terminate_keeps_the_spec_and_is_idempotent() {
    story(
        "root one_for_one 0/5s: a b t?",
        "terminate a => stop a
         terminate a => nothing
         a is stopped
         restart a => start a
         restart a => stop a, start a
         terminate t => stop t
         restart t => not_found
         terminate root => root
         restart root => root
         running: a b",
    );
}

#[test]
fn a_restart_that_fails_leaves_the_child_stopped_and_is_not_counted() {
    story(
        "root one_for_one 0/5s: a b",
        "a broken
         restart a => stop a, start a, failed a
         a is stopped
         restart a => start a, failed a
         running: b",
    );
}

#[test]
fn a_supervisor_is_stopped_and_restarted_with_its_whole_subtree() {
    story(
        "root one_for_one 0/5s: x (mid one_for_one 1/5s: a (low one_for_one 1/5s: b) c)",
        "restart mid => stop c, stop b, stop a, start a, start b, start c
         terminate mid => stop c, stop b, stop a
         low is stopped
         restart a => supervisor_down
         terminate a => nothing
         restart mid => start a, start b, start c
         running: x a b c",
    );
}

#[test]
fn an_order_in_a_group_concerns_one_child() {
    story("root one_for_all 0/5s: a b c", "restart b => stop b, start b\nterminate a => stop a\nrunning: b c");
}

#[test]
fn terminate_overtakes_a_start_that_is_under_way() {
    story(
        "root one_for_one 9/5s: a b",
        "hold a
         a crashes => start a
         terminate a => nothing
         restart a => restarting
         a answers => stop a
         a is stopped",
    );
    story(
        "root one_for_one 9/5s: a b",
        "a broken
         hold a
         a crashes => start a
         terminate a => nothing
         a answers => failed a
         a is stopped",
    );
}

#[test]
fn the_last_order_wins_while_a_child_stops() {
    story(
        "root one_for_one 9/5s: a b",
        "hold a
         restart a => stop a
         terminate a => nothing
         a answers => nothing
         restart a => start a
         hold a
         terminate a => stop a
         restart a => nothing
         a answers => start a",
    );
}

#[test]
fn terminate_stops_a_supervisor_that_is_starting() {
    story(
        "root one_for_one 9/5s: (mid one_for_one 0/5s: a b c)",
        "hold b
         a crashes => gave up mid, stop c, stop b
         b answers => start a, start b, start c
         hold b
         restart mid => stop c, stop b
         b answers => stop a, start a, start b, start c
         running: a b c",
    );
    story(
        "root one_for_one 9/5s: (mid one_for_one 0/5s: a b c)",
        "terminate mid
         hold b
         restart mid => start a, start b
         terminate mid => nothing
         b answers => stop b, stop a
         mid is stopped",
    );
}

#[test]
fn orders_during_a_group_restart_are_kept_until_it_is_over() {
    story(
        "root one_for_all 9/5s: a b c",
        "hold c
         a crashes => stop c
         terminate b => nothing
         restart a => nothing
         c answers => stop b, start a, start b, start c, stop b
         running: a c",
    );
}

#[test]
fn an_order_to_restart_survives_the_group_restart_of_later_siblings() {
    story(
        "root rest_for_one 9/5s: a b c",
        "hold a
         hold c
         restart a => stop a
         b crashes => stop c
         a answers => nothing
         c answers => start b, start c, start a
         running: a b c",
    );
}

#[test]
fn an_operators_restart_forgives_earlier_crashes() {
    story(
        "root one_for_one 99/5s: a b",
        "a crashes => start a
         restart a => stop a, start a
         a crashes => start a
         a crashes => wait a 10ms
         terminate a => nothing
         restart a => start a
         a crashes => start a
         running: a b",
    );
}

#[test]
fn a_kill_waits_for_nobody_and_what_was_killed_stays_down() {
    story(
        "root one_for_one 0/5s: a b",
        "hold a
         terminate a => stop a
         kill a => hurry a BrutalKill
         a answers => nothing
         a is stopped
         kill a => nothing
         kill b => kill b
         b is stopped
         restart b => start b
         running: b",
    );
}

#[test]
fn a_kill_of_a_supervisor_is_one_of_all_below_it() {
    story(
        "root one_for_one 0/5s: x (mid one_for_one 1/5s: a b)",
        "hold b
         kill mid => kill b
         b answers => kill a
         mid is stopped
         running: x",
    );
}

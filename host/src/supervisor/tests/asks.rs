//! Whoever orders something of a child while its supervisor is busy is told, once, what came of it.

use super::harness::story;

#[test]
fn an_order_for_a_child_that_went_and_was_started_anew_is_done_with() {
    story(
        "root one_for_all 9/5s: a t? c",
        "hold c
         a crashes => stop c
         terminate_child t => nothing
         t ends
         hold a
         c answers => start a
         start_child t? under root => nothing
         a answers => start c, start t, told t up
         t is running
         all told",
    );
}

#[test]
fn a_restart_that_is_overtaken_by_that_of_all_is_told_so() {
    story(
        "root one_for_all 9/5s: a b c",
        "hold c
         a crashes => stop c
         ask_restart b => nothing
         b ends
         c answers => odd b (normal), restarting, start a, start b, start c
         all told",
    );
}

#[test]
fn of_two_orders_that_wait_the_last_is_done_and_both_are_told() {
    for (first, last, end) in [
        ("terminate_child b", "ask_restart b", "start b, told b up"),
        ("ask_restart b", "terminate_child b", "told b failed (shutdown)"),
    ] {
        story(
            "root rest_for_one 9/5s: a b c",
            &format!(
                "terminate b
                 hold c
                 c crashes => start c
                 {first} => nothing
                 {last} => nothing
                 c answers => {end}
                 all told"
            ),
        );
    }
}

#[test]
fn a_restart_of_a_child_that_is_gone_when_its_turn_comes_is_told_so() {
    story(
        "root rest_for_one 9/5s: a t? c",
        "hold t
         terminate_child t => stop t
         hold c
         c crashes => start c
         ask_restart t => nothing
         t answers => nothing
         c answers => not_found
         all told",
    );
}

#[test]
fn everyone_who_waits_for_a_child_is_told() {
    story(
        "root one_for_one 9/5s: a b",
        "hold b
         ask_restart b => stop b
         ask_restart b => nothing
         terminate_child b => nothing
         b answers => told b failed (shutdown), told b failed (shutdown)
         all told
         hold b
         restart_child b => start b
         terminate_child b
         shutdown => hurry b BrutalKill
         b answers => told b up, stop b, stop a, finished: ordered to shut down
         all told",
    );
}

//! How much a supervisor puts up with, and how long it waits between.

use super::harness::story;

#[test]
fn sup_17_the_restart_after_the_last_allowed_one_is_fatal() {
    story(
        "root one_for_one 2/5s: a b c",
        "b crashes => start b
         b crashes => wait b 10ms
         b due => start b
         b crashes => gave up root, stop c, stop a, finished: supervisor root gave up: child b ended once too often (trap: boom)",
    );
}

#[test]
fn sup_16_crashes_spaced_beyond_the_window_never_add_up() {
    let crash = "5.1s pass\na crashes\na is waiting\na due => start a\n";
    story("root one_for_one 1/5s: a b", &format!("a crashes => start a\n{}", crash.repeat(50)));
}

#[test]
fn the_window_includes_its_last_moment() {
    story(
        "root one_for_one 1/5s: a b",
        "a crashes => start a\n5s pass\nb crashes => gave up root, stop a, finished: supervisor root gave up: child b ended once too often (trap: boom)",
    );
    story("root one_for_one 1/5s: a b", "a crashes => start a\n5.001s pass\nb crashes => start b");
}

#[test]
fn sup_20_a_restart_that_keeps_failing_is_tried_exactly_intensity_times() {
    story(
        "root one_for_one 0/5s: x (mid one_for_one 4/5s: a b c)",
        "b broken
         b crashes => start b, failed b, wait b 10ms
         b due => start b, failed b, wait b 20ms
         b due => start b, failed b, wait b 40ms
         b due => start b, failed b, gave up mid, stop c, stop a, gave up root, stop x, \
         finished: supervisor root gave up: child mid ended once too often, because \
         supervisor mid gave up: child b ended once too often (trap: boom)",
    );
}

#[test]
fn sup_35_ends_that_need_no_restart_never_count() {
    story(
        "root one_for_one 0/5s: a? b? c? d? e? f~ g h",
        "a crashes
         b crashes
         c crashes
         d crashes
         e crashes
         f ends
         terminate g => stop g
         restart g => start g
         restart h => stop h, start h
         running: g h",
    );
}

#[test]
fn a_group_counts_its_siblings_not_at_all() {
    story(
        "root one_for_all 1/5s: a b c d e",
        "a crashes\n5.1s pass\nb crashes => stop e, stop d, stop c, stop a, start a, start b, start c, start d, start e",
    );
}

#[test]
fn crashes_in_a_row_wait_longer_each_time_until_one_run_was_long_enough() {
    story(
        "root one_for_one 99/5s: a b",
        "a crashes => start a
         a crashes => wait a 10ms
         a due => start a
         59s pass
         a crashes => wait a 20ms
         b crashes => start b
         a due => start a
         60s pass
         a crashes => start a",
    );
}

#[test]
fn a_group_stops_at_once_and_waits_before_its_first_start() {
    story(
        "root rest_for_one 99/5s: a b c",
        "b crashes => stop c, start b, start c
         b crashes => stop c, wait b 10ms
         b is waiting
         c is stopped
         running: a
         b due => start b, start c",
    );
    story(
        "root one_for_all 99/5s: a b c",
        "b crashes
         b crashes => stop c, stop a, wait b 10ms
         b due => start a, start b, start c",
    );
}

#[test]
fn a_supervisor_that_starts_again_remembers_nothing() {
    story(
        "root one_for_one 9/5s: (mid one_for_one 1/5s: a b)",
        "a crashes => start a
         a crashes => gave up mid, stop b, start a, start b
         a crashes => start a
         running: a b",
    );
}

#[test]
fn a_permanent_sub_supervisor_that_gives_up_counts_once_above_and_backs_off() {
    story(
        "root one_for_one 3/5s: (mid one_for_one 0/5s: a)",
        "a crashes => gave up mid, start a
         a crashes => gave up mid, wait mid 10ms
         mid is waiting
         mid due => start a
         a crashes => gave up mid, wait mid 20ms
         mid due => start a
         a crashes => gave up mid, gave up root, finished: supervisor root gave up: child mid ended once too often, because supervisor mid gave up: child a ended once too often (trap: boom)",
    );
}

/// Four bad requests within a moment must not be the end of the host.
#[test]
fn a_child_that_stays_within_the_intensity_waits_for_its_place_and_nobody_gives_up() {
    story(
        "root one_for_one 3/5s: a% b",
        "a crashes => start a
         a crashes => wait a 10ms
         a due => start a
         a crashes => wait a 20ms
         a due => start a
         a crashes => wait a 5.000000001s
         6s pass
         a due => start a
         running: a b
         a crashes => wait a 80ms",
    );
}

#[test]
fn a_child_whose_supervisor_allows_no_restart_has_none_to_wait_for() {
    story(
        "root one_for_one 0/5s: a%",
        "a crashes => gave up root, finished: supervisor root gave up: child a ended once too often (trap: boom)",
    );
}

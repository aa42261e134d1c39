//! simple_one_for_one: children of one template, by key.

use super::harness::story;

#[test]
fn sup_25_a_template_refuses_what_goes_by_spec_and_stops_by_key() {
    story(
        "root one_for_one 9/5s: a (calls simple_one_for_one 0/5s: call)",
        "running: a
         no call
         start_child calls/1 => start calls/1, told calls/1 up
         start_child calls/2 => start calls/2, told calls/2 up
         start_child calls/1 => already_started
         start_child x under calls => simple_one_for_one
         restart_child calls/1 => simple_one_for_one
         delete_child calls/1 => simple_one_for_one
         terminate_child calls/1 => stop calls/1
         no calls/1
         start_child calls/1 => start calls/1, told calls/1 up
         which calls => calls/1, calls/2
         running: a calls/1 calls/2",
    );
}

#[test]
fn keys_of_two_supervisors_and_names_do_not_meet() {
    story(
        "root one_for_one 9/5s: a (x simple_one_for_one 0/5s: p) (y simple_one_for_one 0/5s: q)",
        "start_child x/a => start x/a, told x/a up
         start_child y/a => start y/a, told y/a up
         terminate_child x/a => stop x/a
         no x/a
         no a/x
         no z/a
         running: a y/a",
    );
}

#[test]
fn sup_26_all_stop_at_once_with_one_deadline() {
    story(
        "root one_for_one 9/5s: a (calls simple_one_for_one 0/5s: call@8s)",
        "start_child calls/1
         start_child calls/2
         start_child calls/3
         hold calls/4
         start_child calls/4 => start calls/4
         hold calls/1
         hold calls/3
         terminate calls => hurry calls/4 Timeout(8s), stop calls/3 in 8s, stop calls/2 in 8s, stop calls/1 in 8s
         start_child calls/5 => supervisor_down
         calls is stopping
         3s pass
         calls/1 answers => nothing
         calls/4 answers => told calls/4 up, stop calls/4
         calls is stopping
         calls/3 crashes => nothing
         calls/3 answers => odd calls/3 (trap: boom)
         calls is stopped
         start_child calls/5 => supervisor_down
         running: a",
    );
}

#[test]
fn sup_26_the_deadline_of_the_supervisor_above_bounds_them_too() {
    story(
        "root one_for_one 9/5s: (calls@2s simple_one_for_one 0/5s: call@infinity) b",
        "start_child calls/1
         start_child calls/2
         shutdown => stop b, stop calls/2 in 2s, stop calls/1 in 2s, finished: ordered to shut down",
    );
}

#[test]
fn each_is_restarted_alone_and_all_are_counted_together() {
    story(
        "root one_for_one 9/5s: a (calls simple_one_for_one 2/5s: call~)",
        "start_child calls/1
         start_child calls/2
         start_child calls/3
         calls/1 crashes => start calls/1
         calls/1 crashes => wait calls/1 10ms
         start_child calls/1 => already_present
         calls/1 is waiting
         calls/2 ends => nothing
         no calls/2
         calls/1 due => start calls/1
         calls/3 crashes => gave up calls, stop calls/1
         no calls/1
         start_child calls/1 => start calls/1, told calls/1 up
         running: a calls/1",
    );
}

#[test]
fn sup_20_a_restart_that_keeps_failing_is_counted_and_its_siblings_stop_with_their_supervisor() {
    story(
        "root one_for_one 0/5s: (calls~ simple_one_for_one 2/5s: call)",
        "start_child calls/1
         start_child calls/2
         calls/1 broken
         calls/1 crashes => start calls/1, failed calls/1, wait calls/1 10ms
         calls/1 due => start calls/1, failed calls/1, gave up calls, stop calls/2
         calls is stopped",
    );
}

#[test]
fn one_that_fails_at_first_or_ignores_is_not_kept() {
    story(
        "root one_for_one 9/5s: (calls simple_one_for_one 0/5s: call)",
        "calls/1 broken
         start_child calls/1 => start calls/1, told calls/1 failed (trap: boom), failed calls/1
         no calls/1
         calls/1 ignores
         start_child calls/1 => start calls/1, told calls/1 ignored
         no calls/1",
    );
}

#[test]
fn one_that_ignores_its_restart_is_gone() {
    story(
        "root one_for_one 9/5s: (calls simple_one_for_one 9/5s: call)",
        "start_child calls/1
         calls/1 ignores
         calls/1 crashes => start calls/1
         no calls/1",
    );
}

#[test]
fn sup_14_a_temporary_one_is_gone_with_its_end() {
    story(
        "root one_for_one 0/5s: (calls simple_one_for_one 0/5s: call?)",
        "start_child calls/1
         start_child calls/2
         calls/1 crashes => nothing
         no calls/1
         calls/2 ends => nothing
         no calls/2
         start_child calls/1 => start calls/1, told calls/1 up",
    );
}

#[test]
fn terminate_ends_a_restart_loop_of_one() {
    story(
        "root one_for_one 9/5s: (calls simple_one_for_one 9/5s: call)",
        "start_child calls/1
         calls/1 broken
         calls/1 crashes => start calls/1, failed calls/1, wait calls/1 10ms
         terminate_child calls/1 => nothing
         no calls/1
         calls/1 fixed
         start_child calls/1 => start calls/1, told calls/1 up",
    );
}

#[test]
fn an_operator_restarts_a_running_one_under_the_same_key() {
    story(
        "root one_for_one 9/5s: (calls simple_one_for_one 0/5s: call?)",
        "start_child calls/1
         restart calls/1 => stop calls/1, start calls/1
         calls/1 broken
         restart calls/1 => stop calls/1, start calls/1, failed calls/1
         no calls/1",
    );
}

#[test]
fn one_that_was_to_come_back_is_gone_if_its_supervisor_ends_first() {
    story(
        "root one_for_one 9/5s: (calls simple_one_for_one 0/5s: call)",
        "start_child calls/1
         hold calls/1
         restart calls/1 => stop calls/1
         terminate calls => nothing
         calls/1 answers => nothing
         calls is stopped
         no calls/1",
    );
}

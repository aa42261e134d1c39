//! OTP's administration of children: the codes of its table.

use super::harness::story;

#[test]
fn sup_24_the_full_sequence_of_orders_has_otps_codes() {
    story(
        "root one_for_one 0/5s: a",
        "which root => a
         start_child b under root => start b, told b up
         which root => b, a
         count root => 2 2 0 2
         start_child b under root => already_started
         delete_child b => running
         restart_child b => running
         terminate_child b => stop b
         which root => b none, a
         count root => 2 1 0 2
         terminate_child b => nothing
         start_child b under root => already_present
         restart_child b => start b, told b up
         restart_child b => running
         terminate_child b => stop b
         delete_child b => nothing
         no b
         which root => a
         count root => 1 1 0 1
         start_child b under root => start b, told b up
         terminate_child root => root
         restart_child root => root
         delete_child root => root
         start_child x under a => no_supervisor
         running: a b",
    );
}

#[test]
fn sup_24_terminate_drops_a_temporary_child_with_its_spec() {
    story(
        "root one_for_one 0/5s: a t?",
        "start_child d? under root => start d, told d up
         terminate_child d => stop d
         no d
         terminate_child t => stop t
         terminate_child t => not_found
         restart_child t => not_found
         delete_child t => not_found
         count root => 1 1 0 1
         start_child t under root => start t, told t up
         which root => t, a",
    );
}

#[test]
fn sup_23_in_a_restart_loop_a_child_is_restarting_and_only_terminate_helps() {
    for strategy in ["one_for_one", "rest_for_one", "one_for_all"] {
        story(
            &format!("root {strategy} 9/5s: a b"),
            "b broken
             b crashes
             which root
             b is waiting
             restart_child b => restarting
             delete_child b => restarting
             start_child b under root => already_present
             terminate_child b => nothing
             b is stopped
             b due => nothing
             delete_child b => nothing
             shutdown",
        );
    }
}

#[test]
fn sup_23_a_restart_that_is_under_way_refuses_restart_and_delete() {
    story(
        "root one_for_one 9/5s: a b",
        "hold b
         b crashes => start b
         which root => b restarting, a
         restart_child b => restarting
         delete_child b => restarting
         terminate_child b => nothing
         b answers => stop b
         delete_child b => nothing",
    );
}

#[test]
fn sup_27_children_that_are_restarting_are_not_active_but_counted() {
    story(
        "root one_for_one 99/5s: a b c (mid one_for_one 9/5s: d)",
        "count root => 4 4 1 3
         a broken
         b broken
         a crashes
         b crashes
         count root => 4 2 1 3
         which root => mid, c, b restarting, a restarting
         terminate_child a
         count root => 4 2 1 3
         delete_child a
         count root => 3 2 1 2
         terminate_child mid
         count root => 3 1 1 2
         count mid => 1 0 0 1
         count c => 0 0 0 0
         which c => nothing",
    );
}

#[test]
fn sup_27_the_counts_of_a_template_leave_out_what_is_restarting() {
    story(
        "root one_for_one 9/5s: (calls simple_one_for_one 9/5s: call)",
        "count calls => 1 0 0 0
         start_child calls/1
         start_child calls/2
         start_child calls/3
         count calls => 1 3 0 3
         calls/2 broken
         calls/2 crashes => start calls/2, failed calls/2, wait calls/2 10ms
         count calls => 1 2 0 3
         which calls => calls/3, calls/2 restarting, calls/1",
    );
}

#[test]
fn a_stopped_supervisor_may_be_deleted_and_comes_back_with_the_one_above() {
    story(
        "root one_for_one 9/5s: (top one_for_one 0/5s: x (mid one_for_one 0/5s: a))",
        "delete_child mid => running
         terminate_child mid => stop a
         delete_child mid => nothing
         which top => x
         restart_child mid => not_found
         start_child mid under top => name_taken
         x crashes => gave up top, start x, start a
         running: x a",
    );
}

#[test]
fn a_supervisor_is_restarted_by_an_order_and_its_asker_told() {
    story(
        "root one_for_one 9/5s: (mid one_for_one 0/5s: a b)",
        "terminate_child mid
         hold b
         restart_child mid => start a, start b
         b answers => told mid up
         terminate_child mid => stop b, stop a
         b broken
         restart_child mid => start a, start b, failed b, stop a, told mid failed (shutdown), failed mid
         mid is stopped
         b fixed
         hold b
         restart_child mid => start a, start b
         terminate_child mid => nothing
         b answers => stop b, stop a, told mid failed (shutdown)
         restart_child a => supervisor_down
         terminate_child a => nothing
         start_child c under mid => supervisor_down",
    );
}

#[test]
fn a_restart_that_was_ordered_and_fails_is_told_and_not_counted() {
    story(
        "root one_for_one 0/5s: a b",
        "terminate_child a
         a broken
         restart_child a => start a, told a failed (trap: boom), failed a
         a ignores
         restart_child a => start a, told a ignored
         a is ignored
         a fixed
         restart_child a => start a, told a up
         running: a b",
    );
}

#[test]
fn a_declared_child_that_was_deleted_comes_back_with_its_supervisor() {
    story(
        "root one_for_one 9/5s: (mid one_for_one 0/5s: a b c)",
        "terminate_child a
         delete_child a
         start_child a? under mid => start a, told a up
         which mid => a, c, b
         start_child a under root => name_taken
         b crashes => gave up mid, stop a, stop c, start a, start b, start c
         which mid => c, b, a
         a ends => gave up mid, stop c, stop b, wait mid 10ms",
    );
}

#[test]
fn delete_is_refused_while_the_siblings_restart() {
    story(
        "root one_for_all 9/5s: a b c",
        "terminate_child a
         hold c
         b crashes => stop c
         delete_child a => restarting
         restart_child a => restarting
         c answers => start a, start b, start c",
    );
}

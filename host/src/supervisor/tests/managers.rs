//! Event managers: supervisors whose children have keys and specifications of their own.

use super::harness::{Story, story};
use super::words::{self, name};
use crate::supervisor::{Tree, TreeError};

const ALARMS: &str = "root one_for_one 0/5s: a (alarms manager 0/5s: log? pager?) b";

#[test]
fn declared_handlers_have_addresses_and_start_in_order_with_their_manager() {
    let mut story = Story::new(ALARMS);
    story.run(
        "hold alarms/log
         boot => start a, start alarms/log
         alarms/log answers => start alarms/pager, open alarms, start b
         which alarms => alarms/pager, alarms/log
         count alarms => 2 2 0 2
         no log",
    );
    assert_eq!(story.tree.spec(story.id("alarms/log")).name, name("log"));
}

#[test]
fn handlers_come_by_key_and_stop_newest_first_one_by_one() {
    story(
        ALARMS,
        "start_child count? under alarms => start alarms/count, told alarms/count up
         start_child log? under alarms => already_started
         start_child a? under alarms => start alarms/a, told alarms/a up
         hold alarms/count
         terminate alarms => close alarms, stop alarms/a, stop alarms/count
         alarms/count answers => stop alarms/pager, stop alarms/log
         no alarms/count
         restart_child alarms => start alarms/log, start alarms/pager, open alarms, told alarms up",
    );
}

#[test]
fn a_handler_that_crashes_or_does_not_start_is_gone_and_nothing_else_happens() {
    story(
        ALARMS,
        "start_child count? under alarms
         alarms/count crashes => nothing
         no alarms/count
         alarms/log crashes => nothing
         which alarms => alarms/pager
         restart_child alarms/log => not_found
         alarms/log broken
         start_child log? under alarms => start alarms/log, told alarms/log failed (trap: boom), failed alarms/log
         alarms/log fixed
         start_child log? under alarms => start alarms/log, told alarms/log up
         which alarms => alarms/log, alarms/pager
         running: a b alarms/log alarms/pager",
    );
}

#[test]
fn a_manager_takes_temporary_workers_with_specifications_alone() {
    story(
        ALARMS,
        "start_child count under alarms => invalid
         start_child count~ under alarms => invalid
         start_child alarms/x => no_template
         change alarms manager 0/5s: log => invalid
         change alarms one_for_one 0/5s: log? => other_kind
         change root manager 0/5s: a? => other_kind
         change alarms manager 0/5s: pager? new? => added alarms/new
         which alarms => alarms/log, alarms/new none, alarms/pager",
    );
    let error = |text: &str| Tree::new(words::tree(text)).err();
    assert_eq!(error("root one_for_one 1/5s: (m manager 1/5s: h)"), Some(TreeError::Handler(name("h"))));
    let nested = "root one_for_one 1/5s: (m manager 1/5s: (s? one_for_one 1/5s:))";
    assert_eq!(error(nested), Some(TreeError::Handler(name("s"))));
    let mut spec = words::tree(ALARMS);
    spec.supervisors[1].1.strategy = crate::base::Strategy::OneForAll;
    assert_eq!(Tree::new(spec).err(), Some(TreeError::ManagerStrategy(name("alarms"))));
}

#[test]
fn handlers_of_two_managers_may_have_one_key_and_a_worker_that_name_too() {
    story("root one_for_one 0/5s: log (x manager 0/5s: log?) (y manager 0/5s: log?)", "running: log x/log y/log");
}

//! Several roots under the host's own supervisor, which starts and stops them on order only.

use super::harness::{story, unbooted};
use crate::base::Name;

const TWO: &str = "/ one_for_one 1/5s: (db~ one_for_one 0/5s: a b) (shop~ one_for_all 0/5s: c d)";

#[test]
fn an_application_starts_and_stops_on_order_and_no_other_with_it() {
    unbooted(
        TWO,
        "boot => nothing
         db is stopped
         begin shop => start c, start d, shop is up
         begin shop => nothing
         begin db => start a, start b, db is up
         end db => stop b, stop a, db is down: ordered to shut down
         end db => nothing
         running: c d
         begin db => start a, start b, db is up
         end shop => stop d, stop c, shop is down: ordered to shut down
         shutdown => stop b, stop a, db is down: ordered to shut down, finished: ordered to shut down
         begin db => nothing",
    );
}

#[test]
fn an_application_that_gives_up_is_not_restarted_and_the_others_go_on() {
    story(
        TWO,
        "begin db
         begin shop
         a crashes => gave up db, stop b, db is down: supervisor db gave up: child a ended once too often (trap: boom)
         db is stopped
         shop is running
         running: c d
         begin db => start a, start b, db is up
         running: a b c d",
    );
}

#[test]
fn an_application_whose_start_fails_stays_down_and_may_be_tried_again() {
    story(
        TWO,
        "b broken
         begin shop
         begin db => start a, start b, failed b, stop a, db is down: child b failed to start (trap: boom), failed db
         db is stopped
         shop is running
         b fixed
         begin db => start a, start b, db is up",
    );
}

#[test]
fn an_application_that_is_being_started_can_be_stopped() {
    story(
        TWO,
        "hold b
         begin db => start a, start b
         end db => hurry b BrutalKill
         b answers => stop b, stop a, db is down: ordered to shut down
         db is stopped",
    );
}

#[test]
fn nobody_but_the_host_orders_the_root_of_an_application() {
    story(
        TWO,
        "begin db => start a, start b, db is up
         terminate db => root
         restart db => root
         begin a => nothing
         end a => nothing
         running: a b",
    );
}

#[test]
fn nobody_can_name_the_hosts_own_supervisor() {
    assert!(Name::of_worker(Name::host().as_str()).is_err());
}

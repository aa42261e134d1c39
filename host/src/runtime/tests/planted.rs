//! Each bug that may be planted is seen: by one of so many seeds of the simulation, or by the test that it is against.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use super::{durable, random_durable};
use crate::base::{Bug, Planted};

/// Seeds in which a bug is to be seen.
const SEEDS: u64 = 60;

/// Tests that look for what no seed shows.
const TESTS: [fn(); 7] = [
    durable::what_a_step_wants_of_others_waits_until_its_input_is_on_disk,
    durable::a_worker_does_not_step_past_what_concerns_itself,
    durable::whoever_waits_for_a_worker_that_crashes_on_something_else_goes_on_waiting,
    durable::timers_go_on_in_the_next_host_and_calls_that_were_under_way_come_to_nothing,
    durable::an_end_of_its_own_ends_the_state_and_an_ordered_one_does_not,
    durable::a_worker_that_was_done_has_no_state_in_the_next_host,
    durable::a_timer_goes_on_in_the_next_host_after_an_orderly_end,
];

/// By how many seeds, or which test.
fn seen(bug: Bug) -> Option<String> {
    let _planted = Planted::new(bug);
    let fails = |test: &dyn Fn()| catch_unwind(AssertUnwindSafe(test)).is_err();
    let plays = |seed: u64| fails(&|| assert_ne!(random_durable::play(seed), (0, 0)));
    if let Some(seed) = (0..SEEDS).find(|seed| plays(*seed)) {
        return Some(format!("seed {seed}"));
    }
    TESTS.iter().position(|test| fails(test)).map(|test| format!("test {test}"))
}

/// What a planted bug breaks says nothing: to find out where it was would take longer than to see it.
fn fail_in_silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !Planted::is_any() {
                usual(panic);
            }
        }));
    });
}

#[test]
fn every_bug_that_is_planted_is_seen() {
    fail_in_silence();
    // That of the worker's own tests is seen there.
    let here = Bug::ALL.into_iter().filter(|bug| *bug != Bug::EventTimersStay);
    let all: Vec<_> = here.map(|bug| (bug, seen(bug))).collect();
    let unseen: Vec<Bug> = all.iter().filter(|(_, seen)| seen.is_none()).map(|(bug, _)| *bug).collect();
    assert!(unseen.is_empty(), "{unseen:?} of {all:#?}");
    assert_ne!(random_durable::play(0), (0, 0), "and without one all is well");
    TESTS.iter().for_each(|test| test());
}

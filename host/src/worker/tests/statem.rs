//! OTP's gen_statem, row by row: each test is a script and the order in which OTP gives its events.

use super::script::{play, play_with};

#[test]
fn sm_01_postponed_and_inserted_events_come_before_a_zero_timeout_and_that_before_what_is_queued() {
    let trace = play(
        "init state a; enter-calls
         on cast one: postpone
         on cast two: postpone
         on cast go: state b; state-timer zero 0; next first; next second
         send cast one, cast two, cast go, cast later",
    );
    assert_eq!(
        trace,
        "entered from a | cast one | cast two | cast go | entered from a | internal first | internal second \
         | cast one | cast two | timer zero | cast later"
    );
}

#[test]
fn sm_01_a_zero_event_timeout_is_cancelled_by_an_inserted_event() {
    let script = |more: &str| format!("init state a\non cast go: event-timer idle 0{more}\nsend cast go, cast later");
    assert_eq!(play(&script("")), "cast go | timer idle | cast later");
    assert_eq!(play(&script("; next one")), "cast go | internal one | cast later");
}

#[test]
fn sm_02_a_state_is_entered_at_the_start_on_a_change_and_on_a_repeat_and_not_on_the_same_name() {
    let trace = play(
        "init state a; enter-calls
         on cast same: state a
         on cast again: repeat
         on cast change: state b
         on entered from a:
         on entered from a:
         on entered from a: repeat
         send cast same, cast again, cast change, cast end",
    );
    assert_eq!(
        trace,
        "entered from a | cast same | cast again | entered from a | cast change | entered from a | entered from b | cast end"
    );
}

#[test]
fn sm_02_without_enter_calls_no_state_is_told() {
    assert_eq!(play("init state a\non cast go: state b\nsend cast go, cast end"), "cast go | cast end");
}

#[test]
fn sm_02_an_enter_call_may_start_timers_and_answer_but_not_move() {
    let entered = |effects: &str| {
        play(&format!(
            "init state a; enter-calls
             on call go: state b
             on entered from a:
             on entered from a: {effects}
             send call go"
        ))
    };
    assert_eq!(entered("reply go; timer t 0"), "entered from a | call go | entered from a | go answered | timer t");
    assert_eq!(entered("state b"), "entered from a | call go | entered from a");
    for (effects, text) in [
        ("state c", "asked for another state while it was told which state it has entered"),
        ("postpone", "asked to postpone or to insert an event while it was told which state it has entered"),
        ("next x", "asked to postpone or to insert an event while it was told which state it has entered"),
    ] {
        assert_eq!(entered(effects), format!("entered from a | call go | entered from a | fault: {text} | go crashed"));
    }
}

#[test]
fn sm_02_a_state_that_repeats_itself_for_ever_is_a_fault() {
    let rules = "on entered from a: repeat\n".repeat(2000);
    let trace = play(&format!("init state a; enter-calls\n{rules}"));
    assert!(trace.ends_with("fault: entered its state again and again without end"), "{trace}");
}

#[test]
fn sm_03_a_state_timeout_ends_with_its_state_and_one_of_the_new_state_does_not() {
    let trace = play(
        "init state a; state-timer old 10
         on cast go: state-timer new 10; state b
         on cast stay: state b
         send cast go
         pass 5
         send cast stay
         pass 5",
    );
    assert_eq!(trace, "cast go | cast stay | timer new");
}

#[test]
fn sm_03_a_state_timeout_that_went_off_before_the_change_is_not_heard_after_it() {
    let trace = play(
        "init state a
         on cast go: state-timer zero 0; next change
         on internal change: state b
         send cast go, cast end",
    );
    assert_eq!(trace, "cast go | internal change | cast end");
}

#[test]
fn sm_04_an_update_keeps_the_time_and_changes_the_body() {
    let trace = play(
        "init state a; state-timer t 10 old
         on cast go: update state-timer t new
         pass 5
         send cast go
         pass 4
         send cast still
         pass 1",
    );
    assert_eq!(trace, "cast go | cast still | timer t new");
}

#[test]
fn sm_04_an_update_of_a_timer_that_does_not_run_goes_off_at_once() {
    let trace = play("init state a\non cast go: update timer t new\nsend cast go, cast later");
    assert_eq!(trace, "cast go | timer t new | cast later");
}

#[test]
fn sm_04_an_update_of_a_timer_that_has_gone_off_changes_its_body() {
    let trace = play("init state a\non cast go: timer t 0 old; update timer t new\nsend cast go");
    assert_eq!(trace, "cast go | timer t new");
}

#[test]
fn sm_04_a_cancelled_timer_is_not_heard_also_when_it_had_gone_off() {
    let trace = play(
        "init state a; timer t 10
         on cast go: timer zero 0; next stop
         on internal stop: cancel zero; cancel t
         send cast go
         pass 20",
    );
    assert_eq!(trace, "cast go | internal stop");
}

#[test]
fn sm_04_starting_again_restarts_and_infinity_cancels() {
    let trace = play(
        "init state a; timer t 10; timer never 10
         on cast go: timer t 20 one; timer t 10 two; timer never infinity
         pass 5
         send cast go
         pass 9
         pass 1
         pass 20",
    );
    assert_eq!(trace, "cast go | timer t two");
}

#[test]
fn sm_05_named_timers_outlive_changes_of_state_and_other_events() {
    let trace = play(
        "init state a; timer one 10; timer two 10; event-timer idle 10
         on cast go: state b; cancel two
         send cast go
         pass 10",
    );
    assert_eq!(trace, "cast go | timer one");
}

#[test]
fn sm_06_inserted_events_come_in_order_and_before_those_inserted_earlier() {
    let trace = play(
        "init state a; next zero
         on cast go: next one; next two
         on internal one: next three; next four
         send cast go, cast end",
    );
    let inserted = "internal one | internal three | internal four | internal two";
    assert_eq!(trace, format!("internal zero | cast go | {inserted} | cast end"));
}

#[test]
fn sm_06_every_kind_of_event_may_be_postponed_and_comes_again_as_it_was() {
    let trace = play(
        "init state a; timer t 0
         on timer t: postpone
         on call ask: postpone; next i
         on internal i: postpone
         on call ask: reply
         on cast go: state b
         send call ask, cast go",
    );
    let again = "timer t | call ask | ask answered | internal i";
    assert_eq!(trace, format!("timer t | call ask | internal i | cast go | {again}"));
}

#[test]
fn sm_07_every_reply_precedes_the_stop() {
    let trace = play(
        "init state a
         on call later:
         on call now: stop; reply later; reply
         send call later, call now, cast never",
    );
    assert_eq!(trace, "call later | call now | later answered | now answered | stop");
}

#[test]
fn sm_08_what_makes_no_sense_crashes_and_tells_the_caller() {
    for (init, effects, text) in [
        ("", "postpone", "asked to postpone an input, but is in no state that could change"),
        ("", "repeat", "asked to repeat its state, but is in none"),
    ] {
        let trace = play(&format!("init {init}\non call go: {effects}\nsend call go"));
        assert_eq!(trace, format!("call go | fault: {text} | go crashed"));
    }
}

#[test]
fn sm_08_a_crash_tells_the_callers_of_what_is_postponed() {
    let trace = play(
        "init state a; enter-calls
         on call wait: postpone
         on cast go: repeat
         on entered from a:
         on entered from a: postpone
         send call wait, cast go",
    );
    assert!(trace.ends_with("| wait crashed"), "{trace}");
}

#[test]
fn sm_08_a_crash_tells_the_callers_of_what_is_about_to_come_again() {
    let trace = play(
        "init state a; enter-calls
         on call wait: postpone
         on call go: state b
         on entered from a:
         on entered from a: next x
         send call wait, call go",
    );
    assert!(trace.ends_with("| go crashed | wait crashed"), "{trace}");
}

#[test]
fn sm_10_an_upgrade_renames_the_state_without_entering_it_or_retrying_what_was_postponed() {
    let trace = play(
        "init state a; enter-calls
         on cast one: postpone
         send cast one
         upgrade state z
         on cast go: state b
         send cast go, cast end",
    );
    assert_eq!(trace, "entered from a | cast one | cast go | cast one | cast end");
}

#[test]
fn sm_10_an_upgrade_may_turn_enter_calls_on_and_its_state_timeout_runs_on() {
    let trace = play(
        "init state a; state-timer t 10
         upgrade state z; enter-calls
         on timer t: state b
         pass 10",
    );
    assert_eq!(trace, "timer t | entered from z");
}

#[test]
fn sm_11_a_repeated_state_is_entered_again_and_retries_nothing() {
    let trace = play(
        "init state a; enter-calls
         on cast one: postpone
         on cast again: repeat
         on cast go: state b
         send cast one, cast again, cast go",
    );
    assert_eq!(trace, "entered from a | cast one | cast again | entered from a | cast go | entered from a | cast one");
}

#[test]
fn what_is_postponed_takes_its_places_in_the_queue() {
    let trace = play_with(
        2,
        "init state a
         on cast one: postpone
         on cast two: postpone
         send cast one, cast two
         pass 0
         send cast three",
    );
    assert_eq!(trace, ["cast one", "cast two", "no room for cast three"]);
}

#[test]
fn a_postponed_call_whose_deadline_passes_is_answered_and_does_not_come_again() {
    let trace = play(
        "init state a
         on call one: postpone
         on cast go: state b
         send call one
         pass 5000
         send cast go",
    );
    assert_eq!(trace, "call one | one timed out | cast go");
}

#[test]
fn what_a_machine_asked_for_itself_and_postpones_has_a_bound_too() {
    let rules = "on internal i: postpone; next i\n".repeat(10);
    let trace = play_with(4, &format!("init state a; next i\n{rules}"));
    assert_eq!(trace.last().map(String::as_str), Some("fault: postponed more inputs than its queue holds"));
    assert_eq!(trace.len(), 6);
}

#[test]
fn a_call_that_is_late_when_it_is_postponed_does_not_come_again() {
    let trace = play(
        "init state a
         on call slow: late; postpone
         on cast go: state b
         send call slow, cast go, cast end",
    );
    assert_eq!(trace, "call slow | slow timed out | cast go | cast end");
}

#[test]
fn a_postponed_call_may_be_answered_by_another_step_and_comes_again_with_nobody_waiting() {
    let trace = play(
        "init state a
         on call ask: postpone
         on cast answer: reply ask
         on cast go: state b
         on call ask: reply
         send call ask, cast answer, cast go",
    );
    assert_eq!(trace, "call ask | cast answer | ask answered | cast go | call ask");
}

#[test]
fn gs_08_what_a_step_wants_next_comes_before_the_queue() {
    let trace = play(
        "init next started
         on cast one: next more
         send cast one, cast two",
    );
    assert_eq!(trace, "internal started | cast one | internal more | cast two");
}

#[test]
fn gs_09_a_message_cancels_the_idle_timeout_and_an_idle_time_of_zero_waits_for_an_empty_queue() {
    let idle = |after: u64, then: &str| format!("init event-timer idle {after}\n{then}");
    assert_eq!(play(&idle(10, "pass 10")), "timer idle");
    assert_eq!(play(&idle(10, "pass 9\nsend cast one\npass 20")), "cast one");
    assert_eq!(play(&idle(0, "")), "timer idle");
    let trace = play("on cast one: event-timer idle 0\non cast two: event-timer idle 0\nsend cast one, cast two");
    assert_eq!(trace, "cast one | cast two | timer idle");
}

//! What the host itself tells a worker: waited for by control, or the last configuration alone.

use super::{Caller, SECOND, call, commit, take, take_call, worker};
use crate::base::{Effect, Full, Input, WhenFull};
use crate::worker::{Action, Offered, Unplaced, Worker};

fn phase(name: &str) -> Offered<Caller> {
    Offered::Host { caller: "control", deadline: 5 * SECOND, input: Box::new(Input::StartPhase(name.into())) }
}

fn done() -> Action<Caller> {
    Action::Answer("control", Ok(vec![]))
}

fn state(name: &str) -> Effect {
    Effect::NextState(name.into())
}

#[test]
fn control_waits_for_the_step_alone_and_its_place_in_the_queue_is_that_of_any_input() {
    let mut worker = worker(4, WhenFull::Reject);
    assert!(worker.offer(call("a")).is_ok() && worker.offer(phase("open")).is_ok());
    take_call(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![]), [], "a waits for its reply");
    assert_eq!(take(&mut worker), Input::StartPhase("open".into()));
    let cast = Action::Cast { to: "b".into(), body: vec![] };
    let effects = vec![Effect::Cast { to: "b".into(), body: vec![] }];
    assert_eq!(commit(&mut worker, 0, effects), [cast, done()]);
    assert_eq!(worker.pending_replies(), 1);
}

#[test]
fn a_refusal_a_crash_and_the_end_of_the_worker_are_told() {
    let mut worker = worker(4, WhenFull::Reject);
    assert!(worker.offer(phase("open")).is_ok());
    take(&mut worker);
    assert_eq!(worker.refused(), Some("control"));
    assert!(worker.offer(phase("open")).is_ok() && worker.offer(phase("go")).is_ok());
    take(&mut worker);
    assert_eq!(worker.crashed(), ["control"], "the one that was taken");
    assert_eq!(worker.ended(), ["control"], "and the one that waits");
}

#[test]
fn one_that_is_late_or_finds_no_place_is_told() {
    let mut worker = worker(1, WhenFull::Reject);
    assert!(worker.offer(phase("open")).is_ok());
    assert_eq!(worker.offer(phase("go")), Err(Full::Rejected(Unplaced::Call("control"))));
    assert_eq!(worker.wake_at(), Some(5 * SECOND));
    assert_eq!(worker.tick(5 * SECOND), ["control"]);
    assert!(!worker.is_ready(), "it is not stepped any more");
}

#[test]
fn a_state_machine_may_postpone_it_and_control_waits_until_it_is_handled() {
    let mut worker = worker(4, WhenFull::Reject);
    let began = worker.begin(super::super::Began::Fresh, vec![state("shut")], 0, &mut vec![]);
    assert_eq!(began, Ok(()));
    assert!(worker.offer(phase("open")).is_ok() && worker.offer(Offered::Cast(vec![])).is_ok());
    take(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![Effect::Postpone]), []);
    take(&mut worker);
    assert_eq!(commit(&mut worker, 0, vec![state("ajar")]), []);
    assert_eq!(take(&mut worker), Input::StartPhase("open".into()));
    assert_eq!(commit(&mut worker, 0, vec![]), [done()]);
}

#[test]
fn of_several_configurations_the_last_is_told_and_a_full_queue_does_not_push_it_out() {
    let mut worker: Worker<Caller> = worker(1, WhenFull::DropOldest);
    assert!(worker.offer(call("a")).is_ok());
    for config in ["1", "2", "3"] {
        worker.configure(config.into());
    }
    assert!(worker.offer(call("b")).is_err(), "a is pushed out");
    assert_eq!(take(&mut worker), Input::ConfigChanged(b"3".to_vec()));
    take_call(&mut worker);
    assert!(!worker.is_ready());
    worker.configure(b"4".to_vec());
    worker.crashed();
    assert!(!worker.is_ready(), "the next instance starts with it");
}

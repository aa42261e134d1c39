//! The same scenarios as the scripts of `host/tests/otp`, which run on a real OTP, and its traces.

use super::script::play;

fn lines(trace: &str) -> impl Iterator<Item = &str> {
    trace.lines().filter(|line| !line.starts_with('#'))
}

/// The parts of a trace between its comments.
fn parts(trace: &str) -> Vec<String> {
    let mut parts: Vec<Vec<&str>> = vec![];
    for line in trace.lines() {
        match parts.last_mut() {
            _ if line.starts_with('#') => parts.push(vec![]),
            Some(part) => part.push(line),
            None => parts.push(vec![line]),
        }
    }
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.join(" | ")).collect()
}

#[test]
fn gs_09_idle_timers_give_the_trace_of_otp() {
    let played = [
        "on cast hold: event-timer idle 0\nsend cast hold, cast a",
        "on cast hold: event-timer idle 0\nsend cast hold",
        "on cast hold: event-timer idle 10\nsend cast hold, cast b\npass 20\nsend cast c",
        "on cast hold: event-timer idle 10\nsend cast hold\npass 10",
    ];
    assert_eq!(played.map(play).to_vec(), parts(include_str!("../../../tests/otp/gs_09.trace")));
}

#[test]
fn sm_11_a_repeated_state_gives_the_trace_of_otp() {
    let played = play(
        "init state one; enter-calls
         on cast later: postpone
         on cast repeat: repeat
         on cast change: state two
         send cast later, cast repeat, cast next, cast change",
    );
    let event = |line: &'static str| {
        let (_, event) = line.split_once(": ").expect("STATE: EVENT");
        event.split_once(" -> ").map_or(event, |(event, _)| event)
    };
    let expected: Vec<&str> = lines(include_str!("../../../tests/otp/sm_11.trace")).map(event).collect();
    assert_eq!(played, expected.join(" | "));
}

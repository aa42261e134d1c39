//! The example of the telephone switchboard, run as it is.

use crate::support::{App, Running, guest, http_call, until};

const README: &str = include_str!("../../../examples/switchboard/README.md");

async fn switchboard() -> Running {
    let manifest = include_str!("../../../examples/switchboard/tomte.toml");
    App::example(manifest, &[("call", guest("call-0.1.0")), ("exchange", guest("exchange-0.1.0"))]).start().await
}

/// Lines dial so far, and talk if that was a whole number.
async fn dialed(node: &Running, line: &str, number: &str) {
    assert_eq!(node.ok("exchange", &format!("{line} lift")).await, "Dialing");
    for digit in number.chars() {
        node.ok("exchange", &format!("{line} dial {digit}")).await;
    }
    if number.len() == 4 {
        assert_eq!(node.ok("exchange", &format!("{line} answer")).await, "Talking");
    }
}

#[tokio::test]
async fn what_its_readme_shows_is_what_it_answers() {
    let node = switchboard().await;
    let mut lines = node.lines().await;
    let mut shown = README.lines().peekable();
    let mut told = 0;
    while let Some(line) = shown.next() {
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let answer = shown.peek().copied().unwrap_or_default();
        if let Some(event) =
            command.strip_prefix("echo \"").and_then(|rest| rest.split_once("\" | nc -N localhost 7003"))
        {
            assert_eq!(lines.call(event.0).await, answer, "{command}");
            told += 1;
        } else if let Some((body, path)) =
            command.strip_prefix("curl -d '").and_then(|rest| rest.split_once("' localhost:7083"))
        {
            assert_eq!(http_call(node.http(), path, body).await, (200, answer.to_owned()), "{command}");
            told += 1;
        }
    }
    assert_eq!(told, 14);
}

#[tokio::test]
async fn a_call_that_crashes_is_cut_off_and_the_others_keep_what_they_know() {
    let node = switchboard().await;
    for (line, number) in [("1", "20"), ("2", "2"), ("3", "2000")] {
        dialed(&node, line, number).await;
    }
    assert_eq!(node.ok("exchange", "2 dial *").await, "the call was cut off");
    until("it is gone", async || node.child("calls").await.dynamic == Some(2)).await;
    assert_eq!(node.ok("exchange", "2 where").await, "no call on this line");
    assert_eq!(node.ok("exchange", "3 where").await, "Talking");
    assert_eq!(node.ok("exchange", "1 dial 0").await, "Dialing");
    assert_eq!(node.ok("exchange", "1 dial 0").await, "Ringing", "its first two digits were kept");
    assert_eq!(node.generations(&["calls/1", "calls/3", "exchange"]).await, [0, 0, 0]);
    dialed(&node, "2", "2000").await;
}

#[tokio::test]
async fn a_line_that_has_hung_up_may_be_lifted_again() {
    let node = switchboard().await;
    dialed(&node, "7", "2000").await;
    assert_eq!(node.ok("exchange", "7 hang-up").await, "Gone");
    until("the session is gone", async || node.child("calls").await.dynamic == Some(0)).await;
    dialed(&node, "7", "2").await;
}

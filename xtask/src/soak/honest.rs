//! Callers who mean well. Each of their calls must be answered, and well.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::ground::Ground;
use super::tally::{End, Tally};
use crate::product::{Answer, Client, LineClient};

/// Between two calls of one caller.
const PAUSE: Duration = Duration::from_millis(1);
/// Between two casts of one caller.
const CAST_PAUSE: Duration = Duration::from_millis(10);
/// How long a cast that was accepted may take until it is done.
const SOON: Duration = Duration::from_secs(10);

/// How a caller calls.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    Frames,
    Lines,
    Http,
}

enum Caller {
    Lines(LineClient),
    Other(Client),
}

impl How {
    fn done(self) -> &'static str {
        match self {
            How::Frames => "calls over frames",
            How::Lines => "calls over lines",
            How::Http => "calls over http",
        }
    }

    fn open(self, ground: &Ground) -> Result<Caller> {
        Ok(match self {
            How::Lines => Caller::Lines(LineClient::open(ground.listeners.lines)?),
            How::Frames => Caller::Other(ground.frames()?),
            How::Http => Caller::Other(ground.http("/call/counter")?),
        })
    }
}

impl Caller {
    fn call(&mut self, body: &str) -> Result<Answer> {
        match self {
            Caller::Lines(client) => client.call(body),
            Caller::Other(client) => client.call(body),
        }
    }
}

/// What is counted on `counter`, and how often it was acknowledged.
pub(super) const COUNTER: &str = "increments of counter";
/// The same of `sibling`, which is cast to.
pub(super) const SIBLING: &str = "casts to sibling";

/// Counts on `counter` until the end.
pub(super) fn counts(ground: &Ground, tally: &Tally, end: &End, how: How) {
    until_the_end(
        tally,
        end,
        PAUSE,
        || how.open(ground),
        |caller| {
            let answer = caller.call("\"Increment\"")?;
            ensure!(answer.text == "\"Ack\"", "an increment over {how:?}: {answer:?}");
            tally.took(answer.took);
            tally.add(how.done());
            tally.add(COUNTER);
            Ok(())
        },
    );
}

/// Casts to `sibling` until the end.
pub(super) fn casts(ground: &Ground, tally: &Tally, end: &End) {
    until_the_end(
        tally,
        end,
        CAST_PAUSE,
        || ground.http("/cast/sibling"),
        |caller| {
            let answer = caller.call("\"Increment\"")?;
            ensure!(answer.status == "202", "a cast: {answer:?}");
            tally.add(SIBLING);
            Ok(())
        },
    );
}

/// Puts values into `kv` and reads them back until the end.
pub(super) fn keeps(ground: &Ground, tally: &Tally, end: &End) {
    let mut number = 0_u64;
    until_the_end(
        tally,
        end,
        PAUSE,
        || ground.http("/call/kv"),
        |caller| {
            number += 1;
            let key = number % 100;
            let put = caller.call(&format!("{{\"Put\":[\"{key}\",{number}]}}"))?;
            let got = caller.call(&format!("{{\"Get\":\"{key}\"}}"))?;
            ensure!(
                put.text == "\"Ack\"" && got.text == format!("{{\"Value\":{number}}}"),
                "kv: {put:?}, then {got:?}"
            );
            tally.add("values put and read back");
            Ok(())
        },
    );
}

/// A caller whose connection breaks has failed, and makes another.
fn until_the_end<C>(
    tally: &Tally,
    end: &End,
    pause: Duration,
    open: impl Fn() -> Result<C>,
    mut once: impl FnMut(&mut C) -> Result<()>,
) {
    let mut caller = None;
    while end.pause(pause) {
        let done = match &mut caller {
            Some(caller) => once(caller),
            None => open().and_then(|opened| once(caller.insert(opened))),
        };
        if let Err(error) = done {
            tally.fail(format!("{error:#}"));
            caller = None;
        }
    }
}

/// Whether both counters stand where they should, in words if they do not. A cast may still be on its way.
///
/// # Errors
/// They do not say.
pub(super) fn miscounts(ground: &Ground, tally: &Tally) -> Result<Vec<String>> {
    let end = End::default();
    let mut wrong = vec![];
    for (worker, what) in [("counter", COUNTER), ("sibling", SIBLING)] {
        let mut client = ground.http(&format!("/call/{worker}"))?;
        let wanted = tally.of(what);
        let mut waited = Duration::ZERO;
        let mut count = client.count()?;
        while count < wanted && waited < SOON {
            end.pause(CAST_PAUSE);
            waited += CAST_PAUSE;
            count = client.count()?;
        }
        if count != wanted {
            wrong.push(format!("{worker} stands at {count}, {wanted} were acknowledged"));
        }
    }
    Ok(wrong)
}

//! What every act of the story is given: the running host, ways to talk to it, and the claims.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::releases::Releases;
use crate::load::Protocol;
use crate::out::Out;
use crate::product::{Answer, Client, Host, Listeners, Tomte};

/// The stage.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) out: Out,
    pub(super) host: Host,
    pub(super) listeners: Listeners,
    pub(super) tomte: Tomte,
    pub(super) releases: Releases,
    /// Claims that held so far.
    pub(super) held: u32,
}

impl Stage {
    /// A claim, and what was seen if it does not hold.
    ///
    /// # Errors
    /// It does not hold.
    pub(super) fn claim(&mut self, holds: bool, text: &str, seen: &dyn Debug) -> Result<()> {
        if !holds {
            self.out.failed(text);
            bail!("this does not hold: {text}\nseen: {seen:?}");
        }
        self.out.held(text);
        self.held += 1;
        Ok(())
    }

    /// A caller of a worker over HTTP.
    ///
    /// # Errors
    /// Nobody listens.
    pub(super) fn http(&self, worker: &str) -> Result<Client> {
        Client::open(Protocol::Http { path: format!("/call/{worker}") }, self.listeners.http)
    }

    /// A caller of `counter` in frames.
    ///
    /// # Errors
    /// Nobody listens.
    pub(super) fn frames(&self) -> Result<Client> {
        Client::open(Protocol::Frames, self.listeners.frames)
    }

    /// Calls and tells of it.
    ///
    /// # Errors
    /// No answer.
    pub(super) fn ask(&self, client: &mut Client, body: &str) -> Result<Answer> {
        let answer = client.call(body)?;
        self.tell(&client.name(), body, &answer);
        Ok(answer)
    }

    /// Tells of a call.
    pub(super) fn tell(&self, how: &str, body: &str, answer: &Answer) {
        let Answer { status, text, took } = answer;
        self.out.line(&format!("    {how:<18} {body:<13} -> {status} {text}   ({})", time(*took)));
    }

    /// What a counter stands at.
    ///
    /// # Errors
    /// It does not say.
    pub(super) fn count(&self, worker: &str) -> Result<u64> {
        self.http(worker)?.count()
    }

    /// Runs a verb of the command line and shows what it prints.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn show(&self, words: &[&str]) -> Result<()> {
        self.out.command(&format!("tomte {}", words.join(" ")));
        let text = self.tomte.text(words)?;
        text.lines().for_each(|line| self.out.line(&format!("    {line}")));
        Ok(())
    }

    /// The newest row of the history.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn last_release(&self) -> Result<Value> {
        let history = self.tomte.json(&["history"])?;
        let rows = history.as_array().and_then(|rows| rows.first().cloned());
        rows.context("the history is empty")
    }
}

/// A time as a person reads it.
pub(super) fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1e-3 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.1} s"),
    }
}

/// A number with its thousands apart.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        let numbers = [0, 999, 1000, 41_203, 1_234_567].map(thousands);
        assert_eq!(numbers, ["0", "999", "1,000", "41,203", "1,234,567"]);
        let times = [64, 1_500, 2_340_000].map(|micros| time(Duration::from_micros(micros)));
        assert_eq!(times, ["64 µs", "1.5 ms", "2.3 s"]);
    }
}

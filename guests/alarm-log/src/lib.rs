//! The log of the alarms: an event handler that keeps the last ones for whoever asks.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tomte_guest::{Answer, Context, GenEvent, Refusal, Start, StartFailure, export, from_json, reply};

/// What every handler of `alarms` is told: `{"severity":"critical","text":"disk 1 is full"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// How bad it is.
    pub severity: Severity,
    /// What happened.
    pub text: String,
}

/// How bad an alarm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look.
    Warning,
    /// Somebody must look now.
    Critical,
}

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Request {
    /// The last alarms, oldest first.
    Last,
}

/// Its `config`.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct Config {
    keep: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config { keep: 20 }
    }
}

/// What it keeps.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    keep: usize,
    alarms: VecDeque<Alarm>,
}

impl Kept {
    fn forget(&mut self) {
        let many = self.alarms.len().saturating_sub(self.keep);
        self.alarms.drain(..many);
    }
}

/// The behaviour.
#[derive(Debug)]
pub struct AlarmLog;

impl GenEvent for AlarmLog {
    type State = Kept;
    type Event = Alarm;
    type Request = Request;
    type Output = VecDeque<Alarm>;
    const SCHEMA: &'static str = "alarm-log/1";

    fn init(start: &Start, _: &mut Context) -> Result<Kept, StartFailure> {
        let Config { keep } = start.config()?;
        Ok(Kept { keep, alarms: VecDeque::new() })
    }

    fn handle_event(kept: &mut Kept, alarm: Alarm, _: &mut Context) -> Result<(), Refusal> {
        kept.alarms.push_back(alarm);
        kept.forget();
        Ok(())
    }

    fn config_change(kept: &mut Kept, config: &[u8], _: &mut Context) -> Result<(), Refusal> {
        kept.keep = from_json::<Config>(config)?.keep;
        kept.forget();
        Ok(())
    }

    fn handle_call(kept: &mut Kept, Request::Last: Request, _: &mut Context) -> Answer<VecDeque<Alarm>> {
        reply(kept.alarms.clone())
    }
}

export!(handler: AlarmLog);

#[cfg(test)]
mod tests {
    use tomte_guest::notify;

    use super::*;

    #[test]
    fn the_last_alarms_are_kept_and_no_more() {
        let alarm = |text: &str| Alarm { severity: Severity::Info, text: text.to_owned() };
        let ran = notify::<AlarmLog>(Kept { keep: 2, ..Kept::default() }, ["a", "b", "c"].map(alarm));
        let texts = ran.state.map(|kept| kept.alarms.into_iter().map(|alarm| alarm.text).collect::<Vec<_>>());
        assert_eq!(texts, Some(vec!["b".to_owned(), "c".to_owned()]));
        let mut kept = Kept { keep: 3, alarms: ["a", "b", "c"].map(alarm).into() };
        assert!(AlarmLog::config_change(&mut kept, br#"{"keep":1}"#, &mut Context::default()).is_ok());
        assert_eq!(kept, Kept { keep: 1, alarms: [alarm("c")].into() });
    }
}

//! How many alarms there were: an event handler that counts them by their severity.

use std::collections::BTreeMap;

use serde::Deserialize;
use tomte_guest::{Answer, Context, GenEvent, Refusal, Start, StartFailure, export, reply};

/// Of what every handler of `alarms` is told, the part that counts here.
#[derive(Debug, Deserialize)]
pub struct Alarm {
    /// How bad it is.
    pub severity: String,
}

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Request {
    /// How many there were of each severity.
    Read,
}

/// How many there were of each severity.
pub type Counts = BTreeMap<String, u64>;

/// The behaviour.
#[derive(Debug)]
pub struct AlarmCount;

impl GenEvent for AlarmCount {
    type State = Counts;
    type Event = Alarm;
    type Request = Request;
    type Output = Counts;
    const SCHEMA: &'static str = "alarm-count/1";

    fn init(_: &Start, _: &mut Context) -> Result<Counts, StartFailure> {
        Ok(Counts::new())
    }

    fn handle_event(counts: &mut Counts, alarm: Alarm, _: &mut Context) -> Result<(), Refusal> {
        // A severity is a word of the application, not of whoever sends.
        if !matches!(alarm.severity.as_str(), "info" | "warning" | "critical") {
            return Err(Refusal::new(format!("no alarm is {:?}", alarm.severity)));
        }
        *counts.entry(alarm.severity).or_default() += 1;
        Ok(())
    }

    fn handle_call(counts: &mut Counts, Request::Read: Request, _: &mut Context) -> Answer<Counts> {
        reply(counts.clone())
    }
}

export!(handler: AlarmCount);

#[cfg(test)]
mod tests {
    use tomte_guest::notify;

    use super::*;

    #[test]
    fn each_severity_is_counted_and_another_word_is_refused() {
        let alarms = ["info", "critical", "odd", "info"].map(|severity| Alarm { severity: severity.to_owned() });
        let ran = notify::<AlarmCount>(Counts::new(), alarms);
        let counts = [("critical".to_owned(), 1), ("info".to_owned(), 2)];
        assert_eq!(ran.state, Some(Counts::from(counts)));
        assert_eq!(ran.steps.iter().filter(|step| step.answer.is_err()).count(), 1);
    }
}

//! The pager: an event handler that publishes a page on the topic `pages` when several alarms within
//! some time were critical.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tomte_guest::{Answer, Context, GenEvent, Refusal, Start, StartFailure, export, log, reply};

/// Of what every handler of `alarms` is told, the part that matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct Alarm {
    /// `critical` counts, nothing else does.
    pub severity: String,
    /// What happened.
    pub text: String,
}

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Request {
    /// How many pages it has raised.
    Pages,
}

/// Its `config`: a page after so many critical alarms within so many seconds, for this person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// How many.
    pub after: usize,
    /// Within how many seconds.
    pub within_s: u64,
    /// Who is called.
    pub who: String,
}

impl Default for Config {
    fn default() -> Config {
        Config { after: 3, within_s: 60, who: "whoever is on duty".to_owned() }
    }
}

/// What it keeps, and gives to the pager that takes its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Duty {
    config: Config,
    /// When the critical alarms of late came, in milliseconds since the Unix epoch.
    critical: VecDeque<u64>,
    pages: u64,
}

/// What is published.
#[derive(Debug, Serialize)]
pub struct Page<'a> {
    /// Who is called.
    pub who: &'a str,
    /// What happened last.
    pub text: &'a str,
    /// How many critical alarms led to it.
    pub alarms: usize,
}

/// The behaviour.
#[derive(Debug)]
pub struct Pager;

impl GenEvent for Pager {
    type State = Duty;
    type Event = Alarm;
    type Request = Request;
    type Output = u64;
    const SCHEMA: &'static str = "pager/1";

    fn init(start: &Start, _: &mut Context) -> Result<Duty, StartFailure> {
        Ok(Duty { config: start.config()?, ..Duty::default() })
    }

    fn handle_event(duty: &mut Duty, alarm: Alarm, context: &mut Context) -> Result<(), Refusal> {
        if alarm.severity != "critical" {
            return Ok(());
        }
        let since = context.now_ms().saturating_sub(duty.config.within_s.saturating_mul(1000));
        duty.critical.push_back(context.now_ms());
        duty.critical.retain(|at| *at >= since);
        if duty.critical.len() >= duty.config.after {
            let page = Page { who: &duty.config.who, text: &alarm.text, alarms: duty.critical.len() };
            log::warn(&format!("pages {}: {}", page.who, page.text));
            context.publish("pages", &page);
            duty.critical.clear();
            duty.pages += 1;
        }
        Ok(())
    }

    fn handle_call(duty: &mut Duty, Request::Pages: Request, _: &mut Context) -> Answer<u64> {
        reply(duty.pages)
    }

    /// Another pager goes on where this one was, by its own rules.
    fn carried(duty: Duty, start: &Start, _: &mut Context) -> Result<Duty, StartFailure> {
        Ok(Duty { config: start.config()?, ..duty })
    }
}

export!(handler: Pager);

#[cfg(test)]
mod tests {
    use tomte_guest::notify;

    use super::*;

    fn pages(severities: &[&str]) -> Option<u64> {
        let alarms = severities.iter().map(|severity| Alarm { severity: (*severity).to_owned(), text: "x".to_owned() });
        notify::<Pager>(Duty::default(), alarms).state.map(|duty| duty.pages)
    }

    #[test]
    fn the_third_critical_alarm_raises_a_page_and_then_it_counts_anew() {
        assert_eq!(pages(&["critical", "info", "critical"]), Some(0));
        assert_eq!(pages(&["critical", "info", "critical", "critical"]), Some(1));
        assert_eq!(pages(&["critical"; 8]), Some(2));
    }
}

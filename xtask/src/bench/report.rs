//! A finished run: its figures, its verdicts, and the same as JSON.

use serde_json::{Value, json};

use super::book::Book;
use super::stats::Summary;
use super::target::{Bound, Verdict, judge};

/// A finished run.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// Every sample.
    pub(crate) book: Book,
    /// Rounds, which is samples per series.
    pub(crate) rounds: u32,
    /// What ran: programs with their versions, and what was left out and why.
    pub(crate) notes: Vec<String>,
    /// The largest share of the machine that other programs used during one load, 0 to 1.
    pub(crate) foreign: Option<f64>,
}

impl Report {
    /// Every target held against the figures.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        judge(&self.book)
    }

    /// Whether no measured target was missed.
    pub(crate) fn nothing_missed(&self) -> bool {
        self.verdicts().iter().all(|verdict| verdict.reached() != Some(false))
    }

    /// Everything, samples included.
    pub(crate) fn to_json(&self) -> Value {
        let series = self.book.series().iter().map(|series| {
            json!({
                "scenario": series.scenario,
                "subject": series.subject,
                "metric": series.metric.word(),
                "summary": summary(Summary::of(&series.samples)),
                "samples": series.samples,
            })
        });
        json!({
            "rounds": self.rounds,
            "notes": self.notes,
            "foreign_share_max": self.foreign,
            "results": series.collect::<Vec<_>>(),
            "targets": self.verdicts().iter().map(verdict).collect::<Vec<_>>(),
        })
    }
}

fn verdict(verdict: &Verdict) -> Value {
    let target = verdict.target;
    let (bound, value) = match target.bound {
        Bound::AtLeast(value) => ("at_least", value),
        Bound::AtMost(value) => ("at_most", value),
    };
    json!({
        "title": target.title,
        "scenario": target.scenario,
        "metric": target.metric.word(),
        "rival": target.rival,
        bound: value,
        "measured": summary(verdict.measured),
        "reached": verdict.reached(),
    })
}

fn summary(summary: Option<Summary>) -> Value {
    summary.map_or(Value::Null, |s| json!({ "median": s.median, "min": s.min, "max": s.max }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::metric::Metric;

    #[test]
    fn json_holds_samples_summaries_and_verdicts() {
        let mut book = Book::default();
        for value in [40.0, 20.0, 30.0] {
            book.add("idle", "tomte", Metric::Megabytes, value);
        }
        let report = Report { book, rounds: 3, notes: vec![], foreign: Some(0.5) };
        let json = report.to_json();
        assert_eq!(json["results"][0]["summary"]["median"], 30.0);
        assert_eq!(json["results"][0]["samples"], json!([40.0, 20.0, 30.0]));
        let targets = json["targets"].as_array().expect("a list");
        let idle = targets.iter().find(|target| target["scenario"] == "idle").expect("idle");
        assert_eq!((&idle["at_most"], &idle["reached"]), (&json!(40.0), &json!(true)));
        assert!(targets.iter().any(|target| target["reached"].is_null()));
        assert!(report.nothing_missed());
    }
}

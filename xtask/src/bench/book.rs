//! All samples of a run, by scenario in the order in which these first came.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::metric::Metric;

/// One figure of one subject in one scenario, with a sample per round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    /// What was done.
    pub(crate) scenario: String,
    /// Who did it.
    pub(crate) subject: String,
    /// What was measured.
    pub(crate) metric: Metric,
    /// A sample per round.
    pub(crate) samples: Vec<f64>,
}

/// All samples of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    series: Vec<Series>,
}

impl Book {
    /// Adds one sample.
    pub(crate) fn add(&mut self, scenario: &str, subject: &str, metric: Metric, value: f64) {
        let same =
            |series: &&mut Series| series.scenario == scenario && series.subject == subject && series.metric == metric;
        match self.series.iter_mut().find(same) {
            Some(series) => series.samples.push(value),
            None => self.insert(Series {
                scenario: scenario.to_owned(),
                subject: subject.to_owned(),
                metric,
                samples: vec![value],
            }),
        }
    }

    /// Puts a new series behind those of its scenario, so that rivals stand together.
    fn insert(&mut self, new: Series) {
        let last = self.series.iter().rposition(|series| series.scenario == new.scenario);
        self.series.insert(last.map_or(self.series.len(), |last| last + 1), new);
    }

    /// Adds the samples another program wrote: a JSON object a line with `scenario`, `subject`,
    /// `metric` and `value`.
    ///
    /// # Errors
    /// A line is something else.
    pub(crate) fn add_lines(&mut self, lines: &str) -> Result<()> {
        for line in lines.lines() {
            let odd = || format!("not a measurement: {line}");
            let value: Value = serde_json::from_str(line).with_context(odd)?;
            let word = |key: &str| value[key].as_str().with_context(odd);
            let metric = Metric::parse(word("metric")?).with_context(odd)?;
            let sample = value["value"].as_f64().with_context(odd)?;
            self.add(word("scenario")?, word("subject")?, metric, sample);
        }
        Ok(())
    }

    /// All series.
    pub(crate) fn series(&self) -> &[Series] {
        &self.series
    }

    /// The samples of one series; none if it was not measured.
    pub(crate) fn samples(&self, scenario: &str, subject: &str, metric: Metric) -> &[f64] {
        let found = self
            .series
            .iter()
            .find(|series| series.scenario == scenario && series.subject == subject && series.metric == metric);
        found.map_or(&[], |series| &series.samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_gather_by_scenario_subject_and_metric() -> Result<()> {
        let mut book = Book::default();
        book.add("swap", "tomte", Metric::P50, 1.0);
        book.add_lines(
            "{\"scenario\":\"swap\",\"subject\":\"tomte\",\"metric\":\"p50_us\",\"value\":2}\n\
             {\"scenario\":\"swap\",\"subject\":\"tomte\",\"metric\":\"p99_us\",\"value\":3.5}\n",
        )?;
        assert_eq!(book.samples("swap", "tomte", Metric::P50), [1.0, 2.0]);
        assert_eq!(book.samples("swap", "tomte", Metric::P99), [3.5]);
        assert_eq!(book.samples("swap", "erlang", Metric::P99), [0.0; 0]);
        Ok(())
    }

    #[test]
    fn the_subjects_of_a_scenario_stand_together() {
        let mut book = Book::default();
        for (scenario, subject) in [("step", "erlang"), ("swap", "erlang"), ("step", "tomte")] {
            book.add(scenario, subject, Metric::P50, 1.0);
        }
        let order: Vec<_> = book.series().iter().map(|series| series.scenario.as_str()).collect();
        assert_eq!(order, ["step", "step", "swap"]);
    }

    #[test]
    fn a_line_that_is_no_measurement_is_an_error() {
        for line in ["hello", "{}", "{\"scenario\":\"a\",\"subject\":\"b\",\"metric\":\"c\",\"value\":1}"] {
            assert!(Book::default().add_lines(line).is_err(), "{line}");
        }
    }
}

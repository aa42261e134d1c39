//! Measurements as `cargo xtask bench` reads them: one JSON object a line. Pure.

use std::time::Duration;

use serde_json::json;

/// The lines of a run.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds one figure; the metric's word names its unit.
    pub(crate) fn add(&mut self, scenario: &str, subject: &str, metric: &str, value: f64) {
        let line = json!({ "scenario": scenario, "subject": subject, "metric": metric, "value": value });
        self.0.push_str(&format!("{line}\n"));
    }

    /// Adds the median and the 99th percentile of some times; nothing if there are none.
    pub(crate) fn add_latencies(&mut self, scenario: &str, subject: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        for (metric, share) in [("p50_us", 0.5), ("p99_us", 0.99)] {
            if let Some(time) = quantile(&times, share) {
                self.add(scenario, subject, metric, time.as_secs_f64() * 1e6);
            }
        }
    }

    /// All lines.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// The time that a `share` (0 to 1) of the sorted times does not exceed.
pub(crate) fn quantile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_the_nearest_ranks() {
        let mut lines = Lines::default();
        let times = (1..=100).rev().map(Duration::from_micros).collect();
        lines.add_latencies("crash", "tomte", times);
        let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        let values: Vec<_> = lines.text().lines().map(|line| read(line)["value"].as_f64()).collect();
        assert_eq!(values, [Some(50.0), Some(99.0)]);
        assert_eq!(quantile(&[], 0.5), None);
    }
}

//! What tomte wants to reach, each a ratio against a rival of the same run or a plain limit. Pure.

use super::book::Book;
use super::metric::Metric;
use super::scenario::{BARE, BEYOND, ERLANG_PACKET, ERLANG_RAW, HYPER, NEIGHBOUR, TOMTE};
use super::stats::{Summary, ratios};

/// Which side of the bound is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Target {
    /// What people read.
    pub(crate) title: &'static str,
    /// The scenario of both sides.
    pub(crate) scenario: &'static str,
    /// Whose figure it is.
    pub(crate) subject: &'static str,
    /// What is compared.
    pub(crate) metric: Metric,
    /// The rival; `None` for a limit in the metric's own unit.
    pub(crate) rival: Option<&'static str>,
    /// The ratio or the limit.
    pub(crate) bound: Bound,
}

impl Target {
    /// The same for another subject.
    const fn by(self, subject: &'static str) -> Target {
        Target { subject, ..self }
    }
}

/// A ratio to a rival.
const fn against(
    title: &'static str,
    scenario: &'static str,
    metric: Metric,
    rival: &'static str,
    bound: Bound,
) -> Target {
    Target { title, scenario, subject: TOMTE, metric, rival: Some(rival), bound }
}

/// A limit.
const fn limit(title: &'static str, scenario: &'static str, metric: Metric, bound: Bound) -> Target {
    Target { title, scenario, subject: TOMTE, metric, rival: None, bound }
}

const WIDE: &str = "frames, 50 connections, depth 16";
const SHALLOW: &str = "frames, 50 connections, depth 1";
const HTTP: &str = "http, 50 connections, depth 1";

/// All targets. A step is held to the harder figure, a turn of the loop for every call. Both of
/// OTP's loggers are rivals of a crash: a whole node writes its crash report for a caller on another
/// thread, as the default one does; the silent one shows the mechanism alone, as one thread does.
pub(crate) const TARGETS: [Target; 15] = {
    use Bound::{AtLeast, AtMost};
    use Metric::{Cpu, Megabytes, Microseconds, Nanoseconds, P50, P99, PerSecond};
    [
        against("step, bare component call", "step", Nanoseconds, BARE, AtMost(2.0)).by(A_TURN),
        against("step of a counter, bare component call", JSON, Nanoseconds, BARE, AtMost(2.0)).by(A_TURN),
        against("frames 50 x 16, erlang {packet,4}", WIDE, PerSecond, ERLANG_PACKET, AtLeast(8.0)),
        against("frames 50 x 16, erlang one call per read", WIDE, PerSecond, ERLANG_RAW, AtLeast(1.0)),
        against("frames 50 x 1, erlang {packet,4}", SHALLOW, PerSecond, ERLANG_PACKET, AtLeast(1.4)),
        against("frames 50 x 1, cpu, erlang {packet,4}", SHALLOW, Cpu, ERLANG_PACKET, AtMost(0.65)),
        against("http 50 x 1, hyper", HTTP, PerSecond, HYPER, AtLeast(0.7)),
        against("http 50 x 1, cpu, hyper", HTTP, Cpu, HYPER, AtMost(1.0 / 0.7)),
        against("publication, 1,000 bare component calls", PUBLICATION, Nanoseconds, BARE, AtMost(2.0)),
        limit("start of a worker", "start", Microseconds, AtMost(6.0)),
        against("crash to answer, across threads, erlang logging", "crash", P50, OTP_LOGS, AtMost(2.0)),
        against("crash to answer, one thread, erlang logger off", "crash", P50, OTP_SILENT, AtMost(2.0)).by(ONE_THREAD),
        limit("swap pause, p99", "swap", P99, AtMost(1000.0)).by("tomte, as the node tells it"),
        limit("neighbour of a busy worker, p99 beyond 2 x", NEIGHBOUR, P99, AtMost(SLICE_US)).by(BEYOND),
        limit("resident memory of the idle host", "idle", Megabytes, AtMost(40.0)),
    ]
};

/// The longest a guest runs before its neighbours have their turn, in microseconds: `SLICE` of the host's limits.
const SLICE_US: f64 = 10_000.0;

/// A turn of the loop for every call.
const A_TURN: &str = "tomte, a call a turn";
/// Nobody waits for another thread.
const ONE_THREAD: &str = "tomte, on its own thread";
const PUBLICATION: &str = "publication to 1,000 subscribers";
const JSON: &str = "step, counter (JSON)";
const OTP_LOGS: &str = "erlang, default logger";
const OTP_SILENT: &str = "erlang, logger off";

/// How a target came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The target.
    pub(crate) target: Target,
    /// The ratio or the figure; `None` if one side was not measured.
    pub(crate) measured: Option<Summary>,
}

impl Verdict {
    /// Whether the median reaches the bound; `None` if it was not measured.
    pub(crate) fn reached(&self) -> Option<bool> {
        let median = self.measured?.median;
        Some(match self.target.bound {
            Bound::AtLeast(least) => median >= least,
            Bound::AtMost(most) => median <= most,
        })
    }
}

/// Every target held against what was measured.
pub(crate) fn judge(book: &Book) -> Vec<Verdict> {
    let judge_one = |target: Target| {
        let side = |subject| book.samples(target.scenario, subject, target.metric);
        let own = side(target.subject);
        let samples = match target.rival {
            Some(rival) => ratios(own, side(rival)),
            None => own.to_vec(),
        };
        Verdict { target, measured: Summary::of(&samples) }
    };
    TARGETS.map(judge_one).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::scenario::loads;

    fn verdict(book: &Book, scenario: &str, rival: &str) -> Verdict {
        let wanted = |verdict: &Verdict| verdict.target.scenario == scenario && verdict.target.rival == Some(rival);
        judge(book).into_iter().find(wanted).expect("a target")
    }

    #[test]
    fn a_target_is_reached_by_the_median_of_the_ratios() {
        let mut book = Book::default();
        for (ours, theirs) in [(90.0, 10.0), (16.0, 2.0), (7.0, 1.0)] {
            book.add(WIDE, TOMTE, Metric::PerSecond, ours);
            book.add(WIDE, ERLANG_PACKET, Metric::PerSecond, theirs);
        }
        let found = verdict(&book, WIDE, ERLANG_PACKET);
        assert_eq!(found.measured, Some(Summary { median: 8.0, min: 7.0, max: 9.0 }));
        assert_eq!(found.reached(), Some(true));
        book.add("step", A_TURN, Metric::Nanoseconds, 201.0);
        book.add("step", BARE, Metric::Nanoseconds, 100.0);
        assert_eq!(verdict(&book, "step", BARE).reached(), Some(false));
    }

    #[test]
    fn without_the_rival_nothing_is_reached_or_missed() {
        let mut book = Book::default();
        book.add(WIDE, TOMTE, Metric::PerSecond, 1e6);
        assert_eq!(verdict(&book, WIDE, ERLANG_PACKET).reached(), None);
    }

    #[test]
    fn every_target_of_a_load_names_one_that_is_run() {
        for target in TARGETS.iter().filter(|target| target.scenario.contains("connection")) {
            let load = loads().find(|load| load.name() == target.scenario);
            let load = load.unwrap_or_else(|| panic!("nobody runs {}", target.scenario));
            assert!(target.rival.is_none_or(|rival| load.wire.subjects().contains(&rival)));
        }
    }
}

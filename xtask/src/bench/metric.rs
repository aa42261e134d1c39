//! What is measured and how a person reads it. Pure.

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Requests per second.
    PerSecond,
    /// The median time, in microseconds.
    P50,
    /// The 99th percentile of the time, in microseconds.
    P99,
    /// Microseconds of the server's processor time per request.
    Cpu,
    /// A time in nanoseconds.
    Nanoseconds,
    /// A time in microseconds.
    Microseconds,
    /// A time in milliseconds.
    Milliseconds,
    /// Resident memory in MB (millions of bytes).
    Megabytes,
    /// Resident memory in bytes.
    Bytes,
    /// How many.
    Count,
}

impl Metric {
    const ALL: [Metric; 10] = [
        Metric::PerSecond,
        Metric::P50,
        Metric::P99,
        Metric::Cpu,
        Metric::Nanoseconds,
        Metric::Microseconds,
        Metric::Milliseconds,
        Metric::Megabytes,
        Metric::Bytes,
        Metric::Count,
    ];

    /// The word used in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Metric::PerSecond => "per_second",
            Metric::P50 => "p50_us",
            Metric::P99 => "p99_us",
            Metric::Cpu => "cpu_us",
            Metric::Nanoseconds => "ns",
            Metric::Microseconds => "us",
            Metric::Milliseconds => "ms",
            Metric::Megabytes => "mb",
            Metric::Bytes => "bytes",
            Metric::Count => "count",
        }
    }

    /// The metric of a word.
    pub(crate) fn parse(word: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|metric| metric.word() == word)
    }

    /// What stands above its figures in a table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Metric::PerSecond => "requests",
            Metric::P50 => "p50",
            Metric::P99 => "p99",
            Metric::Cpu => "cpu/request",
            Metric::Nanoseconds | Metric::Microseconds | Metric::Milliseconds => "each",
            Metric::Megabytes | Metric::Bytes => "resident",
            Metric::Count => "count",
        }
    }

    /// A figure with its unit, to three digits.
    pub(crate) fn show(self, value: f64) -> String {
        if self == Metric::Count {
            return format!("{value:.0}");
        }
        let (size, unit) = self.unit(value);
        format!("{} {unit}", digits(value / size))
    }

    /// Two figures in the unit of a third.
    pub(crate) fn show_spread(self, min: f64, max: f64, beside: f64) -> String {
        let (size, _) = self.unit(beside);
        format!("[{}..{}]", digits(min / size), digits(max / size))
    }

    /// The unit that suits a figure, and its size in the metric's own.
    fn unit(self, value: f64) -> (f64, &'static str) {
        let ns = match self {
            Metric::PerSecond if value >= 1e6 => return (1e6, "M/s"),
            Metric::PerSecond if value >= 1e3 => return (1e3, "k/s"),
            Metric::PerSecond => return (1.0, "/s"),
            Metric::Megabytes => return (1.0, "MB"),
            Metric::Bytes => return (1024.0, "KiB"),
            Metric::Count => return (1.0, ""),
            Metric::Nanoseconds => 1.0,
            Metric::P50 | Metric::P99 | Metric::Cpu | Metric::Microseconds => 1e3,
            Metric::Milliseconds => 1e6,
        };
        let (size, unit) = match value * ns {
            time if time < 1e3 => (1.0, "ns"),
            time if time < 1e6 => (1e3, "us"),
            time if time < 1e9 => (1e6, "ms"),
            _ => (1e9, "s"),
        };
        (size / ns, unit)
    }
}

/// Three digits that count: 1.23, 12.3, 123.
pub(crate) fn digits(value: f64) -> String {
    match value.abs() {
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_its_word() {
        for metric in Metric::ALL {
            assert_eq!(Metric::parse(metric.word()), Some(metric));
        }
        assert_eq!(Metric::parse("furlongs"), None);
    }

    #[test]
    fn figures_take_the_unit_that_suits_them() {
        let table = [
            (Metric::PerSecond, 1_524_000.0, "1.52 M/s"),
            (Metric::PerSecond, 152_400.0, "152 k/s"),
            (Metric::PerSecond, 12.34, "12.3 /s"),
            (Metric::Nanoseconds, 231.4, "231 ns"),
            (Metric::Cpu, 0.31, "310 ns"),
            (Metric::P99, 1204.0, "1.20 ms"),
            (Metric::Milliseconds, 1500.0, "1.50 s"),
            (Metric::Megabytes, 31.26, "31.3 MB"),
            (Metric::Bytes, 7680.0, "7.50 KiB"),
            (Metric::Count, 100_000.0, "100000"),
        ];
        for (metric, value, text) in table {
            assert_eq!(metric.show(value), text);
        }
        assert_eq!(Metric::P50.show_spread(900.0, 2500.0, 1100.0), "[0.90..2.50]");
    }
}

//! Sizes, durations and dates for people.

use std::time::Duration;

use jiff::Timestamp;

use crate::base::Millis;

/// `812 B`, `31.2 KiB`, `16 MiB`.
pub(in crate::cli) fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut unit, mut whole) = (0, bytes);
    while whole >= 1 << 20 && unit + 1 < UNITS.len() {
        whole >>= 10;
        unit += 1;
    }
    let tenths = (whole * 10 + 512) / 1024;
    decimal(tenths, UNITS[unit])
}

/// `870 µs`, `3.1 ms`, `12 s`.
pub(in crate::cli) fn duration(time: Duration) -> String {
    let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => decimal((us + 50) / 100, "ms"),
        _ => decimal((us + 50_000) / 100_000, "s"),
    }
}

/// A pause in microseconds; `-` when there was none.
pub(in crate::cli) fn pause(us: u64) -> String {
    if us == 0 { "-".to_owned() } else { duration(Duration::from_micros(us)) }
}

fn decimal(tenths: u64, unit: &str) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, rest) => format!("{whole}.{rest} {unit}"),
    }
}

/// `5s`, `250ms`, `2m`, `1h`, as in a manifest.
pub(in crate::cli) fn parse_duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is not a duration; write one as in 250ms, 5s, 2m or 1h");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(bad()),
    };
    number.checked_mul(unit).map(Duration::from_millis).ok_or_else(bad)
}

/// `2026-11-20 14:02:03`, in UTC.
pub(in crate::cli) fn date(at: Millis) -> String {
    utc(at, "%Y-%m-%d %H:%M:%S")
}

/// `14:02:03.123`, in UTC.
pub(in crate::cli) fn clock(at: Millis) -> String {
    utc(at, "%H:%M:%S%.3f")
}

/// `20261120T140203Z`, for names of files.
pub(in crate::cli) fn stamp(at: Millis) -> String {
    utc(at, "%Y%m%dT%H%M%SZ")
}

fn utc(at: Millis, form: &str) -> String {
    let at = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    // What lies behind the last year of four digits never happened; it is told as the end of all days.
    at.unwrap_or(Timestamp::MAX).strftime(form).to_string()
}

/// `1 worker`, `2 workers`.
pub(super) fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_digit_after_the_point_at_most() {
        let sizes = [0, 1023, 1024, 31_950, 1 << 20, (16 << 20) + (1 << 19), 3 << 30];
        let told = ["0 B", "1023 B", "1 KiB", "31.2 KiB", "1 MiB", "16.5 MiB", "3 GiB"];
        assert_eq!(sizes.map(size), told);
    }

    #[test]
    fn durations_choose_their_unit() {
        let told = [0, 870, 3_120, 84_000, 12_000_000].map(|us| duration(Duration::from_micros(us)));
        assert_eq!(told, ["0 µs", "870 µs", "3.1 ms", "84 ms", "12 s"]);
        assert_eq!(pause(0), "-");
    }

    #[test]
    fn durations_are_read_as_in_a_manifest() {
        let ms = |text| parse_duration(text).map(|time| time.as_millis());
        assert_eq!((ms("250ms"), ms("5s")), (Ok(250), Ok(5_000)));
        assert_eq!((ms("2m"), ms("1h")), (Ok(120_000), Ok(3_600_000)));
        for bad in ["", "5", "s", "-5s", "5 s", "5x", "99999999999999999999s", "9999999999999999999h"] {
            assert!(ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dates_know_leap_days_and_centuries() {
        let days = |day: u64| date(day * 86_400_000);
        assert_eq!(days(0), "1970-01-01 00:00:00");
        assert_eq!(days(11_016), "2000-02-29 00:00:00");
        assert_eq!(days(11_017), "2000-03-01 00:00:00");
        assert_eq!(days(47_540), "2100-02-28 00:00:00");
        assert_eq!(days(47_541), "2100-03-01 00:00:00");
        assert_eq!(date(1_795_183_323_999), "2026-11-20 14:02:03");
        assert_eq!(clock(1_795_183_323_099), "14:02:03.099");
        assert_eq!(clock(1_795_183_323_000), "14:02:03.000");
        assert_eq!(clock(1_795_183_323_999), "14:02:03.999");
        assert_eq!(stamp(1_795_183_323_999), "20261120T140203Z");
        assert_eq!(stamp(0), "19700101T000000Z");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_told_as_its_end() {
        assert!(date(253_402_207_200_000).starts_with("9999-12-30 "));
        for at in [253_500_000_000_000, Millis::MAX / 2, Millis::MAX] {
            assert_eq!(date(at), "9999-12-30 22:00:00");
        }
    }
}

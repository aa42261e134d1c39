//! Sizes, durations and dates for people.

use std::time::Duration;

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
    let (year, month, day, [hour, minute, second]) = fields(at);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// `14:02:03.123`, in UTC.
pub(in crate::cli) fn clock(at: Millis) -> String {
    let (.., [hour, minute, second]) = fields(at);
    format!("{hour:02}:{minute:02}:{second:02}.{:03}", at % 1000)
}

/// `20261120T140203Z`, for names of files.
pub(in crate::cli) fn stamp(at: Millis) -> String {
    let (year, month, day, [hour, minute, second]) = fields(at);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn fields(at: Millis) -> (u64, u64, u64, [u64; 3]) {
    let seconds = at / 1000;
    let (year, month, day) = civil(seconds / 86_400);
    (year, month, day, [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60])
}

/// Year, month and day of a number of days after 1970-01-01 in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years that begin in March have their leap day last, and months of 153 days in each five.
    const DAYS_TO_1970: u64 = 719_468;
    const ERA: u64 = 146_097;
    let days = days + DAYS_TO_1970;
    let (era, day) = (days / ERA, days % ERA);
    let year = (day - day / 1_460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (calendar, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next_year, calendar, day - first + 1)
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
        assert_eq!(stamp(1_795_183_323_999), "20261120T140203Z");
    }
}

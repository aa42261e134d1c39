//! Durations and sizes as people write them: a whole number and a unit, no space.

use std::time::Duration;

const TIMES: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// `500ms`, `5s`, `1m`, `2h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    scaled(text, &TIMES).map(Duration::from_millis)
}

/// `512B`, `1KiB`, `64MiB`, `1GiB`, in bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    scaled(text, &SIZES)
}

/// The largest unit that needs no fraction.
pub(super) fn show_duration(time: Duration) -> String {
    shown(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), &TIMES)
}

/// The largest unit that needs no fraction.
pub(super) fn show_size(bytes: u64) -> String {
    shown(bytes, &SIZES)
}

fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn shown(value: u64, units: &[(&str, u64)]) -> String {
    let fits = |(_, factor): &&(&str, u64)| value >= *factor && value.is_multiple_of(*factor);
    let (unit, factor) = units.iter().rev().find(fits).unwrap_or(&units[0]);
    format!("{}{unit}", value / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        let good = [("5s", 5_000), ("500ms", 500), ("1m", 60_000), ("2h", 7_200_000), ("0s", 0)];
        for (text, ms) in good {
            assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["5", "s", "5 s", "-5s", "5S", "1.5s", "5sec", "", "99999999999999999999s", "18446744073709551615h"]
        {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_powers_of_two() {
        let good = [("512B", 512), ("1KiB", 1 << 10), ("64MiB", 64 << 20), ("1GiB", 1 << 30)];
        for (text, bytes) in good {
            assert_eq!(size(text), Some(bytes), "{text}");
            assert_eq!(show_size(bytes), text);
        }
        for text in ["64MB", "64", "64mib", "1TiB", "99999999999GiB", "18446744073709551615KiB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}

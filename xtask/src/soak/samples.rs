//! What a process uses, over time, and whether that has grown. Pure but for the reading.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::load::{descriptors, resident_bytes, threads};

/// What a process uses at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Bytes of resident memory.
    pub(crate) resident: u64,
    /// Descriptors.
    pub(crate) descriptors: u64,
    /// Threads.
    pub(crate) threads: u64,
}

impl Sample {
    /// What this process uses now.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn of(pid: u32) -> Result<Sample> {
        let found =
            || Some(Sample { resident: resident_bytes(pid)?, descriptors: descriptors(pid)?, threads: threads(pid)? });
        found().with_context(|| format!("the host has ended: there is no process {pid}"))
    }
}

/// Averages over a part of the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Average {
    /// MiB of resident memory.
    pub(super) resident: f64,
    /// Descriptors.
    pub(super) descriptors: f64,
    /// Threads.
    pub(super) threads: f64,
}

impl Average {
    fn of(samples: &[Sample]) -> Average {
        let count = samples.len().max(1) as f64;
        let mean = |part: fn(&Sample) -> u64| samples.iter().map(part).sum::<u64>() as f64 / count;
        let resident = mean(|sample| sample.resident) / f64::from(1 << 20);
        Average { resident, descriptors: mean(|sample| sample.descriptors), threads: mean(|sample| sample.threads) }
    }
}

/// The averages of the three thirds of the time.
pub(super) fn thirds(samples: &[Sample]) -> [Average; 3] {
    let cut = |third: usize| samples.len() * third / 3;
    [0, 1, 2].map(|third| Average::of(&samples[cut(third)..cut(third + 1)]))
}

/// How much memory may grow from the second third of the time to the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    /// As a part of what it was.
    pub(super) share: f64,
    /// And so many MiB.
    pub(super) mib: f64,
}

impl Bound {
    /// A soak of this length. In a short one the allocator is still filling its arenas, and one file that is
    /// large moves the average of a third: there the bound is for what leaks with every call.
    pub(super) fn of(time: Duration) -> Bound {
        match time.as_secs() {
            600.. => Bound { share: 0.05, mib: 0.0 },
            180.. => Bound { share: 0.05, mib: 8.0 },
            _ => Bound { share: 0.2, mib: 16.0 },
        }
    }

    /// The bound that was broken, in words.
    pub(super) fn broken(self, [_, second, last]: [Average; 3]) -> Option<String> {
        let most = second.resident * (1.0 + self.share) + self.mib;
        (last.resident > most).then(|| {
            format!(
                "memory has grown: {:.1} MiB on average in the last third, {:.1} in the second; at most {most:.1} may be",
                last.resident, second.resident
            )
        })
    }
}

/// What the host holds at rest after it all that it did not hold before, in words. It may keep the code of
/// this many more versions, each a descriptor.
pub(super) fn left_behind(before: Sample, after: Sample, versions: u64) -> Vec<String> {
    let grown = |what: &str, before: u64, after: u64, more: u64| {
        let text =
            || format!("{what} are left behind: {after} at rest, {before} before; at most {} may be", before + more);
        (after > before + more).then(text)
    };
    let descriptors = grown("descriptors", before.descriptors, after.descriptors, versions);
    descriptors.into_iter().chain(grown("threads", before.threads, after.threads, 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(mib: &[u64]) -> Vec<Sample> {
        mib.iter().map(|mib| Sample { resident: mib << 20, descriptors: 20, threads: 9 }).collect()
    }

    #[test]
    fn the_last_third_is_held_against_the_second_and_the_first_against_nothing() {
        let long = Bound::of(Duration::from_secs(2700));
        assert_eq!(long.broken(thirds(&samples(&[10, 10, 100, 100, 105, 105]))), None);
        let told = long.broken(thirds(&samples(&[10, 10, 100, 100, 106, 106]))).unwrap_or_default();
        assert!(told.contains("106.0 MiB") && told.contains("at most 105.0"), "{told}");
        assert_eq!(Bound::of(Duration::from_secs(60)).broken(thirds(&samples(&[10, 100, 130]))), None);
    }

    #[test]
    fn a_descriptor_is_left_behind_only_by_a_version_that_is_kept() {
        let sample = |descriptors, threads| Sample { resident: 1, descriptors, threads };
        assert_eq!(left_behind(sample(20, 9), sample(22, 9), 2), [""; 0]);
        let told = left_behind(sample(20, 9), sample(23, 10), 2);
        assert!(told[0].contains("descriptors are left behind: 23 at rest, 20 before; at most 22"), "{told:?}");
        assert!(told[1].contains("threads are left behind"), "{told:?}");
    }
}

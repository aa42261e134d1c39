//! Medians, spreads and ratios of a few samples. Pure.

/// The middle of some samples and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    /// The median.
    pub(crate) median: f64,
    /// The smallest.
    pub(crate) min: f64,
    /// The largest.
    pub(crate) max: f64,
}

impl Summary {
    /// Of these samples; `None` if there are none.
    pub(crate) fn of(samples: &[f64]) -> Option<Summary> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let even = sorted.len().is_multiple_of(2);
        let median = if even { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] };
        Some(Summary { median, min, max })
    }
}

/// Where the median of what these were drawn from lies, 95 % sure, whatever its shape; `None` if they are
/// too few to say.
///
/// The k-th smallest and the k-th largest, for the largest k that a fair coin falls short of in at most 2.5 % of
/// as many throws: the interval of the sign test (W. J. Conover, Practical Nonparametric Statistics, §3.4).
pub(crate) fn median_interval(samples: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let throws = sorted.len();
    let all = 2_f64.powi(i32::try_from(throws).ok()?);
    let (mut ways, mut short, mut k) = (1.0, 0.0, 0);
    loop {
        // `ways` to throw exactly k heads, `short` for fewer than that.
        short += ways / all;
        if short > 0.025 {
            break;
        }
        ways = ways * (throws - k) as f64 / (k + 1) as f64;
        k += 1;
    }
    (k > 0).then(|| (sorted[k - 1], sorted[throws - k]))
}

/// One ratio per round: what slows a whole round down falls out of it.
pub(crate) fn ratios(of: &[f64], against: &[f64]) -> Vec<f64> {
    of.iter().zip(against).map(|(of, against)| of / against).filter(|r| r.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let summary = |samples: &[f64]| Summary::of(samples).map(|s| (s.median, s.min, s.max));
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[3.0]), Some((3.0, 3.0, 3.0)));
        assert_eq!(summary(&[9.0, 1.0, 2.0]), Some((2.0, 1.0, 9.0)));
        assert_eq!(summary(&[4.0, 1.0, 2.0, 9.0]), Some((3.0, 1.0, 9.0)));
    }

    /// The ranks are those of the binomial tables: 6 samples are the fewest.
    #[test]
    fn the_interval_of_a_median_leaves_out_what_a_coin_may_do() {
        let interval = |count: u32| median_interval(&(1..=count).rev().map(f64::from).collect::<Vec<_>>());
        assert_eq!((interval(0), interval(5)), (None, None));
        assert_eq!((interval(6), interval(8)), (Some((1.0, 6.0)), Some((1.0, 8.0))));
        assert_eq!((interval(9), interval(15), interval(20)), (Some((2.0, 8.0)), Some((4.0, 12.0)), Some((6.0, 15.0))));
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        assert_eq!(ratios(&[10.0, 1.0, 5.0], &[5.0, 0.5]), [2.0, 2.0]);
        assert_eq!(ratios(&[1.0], &[0.0]), [0.0; 0]);
    }
}

//! How many restarts are too many.

use std::collections::VecDeque;

use crate::base::{Intensity, Nanos, nanos};

/// The times of the restarts within the period, oldest first.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<Nanos>);

impl Window {
    /// Counts one restart; false if it is one too many.
    pub(super) fn admit(&mut self, now: Nanos, intensity: &Intensity) -> bool {
        let period = nanos(intensity.period);
        let oldest = now.saturating_sub(period);
        while self.0.front().is_some_and(|&time| time < oldest) {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.0.len() <= intensity.restarts as usize
    }

    /// Counts one restart at the first moment from then on that is not too soon for it; none if there never is
    /// one.
    pub(super) fn admit_from(&mut self, then: Nanos, intensity: &Intensity) -> Option<Nanos> {
        let (period, most) = (nanos(intensity.period), intensity.restarts as usize);
        let mut at = self.0.back().map_or(then, |last| then.max(*last));
        if let Some(before) = self.0.len().checked_sub(most) {
            at = at.max(self.0.get(before)?.saturating_add(period).saturating_add(1));
        }
        self.admit(at, intensity).then_some(at)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn verdicts(restarts: u32, times: &[Nanos]) -> Vec<bool> {
        let intensity = Intensity { restarts, period: Duration::from_nanos(100) };
        let mut window = Window::default();
        times.iter().map(|&now| window.admit(now, &intensity)).collect()
    }

    #[test]
    fn one_more_than_allowed_within_the_period_is_too_many() {
        assert_eq!(verdicts(2, &[0, 1, 2]), [true, true, false]);
        assert_eq!(verdicts(0, &[7]), [false]);
    }

    #[test]
    fn the_period_includes_its_last_nanosecond_and_no_more() {
        assert_eq!(verdicts(1, &[50, 150]), [true, false]);
        assert_eq!(verdicts(1, &[50, 151]), [true, true]);
    }

    #[test]
    fn sup_16_restarts_beyond_the_period_never_add_up() {
        let times: Vec<Nanos> = (0..1000).map(|n| n * 101).collect();
        assert!(verdicts(1, &times).into_iter().all(|admitted| admitted));
    }

    #[test]
    fn only_the_times_within_the_period_are_kept() {
        let intensity = Intensity { restarts: 10, period: Duration::from_nanos(100) };
        let mut window = Window::default();
        (0..1000).for_each(|n| assert!(window.admit(n * 20, &intensity)));
        assert_eq!(window.0.len(), 6);
    }

    #[test]
    fn a_restart_that_waits_for_its_place_is_never_one_too_many() {
        for restarts in 1..5 {
            let intensity = Intensity { restarts, period: Duration::from_nanos(100) };
            let mut window = Window::default();
            let times: Vec<Nanos> =
                (0..50).map(|n| window.admit_from(n * 7, &intensity).expect("there is a place")).collect();
            assert!(times.is_sorted());
            let mut watch = Window::default();
            assert!(times.iter().all(|&time| watch.admit(time, &intensity)), "{times:?}");
        }
    }

    #[test]
    fn a_restart_waits_no_longer_than_it_must_and_there_is_no_place_where_none_is_allowed() {
        let intensity = |restarts| Intensity { restarts, period: Duration::from_nanos(100) };
        let mut window = Window::default();
        let times = [5, 6, 7, 500].map(|then| window.admit_from(then, &intensity(2)));
        assert_eq!(times, [Some(5), Some(6), Some(106), Some(500)]);
        assert_eq!(Window::default().admit_from(5, &intensity(0)), None);
    }
}

//! What the tree's work is measured in: looks at a child. A test that counts is never flaky.

#[cfg(test)]
thread_local! {
    static SPENT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Notes so many looks; nothing outside tests.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn spend(_looks: usize) {}

#[cfg(test)]
pub(super) fn spend(looks: usize) {
    SPENT.set(SPENT.get() + looks);
}

/// The looks since the last time somebody asked on this thread.
#[cfg(test)]
pub(super) fn spent() -> usize {
    SPENT.take()
}

//! The tests that claim a row, and what came of them. Pure.

use super::row::{claimed, is_of_otp};

/// A test that claims a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The id it claims, of a row that may not exist.
    pub(crate) id: String,
    /// Its path within its binary.
    pub(crate) test: String,
    /// Whether it has succeeded.
    pub(crate) passed: bool,
}

impl Found {
    /// What came of this test; `None` if it claims no row.
    pub(crate) fn new(test: &str, passed: bool) -> Option<Found> {
        Some(Found { id: claimed(test)?, test: test.to_owned(), passed })
    }

    /// Its name without the modules before it.
    pub(crate) fn name(&self) -> &str {
        self.test.rsplit("::").next().unwrap_or(&self.test)
    }

    /// Whether it is about tomte; else it is about a real OTP.
    pub(crate) fn is_proof(&self) -> bool {
        !is_of_otp(&self.test)
    }
}

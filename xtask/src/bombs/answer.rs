//! What is said of one file. Pure.

use std::time::Duration;

/// What a compiler that was not stopped by a limit, but broke, is told as. The words are the product's.
const BROKEN: [&str; 3] = ["broke down", "was killed by", "panicked"];

/// What came of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// What was tried, as `KIND x COUNT` or a file's name.
    pub(super) what: String,
    /// How large the file is.
    pub(super) bytes: usize,
    /// How long the answer took.
    pub(super) took: Duration,
    /// Why it was refused; nothing if it was taken.
    pub(super) refused: Option<String>,
}

impl Answer {
    /// What must not be, in words: the compiler broke on it, or it took longer than this.
    pub(super) fn fault(&self, most: Duration) -> Option<String> {
        let Answer { what, bytes, took, refused } = self;
        let why = refused.as_deref().unwrap_or_default();
        if BROKEN.iter().any(|words| why.contains(words)) {
            return Some(format!("{what} ({bytes} B) broke the compiler: {why}"));
        }
        (*took > most).then(|| format!("{what} ({bytes} B) was answered after {took:.1?}, {most:?} are allowed: {why}"))
    }

    /// One line of a table.
    pub(super) fn line(&self) -> String {
        let Answer { what, bytes, took, refused } = self;
        let said = refused.as_deref().unwrap_or("taken");
        let said: String = said.chars().take(100).collect();
        format!("{what:<48} {bytes:>9} B {:>7.2} s  {said}", took.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(seconds: u64, refused: Option<&str>) -> Answer {
        let took = Duration::from_secs(seconds);
        Answer { what: "a x 1".to_owned(), bytes: 8, took, refused: refused.map(str::to_owned) }
    }

    #[test]
    fn a_limit_that_was_met_is_no_fault_but_a_compiler_that_broke_or_was_late_is() {
        let most = Duration::from_secs(10);
        assert_eq!(answer(1, None).fault(most), None);
        assert_eq!(answer(10, Some("takes longer than 10s")).fault(most), None);
        assert!(answer(11, None).fault(most).is_some());
        let broke = answer(1, Some("the compiler broke down on it: SIGSEGV")).fault(most);
        assert!(broke.is_some_and(|words| words.contains("a x 1 (8 B) broke the compiler")));
    }
}

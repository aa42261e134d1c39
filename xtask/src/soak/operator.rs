//! An operator who looks at everything and orders this and that, over the command line.

use std::time::Duration;

use super::ground::Ground;
use super::tally::{End, Tally};

/// Between two verbs.
const PAUSE: Duration = Duration::from_millis(200);

/// What is typed, one after the other. `sibling` and its callers wait while it is suspended.
const WORDS: [&[&str]; 18] = [
    &["tree"],
    &["inspect", "counter"],
    &["suspend", "sibling"],
    &["resume", "sibling"],
    &["trace", "counter", "--inputs", "5"],
    &["children", "root"],
    &["restart", "spare"],
    &["inspect", "sibling", "--state"],
    &["stop", "spare"],
    &["inspect", "spare"],
    &["restart", "spare"],
    &["call", "spare", "\"Keys\""],
    &["cast", "spare", "{\"Put\":[\"a\",1]}"],
    &["replace-state", "spare", "{\"b\":2}"],
    &["history"],
    &["reload"],
    &["applications"],
    &["inspect", "hostile"],
];

/// One verb after the other until the end; each must do what it says.
pub(super) fn works(ground: &Ground, tally: &Tally, end: &End) {
    let mut turn = 0_usize;
    // What was begun is ended: nobody stays suspended or stopped.
    while end.pause(PAUSE) || !turn.is_multiple_of(WORDS.len()) {
        let words = WORDS[turn % WORDS.len()];
        turn += 1;
        match ground.tomte.text(words) {
            Ok(_) => tally.add("verbs of the operator"),
            Err(error) => tally.fail(format!("{error:#}")),
        }
    }
}

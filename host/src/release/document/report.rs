//! Everything wrong with one file, collected while it is read.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;

use super::did_you_mean;
use super::problem::{Place, Problem};
use crate::base::Name;

/// Collects the problems of one file.
pub(in crate::release) struct Report<'d> {
    text: &'d str,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl<'d> Report<'d> {
    /// Nothing is wrong with this text yet.
    pub(super) fn new(text: &'d str) -> Report<'d> {
        Report { text, problems: RefCell::default() }
    }

    /// What is wrong, sorted by place.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(start, _)| *start);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }

    /// Notes a problem at a range of bytes.
    pub(in crate::release) fn say(&self, span: &Range<usize>, what: String, why: &str, fix: String) {
        let problem = Problem { what, at: Some(self.place(span)), why: why.to_owned(), fix };
        self.problems.borrow_mut().push((span.start, problem));
    }

    /// Notes that a reference leads nowhere.
    pub(in crate::release) fn unknown<'n>(
        &self,
        name: &Spanned<Name>,
        noun: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let text = name.get_ref();
        let fix = match did_you_mean(text.as_str(), known.clone()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => list_of(known, noun),
        };
        self.say(
            &name.span(),
            format!("there is no {noun} `{text}`"),
            &format!("nothing declares [{noun}.{text}]"),
            fix,
        );
    }

    /// The place of a range of bytes.
    pub(in crate::release) fn place(&self, span: &Range<usize>) -> Place {
        Place::of(self.text, span)
    }
}

fn list_of<'n>(known: impl Iterator<Item = &'n str>, noun: &str) -> String {
    let known: Vec<&str> = known.take(8).collect();
    if known.is_empty() { format!("declare one with [{noun}.NAME]") } else { format!("one of: {}", known.join(", ")) }
}

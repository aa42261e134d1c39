//! Views as text for people. Pure: no clock, no terminal, no file.

mod applications;
mod check;
mod children;
mod inspect;
mod releases;
mod sys;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod units;

pub(super) use applications::{applications, config};
pub(super) use check::{application, component};
pub(super) use children::{children, reload};
pub(super) use inspect::inspect;
pub(super) use releases::{backup, cancelled, history, recorded_rollback, report};
pub(super) use sys::{replaced, trace};
pub(super) use table::{Cell, table};
#[cfg(test)]
pub(super) use tests::sample_tree;
pub(super) use text::{Paint, Tone, line, printable};
pub(super) use tree::tree;
pub(super) use units::{duration, parse_duration, size, stamp};

//! A table that remembers what it was asked for, so that what it was not asked for is an error.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Report, Wrong, did_you_mean, read};
use crate::base::{Name, limits};

/// One table of a file.
pub(in crate::release) struct Table<'d> {
    report: &'d Report<'d>,
    entries: Option<&'d DeTable<'d>>,
    path: String,
    span: Range<usize>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'d> Table<'d> {
    pub(super) fn new(report: &'d Report<'d>, entries: &'d DeTable<'d>, path: String, span: Range<usize>) -> Table<'d> {
        Table { report, entries: Some(entries), path, span, asked: RefCell::default() }
    }

    /// Where the table is opened.
    pub(in crate::release) fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// Whether the key is there. Does not count as asking.
    pub(in crate::release) fn has(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    /// The value of a key; `None` if it is absent or wrong, and then it has been noted.
    pub(in crate::release) fn read<T>(&self, key: &'static str, reader: impl read::Reader<T>) -> Option<T> {
        let value = self.entry(key)?.1;
        reader(value).map_err(|wrong| self.wrong(key, value, wrong)).ok()
    }

    /// As [`Table::read`]; that the key is absent is noted as well.
    pub(in crate::release) fn need<T>(&self, key: &'static str, reader: impl read::Reader<T>) -> Option<T> {
        if self.entry(key).is_none() {
            let what = format!("`{key}` is missing{}", self.within());
            self.report.say(&self.span, what, "it has no default", format!("add a line `{key} = ...`"));
        }
        self.read(key, reader)
    }

    /// The table of a key; an empty one if it is absent or something else.
    pub(in crate::release) fn table(&self, key: &'static str) -> Table<'d> {
        let found = self.entry(key).and_then(|(name, value)| Some((name, self.as_table(key, value)?)));
        let (span, entries) = match found {
            Some((span, entries)) => (span, Some(entries)),
            None => (self.span.clone(), None),
        };
        Table { report: self.report, entries, path: self.join(key), span, asked: RefCell::default() }
    }

    /// The tables `[key.NAME]` in file order.
    pub(in crate::release) fn tables(&self, key: &'static str) -> Vec<(Spanned<Name>, Table<'d>)> {
        let entries = self.entry(key).and_then(|(_, value)| self.as_table(key, value));
        let mut entries: Vec<_> = entries.into_iter().flatten().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let too_many = entries.len() > limits::CHILDREN_MAX;
        if too_many {
            let (what, fix) = (format!("too many [{key}.*]"), format!("{} is the most", limits::CHILDREN_MAX));
            self.report.say(&self.span, what, "everything has a bound", fix);
            entries.clear();
        }
        entries.into_iter().filter_map(|(name, value)| self.named(key, name, value)).collect()
    }

    fn named(
        &self,
        key: &str,
        name: &'d Spanned<std::borrow::Cow<'d, str>>,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Option<(Spanned<Name>, Table<'d>)> {
        let path = format!("{key}.{}", name.get_ref());
        let checked = Name::new(name.get_ref());
        let entries = self.as_table(&path, value);
        let wrong = |error: &crate::base::NameError| {
            let what = format!("`{}` cannot be the name of a {key}", name.get_ref());
            self.report.say(&name.span(), what, &error.to_string(), "choose another name".to_owned());
        };
        let checked = checked.inspect_err(wrong).ok()?;
        Some((Spanned::new(name.span(), checked), Table::new(self.report, entries?, path, name.span())))
    }

    /// The tables `[[key]]` in file order.
    pub(in crate::release) fn list(&self, key: &'static str) -> Vec<Table<'d>> {
        let Some((span, value)) = self.entry(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            let what = format!("`{key}` is not a list of tables");
            self.report.say(&span, what, "there may be several", format!("write [[{key}]] instead of [{key}]"));
            return Vec::new();
        };
        let table = |item: &'d Spanned<DeValue<'d>>| {
            Some(Table::new(self.report, self.as_table(key, item)?, format!("[{key}]"), item.span()))
        };
        items.iter().take(limits::CHILDREN_MAX).filter_map(table).collect()
    }

    /// Every key with its value: for tables whose keys the author chooses.
    pub(in crate::release) fn each<T>(&self, reader: impl read::Reader<T>) -> Vec<(String, T)> {
        let entries = self.entries.into_iter().flatten();
        let read = |(key, value): (&Spanned<std::borrow::Cow<'d, str>>, &'d Spanned<DeValue<'d>>)| {
            let read = reader(value).map_err(|wrong| self.wrong(key.get_ref(), value, wrong));
            read.ok().map(|read| (key.get_ref().to_string(), read))
        };
        entries.filter_map(read).collect()
    }

    /// Every value at a dotted path in which `*` is any key, with the path it has and its key's place.
    pub(in crate::release) fn find(&self, path: &str) -> Vec<(String, Range<usize>, &'d DeValue<'d>)> {
        let mut found = Vec::new();
        if let Some(entries) = self.entries {
            find(entries, path, "", &mut found);
        }
        found
    }

    /// Notes every key nobody asked for.
    pub(in crate::release) fn close(self) {
        let asked = self.asked.borrow();
        for key in self.entries.into_iter().flatten().map(|(key, _)| key) {
            let text = key.get_ref().as_ref();
            if asked.contains(&text) {
                continue;
            }
            let fix = match did_you_mean(text, asked.iter().copied()) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("one of: {}", asked.join(", ")),
            };
            let what = format!("unknown key `{text}`{}", self.within());
            self.report.say(&key.span(), what, "a misspelt key must not be ignored silently", fix);
        }
    }

    fn entry(&self, key: &'static str) -> Option<(Range<usize>, &'d Spanned<DeValue<'d>>)> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        self.entries?.get_key_value(key).map(|(name, value)| (name.span(), value))
    }

    fn as_table(&self, path: &str, value: &'d Spanned<DeValue<'d>>) -> Option<&'d DeTable<'d>> {
        let DeValue::Table(entries) = value.get_ref() else {
            let what = format!("`{path}` is not a table");
            let why = format!("found {}", read::kind_of(value.get_ref()));
            self.report.say(&value.span(), what, &why, format!("write [{path}] and its keys below"));
            return None;
        };
        Some(entries)
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wrong: Wrong) {
        let what = format!("`{key}`{} {}", self.within(), wrong.is);
        self.report.say(&wrong.span.unwrap_or(value.span()), what, &wrong.why, wrong.fix);
    }

    fn within(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" in [{}]", self.path) }
    }

    fn join(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

fn find<'d>(
    entries: &'d DeTable<'d>,
    path: &str,
    above: &str,
    found: &mut Vec<(String, Range<usize>, &'d DeValue<'d>)>,
) {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    for (key, value) in entries.iter().filter(|(key, _)| first == "*" || first == key.get_ref()) {
        let name = format!("{above}{}", key.get_ref());
        match (rest, value.get_ref()) {
            ("", value) => found.push((name, key.span(), value)),
            (rest, DeValue::Table(below)) => find(below, rest, &format!("{name}."), found),
            _ => {}
        }
    }
}

//! Readers: from a TOML value to a checked value of ours, or a word on what is wrong with it.

use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{did_you_mean, units};
use crate::base::{Name, Version};

/// A TOML value with its place.
pub(in crate::release) type Field<'d> = Spanned<DeValue<'d>>;

/// What makes a `T` of a value.
pub(in crate::release) trait Reader<T>: Fn(&Field<'_>) -> Result<T, Wrong> {}

impl<T, F: Fn(&Field<'_>) -> Result<T, Wrong>> Reader<T> for F {}

/// What is wrong with a value.
pub(in crate::release) struct Wrong {
    /// What it is or is not, to follow the key: `is not a duration`.
    pub(super) is: String,
    /// Why.
    pub(super) why: String,
    /// What to write instead.
    pub(super) fix: String,
    /// The part of the value that is meant, if not all of it.
    pub(super) span: Option<Range<usize>>,
}

impl Wrong {
    fn new(is: impl Into<String>, why: impl Into<String>, fix: impl Into<String>) -> Wrong {
        Wrong { is: is.into(), why: why.into(), fix: fix.into(), span: None }
    }

    /// With another way out.
    pub(in crate::release) fn or(mut self, other: &str) -> Wrong {
        self.fix = format!("{}, or {other}", self.fix);
        self
    }
}

/// A value's type in words.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn found(field: &Field<'_>, noun: &str, example: &str) -> Wrong {
    Wrong::new(
        format!("is not {noun}"),
        format!("found {}", kind_of(field.get_ref())),
        format!("for example {example}"),
    )
}

fn text_like<'f>(field: &'f Field<'_>, noun: &str, example: &str) -> Result<&'f str, Wrong> {
    field.get_ref().as_str().ok_or_else(|| found(field, noun, example))
}

/// Any text but the empty one.
pub(in crate::release) fn text(field: &Field<'_>) -> Result<String, Wrong> {
    match text_like(field, "a string", "\"text\"")? {
        "" => Err(Wrong::new("is empty", "it must say something", "write something between the quotes")),
        text => Ok(text.to_owned()),
    }
}

/// A [`Name`] and where it stands.
pub(in crate::release) fn name(field: &Field<'_>) -> Result<Spanned<Name>, Wrong> {
    let name = Name::new(text_like(field, "a name", "\"counter\"")?)
        .map_err(|error| Wrong::new("is not a name", error.to_string(), "choose another name"))?;
    Ok(Spanned::new(field.span(), name))
}

/// A [`Version`].
pub(in crate::release) fn version(field: &Field<'_>) -> Result<Version, Wrong> {
    text_like(field, "a version", "\"0.1.0\"")?.parse().map_err(|error: crate::base::VersionError| {
        Wrong::new("is not a version", error.to_string(), "for example \"0.1.0\"")
    })
}

/// `true` or `false`.
pub(in crate::release) fn boolean(field: &Field<'_>) -> Result<bool, Wrong> {
    field.get_ref().as_bool().ok_or_else(|| found(field, "true or false", "true"))
}

/// A whole number within bounds.
pub(in crate::release) fn whole(bounds: RangeInclusive<u64>) -> impl Reader<u64> {
    move |field| {
        let integer =
            field.get_ref().as_integer().ok_or_else(|| found(field, "a whole number", &bounds.start().to_string()))?;
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        number.filter(|number| bounds.contains(number)).ok_or_else(|| out_of(&bounds, &u64::to_string))
    }
}

fn out_of(bounds: &RangeInclusive<u64>, show: &dyn Fn(&u64) -> String) -> Wrong {
    let (low, high) = (show(bounds.start()), show(bounds.end()));
    if low == high {
        return Wrong::new("is out of bounds", format!("it may be {low} alone"), format!("write {low}"));
    }
    Wrong::new(
        "is out of bounds",
        format!("it may be from {low} to {high}"),
        format!("write {low}, {high} or something between"),
    )
}

/// A number from 0 to 1.
pub(in crate::release) fn share(field: &Field<'_>) -> Result<f64, Wrong> {
    let text = match field.get_ref() {
        DeValue::Float(float) => float.as_str(),
        DeValue::Integer(integer) => integer.as_str(),
        _ => return Err(found(field, "a number", "0.2")),
    };
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| Wrong::new("is out of bounds", "it is a share, from 0 to 1", "for example 0.2"))
}

/// A duration within bounds.
pub(in crate::release) fn duration(bounds: RangeInclusive<Duration>) -> impl Reader<Duration> {
    move |field| {
        let time = text_like(field, "a duration", "\"5s\" or \"500ms\"").and_then(|text| {
            let why = format!("{text:?} is not a whole number and one of the units ms, s, m, h");
            units::duration(text).ok_or_else(|| Wrong::new("is not a duration", why, "for example \"5s\" or \"500ms\""))
        })?;
        let millis = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let show = |ms: &u64| units::show_duration(Duration::from_millis(*ms));
        if bounds.contains(&time) {
            Ok(time)
        } else {
            Err(out_of(&(millis(bounds.start())..=millis(bounds.end())), &show))
        }
    }
}

/// A number of bytes within bounds.
pub(in crate::release) fn size(bounds: RangeInclusive<u64>) -> impl Reader<u64> {
    move |field| {
        let bytes = text_like(field, "a size", "\"64MiB\"").and_then(|text| {
            let why = format!("{text:?} is not a whole number and one of the units B, KiB, MiB, GiB");
            units::size(text).ok_or_else(|| Wrong::new("is not a size", why, "for example \"64MiB\""))
        })?;
        let show = |bytes: &u64| units::show_size(*bytes);
        if bounds.contains(&bytes) { Ok(bytes) } else { Err(out_of(&bounds, &show)) }
    }
}

/// One word of a closed set.
pub(in crate::release) fn one_of<T: Copy>(words: &[(&'static str, T)]) -> impl Reader<T> {
    move |field| {
        let names = || words.iter().map(|(word, _)| *word);
        let all = names().collect::<Vec<_>>().join(" | ");
        let text = text_like(field, &format!("one of {all}"), &format!("{:?}", words[0].0))?;
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        known.ok_or_else(|| {
            let fix =
                did_you_mean(text, names()).map_or(format!("one of {all}"), |word| format!("did you mean `{word}`?"));
            Wrong::new(format!("cannot be {text:?}"), format!("it is one of {all}"), fix)
        })
    }
}

/// A list, every item read alike.
pub(in crate::release) fn list<T>(reader: impl Reader<T>) -> impl Reader<Vec<T>> {
    move |field| {
        let items = field.get_ref().as_array().ok_or_else(|| found(field, "a list", "[\"a\", \"b\"]"))?;
        let at =
            |item: &Field<'_>| reader(item).map_err(|wrong| Wrong { span: wrong.span.or(Some(item.span())), ..wrong });
        items.iter().map(at).collect()
    }
}

/// An IP address with its port.
pub(in crate::release) fn address(field: &Field<'_>) -> Result<SocketAddr, Wrong> {
    let example = "for example \"127.0.0.1:7001\"";
    let text = text_like(field, "an address", "\"127.0.0.1:7001\"")?;
    text.parse().map_err(|_| match text.parse::<std::net::IpAddr>() {
        Ok(ip) => {
            let fix = SocketAddr::new(ip, 7001);
            Wrong::new("has no port", format!("{text:?} is an address without one"), format!("for example \"{fix}\""))
        }
        Err(_) => Wrong::new("is not an address", format!("{text:?} is not an IP address and a port"), example),
    })
}

/// An origin as browsers name it: a scheme and a host, and nothing after it.
pub(in crate::release) fn origin(field: &Field<'_>) -> Result<String, Wrong> {
    let example = "\"https://shop.example\"";
    let text = text_like(field, "an origin", example)?;
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if host.is_empty() || !host.chars().all(is_host) {
        let why = format!("{text:?} is not a scheme and a host, with a port if it is not the usual one");
        return Err(Wrong::new("is not an origin", why, format!("for example {example}")));
    }
    Ok(text.to_owned())
}

/// The name of a header, in small letters.
pub(in crate::release) fn header_name(field: &Field<'_>) -> Result<String, Wrong> {
    let example = "\"content-type\"";
    let text = text_like(field, "the name of a header", example)?;
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if text.is_empty() || !text.chars().all(is_token) {
        let why = format!("{text:?} is no word that HTTP takes for a name");
        return Err(Wrong::new("is not the name of a header", why, format!("for example {example}")));
    }
    Ok(text.to_ascii_lowercase())
}

/// What a header says, on one line.
pub(in crate::release) fn header_value(field: &Field<'_>) -> Result<String, Wrong> {
    let text = text(field)?;
    if !text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        let fix = "for example \"text/plain; charset=utf-8\"".to_owned();
        return Err(Wrong::new("cannot stand in a header", "it has something else than visible ASCII", fix));
    }
    Ok(text)
}

/// A table as JSON.
pub(in crate::release) fn json(field: &Field<'_>) -> Result<serde_json::Map<String, Json>, Wrong> {
    field.get_ref().as_table().ok_or_else(|| found(field, "a table", "{ start_at = 0 }")).and_then(json_table)
}

fn json_table(table: &DeTable<'_>) -> Result<serde_json::Map<String, Json>, Wrong> {
    table.iter().map(|(key, value)| Ok((key.get_ref().to_string(), json_value(value)?))).collect()
}

// The parser bounds the depth (80), so the recursion has a bottom.
fn json_value(field: &Field<'_>) -> Result<Json, Wrong> {
    let odd = || Wrong {
        span: Some(field.span()),
        ..Wrong::new("cannot be told in JSON", "JSON knows no such number", "use a number of ordinary size")
    };
    Ok(match field.get_ref() {
        DeValue::String(text) => Json::from(text.as_ref()),
        DeValue::Boolean(value) => Json::from(*value),
        DeValue::Datetime(date) => Json::from(date.to_string()),
        DeValue::Integer(number) => {
            Json::from(i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| odd())?)
        }
        DeValue::Float(number) => {
            number.as_str().parse().ok().and_then(serde_json::Number::from_f64).map(Json::from).ok_or_else(odd)?
        }
        DeValue::Array(items) => Json::Array(items.iter().map(json_value).collect::<Result<_, _>>()?),
        DeValue::Table(table) => Json::Object(json_table(table)?),
    })
}

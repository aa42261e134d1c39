//! Vocabulary types in JSON, as the text they show and read.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

fn parsed<T: FromStr, E: serde::de::Error>(text: &str) -> Result<T, E> {
    text.parse().map_err(|_| E::custom(format!("{text:?} is not as it was written")))
}

/// One.
pub(super) mod one {
    use super::*;

    pub(in super::super) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in super::super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        parsed(&String::deserialize(from)?)
    }
}

/// One or none.
pub(super) mod maybe {
    use super::*;

    pub(in super::super) fn serialize<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(from)?.map(|text| parsed(&text)).transpose()
    }
}

/// A set of them.
pub(super) mod all {
    use super::*;

    pub(in super::super) fn serialize<T: Display, S: Serializer>(all: &BTreeSet<T>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(all.iter().map(ToString::to_string))
    }

    pub(in super::super) fn deserialize<'de, T: FromStr + Ord, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeSet<T>, D::Error> {
        Vec::<String>::deserialize(from)?.iter().map(|text| parsed(text)).collect()
    }
}

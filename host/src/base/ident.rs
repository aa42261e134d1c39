//! Checked names, versions and digests.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::limits::NAME_BYTES_MAX;
use super::{Failure, Kind};

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Empty.
    Empty,
    /// Longer than [`NAME_BYTES_MAX`] bytes.
    TooLong,
    /// Holds this character.
    Character(char),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => f.write_str("a name may not be empty"),
            NameError::TooLong => write!(f, "a name may have {NAME_BYTES_MAX} bytes at most"),
            NameError::Character(c) => {
                write!(f, "a name is made of letters, digits, '-', '_' and '.', not {c:?}")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// The name of a worker, a supervisor, a behaviour or an application: letters, digits, `-`, `_`
/// and `.`, at most [`NAME_BYTES_MAX`] bytes. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

/// The name of a behaviour.
pub type BehaviourName = Name;

impl Name {
    /// Checks a text.
    ///
    /// # Errors
    /// The text is empty, too long, or holds another character.
    pub fn new(text: &str) -> Result<Name, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > NAME_BYTES_MAX {
            return Err(NameError::TooLong);
        }
        let odd = text.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')));
        odd.map_or_else(|| Ok(Name(text.into())), |c| Err(NameError::Character(c)))
    }

    /// The address of a dynamic child, `SUPERVISOR/KEY`, or the root of one of several applications,
    /// `APPLICATION/root`. No other name has a `/`.
    pub fn address(supervisor: &Name, key: &Name) -> Name {
        Name(format!("{supervisor}/{key}").into())
    }

    /// What stands above the roots of applications: the host's own supervisor. Nobody can declare a
    /// name like that, nor ask for it.
    pub fn host() -> Name {
        Name("/".into())
    }

    /// Checks a text that is a name or the address of a dynamic child.
    ///
    /// # Errors
    /// A part is empty, too long, or holds another character.
    pub fn of_worker(text: &str) -> Result<Name, NameError> {
        let Some((supervisor, key)) = text.rsplit_once('/') else { return Name::new(text) };
        Ok(Name::address(&Name::of_supervisor(supervisor)?, &Name::new(key)?))
    }

    /// Checks a text that is the name of a supervisor; the root of one of several applications is
    /// called `APPLICATION/root`.
    ///
    /// # Errors
    /// A part is empty, too long, or holds another character.
    pub fn of_supervisor(text: &str) -> Result<Name, NameError> {
        match text.split_once('/') {
            None => Name::new(text),
            Some((application, root)) => Ok(Name::address(&Name::new(application)?, &Name::new(root)?)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Name, NameError> {
        Name::new(text)
    }
}

/// Whether this may be a topic's name.
///
/// # Errors
/// It is empty or too long.
pub fn check_topic(topic: &str) -> Result<(), Failure> {
    if (1..=NAME_BYTES_MAX).contains(&topic.len()) {
        return Ok(());
    }
    let text = format!("a topic has 1 to {NAME_BYTES_MAX} bytes, this one has {}", topic.len());
    Err(Failure::new(Kind::BadRequest, text))
}

/// Why a text is not a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError(pub String);

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a version; write three numbers as in 1.2.3", self.0)
    }
}

impl std::error::Error for VersionError {}

/// `MAJOR.MINOR.PATCH`. A label for people: what a component *is* is its [`Digest`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Version, VersionError> {
        let bad = || VersionError(text.to_owned());
        // `parse` alone would take a plus sign.
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(bad());
        }
        let numbers: Vec<u32> = text.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| bad())?;
        match numbers[..] {
            [major, minor, patch] => Ok(Version { major, minor, patch }),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}.{}", self.major, self.minor, self.patch))
    }
}

/// The SHA-256 of a component: its identity.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The first eight hexadecimal digits, for tables.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{self}")
    }
}

impl FromStr for Digest {
    type Err = ();
    fn from_str(text: &str) -> Result<Digest, ()> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| ())?;
        }
        Ok(Digest(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_which_character_is_wrong() {
        assert_eq!(Name::new("a/b"), Err(NameError::Character('/')));
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new(&"x".repeat(NAME_BYTES_MAX + 1)), Err(NameError::TooLong));
        assert!(Name::new("orders-2.eu_west").is_ok());
    }

    #[test]
    fn versions_order_by_number_and_not_by_text() {
        let parse = |text: &str| text.parse::<Version>();
        assert!(parse("0.10.0").ok() > parse("0.9.9").ok());
        assert!(parse("1.2").is_err() && parse("1.2.x").is_err() && parse("-1.2.3").is_err());
        assert!(parse("+1.2.3").is_err() && parse("1.2.+3").is_err() && parse("1..3").is_err());
    }

    #[test]
    fn a_digest_reads_what_it_writes() {
        let digest = Digest([0xab; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("zz".repeat(32).parse::<Digest>().is_err());
        assert!("+f".repeat(32).parse::<Digest>().is_err());
        assert!("é".repeat(32).parse::<Digest>().is_err());
    }

    #[test]
    fn a_topic_has_a_name_within_its_bound() {
        assert_eq!(check_topic("a/b c").map_err(|failure| failure.kind), Ok(()));
        for wrong in [String::new(), "x".repeat(NAME_BYTES_MAX + 1)] {
            assert_eq!(check_topic(&wrong).map_err(|failure| failure.kind), Err(Kind::BadRequest));
        }
    }
}

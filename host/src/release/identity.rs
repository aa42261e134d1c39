//! Which component is this? Its digest says; a name and a version are for people.

use sha2::{Digest as _, Sha256};

use crate::base::{Digest, Name, Version};

/// The SHA-256 of a component.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// The name and version that a file's name spells: both in `NAME-1.2.3.wasm`, the name alone in
/// `NAME.wasm`, neither in what does not end in `.wasm` or cannot be a name.
pub fn hints(file_name: &str) -> (Option<Name>, Option<Version>) {
    let Some(stem) = file_name.strip_suffix(".wasm") else { return (None, None) };
    match name_and_version(stem) {
        Some((name, version)) => (Some(name), Some(version)),
        None => (Name::new(stem).ok(), None),
    }
}

/// Both parts of `NAME-1.2.3`.
pub(super) fn name_and_version(stem: &str) -> Option<(Name, Version)> {
    let (name, version) = stem.rsplit_once('-')?;
    Some((Name::new(name).ok()?, version.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_may_spell_name_and_version() {
        let spelt = |file_name: &str| {
            let (name, version) = hints(file_name);
            (name.map(|name| name.to_string()), version.map(|version| version.to_string()))
        };
        assert_eq!(spelt("a-b-1.2.3.wasm"), (Some("a-b".into()), Some("1.2.3".into())));
        assert_eq!(spelt("counter.wasm"), (Some("counter".into()), None));
        assert_eq!(spelt("counter-1.2.wasm"), (Some("counter-1.2".into()), None));
        assert_eq!(spelt("odd name.wasm"), (None, None));
        assert_eq!(spelt("counter-1.2.3"), (None, None));
    }

    #[test]
    fn a_digest_is_the_sha_256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(b"").to_string(), empty);
    }
}

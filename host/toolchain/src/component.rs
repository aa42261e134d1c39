//! A component's own word for what it is: the standard `component-name` and `version` sections.

use crate::BuildError;

/// The first eight bytes of every component; a core module differs in the last four.
const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

const CUSTOM: u8 = 0;
const NAME: &[u8] = b"component-name";
const VERSION: &[u8] = b"version";

/// The part of a `component-name` section that holds the component's own name.
const OWN_NAME: u8 = 0;

const CUT_OFF: &str = "its sections do not add up";

/// The most bytes a 32-bit number takes in LEB128.
const LEB_BYTES_MAX: usize = 5;

/// What a component says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its name, if stamped.
    pub name: Option<String>,
    /// Its version, if stamped.
    pub version: Option<String>,
}

/// Writes name and version into a component, in place of those it had.
///
/// # Errors
/// The bytes are not a component.
pub fn stamp(component: &[u8], name: &str, version: &str) -> Result<Vec<u8>, BuildError> {
    check(component, name)?;
    let mut stamped = HEADER.to_vec();
    for section in sections(component).ok_or_else(|| not_a_component(name, CUT_OFF))? {
        if section.custom(NAME).or_else(|| section.custom(VERSION)).is_none() {
            stamped.extend_from_slice(section.whole);
        }
    }
    write_section(&mut stamped, NAME, &own_name(name));
    write_section(&mut stamped, VERSION, version.as_bytes());
    Ok(stamped)
}

/// Reads name and version of a component; either may be missing.
///
/// # Errors
/// The bytes are not a component.
pub fn identity(component: &[u8]) -> Result<Identity, BuildError> {
    check(component, "the file")?;
    let sections = sections(component).ok_or_else(|| not_a_component("the file", CUT_OFF))?;
    let find = |name| sections.iter().find_map(|section| section.custom(name));
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    Ok(Identity { name: find(NAME).and_then(read_own_name).and_then(text), version: find(VERSION).and_then(text) })
}

fn check(bytes: &[u8], what: &str) -> Result<(), BuildError> {
    if bytes.starts_with(HEADER) {
        return Ok(());
    }
    let why = match bytes.get(..4) {
        Some(b"\0asm") => "it is a core module",
        _ => "it is not WebAssembly",
    };
    Err(not_a_component(what, why))
}

fn not_a_component(what: &str, why: &str) -> BuildError {
    BuildError::NotAComponent { what: what.to_owned(), why: why.to_owned() }
}

/// One section of a component's outermost level.
struct Section<'a> {
    id: u8,
    whole: &'a [u8],
    body: &'a [u8],
}

impl<'a> Section<'a> {
    /// The data of a custom section of this name.
    fn custom(&self, name: &[u8]) -> Option<&'a [u8]> {
        if self.id != CUSTOM {
            return None;
        }
        let (length, rest) = read_leb(self.body)?;
        (rest.get(..length)? == name).then(|| &rest[length..])
    }
}

fn sections(component: &[u8]) -> Option<Vec<Section<'_>>> {
    let mut found = Vec::new();
    let mut rest = component.get(HEADER.len()..)?;
    while let Some((&id, after_id)) = rest.split_first() {
        let (length, after_length) = read_leb(after_id)?;
        let (body, next) = after_length.split_at_checked(length)?;
        let (whole, _) = rest.split_at(rest.len() - next.len());
        found.push(Section { id, whole, body });
        rest = next;
    }
    Some(found)
}

fn write_section(component: &mut Vec<u8>, name: &[u8], data: &[u8]) {
    let mut body = Vec::new();
    write_bytes(&mut body, name);
    body.extend_from_slice(data);
    component.push(CUSTOM);
    write_bytes(component, &body);
}

/// The data of a `component-name` section with nothing but the component's own name.
fn own_name(name: &str) -> Vec<u8> {
    let (mut text, mut data) = (Vec::new(), vec![OWN_NAME]);
    write_bytes(&mut text, name.as_bytes());
    write_bytes(&mut data, &text);
    data
}

fn read_own_name(data: &[u8]) -> Option<&[u8]> {
    let (&part, rest) = data.split_first()?;
    let (_, text) = read_leb(rest).filter(|_| part == OWN_NAME)?;
    let (length, bytes) = read_leb(text)?;
    bytes.get(..length)
}

fn write_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    write_leb(to, bytes.len());
    to.extend_from_slice(bytes);
}

fn read_leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (place, &byte) in bytes.iter().enumerate().take(LEB_BYTES_MAX) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, &bytes[place + 1..]));
        }
    }
    None
}

fn write_leb(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_back_and_replaced_by_the_next() -> Result<(), BuildError> {
        let once = stamp(HEADER, "counter", "0.1.0")?;
        let twice = stamp(&once, "counter", "0.2.0")?;
        let expected = |version: &str| Identity { name: Some("counter".into()), version: Some(version.into()) };
        assert_eq!((identity(&once)?, identity(&twice)?), (expected("0.1.0"), expected("0.2.0")));
        assert_eq!(once.len(), twice.len(), "the old version is gone");
        Ok(())
    }

    #[test]
    fn the_same_stamp_gives_the_same_bytes() -> Result<(), BuildError> {
        let once = stamp(HEADER, "counter", "0.1.0")?;
        assert_eq!(stamp(&once, "counter", "0.1.0")?, once);
        Ok(())
    }

    #[test]
    fn an_unstamped_component_has_no_identity() -> Result<(), BuildError> {
        assert_eq!(identity(HEADER)?, Identity::default());
        Ok(())
    }

    #[test]
    fn a_core_module_and_other_bytes_are_told_apart() {
        let told = |bytes: &[u8]| stamp(bytes, "it", "1.0.0").map_err(|error| error.to_string());
        let module = told(b"\0asm\x01\0\0\0");
        assert_eq!(module, Err("it is not a component: it is a core module".into()));
        assert_eq!(told(b""), Err("it is not a component: it is not WebAssembly".into()));
        assert!(told(b"\0asm\x0d\0\x01\0\0\xff").is_err(), "a cut-off section");
    }
}

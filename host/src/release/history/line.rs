//! One line of the history's file: a row as JSON, with a check of its own at its end, so that no flipped bit
//! makes another row of it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// What stands between a row and its check, and behind that.
const BEFORE: &[u8] = br#","check":""#;
const AFTER: &[u8] = b"\"}";

/// Hexadecimal digits of the check: the first of the SHA-256 of everything before it.
const DIGITS: usize = 16;

/// The line of a row, or of what else is kept so, with the line break.
pub(super) fn write(row: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut line = serde_json::to_vec(row).map_err(|error| error.to_string())?;
    // The check is the last field of the object.
    line.pop();
    let check = check(&line);
    line.extend([BEFORE, check.as_bytes(), AFTER, b"\n"].concat());
    Ok(line)
}

/// The row of a line without its line break.
pub(super) fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    let (row, told) = split(line).ok_or("it has no check at its end")?;
    if check(row).as_bytes() != told {
        return Err("its check is another".to_owned());
    }
    serde_json::from_slice(&[row, b"}"].concat()).map_err(|error| error.to_string())
}

/// Whether bytes without a line break are the beginning of a line that was being written when its host ended. One
/// that has its check was whole.
pub(super) fn is_torn(bytes: &[u8]) -> bool {
    !bytes.windows(BEFORE.len()).any(|window| window == BEFORE) || bytes.len() <= whole(bytes)
}

/// How long a line is whose check begins somewhere in these bytes.
fn whole(bytes: &[u8]) -> usize {
    let at = bytes.windows(BEFORE.len()).rposition(|window| window == BEFORE).unwrap_or(bytes.len());
    at + BEFORE.len() + DIGITS + AFTER.len()
}

fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_suffix(AFTER)?;
    let (rest, told) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    Some((rest.strip_suffix(BEFORE)?, told))
}

fn check(row: &[u8]) -> String {
    let digest = crate::base::Digest(Sha256::digest(row).into()).to_string();
    digest[..DIGITS].to_owned()
}

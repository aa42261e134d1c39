//! The binary format: numbers, names, vectors, sections.

/// A number as LEB128.
pub(super) fn leb(number: usize) -> Vec<u8> {
    groups(number, 0x80)
}

/// The number of a type where a type may also be written out: signed LEB128.
pub(super) fn index(number: usize) -> Vec<u8> {
    groups(number, 0x40)
}

/// Groups of seven bits, the lowest first; the last one is below this.
fn groups(mut number: usize, last_below: usize) -> Vec<u8> {
    let mut bytes = vec![];
    while number >= last_below {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Bytes with their length before them.
pub(super) fn sized(bytes: &[u8]) -> Vec<u8> {
    [&leb(bytes.len()), bytes].concat()
}

/// The same thing so many times, with their number before them.
pub(super) fn vector(count: usize, item: &[u8]) -> Vec<u8> {
    [leb(count), item.repeat(count)].concat()
}

/// Things that are told apart by their number, with how many they are before them.
pub(super) fn numbered(count: usize, item: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = leb(count);
    (0..count).for_each(|number| bytes.extend(item(number)));
    bytes
}

/// A section with this content.
pub(super) fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], sized(content).as_slice()].concat()
}

/// A section of the same thing so many times.
pub(super) fn many(id: u8, count: usize, item: &[u8]) -> Vec<u8> {
    section(id, &vector(count, item))
}

/// A name in the binary format.
pub(super) fn name(text: &str) -> Vec<u8> {
    sized(text.as_bytes())
}

/// Something with a length in something with a length, so many times. `open` is what stands before the length,
/// `begin` what begins its content; what stands behind an inner one does not grow.
pub(super) fn nested(count: usize, open: &[u8], begin: &[u8], innermost: &[u8], end: &[u8]) -> Vec<u8> {
    // From the inside out, since lengths stand before what they measure; turned round at the end, once.
    let mut reversed: Vec<u8> = innermost.iter().rev().copied().collect();
    let mut length = innermost.len();
    for level in 0..count {
        reversed.extend(begin.iter().rev());
        // Behind the innermost nothing stands.
        length += begin.len() + if level == 0 { 0 } else { end.len() };
        let written = leb(length);
        reversed.extend(written.iter().rev());
        reversed.extend(open.iter().rev());
        length += written.len() + open.len();
    }
    reversed.reverse();
    reversed.extend(end.repeat(count.saturating_sub(1)));
    reversed
}

/// The same component with other bytes: a section that means nothing is added to it.
pub(crate) fn unlike(component: &[u8], number: usize) -> Vec<u8> {
    [component, &section(0, &[name("unlike"), leb(number)].concat())].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_seven_bits_a_byte() {
        assert_eq!([leb(0), leb(127), leb(128), leb(300)], [vec![0], vec![127], vec![128, 1], vec![0xac, 2]]);
        assert_eq!([index(63), index(64), index(300)], [vec![63], vec![0xc0, 0], vec![0xac, 2]]);
    }

    #[test]
    fn what_is_nested_has_its_own_lengths() {
        assert_eq!(nested(2, &[4], b"h", b"x", b""), [4, 5, b'h', 4, 2, b'h', b'x']);
        assert_eq!(nested(2, &[4], b"h", b"x", b"e"), [4, 6, b'h', 4, 2, b'h', b'x', b'e']);
        assert_eq!(section(1, &vector(2, &[9])), [1, 3, 2, 9, 9]);
    }
}

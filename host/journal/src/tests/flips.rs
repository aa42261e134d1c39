//! Rot: every single bit.

use super::sim::Sim;
use super::{all, commit, writer};
use crate::segment::BLOCK;

/// Flips bits of the first blocks of a file, one after the other; `judge` is told the byte, and what was read then.
fn flipped(
    disk: &Sim,
    name: &str,
    bits: impl Iterator<Item = usize>,
    mut judge: impl FnMut(usize, Option<Vec<Vec<u8>>>),
) {
    for bit in bits {
        let flip = |bytes: &mut Vec<u8>| bytes[bit / 8] ^= 1 << (bit % 8);
        disk.damage(name, flip);
        judge(bit / 8, all(disk).ok());
        disk.damage(name, flip);
    }
}

const FIRST: &str = "0000000000000001.journal";

#[test]
fn a7_a8_every_flip_of_a_bit_in_a_sealed_journal_is_refused_or_harmless() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    commit(&mut journal, &[b"one", b"two"]);
    journal.seal().expect("there is room");
    let written = all(&disk).expect("it is whole");
    let (mut refused, mut harmless) = (0, 0);
    flipped(&disk, FIRST, 0..8 * BLOCK * 4, |_, read| match read {
        None => refused += 1,
        Some(read) => {
            assert_eq!(read, written);
            harmless += 1;
        }
    });
    // A copy of the header and the seal itself hold nothing that is not there twice.
    assert_eq!((refused, harmless), (8 * BLOCK, 8 * BLOCK * 3));
}

#[test]
fn a_flip_in_the_very_last_batch_loses_that_one_alone() {
    let disk = Sim::new(1);
    let mut journal = writer(&disk, 1);
    commit(&mut journal, &[b"one"]);
    commit(&mut journal, &[b"two"]);
    let written = all(&disk).expect("it is whole");
    let one_of_each_byte = (0..BLOCK * 4).map(|byte| 8 * byte + byte % 8);
    flipped(&disk, FIRST, one_of_each_byte, |byte, read| match (byte / BLOCK, read) {
        (0 | 1, read) => assert_eq!(read.as_ref(), Some(&written)),
        (2, read) => assert_eq!(read, None),
        (_, read) => assert_eq!(read.as_deref(), Some(&written[..1])),
    });
}

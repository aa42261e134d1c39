//! Modules and components that nobody thought of, and what is left of them when bytes are changed: `tomte check`
//! says yes or no to each. The same seed makes the same files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::answer::Answer;
use super::check::{Checker, TIME_MAX};
use crate::cargo::cargo;
use crate::corpus::beside;
use crate::out::Out;
use crate::product::build;
use crate::soak::guest;

/// Where everything of it is.
const DIR: &str = "target/fuzz";
/// The program that makes what nobody thought of, in a workspace of its own.
pub(crate) const SMITH: &str = "xtask/smith";
/// Where it is built, from there.
pub(crate) const SMITH_TARGET: &str = "../../target/smith";
/// Seeds that it is given at once.
const BATCH: u64 = 50;

/// How long, and from which seed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fuzz {
    /// So long; at least one seed is tried.
    pub(crate) time: Duration,
    /// The first seed.
    pub(crate) seed: u64,
}

/// Tries one seed after the other.
///
/// # Errors
/// A file broke the compiler, was answered too late or otherwise than with yes or no: its seed is named.
pub(crate) fn fuzz(out: &Out, Fuzz { time, seed }: Fuzz) -> Result<()> {
    let program = build(out)?;
    let smith = built_smith(out)?;
    out.section(&format!("Fuzz: tomte check for {} s, from seed {seed} on", time.as_secs()));
    if Path::new(DIR).exists() {
        fs::remove_dir_all(DIR)?;
    }
    fs::create_dir_all(DIR)?;
    let checker = Checker::new(&program, Path::new(DIR), "fuzz.wasm");
    let runs = guest("counter-0.2.0")?;
    let mut found = Found::default();
    let (last, mut at) = (Instant::now() + time, seed);
    loop {
        if (at - seed).is_multiple_of(BATCH) {
            make(&smith, at)?;
        }
        let file = Path::new(DIR).join(format!("{at}.wasm"));
        for (how, bytes) in variants(&runs, &fs::read(&file)?, at) {
            found.note(&says(&checker, at, how, &bytes)?);
        }
        fs::remove_file(&file)?;
        if Instant::now() >= last {
            break;
        }
        at += 1;
    }
    let Found { taken, refused, slowest } = found;
    out.line(&format!("    seeds {seed} to {at}: {taken} taken, {refused} refused, the slowest in {slowest:.1?}"));
    out.held("every file was answered with yes or no, in time");
    Ok(())
}

/// What has come of it so far.
#[derive(Debug, Default)]
struct Found {
    taken: u64,
    refused: u64,
    slowest: Duration,
}

impl Found {
    fn note(&mut self, answer: &Answer) {
        self.slowest = self.slowest.max(answer.took);
        *(if answer.refused.is_some() { &mut self.refused } else { &mut self.taken }) += 1;
    }
}

fn built_smith(out: &Out) -> Result<PathBuf> {
    cargo(out, SMITH, &["build", "--release", "--quiet", "--locked"], &[("CARGO_TARGET_DIR", SMITH_TARGET)])?;
    Ok(PathBuf::from("target/smith/release/tomte-smith"))
}

fn make(smith: &Path, first: u64) -> Result<()> {
    let made = Command::new(smith).args([first.to_string(), BATCH.to_string(), DIR.to_owned()]).status();
    ensure!(made.context("cannot run tomte-smith")?.success(), "tomte-smith failed on seed {first}");
    Ok(())
}

/// What `tomte check` says, if that is as it should be; the file is kept if not.
fn says(checker: &Checker, seed: u64, how: &str, bytes: &[u8]) -> Result<Answer> {
    let again =
        || format!("seed {seed}, {how}: the file is {DIR}/fuzz.wasm\ntry: cargo xtask fuzz-check --seed {seed}");
    let answer = checker.says(format!("seed {seed}, {how}"), bytes).with_context(again)?;
    match answer.fault(TIME_MAX) {
        None => Ok(answer),
        Some(fault) => Err(anyhow!(fault)).with_context(again),
    }
}

/// The file of a seed: alone, in a component that runs, and with bytes changed.
fn variants(runs: &[u8], file: &[u8], seed: u64) -> [(&'static str, Vec<u8>); 6] {
    let mut chance = Chance(seed);
    let carried = beside(runs, file);
    let flipped = |bytes: &[u8], from: usize, chance: &mut Chance| {
        let mut flipped = bytes.to_vec();
        for _ in 0..=chance.below(8) {
            let at = from + chance.below(flipped.len() - from);
            flipped[at] ^= 1 << chance.below(8);
        }
        flipped
    };
    // What the seed brought, not what is known to be good.
    let in_file = flipped(&carried, runs.len().min(carried.len() - 1), &mut chance);
    let anywhere = flipped(&carried, 8, &mut chance);
    let cut = carried[..chance.below(carried.len())].to_vec();
    let (head, tail) = (chance.below(runs.len()), chance.below(file.len().max(1)));
    let spliced = [&runs[..head], file.get(tail..).unwrap_or_default(), &runs[head..]].concat();
    [
        ("alone", file.to_vec()),
        ("carried", carried),
        ("bytes of it flipped", in_file),
        ("bytes flipped", anywhere),
        ("cut", cut),
        ("spliced", spliced),
    ]
}

/// Chance from a seed: splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_files_each_time_and_another_makes_others() {
        let (runs, file) = (vec![7; 100], b"\0asm\x01\0\0\0".to_vec());
        let of = |seed| variants(&runs, &file, seed).map(|(_, bytes)| bytes);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(of(3)[0], file);
    }
}

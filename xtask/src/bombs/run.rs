//! The campaign.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::answer::Answer;
use super::check::{self, Checker};
use super::drops::{self, Effect, Target};
use crate::corpus::{KINDS, Kind, unlike};
use crate::out::Out;
use crate::product::build;
use crate::soak::{COMPILE_MEMORY_BYTES, Ground, guest};

/// Where everything of it is.
const DIR: &str = "target/bombs";

/// The largest file that is a component for the host.
const BYTES_MAX: usize = 64 << 20;

/// Memory that a host may keep of all files together: what an allocator rounds up.
const KEPT_BYTES_MAX: u64 = 64 << 20;

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All kinds, from one to a million of each: hours.
    Whole,
    /// One kind of them, by its place in the corpus.
    One(usize),
    /// A fixed part that a compiler does at once: what every change must pass.
    Quick,
}

/// How much longer a neighbour's p99 may be beside a compiler than before.
const RATIO_MAX: f64 = 2.0;

/// An answer that comes sooner is too short a disturbance to be measured by itself.
const MEASURED: Duration = Duration::from_millis(500);

/// How often a file is dropped again that seems to make it longer, in turn with a harmless one: few calls are made beside
/// one drop, a p99 of few is any of the slowest, and the change of code itself takes its time.
const AGAIN: usize = 5;

impl Extent {
    /// How many of each kind.
    fn counts(self) -> &'static [usize] {
        match self {
            Extent::Whole | Extent::One(_) => &[1, 1000, 30_000, 1_000_000],
            Extent::Quick => &[100],
        }
    }

    fn kinds(self) -> impl Iterator<Item = &'static Kind> {
        let (first, each) = match self {
            Extent::Whole => (0, 1),
            Extent::One(at) => (at, KINDS.len()),
            Extent::Quick => (0, 5),
        };
        KINDS.iter().skip(first).step_by(each)
    }

    /// The kind of this name alone.
    pub(crate) fn only(name: &str) -> Option<Extent> {
        KINDS.iter().position(|kind| kind.name == name).map(Extent::One)
    }
}

/// Runs the campaign.
///
/// # Errors
/// A file was not answered in time, broke the compiler, or disturbed the host or its neighbour.
pub(crate) fn run(out: &Out, extent: Extent) -> Result<()> {
    let program = build(out)?;
    let counts = extent.counts();
    out.section(&format!("Bombs: {} kinds, {counts:?} of each", extent.kinds().count()));
    let ground = Ground::prepare(&program, DIR)?;
    let checker = Checker::new(&program, Path::new(DIR), "bomb-1.0.0.wasm");
    let mut target = Target::new(ground);
    let mut campaign = Campaign { out: *out, faults: vec![], ratios: vec![], grown: 0 };
    let before = target.resident()?;
    let runs = guest("counter-0.2.0")?;
    for kind in extent.kinds() {
        for count in counts {
            let bytes = kind.on(&runs, *count);
            if bytes.len() > BYTES_MAX {
                continue;
            }
            let what = format!("{} x {count}", kind.name);
            if extent == Extent::Quick {
                campaign.dropped(target.take(what, &bytes, false)?, RATIO_MAX);
                continue;
            }
            campaign.checked(checker.says(what.clone(), &bytes)?);
            let mut effect = target.take(what.clone(), &bytes, true)?;
            effect.ratio = effect.ratio.filter(|_| effect.answer.took >= MEASURED);
            let mut allowed = RATIO_MAX;
            if effect.ratio.is_some_and(|ratio| ratio > RATIO_MAX) {
                let [usual, own] = again(&mut target, [&runs, &bytes])?;
                out.line(&format!("    {what}, again: p99 x {own:.2}, of a harmless one x {usual:.2}"));
                effect.ratio = Some(own);
                allowed = RATIO_MAX.max(usual);
            }
            campaign.dropped(effect, allowed);
        }
    }
    fs::remove_dir_all(Path::new(DIR).join("releases"))?;
    let kept = target.resident()?.saturating_sub(before);
    campaign.judge(kept)
}

/// The median ratios of a harmless component and of another one, dropped in turn. None has been compiled before.
fn again(target: &mut Target, components: [&[u8]; 2]) -> Result<[f64; 2]> {
    let mut ratios = [vec![], vec![]];
    for round in 0..AGAIN {
        for (component, ratios) in components.into_iter().zip(&mut ratios) {
            let effect = target.take("again".to_owned(), &unlike(component, round), true)?;
            ratios.extend(effect.ratio);
        }
    }
    Ok(ratios.map(|mut ratios| {
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or_default()
    }))
}

/// What has come of it so far.
struct Campaign {
    out: Out,
    faults: Vec<String>,
    ratios: Vec<(f64, String)>,
    grown: u64,
}

impl Campaign {
    fn checked(&mut self, answer: Answer) {
        self.note(&answer, check::TIME_MAX, "check");
    }

    fn dropped(&mut self, effect: Effect, allowed: f64) {
        let Effect { answer, ratio, grown } = effect;
        let beside = ratio.map_or_else(String::new, |ratio| format!(" p99 x {ratio:.2}"));
        self.note(&answer, drops::TIME_MAX, &format!("drop{beside}"));
        if let Some(ratio) = ratio.filter(|ratio| *ratio > allowed) {
            self.faults.push(format!(
                "{}: the neighbour's p99 was {ratio:.2} times that of before, {allowed:.2} is allowed",
                answer.what
            ));
        }
        self.ratios.extend(ratio.map(|ratio| (ratio, answer.what.clone())));
        self.grown = self.grown.max(grown);
        if grown > COMPILE_MEMORY_BYTES {
            self.faults.push(format!("{}: the host itself took {} MiB more", answer.what, grown >> 20));
        }
    }

    fn note(&mut self, answer: &Answer, most: Duration, how: &str) {
        self.out.line(&format!("    {} ({how})", answer.line()));
        self.faults.extend(answer.fault(most));
    }

    fn judge(mut self, kept: u64) -> Result<()> {
        let mib = |bytes: u64| bytes >> 20;
        self.out.line(&format!("    the host took at most {} MiB more, and kept {} MiB", mib(self.grown), mib(kept)));
        if kept > KEPT_BYTES_MAX {
            self.faults.push(format!("the host kept {} MiB of memory", mib(kept)));
        }
        self.ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
        if let (Some((median, _)), Some((worst, what))) = (self.ratios.get(self.ratios.len() / 2), self.ratios.last()) {
            self.out.line(&format!("    the neighbour's p99 beside a compiler over that before, {} pairs: median {median:.2}, at most {worst:.2} ({what})", self.ratios.len()));
        }
        if !self.faults.is_empty() {
            bail!("{} faults; the host's log is {DIR}/host.log\n{}", self.faults.len(), self.faults.join("\n"));
        }
        self.out.held("every file was answered in time, the host went on, and so did its neighbour");
        Ok(())
    }
}

impl Target {
    fn resident(&self) -> Result<u64> {
        let sample = crate::soak::Sample::of(self.ground.host.pid())?;
        ensure!(sample.resident > 0, "the host has ended");
        Ok(sample.resident)
    }
}

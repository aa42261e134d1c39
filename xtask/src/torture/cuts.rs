//! Power cuts: the image of a disk is copied while the process that writes to it stands still in the middle of its work,
//! and the copy is what a start finds. What the kernel had not written is in no copy.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::disk::{Mounted, image, scratch, stand_still};
use super::victim::{Acknowledged, Victim};
use crate::out::Out;

/// Bytes of a disk.
const DISK: u64 = 48 << 20;

/// Cuts of a writer that never syncs, of which at least one has to show a loss.
const SABOTAGED: u32 = 3;

pub(super) fn run(out: &Out, cuts: u32) -> Result<()> {
    let Some(scratch) = scratch(out)? else { return Ok(()) };
    let (mut lost, mut acknowledgements) = (0, 0);
    for cut in 0..SABOTAGED {
        lost += u32::from(self::cut(scratch.path(), cut, Some("unsynced")).is_err());
    }
    ensure!(lost > 0, "a journal that is never synced lost nothing in {SABOTAGED} cuts: these cuts show nothing");
    for cut in 0..cuts {
        acknowledgements += self::cut(scratch.path(), cut, None).with_context(|| format!("cut {cut}"))?;
    }
    out.held(&format!("{cuts} power cuts: {acknowledgements} acknowledgements, none lost or changed"));
    out.line(&format!("    of a journal that is never synced {lost} of {SABOTAGED} lost something, as they should"));
    Ok(())
}

/// One cut on a fresh disk; says how many acknowledgements there were.
fn cut(scratch: &Path, number: u32, how: Option<&str>) -> Result<u64> {
    let image = image(scratch, DISK)?;
    let disk = Mounted::new(&image, &scratch.join("disk"))?;
    let mut victim = Victim::start(&disk.0, Acknowledged::default(), how)?;
    let first = victim.acknowledges()?;
    sleep(Duration::from_millis(100 + u64::from(number * 37 % 150)));
    stand_still(victim.pid())?;
    let copy = scratch.join("copy");
    fs::copy(&image, &copy)?;
    let (known, count) = victim.kill(first)?;
    drop(disk);
    let left = Mounted::new(&copy, &scratch.join("disk"))?;
    known.recovered(&left.0)?;
    Ok(count + 1)
}

//! Power cuts: the image of a disk is copied while the process that writes to it stands still in the middle of its work,
//! and the copy is what a start finds. What the kernel had not written is in no copy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::victim::{Acknowledged, Victim};
use crate::out::Out;

/// In memory, so that a copy is quick.
const SCRATCH: &str = "/dev/shm";

/// Bytes of a disk.
const DISK: u64 = 48 << 20;

/// Cuts of a writer that never syncs, of which at least one has to show a loss.
const SABOTAGED: u32 = 3;

/// How long a process may take to stand still: a sync that is under way comes to its end first.
const STILL: Duration = Duration::from_secs(10);

pub(super) fn run(out: &Out, cuts: u32) -> Result<()> {
    let scratch = tempfile::tempdir_in(SCRATCH).context("a folder in memory")?;
    if let Err(why) = Mounted::new(&image(scratch.path())?, &scratch.path().join("probe")) {
        out.line(&format!("  skipped: no disk can be mounted here ({why:#}); as root it can"));
        return Ok(());
    }
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
    let image = image(scratch)?;
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

/// An empty disk.
fn image(scratch: &Path) -> Result<PathBuf> {
    let image = scratch.join("image");
    fs::File::create(&image)?.set_len(DISK)?;
    command("mkfs.ext4", &["-q", "-F", &image.to_string_lossy()])?;
    Ok(image)
}

/// A disk that is mounted until this is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn new(image: &Path, at: &Path) -> Result<Mounted> {
        fs::create_dir_all(at)?;
        // The kernel writes nothing by itself for ten minutes.
        command("mount", &["-o", "loop,commit=600", &image.to_string_lossy(), &at.to_string_lossy()])?;
        Ok(Mounted(at.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever was killed on it may not be gone from it yet.
        let begun = Instant::now();
        while command("umount", &[&self.0.to_string_lossy()]).is_err() && begun.elapsed() < STILL {
            sleep(Duration::from_millis(5));
        }
    }
}

/// Stops a process, and returns when it stands still.
fn stand_still(pid: u32) -> Result<()> {
    command("kill", &["-STOP", &pid.to_string()])?;
    let begun = Instant::now();
    loop {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
        if state == Some('T') {
            return Ok(());
        }
        ensure!(begun.elapsed() < STILL, "process {pid} does not stand still, it is in state {state:?}");
        sleep(Duration::from_millis(1));
    }
}

fn command(program: &str, words: &[&str]) -> Result<()> {
    let output = Command::new(program).args(words).output().with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("{program} {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

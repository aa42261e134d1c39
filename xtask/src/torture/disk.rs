//! Disks in memory that lose their power: what the kernel has not written of one is in no copy of its image.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::out::Out;

/// In memory, so that a copy is quick.
const SCRATCH: &str = "/dev/shm";

/// How long a process may take to stand still: a sync that is under way comes to its end first.
const STILL: Duration = Duration::from_secs(10);

/// A folder for images and where they are mounted; none, which is said, where no disk can be mounted.
pub(super) fn scratch(out: &Out) -> Result<Option<tempfile::TempDir>> {
    let scratch = tempfile::tempdir_in(SCRATCH).context("a folder in memory")?;
    let probe = image(scratch.path(), 16 << 20).and_then(|image| Mounted::new(&image, &scratch.path().join("probe")));
    if let Err(why) = probe {
        out.line(&format!("  skipped: no disk can be mounted here ({why:#}); as root it can"));
        return Ok(None);
    }
    Ok(Some(scratch))
}

/// The image of an empty disk of this many bytes.
pub(super) fn image(scratch: &Path, bytes: u64) -> Result<PathBuf> {
    let image = scratch.join("image");
    fs::File::create(&image)?.set_len(bytes)?;
    command("mkfs.ext4", &["-q", "-F", &image.to_string_lossy()])?;
    Ok(image)
}

/// A disk that is mounted until this is dropped.
pub(super) struct Mounted(pub(super) PathBuf);

impl Mounted {
    pub(super) fn new(image: &Path, at: &Path) -> Result<Mounted> {
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
pub(super) fn stand_still(pid: u32) -> Result<()> {
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

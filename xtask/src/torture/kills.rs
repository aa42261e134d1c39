//! `kill -9` at any moment, again and again, on one journal.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::victim::{Acknowledged, Victim};
use crate::out::Out;

pub(super) fn run(out: &Out, kills: u32) -> Result<()> {
    let folder = tempfile::tempdir_in("target").context("a folder in target")?;
    let (mut known, mut acknowledgements) = (Acknowledged::default(), 0);
    for kill in 0..kills {
        let again = || format!("kill {kill}, after {known:?}");
        let victim = Victim::start(folder.path(), known, None).with_context(again)?;
        // From before its first commit to the middle of many.
        sleep(Duration::from_millis(u64::from(kill * 7 % 40)));
        let (last, count) = victim.kill(known)?;
        (known, acknowledgements) = (last, acknowledgements + count);
    }
    known.recovered(folder.path())?;
    let Acknowledged { next_record, batch } = known;
    out.held(&format!(
        "{kills} kills: {acknowledgements} acknowledgements, {next_record} records in {batch} batches, none lost or changed"
    ));
    Ok(())
}

//! The state of the host as a file, for whoever looks later.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::base::Millis;
use crate::cli::render::stamp;
use crate::node::{TreeView, UpgradeReport};

/// Everything a dump holds.
pub(super) fn dump(name: &str, at: Millis, tree: &TreeView, history: &[UpgradeReport]) -> Value {
    json!({
        "tomte": env!("CARGO_PKG_VERSION"),
        "application": name,
        "at_ms": at,
        "tree": tree,
        "history": history,
    })
}

/// Dumps of one second; more take the place of the last.
const DUMPS_PER_SECOND: usize = 100;

/// Writes a dump to `dump-TIME.json` in this directory, all or nothing; further ones of the same second to
/// `dump-TIME-2.json` and so on.
pub(super) fn write(directory: &Path, at: Millis, dump: &Value) -> anyhow::Result<PathBuf> {
    let name = |number: usize| match number {
        1 => format!("dump-{}.json", stamp(at)),
        _ => format!("dump-{}-{number}.json", stamp(at)),
    };
    let free = (1..DUMPS_PER_SECOND).map(name).find(|name| !directory.join(name).exists());
    let path = directory.join(free.unwrap_or_else(|| name(DUMPS_PER_SECOND)));
    replace(directory, &path, dump).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn replace(directory: &Path, path: &Path, dump: &Value) -> anyhow::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer_pretty(&mut file, dump)?;
    file.write_all(b"\n")?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::sample_tree;

    #[test]
    fn a_dump_is_a_file_of_its_own_that_reads_back() -> Result<(), Box<dyn std::error::Error>> {
        let root = tempfile::tempdir()?;
        let made = dump("shop", 1_795_183_323_000, &sample_tree(), &[]);
        let path = write(root.path(), 1_795_183_323_000, &made)?;
        assert_eq!(path, root.path().join("dump-20261120T140203Z.json"));
        let read: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
        assert_eq!(read["tree"]["children"][0]["name"], "counter");
        assert_eq!(std::fs::read_dir(root.path())?.count(), 1, "nothing else stays behind");
        let second = write(root.path(), 1_795_183_323_900, &made)?;
        assert_eq!(second, root.path().join("dump-20261120T140203Z-2.json"), "of the same second");
        Ok(())
    }
}

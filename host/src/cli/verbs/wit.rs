//! `tomte wit`: the contract of behaviours as files, for whatever makes bindings of it.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;
use crate::node::CONTRACT_FILES;

pub(super) fn run(context: &Context, directory: &Path) -> Result<Exit, Problem> {
    write(directory).map_err(|error| Problem::from(error).fix("name a folder you may write to: tomte wit DIR"))?;
    let names: Vec<&str> = CONTRACT_FILES.iter().map(|(name, _)| *name).collect();
    context.output.say(&format!("wrote {} into {}", names.join(", "), directory.display()));
    Ok(Exit::DONE)
}

/// Writes the contract's files into a folder, which is made if need be.
pub(super) fn write(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    for (name, text) in CONTRACT_FILES {
        let path = directory.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

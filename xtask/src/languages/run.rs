//! One language after the other; one that fails does not keep the others from their turn.

use std::path::Path;

use anyhow::{Result, ensure};

use super::language::Language;
use super::project::Project;
use super::table::{Row, lines};
use super::{every, tools, trial, upgrade};
use crate::out::Out;
use crate::product::{Listeners, build};

/// The version that is built; Rust's are one before and one after.
const VERSION: &str = "0.2.0";

/// Tries these languages and prints the table.
///
/// # Errors
/// A tool cannot be installed, or a language does not hold what it should.
pub(crate) fn run(out: &Out, languages: &[Language]) -> Result<()> {
    out.section("Tools");
    tools::install(out, languages)?;
    let program = build(out)?;
    let (mut rows, mut tried) = (Vec::new(), Vec::new());
    for language in languages {
        out.section(language.name());
        let mut row = Row::new(*language);
        match one(out, &program, *language, &mut row) {
            Ok(done) => tried.push(done),
            Err(error) => {
                out.failed(&format!("{error:#}"));
                row.failed = Some(error.to_string());
            }
        }
        rows.push(row);
    }
    out.section("All");
    if let Some(widest) = tried.iter().max_by_key(|tried| tried.component.len()).filter(|_| tried.len() > 1) {
        // The host of the largest has room for all.
        let through: Vec<(Language, &[u8])> = tried.iter().map(|tried| (tried.language, &*tried.component)).collect();
        upgrade::run(out, &widest.project, &program, &widest.listeners, &through)?;
    }
    lines(&rows).iter().for_each(|line| out.line(line));
    let failed: Vec<&str> = rows.iter().filter(|row| row.failed.is_some()).map(|row| row.language.name()).collect();
    ensure!(
        failed.is_empty(),
        "not as it should be: {}\ntry: cargo xtask languages --only {}",
        failed.join(", "),
        failed.join(",")
    );
    Ok(())
}

/// A language that holds what it should.
struct Tried {
    language: Language,
    project: Project,
    listeners: Listeners,
    component: Vec<u8>,
}

fn one(out: &Out, program: &Path, language: Language, row: &mut Row) -> Result<Tried> {
    every::run(out, program, language)?;
    let project = Project::new(out, program, language)?;
    project.test(out)?;
    out.held("its test passes, without a host");
    let (took, component) = project.build(out, VERSION)?;
    (row.build, row.size) = (Some(took), Some(component.len() as u64));
    let listeners = Listeners::read(&project.prepare()?)?;
    trial::run(out, &project, program, &listeners, row)?;
    row.changes = Some(upgrade::run(out, &project, program, &listeners, &[(language, &component)])?);
    Ok(Tried { language, project, listeners, component })
}

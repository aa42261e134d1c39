//! Runs cargo where a person sees what it says.

use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::out::Out;

/// Runs cargo in a folder with more environment, after saying so.
///
/// # Errors
/// It cannot be run, or fails; it has said why itself.
pub(crate) fn cargo(out: &Out, dir: &str, words: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    run(out, dir, words, environment, Stdio::inherit()).map(drop)
}

/// Runs cargo in a folder and gives what it prints to standard output.
///
/// # Errors
/// It cannot be run, or fails; it has said why itself.
pub(crate) fn cargo_prints(out: &Out, dir: &str, words: &[&str]) -> Result<String> {
    let output = run(out, dir, words, &[], Stdio::piped())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run(out: &Out, dir: &str, words: &[&str], environment: &[(&str, &str)], stdout: Stdio) -> Result<Output> {
    let mut told: String = environment.iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
    told.push_str(&format!("cargo {}", words.join(" ")));
    out.command(&if dir == "." { told.clone() } else { format!("cd {dir} && {told}") });
    let mut command = program();
    command.current_dir(dir).args(words).envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::inherit());
    let output = command.output().context("cannot run cargo; try: install Rust from https://rustup.rs")?;
    let status = output.status;
    ensure!(status.success(), "`{told}` failed in {dir}: {status}\ntry: mend what it says above and run it again");
    Ok(output)
}

/// Whether a cargo subcommand is installed.
pub(crate) fn has(subcommand: &str) -> bool {
    let asked = program().args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

fn program() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

//! Runs cargo where a person sees what it says.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::out::Out;

/// Runs cargo in a folder with more environment, after saying so.
///
/// # Errors
/// It cannot be run, or fails; it has said why itself.
pub(crate) fn cargo(out: &Out, dir: &str, words: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    let set: String = environment.iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
    let mut command = own();
    command.args(words).envs(environment.iter().copied());
    run(out, dir, command, &format!("{set}cargo {}", words.join(" ")), Stdio::inherit()).map(drop)
}

/// Runs cargo in a folder and gives what it prints to standard output.
///
/// # Errors
/// It cannot be run, or fails; it has said why itself.
pub(crate) fn cargo_prints(out: &Out, dir: &str, words: &[&str]) -> Result<String> {
    let mut command = own();
    command.args(words);
    let output = run(out, dir, command, &format!("cargo {}", words.join(" ")), Stdio::piped())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs another program in a folder, after saying so.
///
/// # Errors
/// It cannot be run, or fails; it has said why itself.
pub(crate) fn program(out: &Out, dir: &str, program: &Path, words: &[&str]) -> Result<()> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let mut command = Command::new(program);
    command.args(words);
    run(out, dir, command, &format!("{name} {}", words.join(" ")), Stdio::inherit()).map(drop)
}

fn run(out: &Out, dir: &str, mut command: Command, told: &str, stdout: Stdio) -> Result<Output> {
    out.command(&if dir == "." { told.to_owned() } else { format!("cd {dir} && {told}") });
    command.current_dir(dir).stdin(Stdio::null()).stdout(stdout).stderr(Stdio::inherit());
    let output =
        command.output().with_context(|| format!("cannot run `{told}`; try: install Rust from https://rustup.rs"))?;
    let status = output.status;
    ensure!(status.success(), "`{told}` failed in {dir}: {status}\ntry: mend what it says above and run it again");
    Ok(output)
}

fn own() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

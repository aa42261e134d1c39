//! `tomte doctor`: what is wrong with this machine's setup, each finding with one line that fixes it.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tomte_toolchain::is_cargo_package;

use crate::admin::ClientError;
use crate::cli::arguments::DirectoryArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::locate::{MANIFEST, STATE};
use crate::cli::problem::Problem;
use crate::cli::render::{Cell, Paint, Tone, table};
use crate::node;

/// Watches that this host and an editor beside it may need.
const WATCHES: u64 = 8_192;
/// Mappings of a pool with a few thousand warm workers.
const MAPPINGS: u64 = 65_530;
/// Descriptors for [`crate::base::limits::CONNECTIONS_MAX`] connections of a few listeners.
const DESCRIPTORS: u64 = 1_024;
/// 2025-01-01: a clock before it was never set.
const EARLIEST: u64 = 1_735_689_600;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Note,
    Error,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    level: Level,
    subject: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(subject: &str, text: impl Into<String>) -> Finding {
        Finding { level: Level::Ok, subject: subject.to_owned(), text: text.into(), fix: None }
    }

    fn but(self, level: Level, fix: impl Into<String>) -> Finding {
        Finding { level, fix: Some(fix.into()), ..self }
    }
}

pub(super) fn run(context: &Context, arguments: &DirectoryArguments) -> Result<Exit, Problem> {
    let mut findings = if builds_rust(&arguments.directory) { toolchain() } else { vec![] };
    findings.extend(application(&arguments.directory));
    findings.push(state(&arguments.directory));
    findings.push(host(context));
    findings.push(limit(
        "file watches",
        number("/proc/sys/fs/inotify/max_user_watches"),
        WATCHES,
        "sudo sysctl fs.inotify.max_user_watches=65536",
    ));
    findings.push(limit(
        "memory maps",
        number("/proc/sys/vm/max_map_count"),
        MAPPINGS,
        "sudo sysctl vm.max_map_count=262144",
    ));
    findings.push(limit("open files", open_files(), DESCRIPTORS, "ulimit -n 4096"));
    findings.push(clock(SystemTime::now()));
    context.output.data(&findings, |findings, paint| text(findings, paint))?;
    let failed = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(if failed { Exit::FAILED } else { Exit::DONE })
}

/// Whether anything here is built by cargo; where there is no application yet, the first one may be.
fn builds_rust(directory: &Path) -> bool {
    let Ok(manifest) = node::load_manifest(directory) else { return true };
    manifest
        .behaviours
        .iter()
        .filter_map(|behaviour| behaviour.build.as_ref())
        .any(|build| is_cargo_package(&build.dir))
}

fn toolchain() -> Vec<Finding> {
    let findings = tomte_toolchain::doctor_report().into_iter();
    findings
        .map(|found| {
            let level = if found.ok { Level::Ok } else { Level::Error };
            Finding { level, subject: found.what, text: found.detail, fix: found.fix }
        })
        .collect()
}

/// Whether `tomte run` would take what is declared here.
fn application(directory: &Path) -> Option<Finding> {
    let subject = "application";
    let checked = directory.join(MANIFEST).is_file().then(|| node::check_applications(&[directory.to_owned()]))?;
    Some(match checked {
        Ok(names) => Finding::ok(subject, names.join(", ")),
        Err(error) => {
            let text = error.to_string();
            Finding::ok(subject, text.lines().next().unwrap_or_default()).but(Level::Error, "tomte check")
        }
    })
}

fn state(application: &Path) -> Finding {
    let subject = "state directory";
    if !application.join(MANIFEST).is_file() {
        return Finding::ok(subject, "no application here, so none to look at");
    }
    let state = application.join(STATE);
    // What does not exist yet will be made: then its parent is what must be writable.
    let place = if state.exists() { state.as_path() } else { application };
    match tempfile::NamedTempFile::new_in(place) {
        Ok(_) => Finding::ok(subject, format!("{} can be written", state.display())),
        Err(error) => Finding::ok(subject, format!("{}: {error}", place.display()))
            .but(Level::Error, "name another with `tomte run --state DIR`"),
    }
}

fn host(context: &Context) -> Finding {
    let subject = "host";
    let client = match context.client() {
        Ok(client) => client,
        Err(_) => return Finding::ok(subject, "none is named, and no application is around here"),
    };
    let path = client.path().display().to_string();
    match context.ask(async |client| Ok(client.probe().await)) {
        Ok(Ok(())) => Finding::ok(subject, format!("answers on {path}")),
        Ok(Err(error @ ClientError::NotOurs(_))) => {
            Finding::ok(subject, error.to_string()).but(Level::Note, "be the user who runs the host")
        }
        Ok(Err(error)) => Finding::ok(subject, error.to_string()).but(Level::Note, "tomte run"),
        Err(problem) => Finding::ok(subject, problem.text)
            .but(Level::Error, problem.fix.unwrap_or_else(|| "ulimit -n 4096".to_owned())),
    }
}

fn number(file: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn open_files() -> Option<u64> {
    soft_limit(&fs::read_to_string("/proc/self/limits").ok()?)
}

fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    if soft == "unlimited" { Some(u64::MAX) } else { soft.parse().ok() }
}

fn limit(subject: &str, found: Option<u64>, least: u64, fix: &str) -> Finding {
    match found {
        None => Finding::ok(subject, "this system does not tell its limit"),
        Some(u64::MAX) => Finding::ok(subject, "no limit"),
        Some(found) if found >= least => Finding::ok(subject, format!("limit {found}")),
        Some(found) => Finding::ok(subject, format!("limit {found}, better {least} or more")).but(Level::Note, fix),
    }
}

fn clock(now: SystemTime) -> Finding {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if seconds >= EARLIEST {
        return Finding::ok("clock", "plausible");
    }
    Finding::ok("clock", "it was never set: it shows a time before 2025")
        .but(Level::Error, "sudo timedatectl set-ntp true")
}

fn text(findings: &[Finding], paint: Paint) -> String {
    let mut rows = vec![];
    for finding in findings {
        let level = match finding.level {
            Level::Ok => Cell::new(" ok").tone(Tone::Good),
            Level::Note => Cell::new(" NOTE").tone(Tone::Odd),
            Level::Error => Cell::new(" ERROR").tone(Tone::Bad),
        };
        rows.push(vec![level, Cell::new(&finding.subject), Cell::new(&finding.text)]);
        if let Some(fix) = &finding.fix {
            rows.push(vec![Cell::default(), Cell::default(), Cell::new(format!("fix: {fix}"))]);
        }
    }
    table(&rows, paint)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_soft_limit_of_open_files_is_read_from_its_own_line() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
            Max file size             unlimited            unlimited            bytes\n\
            Max open files            1024                 1048576              files\n";
        assert_eq!(soft_limit(limits), Some(1024));
        assert_eq!(soft_limit(&limits.replace("1024 ", "unlimited ")), Some(u64::MAX));
        assert_eq!(soft_limit(""), None);
    }

    #[test]
    fn a_clock_that_was_never_set_is_an_error_with_a_fix() {
        assert_eq!(clock(UNIX_EPOCH).level, Level::Error);
        let late = UNIX_EPOCH + Duration::from_secs(EARLIEST);
        assert_eq!(clock(late).level, Level::Ok);
    }

    #[test]
    fn findings_are_told_in_columns_with_their_fix_below() {
        let findings =
            [limit("open files", Some(256), 1024, "ulimit -n 4096"), limit("memory maps", Some(u64::MAX), 1, "none")];
        let expected = "\u{20}NOTE  open files   limit 256, better 1024 or more
                    fix: ulimit -n 4096
 ok    memory maps  no limit
";
        assert_eq!(text(&findings, Paint::new(false)), expected);
    }
}

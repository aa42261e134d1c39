//! Real OTP runs the scenarios of the rows marked X of [`otp/table.md`](otp/table.md), and gives the
//! traces beside them. That tomte gives the same is tested where its rooms are. Where there is no
//! Erlang, each comparison says that it was skipped; where `CI` is set, it fails.

#[path = "support/prerequisite.rs"]
mod prerequisite;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TABLE: &str = include_str!("otp/table.md");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/otp")
}

/// The lines of a trace; what starts with `#` is for readers.
fn events(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

/// Runs the script of a row and compares what it prints with the trace of that row.
fn compare(row: &str) {
    let script = folder().join(format!("{row}.escript"));
    let output = match Command::new("escript").arg(&script).stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return prerequisite::missing(row, "escript", "--no-install-recommends erlang-base");
        }
        output => output.expect("escript runs"),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {}\n{said}{why}", script.display(), output.status);
    let trace = script.with_extension("trace");
    let expected = fs::read_to_string(&trace).expect("a trace");
    assert_eq!(events(&said), events(&expected), "OTP does otherwise than {} says", trace.display());
}

macro_rules! rows {
    ($($name:ident: $row:literal,)*) => {
        $(#[test]
        fn $name() {
            assert!(stringify!($name).starts_with($row));
            compare($row);
        })*

        const ROWS: &[&str] = &[$($row),*];
    };
}

rows! {
    sup_04_otp_gives_this_trace: "sup_04",
    sup_20_otp_gives_this_trace: "sup_20",
    sup_34_otp_gives_this_trace: "sup_34",
    sup_35_otp_gives_this_trace: "sup_35",
    gs_09_otp_gives_this_trace: "gs_09",
    gs_11_otp_gives_this_trace: "gs_11",
    gs_12_otp_gives_this_trace: "gs_12",
    sm_11_otp_gives_this_trace: "sm_11",
    ge_01_otp_gives_this_trace: "ge_01",
    ge_02_otp_gives_this_trace: "ge_02",
    ge_06_otp_gives_this_trace: "ge_06",
}

#[test]
fn every_row_marked_x_has_its_script_and_its_trace() {
    let cells = TABLE.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let marked: BTreeSet<String> = cells
        .filter(|cells| cells.get(5) == Some(&"X") && !cells[1].starts_with("RH"))
        .map(|cells| cells[1].to_lowercase().replace('-', "_"))
        .collect();
    let rows: BTreeSet<String> = ROWS.iter().map(ToString::to_string).collect();
    assert_eq!(marked, rows);
    for row in rows {
        for ending in ["escript", "trace"] {
            let file = folder().join(format!("{row}.{ending}"));
            assert!(file.exists(), "{} is missing", file.display());
        }
    }
}

#[test]
fn a_trace_of_tomtes_own_differs_from_that_of_otp_and_says_why() {
    let own = fs::read_dir(folder()).expect("the folder").filter_map(|entry| Some(entry.ok()?.path()));
    let own: Vec<PathBuf> = own.filter(|path| path.to_string_lossy().ends_with(".tomte.trace")).collect();
    assert!(!own.is_empty());
    for path in own {
        let text = fs::read_to_string(&path).expect("a trace");
        let otp = path.to_string_lossy().replace(".tomte.trace", ".trace");
        let otp = fs::read_to_string(otp).expect("the trace of OTP beside it");
        assert!(text.starts_with("# "), "{} gives no reason", path.display());
        assert_ne!(events(&text), events(&otp), "{} is not needed", path.display());
    }
}

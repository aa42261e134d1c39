//! What `tomte doctor` says of the compiler.

use crate::toolchain::said;
use crate::{Invocation, Places, RealSystem, System, Toolchain};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// Looks at everything a build of Rust behaviours needs. Installs nothing.
pub fn doctor_report() -> Vec<Finding> {
    doctor_report_with(&RealSystem, &Places::standard())
}

/// [`doctor_report`] on any system.
pub fn doctor_report_with(system: &dyn System, places: &Places) -> Vec<Finding> {
    vec![program(system, "rustc"), program(system, "cargo"), target(system, places)]
}

fn program(system: &dyn System, name: &str) -> Finding {
    let fix = || "install Rust from https://rustup.rs".to_owned();
    finding(name, said(system, &Invocation::new(name, &["--version"])), fix)
}

fn target(system: &dyn System, places: &Places) -> Finding {
    let found = Toolchain::find_with(system, places).map(|toolchain| match toolchain.is_from_debian() {
        true => format!("Debian's compiler with a standard library in {}", places.cache.display()),
        false => "the compiler has it".to_owned(),
    });
    let fix = || "rustup target add wasm32-wasip2, or `tomte build`, which also knows a way without rustup".to_owned();
    finding("wasm32-wasip2", found.map_err(|_| "no standard library for it".to_owned()), fix)
}

fn finding(what: &str, found: Result<String, String>, fix: impl FnOnce() -> String) -> Finding {
    let ok = found.is_ok();
    let (Ok(detail) | Err(detail)) = found;
    let fix = (!ok).then(fix);
    Finding { what: what.to_owned(), ok, detail: detail.trim().to_owned(), fix }
}

//! `cargo xtask toolchain`: a Rust that compiles for wasm32-wasip2.

use anyhow::Result;
use tomte_toolchain::{TARGET, Toolchain};

use crate::out::Out;

/// Finds one, or makes one and says what takes long.
///
/// # Errors
/// No way worked; the error names each and one command to try.
pub(crate) fn ensure(out: &Out) -> Result<Toolchain> {
    let toolchain = Toolchain::ensure(&mut |what| out.aside(what))?;
    let whose = if toolchain.is_from_debian() {
        "Debian's rustc, with a standard library made for it"
    } else {
        "the rustc in PATH"
    };
    out.line(&format!("  {TARGET}: {whose}"));
    Ok(toolchain)
}

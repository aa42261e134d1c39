//! Memory that is free goes back to the system.
//!
//! glibc's allocator raises the size above which it asks the system for each buffer with every such buffer that is
//! freed, to 32 MiB at most (mallopt(3), `M_MMAP_THRESHOLD`). So a wave of big frames ends up in its heap, which
//! keeps much of it when they are gone. A size that is set stays; the allocator reads it from the environment before
//! `main`, so the program starts itself once more.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Bytes of the smallest buffer that is the system's own. Most messages are smaller and cost no system call.
const THRESHOLD: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "262144");

/// Sets it, unless somebody has. Returns in the program that has it, or where that cannot be: then what is free is
/// kept as before, and nothing else is wrong. Nothing may have been started yet.
pub(super) fn give_back() {
    let (name, value) = THRESHOLD;
    let mut arguments = env::args_os();
    let (Some(called), Ok(program)) = (arguments.next(), env::current_exe()) else { return };
    if cfg!(target_env = "gnu") && env::var_os(name).is_none() {
        // It returns only if it fails.
        let _ = Command::new(program).arg0(called).args(arguments).env(name, value).exec();
    }
}

//! Bounds of checking and compiling components.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Bytes of one component file.
pub const COMPONENT_BYTES_MAX: u64 = 64 << 20;

/// How long checking or compiling one component may take unless the settings say otherwise.
pub const COMPILE_TIME: Duration = Duration::from_secs(60);
/// The longest a setting may allow for it.
pub const COMPILE_TIME_MAX: Duration = Duration::from_secs(60 * 60);

/// Bytes of memory that checking or compiling one component may take unless the settings say otherwise.
pub const COMPILE_MEMORY_BYTES: u64 = 2 << 30;
/// The least and the most a setting may allow for it: the program itself has to fit.
pub const COMPILE_MEMORY_BYTES_RANGE: RangeInclusive<u64> = 256 << 20..=64 << 30;

/// Bytes of the stack of each thread that checks or compiles.
pub const COMPILE_STACK_BYTES: usize = 8 << 20;

/// The same for threads of the host itself that take what was compiled: what a compiler could bear, they can.
pub const LOAD_STACK_BYTES: usize = 2 * COMPILE_STACK_BYTES;

/// Threads that compile one component: their stacks count as its memory.
pub const COMPILE_THREADS_MAX: usize = 8;

/// Answers of compilers that a host keeps on disk; a component has two.
pub const CACHE_ENTRIES_MAX: usize = 256;

/// Bytes of all of them.
pub const CACHE_BYTES_MAX: u64 = 1 << 30;

/// Bytes of machine code of one component.
pub const COMPILED_BYTES_MAX: u64 = 512 << 20;

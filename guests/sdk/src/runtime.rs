//! What the generated bindings ask of their runtime, without a crate for it: a first build would spend more time on
//! that crate's build script than on all of this.
//!
//! `cabi_realloc`, by which the host writes into a guest, is the one that Rust's standard library has for this target.

use std::alloc::{Layout, alloc, handle_alloc_error};

/// Memory that goes to the host with a result: the bindings free it after the host has read it.
///
/// They ask for it together with a guard, which they then forget. A panic between the two ends the instance and all
/// of its memory, so the guard has nothing to do.
pub(crate) struct Cleanup;

impl Cleanup {
    /// Room of this layout, and a guard if there is anything in it.
    pub(crate) fn new(layout: Layout) -> (*mut u8, Option<Self>) {
        if layout.size() == 0 {
            return (std::ptr::null_mut(), None);
        }
        // SAFETY: the size is not zero.
        let room = unsafe { alloc(layout) };
        if room.is_null() {
            handle_alloc_error(layout);
        }
        (room, Some(Self))
    }

    /// Leaves the memory to whoever frees it.
    pub(crate) fn forget(self) {}
}

/// Runs the constructors of the module before the first export does. A module that names this function itself keeps
/// the linker from running them before each export.
#[cfg(target_family = "wasm")]
pub(crate) fn run_ctors_once() {
    use std::sync::atomic::{AtomicBool, Ordering};

    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    static DONE: AtomicBool = AtomicBool::new(false);
    if !DONE.swap(true, Ordering::Relaxed) {
        // SAFETY: the linker provides it, and this is the one call.
        unsafe { __wasm_call_ctors() }
    }
}

/// The bindings name `cabi_realloc` here for targets whose standard library has none. This one's has.
pub(crate) fn maybe_link_cabi_realloc() {}

//! Why a file cannot be taken, each with a way out.

pub(super) const EMPTY: &str = "the file is empty; copy it again";
pub(super) const TOO_LARGE: &str = "the file is larger than 64 MiB, the most a component may have";
pub(super) const STILL_WRITTEN: &str = "still being written; \
    write it under another name and rename it when it is complete";
pub(super) const UNREADABLE: &str = "the host may not read the file; look at its permissions";
pub(super) const SYMLINK: &str = "a symbolic link; its target could change unseen, copy the file itself";
pub(super) const DIRECTORY: &str = "a directory, not a component; copy the .wasm file itself";
pub(super) const IRREGULAR: &str = "not a regular file; copy the .wasm file itself";
pub(super) const RELEASE: &str = "releases of several components are not built yet in this version; \
    drop each .wasm file by itself";

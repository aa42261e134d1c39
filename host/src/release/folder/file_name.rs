//! What a name in the folder promises.

use std::path::Path;

use super::super::identity::name_and_version;

/// What a name promises.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// Not for us: a README, a marker, or a file still being written under another name.
    Nothing,
    /// `*.wasm`: a component.
    Component,
    /// `NAME-1.2.3`: a release, if it is a directory.
    Release,
}

// Temporary names (`x.wasm.part`, `x.wasm~`, `4913`) need no list: they do not end in `.wasm`.
pub(super) fn promise(path: &Path) -> Promise {
    match last(path) {
        name if name.starts_with('.') => Promise::Nothing,
        name if name.ends_with(".wasm") => Promise::Component,
        name if name_and_version(&name).is_some() => Promise::Release,
        _ => Promise::Nothing,
    }
}

/// The last part of a path, for people.
pub(super) fn last(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_names_are_looked_at() {
        let ignored = "README.md 4913 counter .counter-1.2.3.wasm counter-1.2.3.wasm~ counter-1.2.3.wasm.tmp \
                       counter-1.2.3.wasm.part .counter-1.2.3.wasm.swp counter-1.2.3.wasm.accepted \
                       counter-1.2.3.wasm.refused shop-1.3.0.refused";
        for name in ignored.split_whitespace() {
            assert_eq!(promise(Path::new(name)), Promise::Nothing, "{name}");
        }
        assert_eq!(promise(Path::new("in/odd name.wasm")), Promise::Component);
        assert_eq!(promise(Path::new("in/shop-1.3.0")), Promise::Release);
    }
}

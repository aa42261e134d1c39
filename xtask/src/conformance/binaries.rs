//! What cargo and the test binaries print, read. Pure.

use std::path::PathBuf;

use serde_json::Value;

/// A test binary that cargo has built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binary {
    /// What it is called, for people: package and target.
    pub(crate) name: String,
    /// The program.
    pub(crate) program: PathBuf,
    /// The folder of its package, where cargo would run it.
    pub(crate) folder: PathBuf,
}

/// The test binaries among what `cargo test --no-run --message-format=json-render-diagnostics` prints.
pub(crate) fn binaries(messages: &str) -> Vec<Binary> {
    messages.lines().filter_map(|line| binary(&serde_json::from_str(line).ok()?)).collect()
}

fn binary(message: &Value) -> Option<Binary> {
    if !message["profile"]["test"].as_bool()? {
        return None;
    }
    let folder = PathBuf::from(message["manifest_path"].as_str()?).parent()?.to_owned();
    let package = folder.file_name()?.to_string_lossy().into_owned();
    let target = message["target"]["name"].as_str()?;
    let program = PathBuf::from(message["executable"].as_str()?);
    Some(Binary { name: format!("{package}/{target}"), program, folder })
}

/// The tests that `--list` names.
pub(crate) fn listed(output: &str) -> Vec<String> {
    output.lines().filter_map(|line| line.strip_suffix(": test").map(str::to_owned)).collect()
}

/// Whether a run says that this test has succeeded. One that it says nothing of has not: its binary
/// died before.
pub(crate) fn succeeded(output: &str, test: &str) -> bool {
    let wanted = format!("test {test} ... ok");
    output.lines().any(|line| line == wanted)
}

/// What tests say that could not be done here: `skipped sup_04: why`.
pub(crate) fn skipped(errors: &str) -> Vec<&str> {
    errors.lines().filter(|line| line.starts_with("skipped ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_binaries_are_taken_with_the_folder_they_run_in() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/w/host/Cargo.toml","target":{"name":"tidy"},"profile":{"test":true},"executable":"/w/target/debug/deps/tidy-1"}
{"reason":"compiler-artifact","manifest_path":"/w/host/Cargo.toml","target":{"name":"tomte"},"profile":{"test":false},"executable":"/w/target/debug/tomte"}
{"reason":"compiler-artifact","manifest_path":"/w/x/Cargo.toml","target":{"name":"x"},"profile":{"test":true},"executable":null}
{"reason":"build-finished","success":true}
no json"#;
        let expected = Binary {
            name: "host/tidy".into(),
            program: "/w/target/debug/deps/tidy-1".into(),
            folder: "/w/host".into(),
        };
        assert_eq!(binaries(messages), [expected]);
    }

    #[test]
    fn a_list_has_tests_and_benchmarks_and_a_count() {
        assert_eq!(listed("a::b: test\nc: test\nd: benchmark\n\n2 tests, 1 benchmark\n"), ["a::b", "c"]);
    }

    #[test]
    fn only_a_line_of_its_own_says_that_a_test_succeeded() {
        let output =
            "\nrunning 3 tests\ntest a::b ... ok\ntest c ... FAILED\ntest d ... ignored\nsaid: test e ... ok\n";
        let told = ["a::b", "b", "c", "d", "e", "f"].map(|test| succeeded(output, test));
        assert_eq!(told, [true, false, false, false, false, false]);
    }

    #[test]
    fn what_was_skipped_is_told_from_other_noise() {
        assert_eq!(skipped("noise\nskipped sup_04: no erl\n"), ["skipped sup_04: no erl"]);
    }
}

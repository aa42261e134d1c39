//! What is said of files that are no behaviours.

use super::guests::{BYTES, encode};
use crate::wasm::{CONTRACT_FILES, CheckError, check};

const GREET: &str = r#"(module (func (export "greet")))"#;

/// Core exports of a worker that does nothing.
pub(super) const WORKER: &str = r#"
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
    (func (export "tomte:behaviour/callbacks@0.1.0#init")
      (param i32 i32 i64 i64 i64 i32 i32 i32 i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "tomte:behaviour/callbacks@0.1.0#step")
      (param i64 i64 i32 i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "tomte:behaviour/callbacks@0.1.0#terminate") (param i64 i64 i32 i32 i32) (result i32) i32.const 0)
    (func (export "greet"))"#;

fn refused(bytes: &[u8]) -> String {
    check(bytes).expect_err("this is no behaviour").to_string()
}

#[test]
fn a_behaviour_is_described() {
    let checked = check(&BYTES).expect("it is a behaviour");
    assert!(checked.saves_state);
    assert!(checked.imports.iter().any(|name| name == "wasi:random/random@0.2.0"), "{:?}", checked.imports);
    assert_eq!((checked.version, checked.notes.len(), checked.size), (None, 1, BYTES.len()));
}

#[test]
fn a_version_section_is_the_version() {
    let mut bytes = BYTES.clone();
    bytes.extend(b"\x00\x0d\x07version1.2.3");
    let checked = check(&bytes).expect("still a behaviour");
    assert_eq!((checked.version, checked.notes), ("1.2.3".parse().ok(), vec![]));
}

#[test]
fn a_version_that_is_not_three_numbers_is_refused_by_name() {
    for version in ["1.2.3-rc.1", "1.2.3+build", "1.2", "next"] {
        let mut bytes = BYTES.clone();
        bytes.extend([0, 8 + u8::try_from(version.len()).expect("short"), 7]);
        bytes.extend(b"version");
        bytes.extend(version.as_bytes());
        assert_eq!(check(&bytes), Err(CheckError::Version(version.to_owned())));
    }
}

#[test]
fn files_that_are_no_components_are_told_apart() {
    assert_eq!(check(b""), Err(CheckError::Empty));
    assert_eq!(check(b"#!/bin/sh"), Err(CheckError::NotWasm));
    let module = wat::parse_str("(module)").expect("a module");
    assert_eq!(check(&module), Err(CheckError::CoreModule));
    assert!(refused(&module).contains("tomte build"));
    assert!(matches!(check(b"\0asm\xff\xff\xff\xff"), Err(CheckError::Invalid(_))));
}

#[test]
fn no_truncated_component_passes() {
    for length in (1..BYTES.len()).step_by(97) {
        assert!(check(&BYTES[..length]).is_err(), "{length} of {} bytes", BYTES.len());
    }
}

#[test]
fn a_component_of_another_world_is_no_behaviour() {
    let text = refused(&encode(None, "stranger", GREET));
    assert!(text.starts_with("exports no tomte:behaviour/callbacks@0.1.0"), "{text}");
}

#[test]
fn another_version_of_the_contract_is_named() {
    let init = r#"(module (func (export "tomte:behaviour/callbacks@0.2.0#init")))"#;
    let text = refused(&encode(None, "newer", init));
    assert!(text.starts_with("made for tomte:behaviour/callbacks@0.2.0, this host speaks"), "{text}");
}

#[test]
fn another_shape_of_a_function_is_named() {
    let wit = "package tomte:behaviour@0.1.0; interface callbacks { init: func(); } world w { export callbacks; }";
    let init = r#"(module (func (export "tomte:behaviour/callbacks@0.1.0#init")))"#;
    let text = refused(&encode(Some(wit), "w", init));
    assert!(text.starts_with("`init` of tomte:behaviour/callbacks@0.1.0 takes 0 arguments, not 1"), "{text}");
    assert!(text.ends_with("build it against the contract that `tomte wit` writes"), "{text}");
}

/// The contract as one text, with one thing in it another.
fn contract_but(ours: &str, theirs: &str) -> String {
    let files = CONTRACT_FILES.iter().map(|(_, text)| text.replace("package tomte:behaviour@0.1.0;", ""));
    let text = format!("package tomte:behaviour@0.1.0;{}", files.collect::<String>());
    assert!(text.contains(ours), "{ours}");
    text.replace(ours, theirs)
}

#[test]
fn a_type_that_differs_is_named_with_the_case_or_the_field() {
    let module = format!("(module {WORKER})");
    for (ours, theirs, told) in [
        ("    hibernate,\n", "", "its `effect` has no case `hibernate`"),
        (
            "    hibernate,\n",
            "    hibernate,\n    sleep,\n",
            "its `effect` has a case `sleep`, which the contract does not have",
        ),
        (
            "    tag: u64,\n    /// The deadline",
            "    tag: s64,\n    /// The deadline",
            "the field `tag` of `outgoing-call` is of another type",
        ),
        ("    stop(exit-reason),", "    stop(u32),", "the case `stop` of `effect` is of another type"),
        (
            "    prep-stop,",
            "    prep-stop(u32),",
            "the case `prep-stop` of `input` carries something, and nothing in the contract",
        ),
        ("    named,\n", "", "its `timer-kind` has no case `named`"),
        (
            "    now-ms: u64,\n    /// How many inputs",
            "    now: u64,\n    /// How many inputs",
            "its `context` has no field `now-ms`",
        ),
    ] {
        let text = refused(&encode(Some(&contract_but(ours, theirs)), "worker", &module));
        assert!(text.contains("of tomte:behaviour/callbacks@0.1.0 has another shape: "), "{text}");
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn missing_imports_are_named_with_what_to_do() {
    let needy = format!(r#"(module (import "test:guests/shop" "sell" (func)) {WORKER})"#);
    let text = refused(&encode(None, "needy", &needy));
    assert!(text.starts_with("imports test:guests/shop, which this host does not provide"), "{text}");
    let import = r#"(import "wasi:clocks/monotonic-clock@0.3.0" "now" (func (result i64)))"#;
    let modern = format!("(module {import} {WORKER})");
    let text = refused(&encode(None, "modern", &modern));
    assert!(text.contains("that is WASI 0.3: build it for WASI 0.2"), "{text}");
}

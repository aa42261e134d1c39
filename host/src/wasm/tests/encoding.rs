//! Core modules become components.

use super::checking::WORKER;
use crate::wasm::{check, encode};

fn plain(text: &str) -> String {
    text.replace("tomte:behaviour/callbacks@0.1.0#", "")
}

/// What frees the answer of `step`, by its plain name.
const POST: &str = r#"(func (export "cabi_post_step") (param i32))"#;

/// What a worker exports that saves, by plain names.
const SAVER: &str = r#"
    (func (export "save") (result i32) i32.const 0)
    (func (export "saveAs") (param i32 i32) (result i32) i32.const 0)"#;

fn module(functions: &str) -> String {
    format!("(module {functions})")
}

#[test]
fn a_core_module_with_the_contract_s_names_or_plain_ones_is_a_behaviour() {
    for (functions, saves) in
        [(WORKER.to_owned(), false), (plain(WORKER), false), (format!("{}{POST}{SAVER}", plain(WORKER)), true)]
    {
        let text = module(&functions);
        let module = wat::parse_str(&text).expect("a module");
        let made = encode(&module).expect("a component");
        assert_eq!(encode(text.as_bytes()).as_ref(), Ok(&made), "the text of it as well");
        assert_eq!(check(&made).expect("a behaviour").saves_state, saves);
        assert_eq!(encode(&made).as_ref(), Ok(&made), "a component stays as it is");
    }
}

#[test]
fn a_module_that_stops_at_wasi_0_1_is_given_what_leads_to_0_2() {
    let random = r#"(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))"#;
    let made = encode(module(&format!("{random}{}", plain(WORKER))).as_bytes()).expect("a component");
    let imports = check(&made).expect("a behaviour").imports;
    assert!(imports.iter().any(|name| name.starts_with("wasi:random/random@0.2")), "{imports:?}");
}

#[test]
fn what_fits_no_contract_is_told_in_words() {
    let told = |bytes: &[u8]| encode(bytes).expect_err("no component").to_string();
    let lacks = plain(WORKER).replace("(export \"terminate\")", "");
    assert!(told(module(&lacks).as_bytes()).contains("terminate"), "{}", told(module(&lacks).as_bytes()));
    let wrong = plain(WORKER).replace("(param i64 i64 i32 i32 i32) (result i32)", "(param i64) (result i32)");
    assert!(told(module(&wrong).as_bytes()).contains("terminate"), "{}", told(module(&wrong).as_bytes()));
    assert!(told(b"#include <stdio.h>").starts_with("it is neither WebAssembly nor its text"));
    assert!(told(b"").contains("neither WebAssembly"), "{}", told(b""));
    let strange = module(&format!("(import \"env\" \"puts\" (func)){WORKER}"));
    assert!(told(strange.as_bytes()).contains("env"), "{}", told(strange.as_bytes()));
}

#[test]
fn no_truncated_or_damaged_module_breaks_the_encoder() {
    let whole = wat::parse_str(module(&plain(WORKER))).expect("a module");
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        // Whatever comes of it, it comes of it in order.
        let _ = encode(&whole[..at]);
        let _ = encode(&damaged);
    }
}

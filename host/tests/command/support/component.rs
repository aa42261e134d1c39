//! Components: the repository's own, and some that are no behaviours.

use std::path::{Path, PathBuf};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A built guest, such as `counter-0.1.0`.
pub(crate) fn guest(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/dist").join(format!("{name}.wasm"));
    assert!(path.exists(), "{name}.wasm is not built: run `cargo xtask guests`");
    path
}

/// A core module, which is no component.
pub(crate) fn core_module() -> Vec<u8> {
    wat::parse_str("(module)").expect("a module")
}

/// A component of another world.
pub(crate) fn stranger() -> Vec<u8> {
    encode("stranger", r#"(module (func (export "greet")))"#)
}

/// A worker that imports what no host has.
pub(crate) fn needy() -> Vec<u8> {
    encode(
        "needy",
        r#"(module (import "test:guests/shop" "sell" (func))
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
            (func (export "tomte:behaviour/callbacks@0.1.0#init")
              (param i32 i32 i64 i64 i64 i32 i32 i32 i32 i32 i32 i32) (result i32) i32.const 0)
            (func (export "tomte:behaviour/callbacks@0.1.0#step")
              (param i64 i64 i32 i64 i32 i32 i32 i32 i32 i32) (result i32) i32.const 0)
            (func (export "tomte:behaviour/callbacks@0.1.0#terminate") (param i64 i64 i32 i32 i32))
            (func (export "greet")))"#,
    )
}

fn encode(world: &str, text: &str) -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut resolve = Resolve::default();
    resolve.push_dir(here.join("../wit")).expect("the contract parses");
    resolve.push_path(here.join("tests/fixtures/guest.wit")).expect("guest.wit parses");
    let guests = resolve.packages.iter().find(|(_, package)| package.name.namespace == "test");
    let guests = guests.expect("there is a package of guests").0;
    let world = resolve.select_world(&[guests], Some(world)).expect("the world exists");
    let mut module = wat::parse_str(text).expect("the text parses");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata fits");
    let mut encoder = ComponentEncoder::default().validate(true).module(&module).expect("the module fits the world");
    encoder.encode().expect("the component is encoded")
}

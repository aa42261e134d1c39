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
    worker("needy", r#"(import "test:guests/shop" "sell" (func)) (func (export "greet"))"#)
}

/// A worker that does nothing, with one more function of this many nested loops, each of which may go on from
/// its beginning.
pub(crate) fn loops(count: usize) -> Vec<u8> {
    worker("idle", &deep(count))
}

/// The same with a state that can be saved.
pub(crate) fn saving_loops(count: usize) -> Vec<u8> {
    let state = r#"
        (func (export "tomte:behaviour/state@0.1.0#save") (result i32) i32.const 0)
        (func (export "tomte:behaviour/state@0.1.0#save-as") (param i32 i32) (result i32) i32.const 0)"#;
    worker("saving", &format!("{state}{}", deep(count)))
}

fn deep(count: usize) -> String {
    let (begin, end) = ("loop i32.const 0 br_if 0 ".repeat(count), "end ".repeat(count));
    format!("(func {begin} {end})")
}

/// A component with a type of a component with a type of a component, and so on.
pub(crate) fn nested_types(depth: usize) -> Vec<u8> {
    let mut nested = [&[0x41, 0x01, 0x01].repeat(depth)[..], &[0x41, 0x00]].concat();
    nested.insert(0, 1);
    let mut bytes = std::fs::read(guest("counter-0.2.0")).expect("it can be read");
    bytes.push(7);
    let mut length = nested.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(nested);
    bytes
}

/// A worker that does nothing, in this world, with `more` in its module.
fn worker(world: &str, more: &str) -> Vec<u8> {
    encode(
        world,
        &format!(
            r#"(module {more}
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
            (func (export "tomte:behaviour/callbacks@0.1.0#init")
              (param i32 i32 i64 i64 i64 i32 i32 i32 i32 i32 i32 i32) (result i32) i32.const 0)
            (func (export "tomte:behaviour/callbacks@0.1.0#step")
              (param i64 i64 i32 i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) i32.const 0)
            (func (export "tomte:behaviour/callbacks@0.1.0#terminate") (param i64 i64 i32 i32 i32) (result i32)
              i32.const 0))"#
        ),
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

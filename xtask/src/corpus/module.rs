//! Core modules with very many of one thing.

use super::bytes::{leb, many, name, nested, numbered, section, sized, vector};

const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const TABLE: u8 = 4;
const MEMORY: u8 = 5;
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const ELEMENT: u8 = 9;
const CODE: u8 = 10;
const DATA: u8 = 11;
const TAG: u8 = 13;

/// `(func)`.
const NO_TYPE: &[u8] = &[0x60, 0, 0];

/// A module of these sections.
pub(super) fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [b"\0asm\x01\0\0\0".as_slice(), &sections.concat()].concat()
}

fn types() -> Vec<u8> {
    many(TYPE, 1, NO_TYPE)
}

/// One function with these locals and this code.
fn function(locals: &[u8], code: &[u8]) -> Vec<u8> {
    let body = sized(&[locals, code, &[0x0b]].concat());
    module(&[types(), many(FUNCTION, 1, &[0]), many(MEMORY, 1, &[0, 1]), section(CODE, &[vec![1], body].concat())])
}

/// Code that opens so many blocks and closes them.
fn blocks(count: usize, open: &[u8]) -> Vec<u8> {
    function(&[0], &[open.repeat(count), vec![0x0b; count]].concat())
}

fn straight(count: usize, code: &[u8]) -> Vec<u8> {
    function(&[0], &code.repeat(count))
}

pub(super) fn function_types(count: usize) -> Vec<u8> {
    module(&[many(TYPE, count, NO_TYPE)])
}

pub(super) fn parameters(count: usize) -> Vec<u8> {
    let wide = [vec![0x60], vector(count, &[0x7f]), vector(count, &[0x7e])].concat();
    module(&[many(TYPE, 1, &wide)])
}

pub(super) fn recursive_types(count: usize) -> Vec<u8> {
    module(&[section(TYPE, &[vec![1, 0x4e], vector(count, NO_TYPE)].concat())])
}

pub(super) fn struct_fields(count: usize) -> Vec<u8> {
    module(&[section(TYPE, &[vec![1, 0x5f], vector(count, &[0x7f, 0])].concat())])
}

pub(super) fn subtypes(count: usize) -> Vec<u8> {
    // Each is a subtype of the one before.
    let subtype = |number: usize| match number {
        0 => vec![0x50, 0, 0x5f, 0],
        _ => [vec![0x50, 1], leb(number - 1), vec![0x5f, 0]].concat(),
    };
    module(&[section(TYPE, &numbered(count, subtype))])
}

pub(super) fn imports(count: usize) -> Vec<u8> {
    let import = |number: usize| [name("m"), name(&number.to_string()), vec![0, 0]].concat();
    module(&[types(), section(IMPORT, &numbered(count, import))])
}

pub(super) fn functions(count: usize) -> Vec<u8> {
    module(&[types(), many(FUNCTION, count, &[0]), many(CODE, count, &[2, 0, 0x0b])])
}

pub(super) fn functions_that_compute(count: usize) -> Vec<u8> {
    // (local i32) local.get 0, i32.const 1, i32.add, local.set 0.
    let body = sized(&[1, 1, 0x7f, 0x20, 0, 0x41, 1, 0x6a, 0x21, 0, 0x0b]);
    module(&[types(), many(FUNCTION, count, &[0]), many(CODE, count, &body)])
}

pub(super) fn tables(count: usize) -> Vec<u8> {
    module(&[many(TABLE, count, &[0x70, 0, 1])])
}

pub(super) fn memories(count: usize) -> Vec<u8> {
    module(&[many(MEMORY, count, &[0, 1])])
}

pub(super) fn globals(count: usize) -> Vec<u8> {
    module(&[many(GLOBAL, count, &[0x7f, 1, 0x41, 0, 0x0b])])
}

pub(super) fn constant_expression(count: usize) -> Vec<u8> {
    let long = [vec![0x7f, 0, 0x41, 0], [0x41, 1, 0x6a].repeat(count), vec![0x0b]].concat();
    module(&[many(GLOBAL, 1, &long)])
}

pub(super) fn exports(count: usize) -> Vec<u8> {
    let export = |number: usize| [name(&number.to_string()), vec![0, 0]].concat();
    let one =
        [types(), many(FUNCTION, 1, &[0]), section(EXPORT, &numbered(count, export)), many(CODE, 1, &[2, 0, 0x0b])];
    module(&one)
}

pub(super) fn element_segments(count: usize) -> Vec<u8> {
    module(&[many(ELEMENT, count, &[1, 0, 0])])
}

pub(super) fn elements(count: usize) -> Vec<u8> {
    let segment = [vec![1, 1, 0], vector(count, &[0])].concat();
    module(&[types(), many(FUNCTION, 1, &[0]), section(ELEMENT, &segment), many(CODE, 1, &[2, 0, 0x0b])])
}

pub(super) fn data_segments(count: usize) -> Vec<u8> {
    module(&[many(MEMORY, 1, &[0, 1]), many(DATA, count, &[0, 0x41, 0, 0x0b, 1, b'x'])])
}

pub(super) fn data(count: usize) -> Vec<u8> {
    module(&[many(MEMORY, 1, &[0, 1]), section(DATA, &[vec![1, 0, 0x41, 0, 0x0b], sized(&vec![b'x'; count])].concat())])
}

pub(super) fn tags(count: usize) -> Vec<u8> {
    module(&[types(), many(TAG, count, &[0, 0])])
}

pub(super) fn custom_sections(count: usize) -> Vec<u8> {
    module(&[section(0, &name("x")).repeat(count)])
}

pub(super) fn function_names(count: usize) -> Vec<u8> {
    let names = numbered(count, |number| [leb(number), name(&format!("f{number}"))].concat());
    module(&[types(), section(0, &[name("name"), vec![1], sized(&names)].concat())])
}

pub(super) fn groups_of_locals(count: usize) -> Vec<u8> {
    let group = |number: usize| vec![1, if number.is_multiple_of(2) { 0x7f } else { 0x7e }];
    function(&numbered(count, group), &[])
}

pub(super) fn locals(count: usize) -> Vec<u8> {
    function(&[vec![1], leb(count), vec![0x7f]].concat(), &[])
}

/// Each local is written and read, so that none can be forgotten.
pub(super) fn locals_in_use(count: usize) -> Vec<u8> {
    let each = |number: usize| [vec![0x20], leb(number), vec![0x41, 1, 0x6a, 0x21], leb(number)].concat();
    let used: Vec<u8> = (0..count).flat_map(each).collect();
    // In a loop, so that all of them live for all of it.
    let code = [vec![0x03, 0x40], used, vec![0x41, 0, 0x0d, 0, 0x0b]].concat();
    function(&[vec![1], leb(count), vec![0x7f]].concat(), &code)
}

pub(super) fn nested_blocks(count: usize) -> Vec<u8> {
    blocks(count, &[0x02, 0x40])
}

pub(super) fn nested_loops(count: usize) -> Vec<u8> {
    blocks(count, &[0x03, 0x40, 0x41, 0, 0x0d, 0])
}

pub(super) fn nested_ifs(count: usize) -> Vec<u8> {
    blocks(count, &[0x41, 0, 0x04, 0x40])
}

pub(super) fn nested_tries(count: usize) -> Vec<u8> {
    blocks(count, &[0x1f, 0x40, 0])
}

pub(super) fn branch_targets(count: usize) -> Vec<u8> {
    function(&[0], &[vec![0x41, 0, 0x0e], vector(count, &[0]), vec![0]].concat())
}

/// A jump out of a block from so many places.
pub(super) fn branches(count: usize) -> Vec<u8> {
    function(&[0], &[vec![0x02, 0x40], [0x41, 0, 0x0d, 0].repeat(count), vec![0x0b]].concat())
}

pub(super) fn instructions(count: usize) -> Vec<u8> {
    straight(count, &[0x41, 0, 0x1a])
}

pub(super) fn loads(count: usize) -> Vec<u8> {
    straight(count, &[0x41, 0, 0x28, 2, 0, 0x1a])
}

pub(super) fn calls(count: usize) -> Vec<u8> {
    straight(count, &[0x10, 0])
}

pub(super) fn divisions(count: usize) -> Vec<u8> {
    straight(count, &[0x42, 7, 0x42, 3, 0x7f, 0x1a])
}

pub(super) fn vectors(count: usize) -> Vec<u8> {
    let constant = [vec![0xfd, 0x0c], vec![7; 16]].concat();
    // v128.const, v128.const, i8x16.swizzle, drop.
    straight(count, &[constant.clone(), constant, vec![0xfd, 0x0e, 0x1a]].concat())
}

pub(super) fn values_on_the_stack(count: usize) -> Vec<u8> {
    function(&[0], &[[0x41, 0].repeat(count), vec![0x1a; count]].concat())
}

/// Modules whose only section is one that nobody knows, with sections in it that are never read.
pub(super) fn sections_in_sections(count: usize) -> Vec<u8> {
    module(&[nested(count, &[0], &name("x"), b"", b"")])
}

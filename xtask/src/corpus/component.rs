//! Components with very many of one thing. What has numbers of its own is put into a component of its own,
//! where counting begins anew.

use super::bytes::{index, leb, many, name, nested, numbered, section, sized, vector};
use super::module::module;

const HEAD: &[u8] = b"\0asm\x0d\0\x01\0";

const CORE_MODULE: u8 = 1;
const CORE_INSTANCE: u8 = 2;
const CORE_TYPE: u8 = 3;
const COMPONENT: u8 = 4;
const INSTANCE: u8 = 5;
const ALIAS: u8 = 6;
const TYPE: u8 = 7;
const CANONICAL: u8 = 8;
const IMPORT: u8 = 10;
const EXPORT: u8 = 11;

/// A component that runs, with more sections behind its own. The version that is written into it is taken
/// out, so that its file's name says it. With `instance` it has an instance of the last module or component
/// that it now has, which otherwise nobody need look at.
pub(super) fn carry(runs: &[u8], more: &[u8], instance: bool) -> Vec<u8> {
    let mut kept = runs[..HEAD.len().min(runs.len())].to_vec();
    for (whole, content) in sections(&runs[kept.len()..]) {
        let is_version = whole[0] == 0 && content.starts_with(&name("version"));
        if !is_version {
            kept.extend(whole);
        }
    }
    kept.extend(more);
    let last = sections(more).last().map(|(whole, _)| whole[0]);
    let of = |id: u8| sections(&kept[HEAD.len()..]).filter(|(whole, _)| whole[0] == id).count();
    let section = match last {
        Some(CORE_MODULE) if instance => Some((CORE_INSTANCE, of(CORE_MODULE))),
        Some(COMPONENT) if instance => Some((INSTANCE, of(COMPONENT))),
        _ => None,
    };
    kept.extend(section.map_or_else(Vec::new, |(id, count)| many(id, 1, &[vec![0], leb(count - 1), vec![0]].concat())));
    kept
}

/// A component that runs, with this module or component in it.
pub(crate) fn beside(runs: &[u8], file: &[u8]) -> Vec<u8> {
    let id = if file.starts_with(HEAD) { COMPONENT } else { CORE_MODULE };
    carry(runs, &section(id, file), false)
}

/// Each section, and its content.
fn sections(mut rest: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let found = first(rest)?;
        rest = &rest[found.0.len()..];
        Some(found)
    })
}

/// The first section, and its content.
fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut length, mut shift, mut at) = (0_usize, 0, 1);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 0x7f) << shift;
        (shift, at) = (shift + 7, at + 1);
        if byte & 0x80 == 0 || shift > 28 {
            break;
        }
    }
    let whole = bytes.get(..at + length)?;
    Some((whole, &whole[at..]))
}

/// A core module as a section of a component.
pub(super) fn core(module: Vec<u8>) -> Vec<u8> {
    section(CORE_MODULE, &module)
}

/// A component of these sections, as a section of a component.
fn inner(sections: &[Vec<u8>]) -> Vec<u8> {
    section(COMPONENT, &[HEAD, &sections.concat()].concat())
}

fn types(count: usize, item: &[u8]) -> Vec<u8> {
    inner(&[many(TYPE, count, item)])
}

/// A type, then so many that are each made of the one before.
fn chain(count: usize, made_of: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let link = |number: usize| match number {
        0 => vec![0x7f],
        _ => made_of(&index(number - 1)),
    };
    inner(&[section(TYPE, &numbered(count + 1, link))])
}

/// A name that no other number has.
fn label(number: usize) -> Vec<u8> {
    name(&format!("n{number}"))
}

pub(super) fn custom_sections(count: usize) -> Vec<u8> {
    section(0, &name("x")).repeat(count)
}

pub(super) fn long_custom_name(count: usize) -> Vec<u8> {
    section(0, &sized(&vec![b'n'; count]))
}

pub(super) fn core_modules(count: usize) -> Vec<u8> {
    core(module(&[])).repeat(count)
}

pub(super) fn core_types(count: usize) -> Vec<u8> {
    inner(&[many(CORE_TYPE, count, &[0x60, 0, 0])])
}

pub(super) fn core_module_types(count: usize) -> Vec<u8> {
    inner(&[many(CORE_TYPE, count, &[0x50, 0])])
}

pub(super) fn core_instances(count: usize) -> Vec<u8> {
    inner(&[core(module(&[])), many(CORE_INSTANCE, count, &[0, 0, 0])])
}

pub(super) fn core_instances_of_exports(count: usize) -> Vec<u8> {
    inner(&[many(CORE_INSTANCE, count, &[1, 0])])
}

pub(super) fn primitive_types(count: usize) -> Vec<u8> {
    types(count, &[0x7f])
}

pub(super) fn function_types(count: usize) -> Vec<u8> {
    types(count, &[0x40, 0, 1, 0])
}

pub(super) fn parameters(count: usize) -> Vec<u8> {
    let parameters = numbered(count, |number| [label(number), vec![0x7f]].concat());
    types(1, &[vec![0x40], parameters, vec![1, 0]].concat())
}

pub(super) fn record_fields(count: usize) -> Vec<u8> {
    types(1, &[vec![0x72], numbered(count, |number| [label(number), vec![0x7f]].concat())].concat())
}

pub(super) fn variant_cases(count: usize) -> Vec<u8> {
    types(1, &[vec![0x71], numbered(count, |number| [label(number), vec![0, 0]].concat())].concat())
}

pub(super) fn enum_cases(count: usize) -> Vec<u8> {
    types(1, &[vec![0x6d], numbered(count, label)].concat())
}

pub(super) fn flags(count: usize) -> Vec<u8> {
    types(1, &[vec![0x6e], numbered(count, label)].concat())
}

pub(super) fn tuple_members(count: usize) -> Vec<u8> {
    types(1, &[vec![0x6f], vector(count, &[0x7f])].concat())
}

pub(super) fn lists_of_lists(count: usize) -> Vec<u8> {
    chain(count, |before| [&[0x70], before].concat())
}

pub(super) fn options_of_options(count: usize) -> Vec<u8> {
    chain(count, |before| [&[0x6b], before].concat())
}

pub(super) fn results_of_results(count: usize) -> Vec<u8> {
    chain(count, |before| [&[0x6a, 1], before, &[1], before].concat())
}

/// Twice as large with each: a few dozen are more than there are atoms.
pub(super) fn tuples_that_double(count: usize) -> Vec<u8> {
    chain(count, |before| [&[0x6f, 2], before, before].concat())
}

pub(super) fn resources(count: usize) -> Vec<u8> {
    types(count, &[0x3f, 0x7f, 0])
}

pub(super) fn component_types(count: usize) -> Vec<u8> {
    types(count, &[0x41, 0])
}

pub(super) fn instance_types(count: usize) -> Vec<u8> {
    types(count, &[0x42, 0])
}

pub(super) fn declarations(count: usize) -> Vec<u8> {
    types(1, &[vec![0x42], vector(count, &[1, 0x7f])].concat())
}

pub(super) fn nested_component_types(count: usize) -> Vec<u8> {
    types(1, &[[0x41, 1, 1].repeat(count), vec![0x41, 0]].concat())
}

pub(super) fn nested_instance_types(count: usize) -> Vec<u8> {
    types(1, &[[0x42, 1, 1].repeat(count), vec![0x42, 0]].concat())
}

pub(super) fn components(count: usize) -> Vec<u8> {
    inner(&[]).repeat(count)
}

pub(super) fn nested_components(count: usize) -> Vec<u8> {
    nested(count, &[COMPONENT], HEAD, b"", b"")
}

/// The same, and each has an instance of the one in it.
pub(super) fn nested_instances(count: usize) -> Vec<u8> {
    nested(count, &[COMPONENT], HEAD, b"", &many(INSTANCE, 1, &[0, 0, 0]))
}

pub(super) fn instances(count: usize) -> Vec<u8> {
    inner(&[inner(&[]), many(INSTANCE, count, &[0, 0, 0])])
}

pub(super) fn instances_of_exports(count: usize) -> Vec<u8> {
    inner(&[many(INSTANCE, count, &[1, 0])])
}

/// Each component has two instances of the one before.
pub(super) fn instances_that_double(count: usize) -> Vec<u8> {
    let pair = |number: usize| {
        // The one before, by an alias of the outer component's.
        let before = [vec![1, 4, 2, 1], leb(number)].concat();
        inner(&[section(ALIAS, &before), many(INSTANCE, 2, &[0, 0, 0])])
    };
    let mut content = inner(&[core(module(&[])), many(CORE_INSTANCE, 1, &[0, 0, 0])]);
    (0..count).for_each(|number| content.extend(pair(number)));
    content.extend(many(INSTANCE, 1, &[vec![0], leb(count), vec![0]].concat()));
    inner(&[content])
}

pub(super) fn aliases(count: usize) -> Vec<u8> {
    inner(&[many(TYPE, 1, &[0x7f]), many(ALIAS, count, &[3, 2, 0, 0])])
}

pub(super) fn resource_functions(count: usize) -> Vec<u8> {
    inner(&[many(TYPE, 1, &[0x3f, 0x7f, 0]), many(CANONICAL, count, &[3, 0])])
}

pub(super) fn imports(count: usize) -> Vec<u8> {
    let import = |number: usize| [vec![0], label(number), vec![1, 0]].concat();
    inner(&[many(TYPE, 1, &[0x40, 0, 1, 0]), section(IMPORT, &numbered(count, import))])
}

pub(super) fn lowered_functions(count: usize) -> Vec<u8> {
    let import = [vec![1, 0], label(0), vec![1, 0]].concat();
    inner(&[many(TYPE, 1, &[0x40, 0, 1, 0]), section(IMPORT, &import), many(CANONICAL, count, &[1, 0, 0, 0])])
}

pub(super) fn long_import_name(count: usize) -> Vec<u8> {
    let import = [vec![1, 0], sized(&vec![b'n'; count]), vec![1, 0]].concat();
    inner(&[many(TYPE, 1, &[0x40, 0, 1, 0]), section(IMPORT, &import)])
}

pub(super) fn exports(count: usize) -> Vec<u8> {
    let export = |number: usize| [vec![0], label(number), vec![3, 0, 0]].concat();
    inner(&[many(TYPE, 1, &[0x7f]), section(EXPORT, &numbered(count, export))])
}

/// Sections that are empty.
pub(super) fn empty_sections(count: usize) -> Vec<u8> {
    inner(&[section(TYPE, &[0]).repeat(count)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_has_all_of_a_component_but_its_version() {
        let (other, version) = (section(9, b"abc"), section(0, &[name("version"), b"1.2.3".to_vec()].concat()));
        let runs = [HEAD, &other, &version, &other].concat();
        let (more, core) = (section(COMPONENT, b""), section(CORE_MODULE, b""));
        assert_eq!(carry(&runs, &more, false), [HEAD, &other, &other, &more].concat());
        let instance = many(INSTANCE, 1, &[0, 1, 0]);
        assert_eq!(carry(&[HEAD, &more].concat(), &more, true), [HEAD, &more, &more, &instance].concat());
        let instance = many(CORE_INSTANCE, 1, &[0, 0, 0]);
        assert_eq!(carry(HEAD, &core, true), [HEAD, &core, &instance].concat());
        assert_eq!(carry(b"", b"", false), b"");
    }
}

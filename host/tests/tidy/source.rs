//! The sources of the host as a compiler sees them: which file is which module, what it names, and where
//! what it names is defined.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Item, ItemUse, UseTree, Visibility};

/// A path as it is written: `crate`, `super`, `self` or a library first.
pub(crate) type Written = Vec<String>;

/// One file of `host/src`.
pub(crate) struct Source {
    /// Its path below `host/src`.
    pub(crate) file: PathBuf,
    /// The module it is, without `crate`.
    pub(crate) module: Vec<String>,
    /// What it names outside its tests, made absolute: `crate` or a library first.
    pub(crate) named: BTreeSet<Written>,
    /// What it hands on under a name of its own, and where that comes from, made absolute.
    reexports: BTreeMap<String, Written>,
    children: BTreeSet<String>,
}

/// All of them, by module.
pub(crate) struct Sources(BTreeMap<Vec<String>, Source>);

impl Sources {
    /// Reads the library whose root is `lib.rs` in this directory. Modules of tests are left out.
    pub(crate) fn read(dir: &Path) -> Sources {
        let mut all = BTreeMap::new();
        read(dir, Path::new("lib.rs"), vec![], &mut all);
        Sources(all)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Source> {
        self.0.values()
    }

    /// The file that defines what a path names, past whoever hands it on; none outside this library.
    pub(crate) fn defining(&self, path: &[String]) -> Option<&Source> {
        let (first, rest) = path.split_first()?;
        if first != "crate" {
            return None;
        }
        let mut module: Vec<String> = vec![];
        for (at, name) in rest.iter().enumerate() {
            let mut deeper = module.clone();
            deeper.push(name.clone());
            if self.0.contains_key(&deeper) {
                module = deeper;
                continue;
            }
            let here = self.0.get(&module)?;
            return match here.reexports.get(name) {
                Some(origin) => self.defining(&[origin, &rest[at + 1..]].concat()),
                None => Some(here),
            };
        }
        self.0.get(&module)
    }
}

fn read(dir: &Path, file: &Path, module: Vec<String>, all: &mut BTreeMap<Vec<String>, Source>) {
    let text = std::fs::read_to_string(dir.join(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let items: Vec<&Item> = parsed.items.iter().filter(|item| !is_for_tests(item)).collect();
    let children: BTreeSet<String> = items.iter().filter_map(|item| child(item)).collect();
    for child in &children {
        let below = [&module[..], std::slice::from_ref(child)].concat();
        read(dir, &file_of(dir, &below), below, all);
    }
    let (named, reexports) = (BTreeSet::new(), BTreeMap::new());
    let mut source = Source { file: file.into(), module, named, reexports, children };
    for item in items {
        match item {
            Item::Use(item) => source.take_use(item),
            item => source.take_tokens(item.to_token_stream()),
        }
    }
    all.insert(source.module.clone(), source);
}

/// The module in a file of its own that an item declares.
fn child(item: &Item) -> Option<String> {
    match item {
        Item::Mod(child) if child.content.is_none() => Some(child.ident.to_string()),
        _ => None,
    }
}

fn file_of(dir: &Path, module: &[String]) -> PathBuf {
    let stem: PathBuf = module.iter().collect();
    let flat = stem.with_extension("rs");
    if dir.join(&flat).exists() { flat } else { stem.join("mod.rs") }
}

/// Whether it stands behind `#[cfg(test)]`.
fn is_for_tests(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().replace(' ', "") == "#[cfg(test)]")
}

impl Source {
    fn take_use(&mut self, item: &ItemUse) {
        let mut written = vec![];
        flatten(&item.tree, &mut vec![], &mut written);
        let is_handed_on = !matches!(item.vis, Visibility::Inherited);
        for (name, path) in written {
            let path = self.absolute(&path);
            if is_handed_on {
                self.reexports.insert(name, path);
            } else {
                self.named.insert(path);
            }
        }
    }

    /// Finds paths in what is no `use`, also within macros.
    fn take_tokens(&mut self, tokens: TokenStream) {
        let mut path: Written = vec![];
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if path.is_empty() || colons == 2 => path.push(name.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() && colons < 2 => {
                    colons += 1;
                    continue;
                }
                token => {
                    self.take_path(std::mem::take(&mut path));
                    match token {
                        TokenTree::Ident(name) => path.push(name.to_string()),
                        TokenTree::Group(group) => self.take_tokens(group.stream()),
                        TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                    }
                }
            }
            colons = 0;
        }
        self.take_path(path);
    }

    fn take_path(&mut self, path: Written) {
        if path.len() > 1 {
            let absolute = self.absolute(&path);
            self.named.insert(absolute);
        }
    }

    fn absolute(&self, path: &[String]) -> Written {
        let mut module = self.module.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("self") => rest = &rest[1..],
            Some("super") => {
                while rest.first().is_some_and(|name| name == "super") {
                    module.pop();
                    rest = &rest[1..];
                }
            }
            // A child of this module is named without a word before it.
            Some(name) if self.children.contains(name) => {}
            _ => return path.to_vec(),
        }
        [vec!["crate".to_owned()], module, rest.to_vec()].concat()
    }
}

fn flatten(tree: &UseTree, before: &mut Written, all: &mut Vec<(String, Written)>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, all);
            before.pop();
        }
        UseTree::Name(name) => push(name.ident.to_string(), name.ident.to_string(), before, all),
        UseTree::Rename(rename) => push(rename.ident.to_string(), rename.rename.to_string(), before, all),
        UseTree::Glob(_) => all.push(("*".to_owned(), before.clone())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, all)),
    }
}

/// `use a::b::{self}` names `a::b`.
fn push(name: String, called: String, before: &[String], all: &mut Vec<(String, Written)>) {
    let path = if name == "self" { before.to_vec() } else { [before, &[name]].concat() };
    let called = if called == "self" { before.last().cloned().unwrap_or_default() } else { called };
    all.push((called, path));
}

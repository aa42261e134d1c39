//! Who imports whom, file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::source::{Source, Sources};

/// The files of the library and the imports between them, by module.
pub(crate) struct Graph<'a> {
    imports: BTreeMap<&'a [String], BTreeSet<&'a [String]>>,
}

impl<'a> Graph<'a> {
    /// An import of something that a module hands on counts for the file that defines it. Between a module
    /// and its own children there may be imports both ways; those do not count.
    pub(crate) fn of(sources: &'a Sources) -> Graph<'a> {
        let mut imports = BTreeMap::new();
        for source in sources.all() {
            let defining = |path: &Vec<String>| sources.defining(path);
            let targets = source.named.iter().filter_map(defining).filter(|target| counts(source, target));
            imports.insert(&source.module[..], targets.map(|target| &target.module[..]).collect());
        }
        Graph { imports }
    }

    /// How many files, and how many imports between them.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.imports.len(), self.imports.values().map(BTreeSet::len).sum())
    }

    /// The circles: sets of files that reach each other. Tarjan 1972, told by depth.
    pub(crate) fn circles(&self) -> Vec<Vec<&'a [String]>> {
        let mut search =
            Search { graph: self, index: BTreeMap::new(), low: BTreeMap::new(), stack: vec![], found: vec![] };
        self.imports.keys().for_each(|module| search.visit(module));
        search.found
    }

    /// The graph as text: one line per file, in order.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (module, targets) in &self.imports {
            let targets: Vec<String> = targets.iter().map(|target| name(target)).collect();
            writeln!(text, "{} -> {}", name(module), targets.join(", ")).expect("a string takes it");
        }
        text
    }
}

fn counts(from: &Source, to: &Source) -> bool {
    let is_parent =
        |above: &Source, below: &Source| below.module.split_last().is_some_and(|(_, parent)| parent == above.module);
    from.module != to.module && !is_parent(from, to) && !is_parent(to, from)
}

/// A module in the words of the source.
pub(crate) fn name(module: &[String]) -> String {
    if module.is_empty() { "lib".to_owned() } else { module.join("::") }
}

struct Search<'g, 'a> {
    graph: &'g Graph<'a>,
    index: BTreeMap<&'a [String], usize>,
    low: BTreeMap<&'a [String], usize>,
    stack: Vec<&'a [String]>,
    found: Vec<Vec<&'a [String]>>,
}

impl<'a> Search<'_, 'a> {
    fn visit(&mut self, module: &'a [String]) {
        if self.index.contains_key(module) {
            return;
        }
        let number = self.index.len();
        self.index.insert(module, number);
        self.low.insert(module, number);
        self.stack.push(module);
        for target in self.graph.imports.get(module).into_iter().flatten().copied() {
            let is_new = !self.index.contains_key(target);
            self.visit(target);
            if is_new || self.stack.contains(&target) {
                let reached = if is_new { self.low[target] } else { self.index[target] };
                let low = self.low[module].min(reached);
                self.low.insert(module, low);
            }
        }
        if self.low[module] == number {
            let at = self.stack.iter().position(|other| *other == module).expect("it was pushed");
            let circle = self.stack.split_off(at);
            if circle.len() > 1 {
                self.found.push(circle);
            }
        }
    }
}

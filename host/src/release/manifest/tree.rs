//! The tree as a whole: do its names exist, does everything hang from the root?

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use toml::Spanned;

use super::super::document::{Report, Table};
use super::Behaviour;
use super::children::{Child, children};
use super::managers::{check_handler, managers};
use super::order::order;
use super::supervisors::{ROOT, supervisors};
use super::types::Places;
use crate::base::{AutoShutdown, ChildKind, Name, SupervisorSpec, TreeSpec, limits};

type Supervisors = Vec<(Spanned<Name>, SupervisorSpec)>;

pub(super) fn tree(
    document: &Table<'_>,
    report: &Report<'_>,
    behaviours: &BTreeMap<Name, Behaviour>,
    config: &Map<String, Value>,
    places: &mut Places,
) -> TreeSpec {
    let mut supervisors = supervisors(document);
    let managers = managers(document);
    let names = managers.iter().map(|(name, _)| name.get_ref().clone()).collect();
    check_managers(report, &supervisors, &managers);
    supervisors.extend(managers);
    let children = children(document, report, config, &names);
    children
        .iter()
        .filter(|child| names.contains(child.under.get_ref()))
        .for_each(|child| check_handler(report, child));
    check_names(report, &supervisors, &children, behaviours);
    check_significance(report, &supervisors, &children);
    check_reachable(report, &supervisors, &children);
    let order = start_order(report, &children);
    let names = supervisors.iter().map(|(name, _)| name).chain(children.iter().map(|child| &child.name));
    places.tree = names.map(|name| (name.get_ref().clone(), report.place(&name.span()))).collect();
    TreeSpec {
        supervisors: supervisors.into_iter().map(|(name, spec)| (name.into_inner(), spec)).collect(),
        children: order.into_iter().map(|at| children[at].spec.clone()).collect(),
    }
}

fn check_names(
    report: &Report<'_>,
    supervisors: &Supervisors,
    children: &[Child],
    behaviours: &BTreeMap<Name, Behaviour>,
) {
    let names: BTreeSet<&str> = supervisors.iter().map(|(name, _)| name.get_ref().as_str()).collect();
    for child in children {
        if !names.contains(child.under.get_ref().as_str()) {
            report.unknown(&child.under, "supervisor", names.iter().copied());
        }
        match &child.spec.kind {
            ChildKind::Worker(name) if !behaviours.contains_key(name) => {
                report.unknown(&child.is, "behaviour", behaviours.keys().map(Name::as_str));
            }
            ChildKind::Supervisor(name) if !is_one(supervisors, name, child.manages) => {
                let of_kind = supervisors.iter().filter(|(_, spec)| spec.manager.is_some() == child.manages);
                let names = of_kind.map(|(name, _)| name.get_ref().as_str());
                report.unknown(&child.is, if child.manages { "manager" } else { "supervisor" }, names);
            }
            kind => check_own_name(report, child, kind, &names),
        }
    }
}

fn is_one(supervisors: &Supervisors, name: &Name, manager: bool) -> bool {
    supervisors.iter().any(|(known, spec)| known.get_ref() == name && spec.manager.is_some() == manager)
}

/// A manager is addressed like a worker and stands in the tree like a supervisor.
fn check_managers(report: &Report<'_>, supervisors: &Supervisors, managers: &Supervisors) {
    for (name, _) in managers.iter().filter(|(name, _)| is_one(supervisors, name.get_ref(), false)) {
        let what = format!("`{}` is the name of a supervisor and of a manager", name.get_ref());
        report.say(&name.span(), what, "commands could not tell them apart", "rename one of them".to_owned());
    }
}

/// A command that names a supervisor must not mean another child as well.
fn check_own_name(report: &Report<'_>, child: &Child, kind: &ChildKind, supervisors: &BTreeSet<&str>) {
    let own = child.name.get_ref();
    if supervisors.contains(own.as_str()) && *kind != ChildKind::Supervisor(own.clone()) {
        let what = format!("`{own}` is the name of a supervisor and of another child");
        report.say(&child.name.span(), what, "commands could not tell them apart", "rename one of them".to_owned());
    }
}

fn check_significance(report: &Report<'_>, supervisors: &Supervisors, children: &[Child]) {
    let never = |child: &&Child| {
        let above = supervisors.iter().find(|(name, _)| name.get_ref() == child.under.get_ref());
        child.spec.significant && above.is_some_and(|(_, spec)| spec.auto_shutdown == AutoShutdown::Never)
    };
    for child in children.iter().filter(never) {
        let what = format!(
            "`{}` is significant, but [supervisor.{}] never ends with its children",
            child.name.get_ref(),
            child.under.get_ref()
        );
        let fix = "give the supervisor `auto_shutdown = \"any_significant\"`, or take `significant` out".to_owned();
        report.say(&child.name.span(), what, "the key would have no effect", fix);
    }
}

/// Every supervisor but the root is the child of exactly one other that leads to the root.
fn check_reachable(report: &Report<'_>, supervisors: &Supervisors, children: &[Child]) {
    let mut above: HashMap<&str, &str> = HashMap::new();
    for child in children {
        let ChildKind::Supervisor(name) = &child.spec.kind else { continue };
        let twice = above.insert(name.as_str(), child.under.get_ref().as_str()).is_some();
        if twice || name.as_str() == ROOT {
            let what = if twice {
                format!("supervisor `{name}` is a child twice")
            } else {
                "the root is nobody's child".to_owned()
            };
            let fix = format!("take [child.{}] out", child.name.get_ref());
            report.say(&child.is.span(), what, "a supervisor stands in one place of the tree", fix);
        }
    }
    let depths = depths(&above);
    for (name, spec) in supervisors {
        let noun = if spec.manager.is_some() { "manager" } else { "supervisor" };
        match depths.get(name.get_ref().as_str()) {
            Some(depth) if *depth > limits::SUPERVISOR_DEPTH_MAX => {
                let what = format!("supervisor `{}` stands too deep", name.get_ref());
                let why = format!("{} above one another are the most", limits::SUPERVISOR_DEPTH_MAX);
                report.say(&name.span(), what, &why, "make the tree flatter".to_owned());
            }
            Some(_) => {}
            None => unreached(report, name, noun, above.contains_key(name.get_ref().as_str())),
        }
    }
}

/// How many supervisors lead from the root to each, itself included. Who is missing is not reached.
fn depths<'c>(above: &HashMap<&'c str, &'c str>) -> HashMap<&'c str, usize> {
    let mut below: HashMap<&str, Vec<&'c str>> = HashMap::new();
    above.iter().for_each(|(name, up)| below.entry(up).or_default().push(name));
    let mut depths = HashMap::from([(ROOT, 1)]);
    let mut look = vec![(ROOT, 1)];
    while let Some((up, depth)) = look.pop() {
        for name in below.remove(up).unwrap_or_default() {
            depths.insert(name, depth + 1);
            look.push((name, depth + 1));
        }
    }
    depths
}

fn unreached(report: &Report<'_>, name: &Spanned<Name>, noun: &str, is_child: bool) {
    let text = name.get_ref();
    let (what, fix) = if is_child {
        let fix = format!("put [{noun}.{text}], or one above it, under \"{ROOT}\"");
        (format!("{noun} `{text}` does not hang from the root"), fix)
    } else {
        let fix = format!("add [child.{text}] with `{noun} = \"{text}\"`");
        (format!("{noun} `{text}` is nobody's child"), fix)
    };
    report.say(&name.span(), what, "nothing would start it", fix);
}

fn start_order(report: &Report<'_>, children: &[Child]) -> Vec<usize> {
    let index: HashMap<&Name, usize> =
        children.iter().enumerate().map(|(at, child)| (child.name.get_ref(), at)).collect();
    let before = |child: &Child, first: &Spanned<Name>| {
        let Some(at) = index.get(first.get_ref()).copied() else {
            report.unknown(first, "child", index.keys().map(|name| name.as_str()));
            return None;
        };
        if children[at].under.get_ref() == child.under.get_ref() {
            return Some(at);
        }
        let what = format!("`after` names `{}`, which stands under another supervisor", first.get_ref());
        let fix =
            format!("order the supervisors instead; `{}` is under `{}`", first.get_ref(), children[at].under.get_ref());
        report.say(&first.span(), what, "a supervisor orders its own children only", fix);
        None
    };
    let after: Vec<Vec<usize>> =
        children.iter().map(|child| child.after.iter().filter_map(|first| before(child, first)).collect()).collect();
    order(&after).unwrap_or_else(|stuck| {
        let name = &children[stuck].name;
        let what = format!("`{}` comes after itself", name.get_ref());
        let fix = "take one `after` of the circle out".to_owned();
        report.say(&name.span(), what, "following `after` from here leads back to it, or into a circle", fix);
        Vec::new()
    })
}

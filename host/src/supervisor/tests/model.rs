//! A second opinion: what the declaration and the orders say about who stands where in the order,
//! and how many restarts there may be. It knows names and lists, and nothing of phases, places or
//! ids.

use std::collections::{BTreeMap, BTreeSet};

use super::forest::is_simple;
use crate::base::{ChildKind, ChildSpec, Nanos, SupervisorSpec, TreeSpec, nanos};
use crate::supervisor::{Report, Status, Tree};

/// One supervisor.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) flags: SupervisorSpec,
    /// What its next start brings.
    pub(super) declared: Vec<ChildSpec>,
    /// Whoever may be there now, in start order.
    names: Vec<String>,
    restarts: Vec<Nanos>,
    seen: (Status, u64),
}

pub(super) struct Model {
    pub(super) groups: BTreeMap<String, Group>,
    supervisors: BTreeSet<String>,
}

impl Model {
    pub(super) fn new(spec: &TreeSpec) -> Model {
        let group = |name: &crate::base::Name, flags: &SupervisorSpec| {
            let declared: Vec<_> = spec.children.iter().filter(|child| child.under == *name).cloned().collect();
            let names = names_of(&declared, flags);
            Group { flags: flags.clone(), declared, names, restarts: vec![], seen: (Status::Stopped, 0) }
        };
        let groups: BTreeMap<String, Group> =
            spec.supervisors.iter().map(|(name, flags)| (name.to_string(), group(name, flags))).collect();
        let supervisors = groups.keys().cloned().collect();
        Model { groups, supervisors }
    }

    /// A new child was accepted; it stands last, and any other that had its name is gone.
    pub(super) fn added(&mut self, supervisor: &str, name: &str) {
        self.removed(supervisor, name);
        if !is_keyed(&self.groups[supervisor].flags) {
            let listed = self.groups.values_mut().filter(|group| !is_keyed(&group.flags));
            listed.for_each(|group| group.names.retain(|other| other != name));
        }
        self.group(supervisor).names.push(name.to_owned());
    }

    pub(super) fn removed(&mut self, supervisor: &str, name: &str) {
        self.group(supervisor).names.retain(|other| other != name);
    }

    /// A change was accepted: what is listed stands first, what was there stays.
    pub(super) fn changed(&mut self, supervisor: &str, flags: SupervisorSpec, declared: Vec<ChildSpec>) {
        let mut names = names_of(&declared, &flags);
        if !is_keyed(&flags) {
            for other in self.groups.iter_mut().filter(|(other, _)| *other != supervisor).map(|(_, group)| group) {
                other.names.retain(|name| is_keyed(&other.flags) || !names.contains(name));
            }
        }
        let group = self.group(supervisor);
        names.extend(group.names.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        (group.flags, group.declared, group.names) = (flags, declared, names);
    }

    pub(super) fn group(&mut self, supervisor: &str) -> &mut Group {
        self.groups.get_mut(supervisor).expect("a supervisor")
    }

    /// A restart is reported only within the intensity, and giving up only beyond it.
    pub(super) fn reported(&mut self, report: &Report, now: Nanos) {
        let (child, gives_up) = match report {
            Report::Restarting { child, .. } => (child, false),
            Report::GaveUp { child, .. } => (child, true),
            _ => return,
        };
        let above = match report {
            Report::GaveUp { supervisor, .. } => supervisor.to_string(),
            // The tree may have forgotten it by now.
            _ => match child.as_str().split_once('/') {
                Some((above, _)) => above.to_owned(),
                None => self.above(child.as_str()),
            },
        };
        let group = self.group(&above);
        let intensity = group.flags.intensity;
        group.restarts.push(now);
        let recent = group.restarts.iter().filter(|&&time| now - time <= nanos(intensity.period)).count();
        assert_eq!(recent > intensity.restarts as usize, gives_up, "{above}: {recent} restarts, {intensity:?}");
    }

    /// The supervisor of a child without a key.
    fn above(&self, child: &str) -> String {
        let named =
            |(_, group): &(&String, &Group)| !is_keyed(&group.flags) && group.names.iter().any(|name| name == child);
        self.groups.iter().find(named).expect("a parent").0.clone()
    }

    /// A supervisor that started again in the meantime has forgotten everything.
    pub(super) fn look(&mut self, tree: &Tree) {
        for (name, group) in &mut self.groups {
            let id = tree.id(name).expect("supervisors stay");
            let (before, times) = group.seen;
            group.seen = (tree.status(id), u64::from(tree.child(id).starts));
            let after = group.seen.0;
            let began_anew = match before {
                Status::Running => after == Status::Starting || times != group.seen.1,
                Status::Stopping => matches!(after, Status::Starting | Status::Running),
                _ => false,
            };
            if began_anew || matches!(after, Status::Stopped | Status::Waiting) {
                group.names = names_of(&group.declared, &group.flags);
                group.restarts.clear();
            }
        }
    }

    /// The addresses of all workers that may be below a supervisor now, in start order; keyed ones
    /// in the order of their keys.
    pub(super) fn order(&self, supervisor: &str) -> Vec<String> {
        self.walk(supervisor, &|group| group.names.clone())
    }

    /// The addresses of all workers that a start of this supervisor brings, in start order.
    pub(super) fn declared(&self, supervisor: &str) -> Vec<String> {
        self.walk(supervisor, &|group| names_of(&group.declared, &group.flags))
    }

    fn walk(&self, supervisor: &str, names: &dyn Fn(&Group) -> Vec<String>) -> Vec<String> {
        let group = &self.groups[supervisor];
        let mut names_here = names(group);
        if is_simple(&group.flags) {
            names_here.sort();
        }
        if is_keyed(&group.flags) {
            return names_here.into_iter().map(|key| format!("{supervisor}/{key}")).collect();
        }
        let below = |name: String| match self.supervisors.contains(&name) {
            true => self.walk(&name, names),
            false => vec![name],
        };
        names_here.into_iter().flat_map(below).collect()
    }
}

/// Children of a template stop in any order: sorts each run of them, so that orders can be compared.
/// Managers, whose names begin with `m`, keep theirs.
pub(super) fn settled(mut addresses: Vec<String>) -> Vec<String> {
    let key = |address: &String| address.split_once('/').map(|(supervisor, _)| supervisor.to_owned());
    let family = |address: &String| key(address).filter(|supervisor| !supervisor.starts_with('m'));
    addresses.chunk_by_mut(|a, b| family(a).is_some() && family(a) == family(b)).for_each(<[String]>::sort);
    addresses
}

/// Whether its children are addressed by a key.
fn is_keyed(flags: &SupervisorSpec) -> bool {
    is_simple(flags) || flags.manager.is_some()
}

fn names_of(declared: &[ChildSpec], flags: &SupervisorSpec) -> Vec<String> {
    let all = declared.iter().map(|child| match &child.kind {
        ChildKind::Worker(_) => child.name.to_string(),
        ChildKind::Supervisor(name) => name.to_string(),
    });
    if is_simple(flags) { vec![] } else { all.collect() }
}

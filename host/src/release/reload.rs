//! A manifest that is read again while its application runs: what of it can hold at once. Pure.

use super::manifest::{Application, Behaviour, Manifest};
use crate::base::{ChildKind, ChildSpec, Name, Strategy, SupervisorSpec, TreeSpec};

/// What a running application is to become.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reload {
    /// Supervisors with another declaration: their flags and all their child specs, in start order.
    pub supervisors: Vec<(Name, SupervisorSpec, Vec<ChildSpec>)>,
    /// Supervisors whose flags are others.
    pub flags: Vec<Name>,
    /// Children whose specification is another.
    pub changed: Vec<Name>,
    /// Children that are new.
    pub added: Vec<Name>,
    /// Children that are no longer declared.
    pub kept: Vec<Name>,
    /// What cannot change while the host runs, a line for people each.
    pub not_applied: Vec<String>,
}

/// Compares what is declared of what runs with what is declared now. Gives the difference, and what is
/// declared of what runs once that is done.
pub fn reload(running: &Manifest, new: &Manifest) -> (Reload, Manifest) {
    let mut reload = Reload::default();
    reload.outside_of_the_tree(running, new);
    let mut tree = TreeSpec { supervisors: vec![], children: vec![] };
    for (name, flags) in &running.tree.supervisors {
        let now = new.tree.supervisors.iter().find(|(other, _)| other == name).map(|(_, flags)| flags);
        let (flags, children) = reload.supervisor(running, new, name, flags, now);
        tree.supervisors.push((name.clone(), flags));
        tree.children.extend(children);
    }
    for (name, _) in &new.tree.supervisors {
        if !running.tree.supervisors.iter().any(|(other, _)| other == name) {
            reload.not_applied.push(format!("supervisor `{name}` is new"));
        }
    }
    let mut becomes = running.clone();
    becomes.tree = tree;
    becomes.application.config = new.application.config.clone();
    (reload, becomes)
}

impl Reload {
    /// With what another application is to become.
    pub fn extend(&mut self, other: Reload) {
        self.supervisors.extend(other.supervisors);
        self.flags.extend(other.flags);
        self.changed.extend(other.changed);
        self.added.extend(other.added);
        self.kept.extend(other.kept);
        self.not_applied.extend(other.not_applied);
    }

    fn outside_of_the_tree(&mut self, running: &Manifest, new: &Manifest) {
        let mut say = |text: String| self.not_applied.push(text);
        let config = running.application.config.clone();
        if (Application { config, ..new.application.clone() }) != running.application {
            say("[application] changes in more than its config".to_owned());
        }
        for (name, behaviour) in &new.behaviours {
            match running.behaviours.get(name) {
                None => say(format!("behaviour `{name}` is new")),
                // How it is built is nobody's business here.
                Some(old)
                    if *old != (Behaviour { build: old.build.clone(), version: old.version, ..behaviour.clone() }) =>
                {
                    say(format!("behaviour `{name}` changes; a new version of it comes with `tomte upgrade`"));
                }
                Some(_) => {}
            }
        }
        for name in running.behaviours.keys().filter(|name| !new.behaviours.contains_key(*name)) {
            say(format!("behaviour `{name}` is no longer declared"));
        }
        if running.listens != new.listens {
            say("the listeners change".to_owned());
        }
        if running.upgrade != new.upgrade {
            say("[upgrade] changes".to_owned());
        }
    }

    /// What becomes of one supervisor that runs.
    fn supervisor(
        &mut self,
        running: &Manifest,
        new: &Manifest,
        name: &Name,
        flags: &SupervisorSpec,
        now: Option<&SupervisorSpec>,
    ) -> (SupervisorSpec, Vec<ChildSpec>) {
        let before: Vec<ChildSpec> = under(running, name).cloned().collect();
        let is_simple = |flags: &SupervisorSpec| flags.strategy == Strategy::SimpleOneForOne;
        let now = match now {
            None => {
                self.not_applied.push(format!("supervisor `{name}` is no longer declared"));
                return (flags.clone(), before);
            }
            Some(now) if is_simple(now) != is_simple(flags) || now.manager.is_some() != flags.manager.is_some() => {
                self.not_applied.push(format!("supervisor `{name}` is of another kind"));
                return (flags.clone(), before);
            }
            Some(now) => now,
        };
        let children =
            if is_simple(now) { self.template(running, new, name, &before) } else { self.children(running, new, name) };
        if now != flags {
            self.flags.push(name.clone());
        }
        if now != flags || children != before {
            self.supervisors.push((name.clone(), now.clone(), children.clone()));
        }
        (now.clone(), children)
    }

    /// The template of a simple_one_for_one, whatever its name.
    fn template(&mut self, running: &Manifest, new: &Manifest, name: &Name, before: &[ChildSpec]) -> Vec<ChildSpec> {
        let now: Vec<ChildSpec> = under(new, name).cloned().collect();
        if let Some(unknown) = now.iter().find(|child| !is_known(running, child)) {
            self.not_applied.push(format!("child `{}` needs a behaviour that is new", unknown.name));
            return before.to_vec();
        }
        let is_durable = |children: &[ChildSpec]| children.iter().any(|child| child.durable);
        if let Some(child) = now.first().filter(|_| is_durable(&now) != is_durable(before)) {
            self.not_applied.push(durable_changes(&child.name));
            return before.to_vec();
        }
        if now != before {
            self.changed.extend(now.iter().map(|child| child.name.clone()));
        }
        now
    }

    fn children(&mut self, running: &Manifest, new: &Manifest, name: &Name) -> Vec<ChildSpec> {
        let mut all = vec![];
        for child in under(new, name) {
            all.extend(self.child(running, child));
        }
        for old in under(running, name).filter(|old| !under(new, name).any(|child| child.name == old.name)) {
            let moves = new.tree.children.iter().any(|child| child.name == old.name);
            if moves || matches!(old.kind, ChildKind::Supervisor(_)) {
                let what = if moves { "moves to another supervisor" } else { "is a supervisor and no longer declared" };
                self.not_applied.push(format!("child `{}` {what}", old.name));
                all.push(old.clone());
            } else {
                self.kept.push(old.name.clone());
            }
        }
        all
    }

    /// What one child that is declared now comes to, if it is to be there.
    fn child(&mut self, running: &Manifest, child: &ChildSpec) -> Option<ChildSpec> {
        let name = &child.name;
        let old = running.tree.children.iter().find(|old| old.name == *name);
        let is_worker = |child: &ChildSpec| matches!(child.kind, ChildKind::Worker(_));
        match old {
            // Said where it stands.
            Some(old) if old.under != child.under => None,
            Some(old) if old == child => Some(old.clone()),
            Some(old) if old.kind != child.kind && !(is_worker(old) && is_worker(child)) => {
                self.not_applied.push(format!("child `{name}` is a worker on one side and a supervisor on the other"));
                Some(old.clone())
            }
            old if !is_known(running, child) => {
                self.not_applied.push(format!("child `{name}` needs a behaviour that is new"));
                old.cloned()
            }
            Some(old) if old.durable != child.durable => {
                self.not_applied.push(durable_changes(name));
                Some(old.clone())
            }
            Some(_) => {
                self.changed.push(name.clone());
                Some(child.clone())
            }
            None if is_worker(child) => {
                self.added.push(name.clone());
                Some(child.clone())
            }
            None => {
                self.not_applied.push(format!("child `{name}` is a supervisor and new"));
                None
            }
        }
    }
}

fn under<'a>(manifest: &'a Manifest, name: &Name) -> impl Iterator<Item = &'a ChildSpec> {
    let name = name.clone();
    manifest.tree.children.iter().filter(move |child| child.under == name)
}

/// Whether the behaviour of a worker runs here.
fn is_known(running: &Manifest, child: &ChildSpec) -> bool {
    match &child.kind {
        ChildKind::Worker(behaviour) => running.behaviours.contains_key(behaviour),
        ChildKind::Supervisor(_) => true,
    }
}

fn durable_changes(child: &Name) -> String {
    format!("child `{child}` becomes durable or is not any more")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const BEFORE: &str = r#"
        [behaviour.echo]
        component = "echo.wasm"
        [supervisor.mid]
        [supervisor.calls]
        strategy = "simple_one_for_one"
        [child.mid]
        supervisor = "mid"
        [child.calls]
        supervisor = "calls"
        [child.call]
        under = "calls"
        behaviour = "echo"
        [child.a]
        behaviour = "echo"
        [child.b]
        under = "mid"
        behaviour = "echo"
    "#;

    fn manifest(body: &str) -> Manifest {
        let text = format!("manifest_version = 1\n[application]\nname = \"shop\"\n{body}");
        Manifest::parse(&text, Path::new("tomte.toml")).expect("a manifest")
    }

    fn names(names: &[Name]) -> Vec<&str> {
        names.iter().map(Name::as_str).collect()
    }

    #[test]
    fn the_same_manifest_changes_nothing() {
        let (reload, becomes) = reload(&manifest(BEFORE), &manifest(BEFORE));
        assert_eq!(reload, Reload::default());
        assert_eq!(becomes.tree.children.len(), 5);
    }

    #[test]
    fn sup_32_flags_and_specs_change_new_children_are_added_and_missing_ones_kept() {
        let after = BEFORE
            .replace("[supervisor.mid]", "[supervisor.mid]\nintensity = 7")
            .replace("[child.call]", "[child.call]\nrestart = \"temporary\"")
            .replace("[child.b]", "[child.c]")
            .replace("[child.a]", "[child.a]\nshutdown = \"9s\"");
        let running = manifest(BEFORE);
        let (done, becomes) = reload(&running, &manifest(&after));
        assert_eq!((names(&done.flags), names(&done.changed)), (vec!["mid"], vec!["a", "call"]));
        assert_eq!((names(&done.added), names(&done.kept)), (vec!["c"], vec!["b"]));
        assert!(done.not_applied.is_empty(), "{:?}", done.not_applied);
        let supervisors: Vec<&str> = done.supervisors.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(supervisors, ["root", "mid", "calls"]);
        let (again, _) = reload(&becomes, &manifest(&after));
        assert_eq!(again, Reload::default(), "what was done is what is declared");
    }

    #[test]
    fn what_cannot_change_while_the_host_runs_is_named_and_left_alone() {
        let news = "[behaviour.new]\ncomponent = \"new.wasm\"\n[supervisor.more]\n[child.more]\nsupervisor = \"more\"\n\
            [child.d]\nbehaviour = \"new\"\n[[listen]]\nprotocol = \"frames\"\naddress = \"127.0.0.1:0\"\nto = \"a\"\n";
        let after = format!("{}{news}", BEFORE.replace("under = \"mid\"", "under = \"root\""));
        let running = manifest(BEFORE);
        let (done, becomes) = reload(&running, &manifest(&after));
        assert_eq!(done.supervisors, []);
        let said = done.not_applied.join("; ");
        for part in [
            "behaviour `new` is new",
            "listeners",
            "supervisor `more` is new",
            "child `more`",
            "child `d`",
            "child `b` moves",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let sorted = |manifest: &Manifest| {
            let mut children = manifest.tree.children.clone();
            children.sort_by(|a, b| a.name.cmp(&b.name));
            children
        };
        assert_eq!(
            (becomes.tree.supervisors.clone(), sorted(&becomes)),
            (running.tree.supervisors.clone(), sorted(&running))
        );
        for child in ["a", "call"] {
            let named = format!("[child.{child}]");
            let after = BEFORE.replace(&named, &format!("{named}\ndurable = true"));
            let (done, becomes) = reload(&running, &manifest(&after));
            assert_eq!(done.not_applied, [format!("child `{child}` becomes durable or is not any more")]);
            assert_eq!(sorted(&becomes), sorted(&running));
        }
        let small = "[behaviour.echo]\ncomponent = \"echo.wasm\"\n[child.a]\nbehaviour = \"echo\"\n";
        let (done, _) = reload(&manifest(small), &manifest(&format!("callback = \"a\"\n{small}")));
        assert_eq!(done.not_applied, ["[application] changes in more than its config"]);
        let other = BEFORE.replace("strategy = \"simple_one_for_one\"", "strategy = \"one_for_all\"");
        let (done, _) = reload(&running, &manifest(&other));
        assert_eq!(
            (done.supervisors, done.not_applied),
            (vec![], vec!["supervisor `calls` is of another kind".to_owned()])
        );
    }
}

//! The applications of a host, moved by hand: what is asked for on the right of each line.

mod dice;
mod starts;

use std::collections::HashMap;

use tokio::sync::oneshot;

use super::{Applications, Hosted, News, Stand, Step};
use crate::base::{Failure, Input, Kind, Name, Restart, Version};
use crate::control::Ended;
use crate::release::{Applications as Released, Environment};
use crate::supervisor::{ChildId, Tree};

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// Applications in start order: name, restart type, and the names it depends on; those with a `*`
/// have a callback and the phases `one` and `two`.
struct Desk {
    all: Applications,
    names: HashMap<ChildId, String>,
    question: u64,
}

impl Desk {
    fn new(specs: &[(&str, Restart, &[usize])]) -> Desk {
        let manifest = |(spec, ..): &(&str, Restart, &[usize])| {
            let own = spec.trim_end_matches('*');
            let text = format!(
                "manifest_version = 1\n[application]\nname = \"{own}\"\n[behaviour.{own}-b]\ncomponent = \"x\"\n\
                 [child.{own}-first]\nbehaviour = \"{own}-b\"\n"
            );
            crate::release::Manifest::parse(&text, "tomte.toml".as_ref()).expect("a manifest")
        };
        let released = Released::new(specs.iter().map(manifest).collect()).expect("they fit");
        let tree = Tree::new(released.tree()).expect("a tree");
        let mut names = HashMap::new();
        let mut hosted = vec![];
        for ((spec, restart, after), root) in specs.iter().zip(tree.children(tree.root())) {
            let own = spec.trim_end_matches('*');
            names.insert(root, own.to_owned());
            let callback = spec.ends_with('*').then(|| tree.id(&format!("{own}-first")).expect("declared"));
            let phases = callback.map_or(vec![], |_| vec!["one".to_owned(), "two".to_owned()]);
            let (name, version) = (name(own), Version::default());
            let (restart, after, environment) = (*restart, after.to_vec(), Environment::default());
            hosted.push(Hosted { name, version, restart, after, root, callback, phases, environment });
        }
        Desk { all: Applications::new(hosted), names, question: 0 }
    }

    fn word(&mut self, step: Step) -> String {
        match step {
            Step::Start(root) => format!("start {}", self.names[&root]),
            Step::Stop(root) => format!("stop {}", self.names[&root]),
            Step::HostInput(_, question, input, _) => {
                self.question = question;
                match input {
                    Input::StartPhase(phase) => format!("phase {phase}"),
                    Input::PrepStop => "prepare".to_owned(),
                    other => panic!("{other:?}"),
                }
            }
            Step::Shutdown => "shutdown".to_owned(),
        }
    }

    /// What is to be done until something else happens.
    fn steps(&mut self) -> String {
        let mut said = vec![];
        while let Some(step) = self.all.next() {
            said.push(self.word(step));
        }
        said.join(", ")
    }

    fn root(&self, name: &str) -> ChildId {
        *self.names.iter().find(|(_, known)| *known == name).expect("declared").0
    }

    fn up(&mut self, name: &str) -> String {
        self.all.hear(self.root(name), News::Up);
        self.steps()
    }

    fn down(&mut self, name: &str, why: &str) -> String {
        self.all.hear(self.root(name), News::Down(why.to_owned()));
        self.steps()
    }

    fn answer(&mut self, outcome: Result<(), &str>) -> String {
        let outcome = outcome.map(|()| vec![]).map_err(|text| Failure::new(Kind::Refused, text));
        let first = self.all.answered(self.question, outcome).map(|step| self.word(step));
        let rest = self.steps();
        [first.unwrap_or_default(), rest].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn stands(&self) -> String {
        self.all.stands().iter().map(|one| format!("{} {}", one.name, one.status)).collect::<Vec<_>>().join(", ")
    }

    fn order(&mut self, start: bool, to: &str) -> (String, oneshot::Receiver<Result<Vec<Name>, Failure>>) {
        let (done, told) = oneshot::channel();
        let mut first = None;
        if start {
            self.all.order_start(&name(to), done);
        } else {
            first = self.all.order_stop(&name(to), done).map(|step| self.word(step));
        }
        let rest = self.steps();
        let said = first.into_iter().chain([rest]).filter(|text| !text.is_empty()).collect::<Vec<_>>();
        (said.join(", "), told)
    }
}

const ALONE: &[usize] = &[];

#[test]
fn app_05_each_application_starts_when_the_one_before_has_ended_its_phases_and_stops_after_it_has_prepared() {
    let mut desk = Desk::new(&[("db*", Restart::Permanent, ALONE), ("shop", Restart::Permanent, &[0])]);
    assert_eq!(desk.steps(), "start db");
    assert_eq!(desk.up("db"), "phase one");
    assert_eq!(desk.answer(Ok(())), "phase two");
    assert_eq!(desk.stands(), "db starting, shop stopped");
    assert!(!desk.all.are_up());
    assert_eq!(desk.answer(Ok(())), "start shop");
    assert_eq!(desk.up("shop"), "");
    assert!(desk.all.are_up());
    desk.all.end();
    assert_eq!(desk.steps(), "stop shop");
    assert_eq!(desk.down("shop", "ordered"), "prepare");
    assert_eq!(desk.answer(Err("busy")), "stop db", "what it says of it does not keep it from stopping");
    assert_eq!(desk.down("db", "ordered"), "shutdown");
    assert_eq!((desk.steps(), desk.all.take_fate()), (String::new(), None));
}

#[test]
fn an_end_by_itself_ends_the_host_unless_the_application_is_temporary() {
    for (restart, fate) in [
        (Restart::Permanent, Some(Ended::GaveUp("application db: it gave up".into()))),
        (Restart::Transient, Some(Ended::GaveUp("application db: it gave up".into()))),
        (Restart::Temporary, None),
    ] {
        let mut desk = Desk::new(&[("db", restart, ALONE), ("shop", Restart::Permanent, ALONE)]);
        desk.steps();
        desk.up("db");
        desk.up("shop");
        let ends = fate.is_some();
        assert_eq!(desk.down("db", "it gave up"), if ends { "stop shop" } else { "" });
        assert_eq!((desk.all.is_doomed(), desk.stands().contains("shop running")), (ends, !ends));
        assert_eq!(desk.all.take_fate(), fate);
    }
}

#[test]
fn a_start_that_fails_at_boot_ends_the_host_unless_the_application_is_temporary() {
    for (restart, ends) in [(Restart::Permanent, true), (Restart::Transient, true), (Restart::Temporary, false)] {
        let specs: &[(&str, Restart, &[usize])] =
            &[("web", Restart::Permanent, ALONE), ("db", restart, ALONE), ("shop", Restart::Temporary, &[1])];
        let mut desk = Desk::new(specs);
        desk.steps();
        assert_eq!(desk.up("web"), "start db");
        assert_eq!(desk.down("db", "no disk"), if ends { "stop web" } else { "" });
        let fate = ends.then(|| Ended::BootFailed("application db: no disk".into()));
        assert_eq!(desk.all.take_fate(), fate);
        assert!(desk.stands().ends_with("db stopped, shop stopped"), "what needs it does not start: {}", desk.stands());
    }
}

#[test]
fn app_05_a_phase_that_fails_stops_what_has_started() {
    let mut desk = Desk::new(&[("db*", Restart::Permanent, ALONE)]);
    desk.steps();
    desk.up("db");
    assert_eq!(desk.answer(Ok(())), "phase two");
    assert_eq!(desk.answer(Err("no disk")), "stop db");
    assert_eq!(desk.answer(Ok(())), "", "an answer that nobody waits for");
    assert_eq!(desk.down("db", "ordered"), "shutdown");
    let why = "its start phase `two` failed: no disk";
    assert_eq!(desk.all.take_fate(), Some(Ended::BootFailed(why.into())));
}

#[test]
fn an_order_to_stop_or_to_start_affects_no_other_and_is_answered_when_it_is_done() {
    let mut desk = Desk::new(&[("db", Restart::Permanent, ALONE), ("shop", Restart::Permanent, &[0])]);
    desk.steps();
    desk.up("db");
    desk.up("shop");
    let (step, mut told) = desk.order(false, "db");
    assert_eq!((step.as_str(), told.try_recv().is_ok()), ("stop db", false));
    assert_eq!(desk.down("db", "ordered"), "");
    assert_eq!(told.try_recv().expect("told"), Ok(vec![name("shop")]), "shop needs it");
    assert_eq!((desk.stands().as_str(), desk.all.take_fate()), ("db stopped, shop running", None));
    let refusal = |desk: &mut Desk, start, name| {
        let (step, mut told) = desk.order(start, name);
        assert_eq!(step, "");
        told.try_recv().expect("told at once").expect_err("refused").text
    };
    assert!(refusal(&mut desk, false, "db").starts_with("not_started"));
    assert!(refusal(&mut desk, true, "shop").starts_with("already_started"));
    assert!(refusal(&mut desk, true, "sho").contains("no application is named `sho`"));
    let (_, _stopped) = desk.order(false, "shop");
    assert!(refusal(&mut desk, true, "shop").contains("`shop` is stopping"));
    desk.down("shop", "ordered");
    let (step, mut told) = desk.order(true, "db");
    assert_eq!(step, "start db");
    assert_eq!(desk.down("db", "no disk"), "");
    let failure = told.try_recv().expect("told").expect_err("it failed");
    assert_eq!((failure.text.as_str(), desk.all.is_doomed()), ("it did not start: no disk", false));
    let (_, mut told) = desk.order(true, "db");
    desk.up("db");
    assert_eq!(told.try_recv().expect("told"), Ok(vec![]));
}

#[test]
fn a_start_that_is_stopped_is_told_to_both_who_ordered_it() {
    let mut desk = Desk::new(&[("db*", Restart::Permanent, ALONE)]);
    desk.steps();
    desk.up("db");
    desk.answer(Ok(()));
    desk.answer(Ok(()));
    let _ = desk.order(false, "db");
    desk.answer(Ok(()));
    desk.down("db", "ordered");
    let (_, mut started) = desk.order(true, "db");
    desk.up("db");
    let (step, mut stopped) = desk.order(false, "db");
    assert_eq!((step.as_str(), desk.all.all[0].stand), ("stop db", Stand::Stopping));
    assert_eq!(desk.answer(Ok(())), "", "the phase it was in counts no more");
    desk.down("db", "ordered");
    assert_eq!(stopped.try_recv().expect("told"), Ok(vec![]));
    assert_eq!(started.try_recv().expect("told").expect_err("it does not run").kind, Kind::Stopped);
}

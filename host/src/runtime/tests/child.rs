//! The children of a simulated node, as a test declares them.

use std::time::Duration;

use crate::base::{Backoff, ChildKind, ChildSpec, Name, QueueSpec, Restart, Shutdown};

/// A worker to be: its name, the guest it runs, and what is not as usual.
#[derive(Clone)]
pub(super) struct Child {
    pub(super) name: &'static str,
    pub(super) guest: &'static str,
    pub(super) config: &'static str,
    pub(super) shutdown: Shutdown,
    pub(super) restart: Restart,
    pub(super) queue: QueueSpec,
    pub(super) hibernate_after: Option<Duration>,
    pub(super) durable: bool,
    pub(super) redact: bool,
    pub(super) terminate_after_crash: bool,
    pub(super) place: Place,
}

/// Where a child stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    /// Then it must come last.
    Template,
    Handler,
}

/// The template of `calls`, a simple_one_for_one.
pub(super) fn template(guest: &'static str) -> Child {
    Child { place: Place::Template, ..child("call", guest) }
}

/// A handler of `events`, an event manager.
pub(super) fn handler(name: &'static str, guest: &'static str) -> Child {
    Child { place: Place::Handler, restart: Restart::Temporary, ..child(name, guest) }
}

pub(super) fn child(name: &'static str, guest: &'static str) -> Child {
    let (config, shutdown, queue) = ("{}", Shutdown::default(), QueueSpec::default());
    Child {
        name,
        guest,
        config,
        shutdown,
        restart: Restart::Permanent,
        queue,
        hibernate_after: None,
        durable: false,
        redact: false,
        terminate_after_crash: false,
        place: Place::Root,
    }
}

impl Child {
    pub(super) fn behaviour(&self) -> Name {
        name(self.guest.rsplit_once('-').expect("a guest's name has a version").0)
    }

    pub(super) fn spec(&self) -> ChildSpec {
        ChildSpec {
            name: name(self.name),
            under: name(match self.place {
                Place::Root => "root",
                Place::Template => "calls",
                Place::Handler => "events",
            }),
            kind: ChildKind::Worker(self.behaviour()),
            restart: self.restart,
            backoff: Backoff { jitter: 0.0, ..Backoff::default() },
            shutdown: self.shutdown,
            significant: false,
            queue: self.queue,
            hibernate_after: self.hibernate_after,
            config: self.config.as_bytes().into(),
            durable: self.durable,
            redact: self.redact,
            terminate_after_crash: self.terminate_after_crash,
        }
    }
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

//! The word and the text of each refusal: what happened, to whom, and one thing to try.

use super::words::name;
use super::world::crash;
use crate::base::ExitReason;
use crate::supervisor::{ChildError as E, Presence, TreeError};

#[test]
fn every_refusal_of_an_order_names_what_it_is_about_and_what_to_try() {
    let x = || name("x");
    let no_parent = TreeError::NoParent(x()).to_string();
    for (error, code, text) in [
        (E::NoSupervisor("x".into()), "no_supervisor", "no supervisor is named x; `tomte tree`"),
        (E::SupervisorDown(x()), "supervisor_down", "supervisor x does not run; restart it first"),
        (E::ApplicationDown(x()), "supervisor_down", "x does not run: its application is stopped"),
        (E::Busy(x()), "busy", "supervisor x is starting or stopping its children; try again"),
        (
            E::SimpleOneForOne(x()),
            "simple_one_for_one",
            "supervisor x is simple_one_for_one: start a child of it by key",
        ),
        (E::NoTemplate(x()), "no_template", "supervisor x is not simple_one_for_one, so a key is not enough"),
        (E::NotAName("why".into()), "not_a_name", "why"),
        (E::AlreadyStarted, "already_started", "there and runs; use it, or stop it first"),
        (E::AlreadyPresent, "already_present", "there and does not run; restart it, or delete it first"),
        (E::NameTaken(x()), "name_taken", "the name x is taken by something else; use another"),
        (E::NotAWorker(x()), "not_a_worker", "x is a supervisor on one side and a worker on the other"),
        (E::Running, "running", "it runs; stop it first"),
        (E::Restarting, "restarting", "it is being restarted; stop it first"),
        (E::NotFound, "not_found", "there is no such child; `tomte tree`"),
        (E::Root, "root", "`tomte stop-application`, or `tomte shutdown`"),
        (E::TooMany, "too_many", "10000 may be declared and"),
        (E::OtherKind(x()), "other_kind", "supervisor x cannot change to or from simple_one_for_one"),
        (E::Invalid(TreeError::NoParent(x())), "invalid", &no_parent),
        (E::Ignored, "ignored", "not needed now"),
        (E::Failed(ExitReason::Shutdown), "failed", "it was stopped before it came up"),
        (E::Failed(crash()), "failed", "it could not be started: trap: boom"),
    ] {
        assert_eq!(error.code(), code);
        assert!(!text.is_empty() && error.to_string().contains(text), "{code}: {error}");
    }
}

#[test]
fn what_there_is_of_a_child_has_the_word_of_the_contract() {
    let words = [Presence::Actor, Presence::Restarting, Presence::None].map(Presence::word);
    assert_eq!(words, ["running", "restarting", "none"]);
}

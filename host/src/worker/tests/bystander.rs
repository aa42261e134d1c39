//! A handler that leaves or speaks while its manager waits for another one.

use super::manager::{Play, crash, name, new};
use crate::base::{ExitReason, SavedState};
use crate::worker::Entry;

/// What a manager may be doing with the handler `b`.
const DOINGS: [&str; 5] = ["round", "question", "delete", "swap", "leaving"];

/// A manager of `a`, which the owner 5 is tied to, and `b`, with which it is busy.
fn busy(doing: &str) -> Play {
    let mut play = Play::with(&[]);
    play.ask(0, Entry::Add(new("a", Some(5))));
    play.ask(0, Entry::Add(new("b", None)));
    play.run();
    play.held = true;
    match doing {
        "round" => play.notify(9, "x"),
        "question" => play.ask(9, Entry::One(name("b"), b"q".to_vec())),
        "delete" => play.ask(9, Entry::Delete(name("b"))),
        _ => play.ask(9, Entry::Swap(name("b"), new("c", None))),
    }
    assert_eq!(play.run(), "", "{doing}: b has yet to do it");
    if doing == "leaving" {
        play.go_on();
        assert_eq!(play.run(), "b save", "it has yet to stop");
    }
    play
}

/// What comes when `b` has done what it has yet to do, and so on to the end.
fn rest(mut play: Play) -> String {
    let mut rest = play.run();
    while !play.open.is_empty() {
        play.go_on();
        rest = format!("{rest} | {}", play.run());
    }
    rest.trim_start_matches(" | ").to_owned()
}

#[test]
fn one_that_leaves_meanwhile_moves_nothing_and_its_owner_learns_its_own_reason() {
    for doing in DOINGS {
        let mut play = busy(doing);
        play.manager.left(0, &ExitReason::Shutdown);
        play.notify(0, "later");
        assert_eq!(play.run(), "owner 5: a Shutdown", "{doing}");
        assert_eq!(play.open.len(), 1, "{doing}: it waits for b as before");
        let expected = match doing {
            "round" => "b x | 9 ok | b later",
            "question" => "b q of 9 | b later",
            "delete" => "b stop | 9 ok",
            "swap" => "b save | b stop | start c on b | 9 ok | c later",
            _ => "b stop | start c on b | 9 ok | c later",
        };
        assert_eq!(rest(play), expected, "{doing}");
    }
}

#[test]
fn one_that_speaks_unasked_moves_nothing() {
    for doing in DOINGS {
        let mut play = busy(doing);
        play.manager.heard(0);
        play.manager.saved(0, Some(SavedState { schema: "s".into(), data: b"a".to_vec() }));
        play.notify(8, "later");
        assert_eq!((play.run().as_str(), play.open.len()), ("", 1), "{doing}: it waits for b as before");
        let expected = match doing {
            "round" => "b x | a x | 9 ok | b later | a later | 8 ok",
            "question" => "b q of 9 | b later | a later | 8 ok",
            "delete" => "b stop | 9 ok | a later | 8 ok",
            "swap" => "b save | b stop | start c on b | 9 ok | c later | a later | 8 ok",
            _ => "b stop | start c on b | 9 ok | c later | a later | 8 ok",
        };
        assert_eq!(rest(play), expected, "{doing}");
    }
}

#[test]
fn the_one_it_waits_for_may_crash_instead_and_what_was_asked_goes_on() {
    for (doing, expected) in [
        ("round", "a x | 9 ok"),
        ("question", ""),
        ("delete", "9 ok"),
        ("swap", "start c | 9 ok"),
        ("leaving", "start c on b | 9 ok"),
    ] {
        let mut play = busy(doing);
        play.open.clear();
        play.manager.left(1, &crash());
        assert_eq!(rest(play), expected, "{doing}");
    }
}

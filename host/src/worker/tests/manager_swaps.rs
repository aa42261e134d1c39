//! Whose a handler is that has another's place, and what it hears first.

use super::manager::{Play, name, new};
use crate::base::WhenFull;
use crate::worker::Entry;

#[test]
fn ge_07_the_owner_of_a_handler_that_a_stranger_swaps_is_told_and_stays_the_owner() {
    let mut play = Play::with(&[]);
    play.ask(0, Entry::Add(new("a", Some(1))));
    play.ask(2, Entry::Swap(name("a"), new("b", None)));
    assert_eq!(play.run(), "start a | a save | a stop | owner 1 stays: a Swapped(\"b\") | start b on a | 2 ok");
    play.ask(2, Entry::Swap(name("b"), new("c", Some(3))));
    assert_eq!(play.run(), "b save | b stop | owner 1: b Swapped(\"c\") | start c on b | 2 ok");
    play.manager.owner_ended(1);
    assert_eq!(play.run(), "", "what is another's stays");
    play.manager.owner_ended(3);
    assert_eq!(play.run(), "c stop");
}

#[test]
fn ge_07_an_heir_goes_with_the_owner_and_one_that_cannot_come_leaves_none_behind() {
    let mut play = Play::with(&[]);
    play.ask(0, Entry::Add(new("a", Some(1))));
    play.ask(2, Entry::Swap(name("a"), new("b", None)));
    play.run();
    play.manager.owner_ended(1);
    assert_eq!(play.run(), "b stop");
    play.ask(0, Entry::Add(new("a", Some(3))));
    play.ask(4, Entry::Swap(name("a"), new("bad", None)));
    let told = "a save | a stop | owner 3 stays: a Swapped(\"bad\") | start bad on a | owner 3: never came | 4 crashed";
    assert_eq!(play.run(), format!("start a | {told}"));
}

#[test]
fn ge_07_an_owner_that_ends_while_its_handler_is_swapped_takes_the_heir_along() {
    let mut play = Play::with(&[]);
    play.ask(0, Entry::Add(new("a", Some(1))));
    play.run();
    play.held = true;
    play.ask(2, Entry::Swap(name("a"), new("b", None)));
    play.run();
    play.go_on();
    play.manager.owner_ended(1);
    play.held = false;
    let told = "a save | a stop | owner 1 stays: a Swapped(\"b\")";
    assert_eq!(play.run(), format!("{told} | start b on a | 2 ok | b stop"));
}

#[test]
fn ge_08_what_waits_is_heard_by_the_one_that_a_handler_has_swapped_itself_for_in_its_turn() {
    let mut play = Play::with(&["a", "b", "c"]);
    play.held = true;
    for event in ["x", "y"] {
        play.notify(0, event);
    }
    play.run();
    play.go_on();
    play.ask(0, Entry::SwapItself(name("b"), new("d", None)));
    play.held = false;
    assert_eq!(play.run(), "c x | b x | a x | b save | b stop | start d on b | c y | d y | a y");
}

#[test]
fn ge_08_a_full_queue_takes_one_swap_of_itself_of_each_handler() {
    let mut play = Play::new(1, WhenFull::Reject);
    for handler in ["a", "b"] {
        play.ask(0, Entry::Add(new(handler, None)));
        play.run();
    }
    play.trace.clear();
    play.held = true;
    play.notify(0, "x");
    play.run();
    play.notify(0, "y");
    play.ask(5, Entry::SwapItself(name("b"), new("c", None)));
    play.ask(6, Entry::SwapItself(name("a"), new("d", None)));
    play.ask(7, Entry::SwapItself(name("b"), new("e", None)));
    assert_eq!(play.run(), "no place | 7 already_exists");
    play.held = false;
    play.go_on();
    let swaps = "a save | a stop | start d on a | 6 ok | b save | b stop | start c on b | 5 ok";
    assert_eq!(play.run(), format!("b x | a x | {swaps} | c y | d y"));
}

//! What a tree tells of itself to whoever asks.

use std::collections::HashMap;
use std::sync::Arc;

use super::harness::Story;
use super::words::name;
use crate::base::ChildKind;
use crate::supervisor::{Event, NewChild};

const CALLS: &str = "root one_for_one 9/60s: a (calls simple_one_for_one 9/60s: call)";
const ALARMS: &str = "root one_for_one 9/60s: a (alarms manager 9/60s: log?) (x manager 9/60s: log?) b";

fn booted(tree: &str) -> Story {
    let mut story = Story::new(tree);
    story.run("boot");
    story
}

#[test]
fn a_child_is_found_by_its_name_or_key_under_its_own_supervisor_alone() {
    let mut story = booted(ALARMS);
    let found = |story: &Story, under: &str, name: &str| story.tree.child_named(story.id(under), name);
    assert_eq!(found(&story, "alarms", "log"), Some(story.id("alarms/log")));
    assert_eq!(found(&story, "x", "log"), Some(story.id("x/log")));
    assert_eq!(found(&story, "root", "a"), Some(story.id("a")));
    for (under, name) in
        [("root", "log"), ("root", "alarms/log"), ("alarms", "a"), ("x", "b"), ("a", "a"), ("root", "c")]
    {
        assert_eq!(found(&story, under, name), None, "{name} under {under}");
    }
    story.run("start_child b? under alarms");
    assert_eq!(found(&story, "alarms", "b"), Some(story.id("alarms/b")), "another b");
    assert_eq!(found(&story, "root", "b"), Some(story.id("b")));
    let mut story = booted(CALLS);
    story.run("start_child calls/7");
    assert_eq!(found(&story, "calls", "7"), Some(story.id("calls/7")));
    assert_eq!(found(&story, "calls", "call"), None, "a template is no child");
}

#[test]
fn managers_and_what_is_made_for_children_that_come_and_go_are_known() {
    let names = |story: &Story| story.tree.managers().map(|id| story.tree.name(id).to_string()).collect::<Vec<_>>();
    for (tree, keyed, managers) in [
        ("root one_for_one 9/60s: a (mid one_for_all 9/60s: b)", false, &[][..]),
        (CALLS, true, &[]),
        (ALARMS, true, &["alarms", "x"]),
    ] {
        let story = booted(tree);
        assert_eq!(story.tree.has_keyed_children(), keyed, "{tree}");
        assert_eq!(names(&story), managers, "{tree}");
    }
}

#[test]
fn a_child_that_ended_while_its_supervisor_was_busy_is_undecided_until_it_is_free() {
    let mut story = Story::new("root one_for_one 9/60s: a b");
    story.run("hold b\nboot\na crashes => nothing");
    let undecided = |story: &Story| ["a", "b"].map(|name| story.tree.is_undecided(story.id(name)));
    assert_eq!(undecided(&story), [true, false]);
    story.run("b answers");
    assert_eq!(undecided(&story), [false, false]);
}

#[test]
fn restarts_are_counted_child_by_child_and_the_first_start_is_none() {
    let mut story = Story::new("root rest_for_one 9/60s: a b c");
    let restarts = |story: &Story| ["a", "b", "c"].map(|name| story.tree.restarts(story.id(name)));
    assert_eq!(restarts(&story), [0; 3]);
    story.run("boot");
    assert_eq!(restarts(&story), [0; 3]);
    story.run("b crashes");
    assert_eq!(restarts(&story), [0, 1, 1]);
    story.run("c crashes");
    assert_eq!(restarts(&story), [0, 1, 2]);
}

#[test]
fn what_somebody_ordered_is_no_restart_nor_what_comes_with_it() {
    let mut story = booted("root one_for_one 9/60s: a (mid one_for_one 9/60s: b (low one_for_one 0/60s: c))");
    let restarts = |story: &Story| ["a", "b", "c", "mid", "low"].map(|name| story.tree.restarts(story.id(name)));
    story.run("restart a\nterminate a\nrestart a\nrestart mid\nrestart low\nrestart c");
    assert_eq!(restarts(&story), [0; 5]);
    story.run("c crashes");
    assert_eq!(restarts(&story), [0, 0, 1, 0, 1], "its supervisor gave up and came back with it");
    story.run("restart mid\na crashes");
    assert_eq!(restarts(&story), [1, 0, 1, 0, 1]);
}

/// Gives these their configurations; who has another one now.
fn configure(story: &mut Story, configs: &[(&str, &str)]) -> Vec<String> {
    let configs: HashMap<_, Arc<[u8]>> = configs.iter().map(|(to, json)| (name(to), json.as_bytes().into())).collect();
    let changed = story.tree.configure(&configs);
    changed.into_iter().map(|child| story.tree.name(child).to_string()).collect()
}

fn config(story: &Story, child: &str) -> String {
    String::from_utf8_lossy(story.tree.config(story.id(child))).into_owned()
}

#[test]
fn workers_get_the_configuration_that_is_another_one_and_supervisors_get_none() {
    let mut story = booted("root one_for_one 9/60s: a b (mid one_for_one 9/60s: c)");
    let all = [("a", "1"), ("b", "{}"), ("c", "3"), ("mid", "4"), ("nobody", "5")];
    assert_eq!(configure(&mut story, &all), ["a", "c"]);
    assert_eq!(["a", "b", "c", "mid"].map(|child| config(&story, child)), ["1", "{}", "3", "{}"]);
    assert_eq!(configure(&mut story, &all), [""; 0], "they have it already");
    story.run("terminate a\nrestart a");
    assert_eq!(config(&story, "a"), "1");
}

#[test]
fn a_child_that_came_again_with_a_specification_of_its_own_keeps_that_configuration() {
    let mut story = booted("root one_for_one 9/60s: a b");
    story.run(
        "terminate_child a
         delete_child a
         start_child a under root => start a, told a up",
    );
    assert_eq!(configure(&mut story, &[("a", "1"), ("b", "2")]), ["b"]);
    assert_eq!(["a", "b"].map(|child| config(&story, child)), ["{}", "2"]);
}

#[test]
fn a_template_hands_its_configuration_to_those_that_have_none_of_their_own() {
    let mut story = booted(CALLS);
    story.run("start_child calls/1\nstart_child calls/2");
    let keyed = |key, config: Option<&str>| NewChild::Keyed {
        key: name(key),
        config: config.map(|config| config.as_bytes().into()),
    };
    story.start("calls", keyed("own", Some("9")), 0);
    assert_eq!(configure(&mut story, &[("call", "{}"), ("a", "{}")]), [""; 0]);
    let mut changed = configure(&mut story, &[("call", "7")]);
    changed.sort();
    assert_eq!(changed, ["calls/1", "calls/2"]);
    story.start("calls", keyed("3", None), 0);
    assert_eq!(["calls/1", "calls/2", "calls/3", "calls/own"].map(|child| config(&story, child)), ["7", "7", "7", "9"]);
}

#[test]
fn a_child_that_has_left_the_tree_is_nobody_and_no_supervisor() {
    let mut story = booted(CALLS);
    story.run("start_child calls/7");
    let gone = story.id("calls/7");
    assert!(story.tree.contains(gone));
    story.run("terminate_child calls/7");
    assert_eq!((story.tree.contains(gone), story.tree.id("calls/7")), (false, None));
    assert!(matches!(story.tree.spec(gone).kind, ChildKind::Worker(_)) && !story.tree.is_supervisor(gone));
    assert_eq!((story.tree.parent(gone), story.tree.restarts(gone)), (None, 0));
    story.run("terminate a");
    for order in [Event::StartApplication { root: gone }, Event::StopApplication { root: gone }] {
        assert!(story.tree.handle(order, 2, &mut || 0).is_empty());
    }
}

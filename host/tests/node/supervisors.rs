//! Supervisors administered while the node runs: their children come, stop, come back and go, and their
//! declaration changes under what runs.

use tomte::base::{Failure, Kind};
use tomte::node::ChildView;

use crate::support::{App, Running, crashed, guest, hostile_as, until};

async fn node() -> Running {
    let app = App::of_counters().shards(2).behaviour("hostile", &hostile_as("hostile", "0.1.0"), "");
    let app = app.behaviour("relay", &guest("relay-0.1.0"), "").counters(&["a"]).worker("relay", "root", "relay", "");
    let app = app.supervisor("calls", "simple_one_for_one", 1000).nested("calls", "root", "");
    app.worker("call", "calls", "counter", "").start().await
}

fn listed(node: &Running, supervisor: &str) -> Vec<String> {
    let children = node.handle.which_children(supervisor).expect("a supervisor");
    children.into_iter().map(|ChildView { child, state, .. }| format!("{child} {state}")).collect()
}

fn counted(node: &Running, supervisor: &str) -> [usize; 4] {
    let counts = node.handle.count_children(supervisor).expect("a supervisor");
    [counts.specs, counts.active, counts.supervisors, counts.workers]
}

fn refused(done: Result<(), Failure>) -> String {
    let failure = done.expect_err("it is refused");
    assert_eq!(failure.kind, Kind::Refused, "{failure:?}");
    failure.text
}

#[tokio::test]
async fn sup_24_a_child_with_a_specification_of_its_own_goes_through_the_full_sequence() {
    let node = node().await;
    let table = "child.own = { behaviour = \"counter\", shutdown = \"1s\" }";
    assert_eq!(node.handle.start_child_as("root", table).await.as_deref(), Ok("own"));
    assert_eq!(node.ok("relay", r#"{"Call":["own","Increment"]}"#).await, "\"Ack\"");
    assert_eq!(node.count("own").await, 1);
    assert_eq!(listed(&node, "root"), ["own running", "calls running", "relay running", "a running"]);
    assert_eq!(counted(&node, "root"), [4, 4, 1, 3]);
    let again = node.handle.start_child_as("root", table).await.expect_err("it is there");
    assert!(again.text.contains("is there and runs"), "{again:?}");
    assert!(refused(node.handle.restart_child("root", "own").await).contains("it runs"));
    assert!(refused(node.handle.delete_child("root", "own").await).contains("it runs"));
    for _ in 0..2 {
        node.handle.terminate_child("root", "own").await.expect("also if it is stopped");
    }
    assert_eq!((listed(&node, "root")[0].as_str(), counted(&node, "root")), ("own none", [4, 3, 1, 3]));
    let there = node.handle.start_child_as("root", table).await.expect_err("its specification is kept");
    assert!(there.text.contains("does not run"), "{there:?}");
    node.handle.restart_child("root", "own").await.expect("it comes back");
    assert_eq!(node.count("own").await, 0, "afresh");
    node.handle.terminate_child("root", "own").await.expect("it stops");
    node.handle.delete_child("root", "own").await.expect("it is stopped");
    assert_eq!(counted(&node, "root"), [3, 3, 1, 2]);
    for gone in [node.handle.delete_child("root", "own").await, node.handle.restart_child("root", "own").await] {
        assert_eq!(gone.expect_err("it is gone").kind, Kind::NoWorker);
    }
}

#[tokio::test]
async fn sup_24_a_specification_is_read_as_the_manifest_reads_it() {
    let node = node().await;
    for (table, said) in [
        ("child.own = { behaviour = \"countre\" }", "did you mean `counter`?"),
        ("child.own = { behaviour = \"counter\", restrat = \"temporary\" }", "did you mean `restart`?"),
        ("child.own = { behaviour = \"counter\", under = \"calls\" }", "stands under `calls`"),
        ("child.own = { behaviour = \"counter\", durable = true }", "begun without a journal"),
        ("child.own = { supervisor = \"calls\" }", "only workers"),
        ("child.a = { behaviour = \"counter\" }\nchild.b = { behaviour = \"counter\" }", "not one child"),
        ("behaviour = \"counter\"", "not one child"),
    ] {
        let failure = node.handle.start_child_as("root", table).await.expect_err("it is wrong");
        assert!(failure.kind == Kind::BadRequest && failure.text.contains(said), "{table}: {failure:?}");
    }
    let taken = node.handle.start_child_as("root", "child.call = { behaviour = \"counter\" }").await;
    assert!(taken.expect_err("a template's").text.contains("is taken"));
    let nobody = node.handle.start_child_as("nobody", "child.own = { behaviour = \"counter\" }").await;
    assert_eq!(nobody.expect_err("no such supervisor").kind, Kind::NoWorker);
    assert_eq!(counted(&node, "root"), [3, 3, 1, 2], "nothing has come of all this");
}

#[tokio::test]
async fn sup_25_children_of_a_template_are_stopped_by_their_keys_and_neither_restarted_nor_deleted() {
    let node = node().await;
    for key in ["1", "2", "3"] {
        node.handle.start_child("calls", key, None).await.expect("it starts");
    }
    assert_eq!(listed(&node, "calls"), ["calls/3 running", "calls/2 running", "calls/1 running"]);
    assert_eq!(counted(&node, "calls"), [1, 3, 0, 3]);
    assert!(refused(node.handle.restart_child("calls", "2").await).contains("simple_one_for_one"));
    assert!(refused(node.handle.delete_child("calls", "2").await).contains("simple_one_for_one"));
    let table = "child.own = { behaviour = \"counter\" }";
    assert!(node.handle.start_child_as("calls", table).await.expect_err("it has a template").text.contains("by key"));
    node.handle.terminate_child("calls", "2").await.expect("it stops");
    assert_eq!(node.handle.terminate_child("calls", "2").await.expect_err("it is gone").kind, Kind::NoWorker);
    assert_eq!(counted(&node, "calls"), [1, 2, 0, 2]);
}

#[tokio::test]
async fn sup_23_a_child_in_a_restart_loop_is_restarting_and_only_terminate_helps() {
    let node = node().await;
    let table = "child.own = { behaviour = \"hostile\", backoff = { first = \"1h\", max = \"1h\" } }";
    node.handle.start_child_as("root", table).await.expect("it starts");
    for _ in 0..2 {
        crashed(node.call("own", "\"divide\"").await);
    }
    // Whoever called is told of a crash before the supervisor is.
    until("it waits for its restart", async || listed(&node, "root")[0] == "own restarting").await;
    assert_eq!(counted(&node, "root"), [4, 3, 1, 3]);
    assert!(refused(node.handle.restart_child("root", "own").await).contains("being restarted"));
    assert!(refused(node.handle.delete_child("root", "own").await).contains("being restarted"));
    node.handle.terminate_child("root", "own").await.expect("that ends it");
    assert_eq!(listed(&node, "root")[0], "own none");
    node.handle.delete_child("root", "own").await.expect("it is stopped");
    assert_eq!(node.call("own", "1").await.expect_err("it is gone").kind, Kind::NoWorker);
}

/// The manifest with another behaviour for `a`.
fn relayed(manifest: &str) -> String {
    let child = |behaviour: &str| format!("[child.a]\nunder = \"root\"\nbehaviour = \"{behaviour}\"");
    assert!(manifest.contains(&child("counter")), "{manifest}");
    manifest.replace(&child("counter"), &child("relay"))
}

#[tokio::test]
async fn sup_32_a_manifest_that_is_read_again_changes_what_is_declared_and_leaves_what_runs() {
    let node = node().await;
    node.increment("a", 3).await;
    let more = "[child.new]\nbehaviour = \"counter\"\n[supervisor.more]\n[child.more]\nsupervisor = \"more\"\n";
    node.app.redeclare(|manifest| {
        let manifest = relayed(manifest);
        let (before, after) = manifest.split_once("[child.relay]").expect("the relay");
        let rest = after.find("[supervisor.calls]").expect("what follows it");
        format!("{before}{}{more}", &after[rest..])
    });
    let view = node.handle.reload().await.expect("a good manifest");
    assert_eq!((view.changed, view.added, view.kept), (vec!["a".into()], vec!["new".into()], vec!["relay".into()]));
    assert!(view.not_applied.iter().any(|what| what.contains("`more` is new")), "{:?}", view.not_applied);
    assert_eq!((node.count("a").await, node.generations(&["a", "relay"]).await), (3, vec![0, 0]));
    assert_eq!(listed(&node, "root"), ["relay running", "new none", "calls running", "a running"]);
    node.handle.restart_child("root", "new").await.expect("it was added and not started");
    node.increment("new", 1).await;
    node.handle.restart("a").await.expect("it comes back");
    assert_eq!(node.ok("a", "\"Next\"").await, "\"next\"", "a relay, as it is declared now");
    assert_eq!(node.handle.reload().await.expect("the same again").changed, Vec::<String>::new());
}

#[tokio::test]
async fn sup_32_a_manifest_that_is_wrong_is_refused_whole_with_its_problems() {
    let node = node().await;
    node.app.redeclare(|manifest| relayed(manifest).replace("simple_one", "simple_on"));
    let failure = node.handle.reload().await.expect_err("it is wrong");
    assert!(failure.kind == Kind::Refused && failure.text.contains("simple_one_for_one"), "{failure:?}");
    node.app.redeclare(|manifest| format!("{manifest}\n[child.b]\nbehaviour = \"nothing\"\n"));
    assert!(node.handle.reload().await.is_err_and(|failure| failure.text.contains("nothing")));
    node.handle.restart("a").await.expect("it comes back");
    assert_eq!(node.count("a").await, 0, "as it was declared before");
    assert_eq!(counted(&node, "root"), [3, 3, 1, 2]);
}

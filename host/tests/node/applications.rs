//! Several applications in one host: their order, what the end of one means, and what they share.

use tomte::base::Kind;
use tomte::node::{Ended, StartError};

use crate::support::{App, Running, guest, logged, until};

/// An application of workers that say `hi of NAME.` when they start and `bye of NAME.` when they end.
fn talkers(application: &str, more: &str, names: &[&str]) -> App {
    let behaviour = format!("{application}-hostile");
    let app = App::named(application, more).behaviour(&behaviour, &guest("hostile-0.1.0"), "");
    names.iter().fold(app, |app, name| app.worker(name, "root", &behaviour, &talks(name)))
}

fn talks(name: &str) -> String {
    let print = |word: &str| format!("{{ print = \"{word} of {name}.\" }}");
    format!(
        "config = {{ init = {}, start_phase = {}, prep_stop = {}, terminate = {} }}",
        print("hi"),
        print("phase"),
        print("prep"),
        print("bye")
    )
}

/// What these workers have said, in order.
fn said(names: &[&str]) -> Vec<String> {
    let words = |line: &String| {
        let (before, after) = line.split_once(" of ")?;
        let (word, name) = (before.rsplit(' ').next()?, after.split_once('.')?.0);
        names.contains(&name).then(|| format!("{word} {name}"))
    };
    let mut said: Vec<String> = logged(" of ").iter().filter_map(words).collect();
    // Printed to standard output and to standard error.
    said.dedup();
    said
}

async fn standing(node: &Running) -> String {
    let all = node.handle.applications().await.expect("the node runs");
    all.iter().map(|one| format!("{} {}", one.name, one.status)).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn applications_start_after_those_they_need_and_stop_in_reverse_order() {
    let names = ["ord-shop", "ord-db1", "ord-db2"];
    let shop = talkers("ord-s", "start_after = [\"ord-d\"]", &names[..1]);
    let node = shop.beside(talkers("ord-d", "", &names[1..])).shards(2).start().await;
    hear(&names, 0, &["hi ord-db1", "hi ord-db2", "hi ord-shop"]).await;
    assert_eq!(standing(&node).await, "ord-d running, ord-s running");
    let view = node.handle.applications().await.expect("the node runs").pop().expect("two");
    assert_eq!(
        (view.version.as_str(), view.restart.as_str(), view.start_after),
        ("0.1.0", "permanent", vec!["ord-d".to_owned()])
    );
    assert_eq!(node.inspect("ord-db1").await.under, "ord-d/root");
    let tree = node.handle.tree().await.expect("the node runs");
    let roots: Vec<&str> = tree.children.iter().map(|root| root.name.as_str()).collect();
    assert_eq!((tree.kind.as_str(), roots), ("host", vec!["ord-d/root", "ord-s/root"]));
    node.stop().await;
    assert_eq!(said(&names)[3..], ["bye ord-shop", "bye ord-db2", "bye ord-db1"]);
}

#[tokio::test]
async fn applications_that_do_not_fit_together_are_refused_before_anything_starts() {
    let refused = async |one: App, two: App| match one.beside(two).try_start().await {
        Err(StartError::Config(text)) => text,
        other => panic!("{other:?}"),
    };
    let text = refused(talkers("fit-a", "start_after = [\"fit-c\"]", &["fit-1"]), talkers("fit-b", "", &[])).await;
    assert!(text.contains("`fit-a` needs the application `fit-c`") && text.contains("tomte.toml:5:16"), "{text}");
    let text = refused(talkers("fit-a", "", &["fit-1"]), talkers("fit-b", "", &["fit-1"])).await;
    assert!(text.contains("`fit-1` is also in ") && text.contains("why  names and addresses"), "{text}");
    assert_eq!(said(&["fit-1"]), [""; 0]);
}

/// Two applications of counters, of which the first gives up at the first crash.
fn shaky(restart: &str) -> App {
    let app = App::named("shaky", &format!("restart = \"{restart}\"")).behaviour("a", &guest("counter-0.1.0"), "");
    let app = app.supervisor("root", "one_for_one", 0).worker("shake", "root", "a", "");
    let steady = App::named("steady", "").behaviour("b", &guest("counter-0.1.0"), "");
    app.beside(steady.worker("steady", "root", "b", ""))
}

#[tokio::test]
async fn the_end_of_a_permanent_or_transient_application_ends_the_host_and_names_it() {
    for restart in ["permanent", "transient"] {
        let node = shaky(restart).start().await;
        node.crash_counter("shake").await;
        let Ended::GaveUp(why) = node.ended().await else { panic!("nobody asked it to end") };
        assert!(why.starts_with("application shaky: supervisor shaky/root gave up: child shake"), "{why}");
    }
}

#[tokio::test]
async fn the_end_of_a_temporary_application_is_told_and_the_others_go_on() {
    let node = shaky("temporary").start().await;
    node.increment("steady", 3).await;
    node.crash_counter("shake").await;
    until("it has ended", async || standing(&node).await == "shaky stopped, steady running").await;
    assert_eq!(node.call("shake", "\"Read\"").await.expect_err("nobody is there").kind, Kind::Stopped);
    assert_eq!(node.count("steady").await, 3);
    let told = |line: &String| line.contains("ERROR") && line.contains("application=shaky");
    until("it is told", async || logged("shaky/root gave up").iter().any(told)).await;
    node.handle.start_application("shaky").await.expect("it starts again");
    assert_eq!((node.count("shake").await, standing(&node).await.as_str()), (0, "shaky running, steady running"));
    node.stop().await;
}

#[tokio::test]
async fn a_start_that_fails_at_boot_ends_the_host_unless_the_application_is_temporary() {
    let bad = |restart: &str| {
        let app = App::named("bad", &format!("restart = \"{restart}\"")).behaviour("h", &guest("hostile-0.1.0"), "");
        let app = app.worker("bad-w", "root", "h", "config = { init = { refuse = \"no disk\" } }");
        let needs = App::named("needs-bad", "start_after = [\"bad\"]\nrestart = \"temporary\"");
        let good = App::named("good", "").behaviour("c", &guest("counter-0.1.0"), "").worker("good-w", "root", "c", "");
        good.beside(app).beside(needs)
    };
    for restart in ["permanent", "transient"] {
        let error = bad(restart).try_start().await.expect_err("it cannot start");
        assert!(matches!(error, StartError::Boot(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("application bad: child bad-w failed to start (init: no disk)"), "{text}");
    }
    let node = bad("temporary").start().await;
    assert_eq!(standing(&node).await, "good running, bad stopped, needs-bad stopped");
    assert_eq!(node.count("good-w").await, 0);
    let told = node.handle.start_application("needs-bad").await.expect_err("what it needs cannot start");
    let why = "it needs `bad`, which did not start: child bad-w failed to start (init: no disk)";
    assert_eq!(told.text, why);
    let told = node.handle.start_application("bad").await.expect_err("it cannot start");
    assert_eq!(told.text, "it did not start: child bad-w failed to start (init: no disk)");
    assert_eq!(node.count("good-w").await, 0, "a start by hand that fails is only told");
}

#[tokio::test]
async fn an_application_is_stopped_and_started_without_the_others() {
    let relay = App::named("stop-r", "").behaviour("relay", &guest("relay-0.1.0"), "").worker(
        "stop-relay",
        "root",
        "relay",
        "",
    );
    let counters = App::named("stop-c", "start_after = [\"stop-r\"]").behaviour("c", &guest("counter-0.1.0"), "");
    let node = relay
        .beside(counters.worker("stop-counter", "root", "c", "").worker("stop-two", "root", "c", ""))
        .start()
        .await;
    node.increment("stop-counter", 2).await;
    let stopped = node.handle.stop_application("stop-r").await.expect("it stops");
    assert_eq!(stopped.needed_by, ["stop-c"]);
    assert_eq!(standing(&node).await, "stop-r stopped, stop-c running");
    assert_eq!(node.call("stop-relay", "\"Next\"").await.expect_err("stopped").kind, Kind::Stopped);
    assert_eq!(node.count("stop-counter").await, 2);
    let told = node.handle.stop_application("stop-r").await.expect_err("it is stopped");
    assert!(told.text.starts_with("not_started"), "{told:?}");
    node.handle.start_application("stop-r").await.expect("it starts");
    assert_eq!(node.ok("stop-relay", "\"Next\"").await, "\"next\"");
    let told = node.handle.start_application("stop-c").await.expect_err("it runs");
    assert!(told.text.starts_with("already_started"), "{told:?}");
    assert_eq!(node.handle.start_application("x/y").await.expect_err("no such").kind, Kind::NoWorker);
}

/// The log may come a moment after what it tells of.
async fn hear(names: &[&str], from: usize, expected: &[&str]) {
    until("it is said", async || said(names).get(from..).is_some_and(|said| said == expected)).await;
}

/// A database, a mail that needs it, and others that may need both; the first two are stopped.
async fn half_stopped(others: Vec<App>, prefix: &str) -> Running {
    let [db, mail] = ["db", "mail"].map(|name| format!("{prefix}-{name}"));
    let needs = format!("start_after = [\"{db}\"]");
    let apps = talkers(&db, "", &[&format!("{db}1")]).beside(talkers(&mail, &needs, &[&format!("{mail}1")]));
    let node = others.into_iter().fold(apps, App::beside).shards(2).start().await;
    for name in [mail, db] {
        node.handle.stop_application(&name).await.expect("it stops");
    }
    node
}

#[tokio::test]
async fn app_02_a_start_brings_up_what_it_needs_and_says_so_and_app_01_whoever_else_asks_is_told_the_same() {
    let shop = talkers("all-shop", "start_after = [\"all-mail\"]", &["all-shop1"]);
    let node = half_stopped(vec![shop], "all").await;
    node.handle.stop_application("all-shop").await.expect("it stops");
    let started = tokio::join!(node.handle.start_application("all-shop"), node.handle.start_application("all-shop"));
    let (first, second) = (started.0.expect("it starts"), started.1.expect("it starts"));
    assert_eq!((&first.also_started[..], first == second), (&["all-db".to_owned(), "all-mail".to_owned()][..], true));
    assert_eq!(standing(&node).await, "all-db running, all-mail running, all-shop running");
    let names = ["all-db1", "all-mail1", "all-shop1"];
    hear(&names, 6, &["hi all-db1", "hi all-mail1", "hi all-shop1"]).await;
    node.stop().await;
}

#[tokio::test]
async fn app_02_what_a_failed_start_brought_up_is_stopped_again_and_what_ran_before_goes_on() {
    let shop = App::named("undo-shop", "restart = \"temporary\"\nstart_after = [\"undo-mail\", \"undo-web\"]");
    let shop = shop.behaviour("undo-h", &guest("hostile-0.1.0"), "");
    let shop = shop.worker("undo-shop1", "root", "undo-h", "config = { init = { refuse = \"no disk\" } }");
    let node = half_stopped(vec![talkers("undo-web", "", &["undo-web1"]), shop], "undo").await;
    let told = node.handle.start_application("undo-shop").await.expect_err("it cannot start");
    assert_eq!(told.text, "it did not start: child undo-shop1 failed to start (init: no disk)");
    assert_eq!(standing(&node).await, "undo-db stopped, undo-mail stopped, undo-web running, undo-shop stopped");
    let again = ["hi undo-db1", "hi undo-mail1", "bye undo-mail1", "bye undo-db1"];
    hear(&["undo-db1", "undo-mail1"], 4, &again).await;
    hear(&["undo-web1"], 0, &["hi undo-web1"]).await;
    node.stop().await;
}

#[tokio::test]
async fn app_03_an_optional_application_that_is_there_is_started_first_and_one_that_is_missing_is_not_missed() {
    let shop = talkers("opt-shop", "start_after_if_present = [\"opt-mail\", \"opt-log\"]", &["opt-shop1"]);
    let node = shop.beside(talkers("opt-mail", "", &["opt-mail1"])).start().await;
    hear(&["opt-shop1", "opt-mail1"], 0, &["hi opt-mail1", "hi opt-shop1"]).await;
    for name in ["opt-shop", "opt-mail"] {
        node.handle.stop_application(name).await.expect("it stops");
    }
    let started = node.handle.start_application("opt-shop").await.expect("it starts");
    assert_eq!(started.also_started, ["opt-mail"]);
    node.stop().await;
    let shop = talkers("opt-shop", "start_after_if_present = [\"opt-mail\", \"opt-log\"]", &["opt-shop2"]);
    let node = shop.start().await;
    assert_eq!(standing(&node).await, "opt-shop running");
}

#[tokio::test]
async fn no_worker_and_no_order_to_a_supervisor_stops_an_application() {
    let relay =
        App::named("own-r", "").behaviour("relay", &guest("relay-0.1.0"), "").worker("own-relay", "root", "relay", "");
    let node = relay.beside(talkers("own-t", "", &["own-w"])).start().await;
    node.ok("own-relay", "{\"StopChild\":[\"own-t\",\"root\"]}").await;
    let told = node.handle.stop("own-t/root").await.expect_err("it is an application's");
    assert!(told.text.contains("tomte stop-application"), "{told:?}");
    assert_eq!(standing(&node).await, "own-r running, own-t running");
    hear(&["own-w"], 0, &["hi own-w"]).await;
}

#[tokio::test]
async fn app_05_the_callback_is_told_of_each_phase_when_all_runs_and_prepares_before_anything_stops() {
    let names = ["ph-first", "ph-second"];
    let more = "callback = \"ph-first\"\nstart_phases = [\"open\", \"go\"]";
    let app = talkers("ph", more, &names);
    let later = talkers("ph-later", "start_after = [\"ph\"]", &["ph-third"]);
    let node = app.beside(later).shards(2).start().await;
    let names = ["ph-first", "ph-second", "ph-third"];
    // The same words twice in a row are kept once.
    hear(&names, 0, &["hi ph-first", "hi ph-second", "phase ph-first", "hi ph-third"]).await;
    let recent = node.inspect("ph-first").await.recent;
    let phases: Vec<_> = recent.iter().map(|input| (input.kind.as_str(), input.head.text.as_deref())).collect();
    assert_eq!(phases, [("start-phase", Some("go")), ("start-phase", Some("open"))]);
    node.stop().await;
    let end = ["bye ph-third", "prep ph-first", "bye ph-second", "bye ph-first"];
    assert_eq!(said(&names)[4..], end);
}

#[tokio::test]
async fn app_05_a_phase_that_is_refused_or_crashes_fails_the_start_and_stops_what_had_started() {
    for (at, deed, why) in [
        (0, "{ refuse = \"no disk\" }", "its start phase `go` failed: no disk"),
        (1, "{ panic = \"boom\" }", "its start phase `go` failed: crash: boom"),
    ] {
        let second = format!("phf-second{at}");
        let app = App::named("phf", "callback = \"first\"\nstart_phases = [\"go\"]");
        let app = app.behaviour("h", &guest("hostile-0.1.0"), "");
        let app = app.worker("first", "root", "h", &format!("config = {{ start_phase = {deed} }}"));
        let error = app.worker(&second, "root", "h", &talks(&second)).try_start().await.expect_err("it cannot start");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(said(&[&second]), [format!("hi {second}"), format!("bye {second}")]);
    }
}

#[tokio::test]
async fn a_callback_that_does_not_prepare_does_not_keep_the_application_from_stopping() {
    for deed in ["{ refuse = \"no\" }", "{ panic = \"boom\" }"] {
        let app = App::named("np", "callback = \"np-first\"").behaviour("h", &guest("hostile-0.1.0"), "");
        let node = app.worker("np-first", "root", "h", &format!("config = {{ prep_stop = {deed} }}")).start().await;
        node.handle.stop_application("np").await.expect("it stops all the same");
        assert_eq!(standing(&node).await, "np stopped");
        node.stop().await;
    }
}

#[tokio::test]
async fn the_root_of_an_application_among_several_may_be_a_template_of_dynamic_children() {
    let relays = App::named("dyn", "").behaviour("relay", &guest("relay-0.1.0"), "");
    let relays = relays.supervisor("root", "simple_one_for_one", 5).worker("dyn-call", "root", "relay", "");
    let node = relays.beside(talkers("dyn-other", "", &["dyn-w"])).listen_to_all().shards(2).start().await;
    for key in ["1", "2", "3"] {
        let address = node.handle.start_child("dyn/root", key, None).await.expect("it starts");
        assert_eq!(address, format!("dyn/root/{key}"));
        assert_eq!(node.ok(&address, "\"Next\"").await, "\"next\"");
    }
    let next = crate::support::http_call(node.http(), "/call/dyn/root/2", "\"Next\"").await;
    assert_eq!(next, (200, "\"next\"".to_owned()));
    for odd in ["dyn/root/", "dyn//1", "a/b/c/d", "/dyn/root"] {
        assert_eq!(node.call(odd, "\"Next\"").await.expect_err("no such worker").kind, Kind::NoWorker, "{odd}");
    }
    node.handle.stop_application("dyn").await.expect("it stops");
    assert_eq!(node.call("dyn/root/1", "\"Next\"").await.expect_err("it is gone").kind, Kind::NoWorker);
    node.handle.start_application("dyn").await.expect("it starts");
    node.handle.start_child("dyn/root", "1", None).await.expect("the key is free");
}

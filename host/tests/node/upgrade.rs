//! A new version comes for all workers of a behaviour or for none, with their states.

use std::time::Duration;

use tomte::node::UpgradeResult;

use crate::support::{App, Running, crashed, guest, hostile_as, refusal, until};

const FOUR: [&str; 4] = ["a", "b", "c", "d"];

/// Four counters on two shards, at 1, 2, 3 and 4.
async fn counted(app: App) -> Running {
    let node = app.shards(2).start().await;
    for (worker, count) in FOUR.iter().zip(1..) {
        node.increment(worker, count).await;
    }
    let shards = [node.inspect("a").await.shard, node.inspect("b").await.shard];
    assert_ne!(shards[0], shards[1], "both shards must take part");
    node
}

/// Version, counts and instances are those of [`counted`].
async fn assert_untouched(node: &Running) {
    for worker in FOUR {
        assert_eq!(node.child(worker).await.version.as_deref(), Some("0.1.0"));
        let stats = refusal(node.call(worker, "\"Stats\"").await);
        assert!(stats.contains("Stats"), "0.1.0 does not know the word: {stats}");
    }
    assert_eq!(node.counts(&FOUR).await, [1, 2, 3, 4]);
    assert_eq!(node.generations(&FOUR).await, [0; 4], "the old instances go on");
    node.increment("a", 1).await;
    assert_eq!(node.count("a").await, 2);
}

#[tokio::test]
async fn an_upgrade_moves_every_worker_with_its_state_and_tells_so_only_then() {
    let node = counted(App::of_counters().counters(&FOUR)).await;
    node.app.put("counter-0.2.0.wasm", &guest("counter-0.2.0"));
    let text = node.marker("counter-0.2.0.wasm", "accepted").await;
    // From the first moment on that the marker can be seen, no worker is on the old version.
    for (worker, count) in FOUR.iter().zip(1..) {
        let stats = node.ok(worker, "\"Stats\"").await;
        assert_eq!(stats, format!("{{\"Stats\":{{\"count\":{count},\"resets\":0}}}}"));
    }
    assert!(text.starts_with("counter 0.2.0 runs since revision 1\n"), "{text}");
    let [row] = &node.history().await[..] else { panic!("one row") };
    assert_eq!((row.result, row.workers, row.revision), (UpgradeResult::Permanent, 4, 1));
    assert_eq!((row.from.as_deref(), &*row.to), (Some("0.1.0"), "0.2.0"));
    assert!(row.via.starts_with("folder ") && row.via.ends_with("counter-0.2.0.wasm"), "{}", row.via);
    assert_eq!(node.generations(&FOUR).await, [1; 4]);
}

#[tokio::test]
async fn an_upgrade_waits_for_the_worker_in_the_middle_of_a_step_and_holds_the_others_meanwhile() {
    let hostile = guest("hostile-0.1.0");
    let app = App::new().behaviour("hostile", &hostile, "step = \"1s\"").shards(2);
    let node = app.worker("a", "root", "hostile", "").worker("b", "root", "hostile", "").start().await;
    let spinner = node.handle.clone();
    let spinning = async move { spinner.call("b", b"\"spin\"".to_vec(), Duration::from_secs(30)).await };
    let upgrading = node.upgrade(hostile_as("hostile", "0.2.0"));
    tokio::pin!(spinning, upgrading);
    let spun = tokio::select! {
        biased;
        spun = &mut spinning => spun,
        report = &mut upgrading => panic!("told before b was there: {report:?}"),
    };
    assert!(crashed(spun).contains("step took longer than 1s"));
    let report = upgrading.await;
    assert_eq!(report.result, UpgradeResult::Permanent, "{}", report.reason);
    for worker in ["a", "b"] {
        assert_eq!(node.ok(worker, "\"behave\"").await, "\"done\"");
        assert_eq!(node.generations(&[worker]).await, [1], "{worker} was not replaced once");
    }
}

#[tokio::test]
async fn b13_a_version_that_refuses_the_states_leaves_every_worker_on_the_old_one() {
    let node = counted(App::of_counters().counters(&FOUR)).await;
    node.app.put("counter-0.3.0.wasm", &guest("counter-0.3.0"));
    let text = node.marker("counter-0.3.0.wasm", "refused").await;
    assert!(text.contains("counter 0.3.0 cannot take over a state of schema counter/1"), "{text}");
    let [row] = &node.history().await[..] else { panic!("one row") };
    assert_eq!((row.result, row.workers), (UpgradeResult::Refused, 0));
    assert!(text.starts_with(&row.reason), "the row says what the marker says: {}", row.reason);
    assert_untouched(&node).await;
}

/// A next version that fails for the third of the four workers only.
async fn fails_for_one(deed: &str, reason: &str) {
    let limits = "init = \"300ms\"";
    let app = App::new().behaviour("counter", &guest("counter-0.1.0"), limits).counters(&["a", "b"]);
    let app = app.worker("c", "root", "counter", &format!("config = {{ init = {deed} }}")).counters(&["d"]);
    let node = counted(app).await;
    let report = node.upgrade(hostile_as("counter", "0.2.0")).await;
    assert_eq!(report.result, UpgradeResult::Refused);
    assert!(report.reason.contains("`c`") && report.reason.contains(reason), "{}", report.reason);
    assert_untouched(&node).await;
}

#[tokio::test]
async fn b13_a_version_that_panics_in_one_init_leaves_every_worker_on_the_old_one() {
    fails_for_one("{ panic = \"no such thing\" }", "no such thing").await;
}

#[tokio::test]
async fn a_version_that_spins_in_one_init_leaves_every_worker_on_the_old_one() {
    fails_for_one("\"spin\"", "init took longer than 300ms").await;
}

#[tokio::test]
async fn b14_a_version_whose_init_asks_for_the_impossible_leaves_every_worker_on_the_old_one() {
    fails_for_one("{ effects = 3 }", "asked to repeat its state").await;
}

#[tokio::test]
async fn an_old_version_that_cannot_save_ends_the_upgrade_and_costs_only_its_own_instance() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "").shards(2);
    let app = app.worker("a", "root", "hostile", "").worker("b", "root", "hostile", "config = { save = \"divide\" }");
    let node = app.start().await;
    let report = node.upgrade(crate::support::stamped(&guest("counter-0.1.0"), "hostile", "0.2.0")).await;
    assert_eq!(report.result, UpgradeResult::RolledBack);
    assert!(report.reason.contains("`b` crashed in its `save`"), "{}", report.reason);
    until("b is back", async || node.call("b", "\"behave\"").await.is_ok()).await;
    assert_eq!(node.generations(&["a"]).await, [0]);
    assert_eq!((node.child("a").await.version, node.child("b").await.restarts), (Some("0.1.0".into()), 1));
}

#[tokio::test]
async fn a_version_that_crashes_in_its_first_step_tells_its_caller_and_is_restarted() {
    let node = App::of_counters().counters(&["a"]).start().await;
    node.increment("a", 7).await;
    let report = node.upgrade(guest("counter-0.4.0")).await;
    assert_eq!(report.result, UpgradeResult::Permanent, "it takes the state over: {}", report.reason);
    for restarts in 1..=2 {
        let reason = crashed(node.call("a", "\"Read\"").await);
        assert!(reason.contains("counter 0.4.0 has a bug: it cannot do Read"), "{reason}");
        until("it runs again", async || node.status("a").await == "running").await;
        assert_eq!(node.child("a").await.restarts, restarts);
    }
}

#[tokio::test]
async fn an_upgrade_that_cannot_be_planned_says_why_and_touches_nothing() {
    let node = App::of_counters().counters(&["a"]).start().await;
    assert_eq!(node.upgrade(guest("counter-0.2.0")).await.result, UpgradeResult::Permanent);
    for (bytes, text) in [
        (guest("echo-0.1.0"), "no behaviour `echo` runs here; there are: counter"),
        (guest("counter-0.1.0"), "counter 0.2.0 is running, and 0.1.0 is older; to go back use `tomte rollback`"),
        (hostile_as("counter", "0.2.0"), "counter 0.2.0 is running already, with other bytes"),
    ] {
        let report = node.upgrade(bytes).await;
        assert_eq!(report.result, UpgradeResult::Refused);
        assert!(report.reason.contains(text), "{}", report.reason);
    }
    assert_eq!((node.generations(&["a"]).await, node.history().await.len()), (vec![1], 4));
}

#[tokio::test]
async fn a_delayed_reply_and_a_running_timer_survive_an_upgrade() {
    let relay = guest("relay-0.1.0");
    let app = App::of_counters().behaviour("relay", &relay, "").counters(&["slow"]);
    let node = app.worker("relay", "root", "relay", "").start().await;
    node.handle.suspend("slow").await.expect("it is there");
    // The upgrade must be done before the timer goes off; a busy machine gets another try.
    for (minor, ms) in [(2, 700), (3, 3_000), (4, 12_000)] {
        let caller = node.handle.clone();
        let call = |body: String| {
            let caller = caller.clone();
            tokio::spawn(async move { caller.call("relay", body.into(), Duration::from_secs(30)).await })
        };
        let (rings, relayed) = (call(format!("{{\"After\":{ms}}}")), call(r#"{"Call":["slow","Read"]}"#.into()));
        until("both wait", async || node.inspect("relay").await.pending_replies == 2).await;
        let report = node.upgrade(crate::support::stamped(&relay, "relay", &format!("0.{minor}.0"))).await;
        assert_eq!(report.result, UpgradeResult::Permanent, "{}", report.reason);
        let in_time = node.inspect("relay").await.timers == 1;
        node.handle.resume("slow").await.expect("it is there");
        let relayed = relayed.await.expect("the task ends").expect("the new instance answers");
        assert!(relayed == br#"{"Value":0}"# || !in_time, "{}", String::from_utf8_lossy(&relayed));
        assert_eq!(rings.await.expect("the task ends").as_deref(), Ok(&b"\"rang\""[..]));
        if in_time {
            return;
        }
        node.handle.suspend("slow").await.expect("it is there");
    }
    panic!("no upgrade was done within twelve seconds");
}

#[tokio::test]
async fn a_worker_whose_start_fails_while_its_behaviour_is_upgraded_holds_nobody_up() {
    let app = App::new().supervisor("root", "one_for_one", 1000).shards(2);
    let app = app.behaviour("counter", &guest("counter-0.1.0"), "init = \"2s\"").counters(&["a"]);
    let node = app.worker("b", "root", "counter", "config = { init = \"spin\" }").start().await;
    node.handle.stop("b").await.expect("it stops");
    let report = node.upgrade(hostile_as("counter", "0.2.0")).await;
    assert_eq!((report.result, report.workers), (UpgradeResult::Permanent, 1), "{}", report.reason);
    let starter = node.handle.clone();
    let starting = tokio::spawn(async move { starter.restart("b").await });
    until("b spins in its init", async || node.status("b").await == "starting").await;
    let upgrade = node.upgrade(hostile_as("counter", "0.3.0"));
    let report = tokio::time::timeout(Duration::from_secs(20), upgrade).await.expect("b is not waited for for ever");
    assert_eq!((report.result, report.workers), (UpgradeResult::Permanent, 1), "{}", report.reason);
    assert!(starting.await.expect("the task ends").is_err(), "b did not come up");
    assert_eq!(node.ok("a", "\"behave\"").await, "\"done\"");
}

//! The same outside of steps: in `init`, in `save` and in `terminate`.

use tomte::node::UpgradeResult;

use crate::support::{App, Running, guest, hostile_as};

/// A misdeed as TOML, the name of the worker that does it, and a part of the reason. `%` stands for
/// the function.
const DEEDS: [Deed; 9] = [
    ("spin", "\"spin\"", "timeout: % took longer than"),
    ("recurse", "\"recurse\"", "trap: stack overflow"),
    ("grow", "\"grow\"", "memory: asked for"),
    ("gigabyte", "\"gigabyte\"", "memory: asked for"),
    ("panic", "{ panic = \"no such thing\" }", "crash: no such thing"),
    ("crash", "{ crash = \"on purpose\" }", "crash: on purpose"),
    ("divide", "\"divide\"", "divide by zero"),
    ("calls", "{ host_calls = 200000 }", "contract: %: more than 100000 calls to the host"),
    ("exit", "{ exit = 3 }", "trap: called exit with code 1"),
];

const LIMITS: &str = "init = \"500ms\"";

type Deed = (&'static str, &'static str, &'static str);

/// One worker for each deed in this function, and a counter, all on one shard.
async fn doers(behaviour: &str, component: &[u8], function: &str, deeds: &[Deed]) -> Running {
    let app = App::new().supervisor("root", "one_for_one", 1000).shards(1);
    let app = app.behaviour(behaviour, component, LIMITS).behaviour("neighbour", &guest("counter-0.1.0"), "");
    let worker = |app: App, (name, deed, _): &Deed| {
        app.worker(&doer(function, name), "root", behaviour, &format!("config = {{ {function} = {deed} }}"))
    };
    deeds.iter().fold(app, worker).worker("neighbour", "root", "neighbour", "").start().await
}

fn doer(function: &str, name: &str) -> String {
    format!("{function}-{name}")
}

/// The neighbour was called twice during each of them, and nothing has happened to it.
async fn assert_neighbour_unharmed(node: &Running, deeds: usize) {
    assert_eq!(node.count("neighbour").await, 2 * deeds as u64);
    assert_eq!(node.generations(&["neighbour"]).await, [0]);
}

#[tokio::test]
async fn b2_every_misdeed_of_an_init_fails_its_own_start_only() {
    // Counters, which do not read their config, until the upgrade; stopped, they take no part in it.
    let node = doers("doer", &crate::support::stamped(&guest("counter-0.1.0"), "doer", "0.1.0"), "init", &DEEDS).await;
    for (name, ..) in DEEDS {
        node.handle.stop(&doer("init", name)).await.expect("it stops");
    }
    let report = node.upgrade(hostile_as("doer", "0.2.0")).await;
    assert_eq!(report.result, UpgradeResult::Permanent, "{}", report.reason);
    for (name, _, reason) in DEEDS {
        let name = doer("init", name);
        let (started, ()) = tokio::join!(node.handle.restart(&name), node.increment("neighbour", 2));
        assert!(started.is_err(), "{name} cannot start");
        let told = node.inspect(&name).await.last_crash.unwrap_or_default();
        assert!(told.contains(&reason.replace('%', "init")), "{name}: {told}");
    }
    assert_neighbour_unharmed(&node, DEEDS.len()).await;
}

#[tokio::test]
async fn b2_every_misdeed_of_a_save_costs_its_own_instance_only() {
    let node = doers("hostile", &guest("hostile-0.1.0"), "save", &DEEDS).await;
    for (name, ..) in DEEDS {
        node.handle.stop(&doer("save", name)).await.expect("it stops");
    }
    for (name, _, reason) in DEEDS {
        let name = doer("save", name);
        node.handle.restart(&name).await.expect("it starts");
        let before = node.generations(&[&name]).await[0];
        let next = crate::support::stamped(&guest("counter-0.1.0"), "hostile", "0.2.0");
        let (report, ()) = tokio::join!(node.upgrade(next), node.increment("neighbour", 2));
        assert!(report.reason.contains(&reason.replace('%', "save")), "{name}: {}", report.reason);
        assert_eq!(node.ok(&name, "\"behave\"").await, "\"done\"");
        assert_eq!(node.generations(&[&name]).await, [before + 1], "{name}");
        node.handle.stop(&name).await.expect("it stops");
    }
    assert_neighbour_unharmed(&node, DEEDS.len()).await;
}

#[tokio::test]
async fn gs_13_every_misdeed_of_a_terminate_ends_with_the_worker() {
    // The one that spins is killed, and has a test of its own.
    let deeds = &DEEDS[1..];
    let node = doers("hostile", &guest("hostile-0.1.0"), "terminate", deeds).await;
    for (name, _, reason) in deeds {
        let name = doer("terminate", name);
        let (stopped, ()) = tokio::join!(node.handle.stop(&name), node.increment("neighbour", 2));
        stopped.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let told = node.inspect(&name).await.last_crash.unwrap_or_default();
        if told.is_empty() {
            assert!(name.ends_with("gigabyte"), "{name} has crashed");
        } else {
            assert!(told.contains(&reason.replace('%', "terminate")), "{name}: {told}");
        }
        node.handle.restart(&name).await.expect("it starts again");
        assert_eq!(node.ok(&name, "\"behave\"").await, "\"done\"");
    }
    assert_neighbour_unharmed(&node, deeds.len()).await;
}

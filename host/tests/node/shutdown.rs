//! How workers and nodes end in order: what is in flight is answered, `terminate` is called in reverse
//! order, and nobody takes longer than he may.

use std::time::{Duration, Instant};

use tomte::base::Kind;

use crate::support::{App, Frames, guest, logged, until};

/// Hostile workers whose `terminate` prints their own name.
fn printers(app: App, names: &[&str], under: &str) -> App {
    names.iter().fold(app.behaviour("hostile", &guest("hostile-0.1.0"), ""), |app, name| {
        app.worker(name, under, "hostile", &format!("config = {{ terminate = {{ print = \"bye of {name}.\" }} }}"))
    })
}

/// The workers in the order in which their `terminate` was called.
fn order(names: &[&str]) -> Vec<String> {
    let word = |line: &str| {
        let (_, rest) = line.split_once("bye of ")?;
        Some(rest.split_once('.')?.0.to_owned())
    };
    let mut order: Vec<String> = logged("bye of ").iter().filter_map(|line| word(line)).collect();
    order.retain(|name| names.contains(&&**name));
    // Printed to standard output and to standard error.
    order.dedup();
    order
}

/// The answers of three timers.
async fn rang(client: &mut Frames) {
    for _ in 0..3 {
        assert_eq!(client.answer().await, (0, "\"rang\"".to_owned()));
    }
}

#[tokio::test]
async fn a_node_that_shuts_down_answers_what_is_in_flight_first() {
    let app = App::new().behaviour("relay", &guest("relay-0.1.0"), "").worker("r", "root", "relay", "");
    let node = app.listen("frames", "r").start().await;
    let mut client = node.frames().await;
    // All must wait when the end begins: on a busy machine the first rings too soon, and there is another try.
    for (tries, ms) in (1..).zip([100, 1000, 5000]) {
        for ms in [3 * ms, ms, 2 * ms] {
            client.send(&format!("{{\"After\":{ms}}}")).await;
        }
        until("all are taken", async || node.inspect("r").await.statistics.calls == 3 * tries).await;
        if node.inspect("r").await.pending_replies == 3 {
            break;
        }
        rang(&mut client).await;
    }
    assert_eq!(node.inspect("r").await.pending_replies, 3);
    let handle = node.handle.clone();
    let ended = tokio::spawn(node.stop());
    rang(&mut client).await;
    ended.await.expect("it ends");
    let told = handle.call("r", b"\"Next\"".to_vec(), Duration::from_secs(5)).await;
    assert_eq!(told.expect_err("nobody is there").kind, Kind::Stopped);
}

#[tokio::test]
async fn a_node_that_shuts_down_terminates_its_workers_in_reverse_order_on_both_shards() {
    let names = ["node-1", "node-2", "node-3", "node-4"];
    let app = App::new().supervisor("inner", "one_for_one", 1).shards(2);
    let app = printers(app, &names[..1], "root").nested("inner", "root", "");
    let app = names[1..3].iter().fold(app, |app, name| {
        app.worker(name, "inner", "hostile", &format!("config = {{ terminate = {{ print = \"bye of {name}.\" }} }}"))
    });
    let last = format!("config = {{ terminate = {{ print = \"bye of {}.\" }} }}", names[3]);
    app.worker(names[3], "root", "hostile", &last).start().await.stop().await;
    assert_eq!(order(&names), ["node-4", "node-3", "node-2", "node-1"]);
}

#[tokio::test]
async fn a_supervisor_that_is_stopped_terminates_its_children_in_reverse_order_and_no_others() {
    let names = ["team-1", "team-2", "team-3"];
    let app = App::of_counters().supervisor("team", "one_for_one", 1).nested("team", "root", "").shards(2);
    let node = printers(app, &names, "team").counters(&["outside"]).start().await;
    node.handle.stop("team").await.expect("it stops");
    until("all have said so", async || order(&names).len() == 3).await;
    assert_eq!(order(&names), ["team-3", "team-2", "team-1"]);
    assert_eq!(node.count("outside").await, 0);
    assert_eq!(node.status("team-2").await, "stopped");
}

#[tokio::test]
async fn rest_for_one_stops_the_later_siblings_in_reverse_order_before_it_starts_them() {
    let names = ["rest-2", "rest-3"];
    let app = App::of_counters().supervisor("team", "rest_for_one", 5).nested("team", "root", "").shards(2);
    let node = printers(app.worker("rest-1", "team", "counter", ""), &names, "team").start().await;
    node.crash_counter("rest-1").await;
    until("all are restarted", async || node.generations(&names).await == [1, 1]).await;
    until("both have said so", async || order(&names).len() == 2).await;
    assert_eq!(order(&names), ["rest-3", "rest-2"]);
}

#[tokio::test]
async fn sup_07_a_worker_that_spins_in_terminate_is_killed_at_its_deadline_and_the_next_has_its_turn() {
    let names = ["spin-first"];
    let app =
        printers(App::of_counters().supervisor("team", "one_for_one", 1), &names, "team").nested("team", "root", "");
    let spin = "shutdown = \"1s\"\nconfig = { terminate = \"spin\" }";
    let node = app.worker("spin-last", "team", "hostile", spin).start().await;
    let began = Instant::now();
    node.handle.stop("team").await.expect("it stops");
    let took = began.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&took), "{took:?}");
    until("the kill is logged", async || {
        logged("did not stop in its time and was killed").iter().any(|line| line.contains("spin-last"))
    })
    .await;
    until("the sibling was asked", async || order(&names) == ["spin-first"]).await;
}

#[tokio::test]
async fn a_worker_that_spins_in_terminate_holds_up_no_other_on_its_shard() {
    let app = App::of_counters().behaviour("hostile", &guest("hostile-0.1.0"), "").shards(1);
    let spin = "shutdown = \"infinity\"\nconfig = { terminate = \"spin\" }";
    let node = app.worker("spinner", "root", "hostile", spin).counters(&["neighbour"]).start().await;
    let handle = node.handle.clone();
    let stopping = handle.stop("spinner");
    tokio::pin!(stopping);
    tokio::select! {
        biased;
        stopped = &mut stopping => panic!("it spins for ever: {stopped:?}"),
        () = node.increment("neighbour", 20) => {}
    }
    assert_eq!(node.status("spinner").await, "stopping");
    node.handle.halt();
    node.ended().await;
}

#[tokio::test]
async fn sup_08_brutal_kill_never_asks() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "");
    let config = |name: &str| format!("config = {{ terminate = {{ print = \"bye of {name}.\" }} }}");
    let app = app.worker("asked", "root", "hostile", &config("asked"));
    let brutal = format!("shutdown = \"brutal_kill\"\n{}", config("brutal"));
    app.worker("brutal", "root", "hostile", &brutal).start().await.stop().await;
    assert_eq!(order(&["asked", "brutal"]), ["asked"]);
}

#[tokio::test]
async fn sup_09_infinity_waits_for_a_terminate_however_long_it_takes() {
    let app = App::new().behaviour("hostile", &guest("hostile-0.1.0"), "");
    let slow = "shutdown = \"infinity\"\nconfig = { terminate = { host_calls = 20000 } }";
    let node = app.worker("slow-end", "root", "hostile", slow).start().await;
    node.stop().await;
    let lines = logged("slow-end");
    assert!(lines.iter().any(|line| line.contains("terminate")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("killed")), "{lines:?}");
}

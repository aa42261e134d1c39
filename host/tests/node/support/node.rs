//! A running node with its application, and short ways to ask it.

use std::net::SocketAddr;
use std::time::Duration;

use tomte::base::{Failure, Kind, Outcome};
use tomte::node::{Depth, Ended, Handle, Node, TreeView, UpgradeReport, Upload, WorkerView};

use super::app::App;
use super::wire::{Frames, Lines};

/// Nothing in the tests takes this long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A node and the application it runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) app: App,
    node: Node,
    pub(crate) handle: Handle,
}

impl Running {
    pub(super) fn new(app: App, node: Node) -> Running {
        let handle = node.handle();
        Running { app, node, handle }
    }

    pub(crate) async fn call(&self, worker: &str, body: &str) -> Outcome {
        let call = self.handle.call(worker, body.into(), PATIENCE);
        tokio::time::timeout(2 * PATIENCE, call).await.unwrap_or_else(|_| panic!("{worker} <- {body}: never answered"))
    }

    /// The answer of a call that must succeed.
    pub(crate) async fn ok(&self, worker: &str, body: &str) -> String {
        let outcome = self.call(worker, body).await;
        json(&outcome.unwrap_or_else(|failure| panic!("{worker} <- {body}: {failure:?}")))
    }

    pub(crate) async fn increment(&self, worker: &str, times: u64) {
        for _ in 0..times {
            assert_eq!(self.ok(worker, "\"Increment\"").await, "\"Ack\"");
        }
    }

    /// What a counter of version 0.1.0 or 0.2.0 stands at.
    pub(crate) async fn count(&self, worker: &str) -> u64 {
        let answer = self.ok(worker, "\"Read\"").await;
        let digits = answer.strip_prefix("{\"Value\":").and_then(|rest| rest.strip_suffix('}'));
        digits.and_then(|digits| digits.parse().ok()).unwrap_or_else(|| panic!("no count: {answer}"))
    }

    pub(crate) async fn counts(&self, workers: &[&str]) -> Vec<u64> {
        let mut counts = vec![];
        for worker in workers {
            counts.push(self.count(worker).await);
        }
        counts
    }

    /// Crashes a counter of version 0.1.0, whatever it stands at.
    pub(crate) async fn crash_counter(&self, worker: &str) -> Failure {
        match self.call(worker, "\"Reset\"").await {
            Ok(_) => self.call(worker, "\"Reset\"").await.expect_err("a reset at zero crashes"),
            Err(failure) => failure,
        }
    }

    pub(crate) async fn inspect(&self, worker: &str) -> WorkerView {
        self.handle.inspect(worker, Depth::State).await.unwrap_or_else(|failure| panic!("{worker}: {failure:?}"))
    }

    /// How many instances these workers had before their present ones.
    pub(crate) async fn generations(&self, workers: &[&str]) -> Vec<u64> {
        let mut generations = vec![];
        for worker in workers {
            generations.push(self.inspect(worker).await.generation);
        }
        generations
    }

    /// One child of the tree.
    pub(crate) async fn child(&self, name: &str) -> TreeView {
        let tree = self.handle.tree().await.expect("the node runs");
        find(&tree, name).unwrap_or_else(|| panic!("no {name} in {tree:?}")).clone()
    }

    pub(crate) async fn status(&self, name: &str) -> String {
        self.child(name).await.status
    }

    pub(crate) async fn upgrade(&self, bytes: Vec<u8>) -> UpgradeReport {
        let upload = Upload { bytes, file_name: "upload.wasm".into(), via: "test".into(), dry_run: false };
        let report = tokio::time::timeout(PATIENCE, self.handle.upgrade(upload)).await.expect("an outcome in time");
        report.expect("the node runs")
    }

    pub(crate) async fn rollback(&self) -> UpgradeReport {
        let report = tokio::time::timeout(PATIENCE, self.handle.rollback(None, None, false)).await;
        report.expect("an outcome in time").expect("the node runs")
    }

    pub(crate) async fn history(&self) -> Vec<UpgradeReport> {
        self.handle.history().await.expect("the node runs")
    }

    /// Waits for the outcome beside a dropped file, `accepted` or `refused`, and gives its text.
    pub(crate) async fn marker(&self, file: &str, outcome: &str) -> String {
        let path = self.app.dropped(&format!("{file}.{outcome}"));
        until(&format!("{file}.{outcome}"), async || path.exists()).await;
        std::fs::read_to_string(path).expect("the marker is text")
    }

    /// Waits until so many inputs wait for a worker.
    pub(crate) async fn queued(&self, worker: &str, count: usize) {
        until("the queue is filled", async || self.child(worker).await.queued == Some(count)).await;
    }

    fn address(&self, protocol: &str) -> SocketAddr {
        let listeners = self.node.listeners();
        let found = listeners.iter().find(|(known, ..)| known == protocol);
        found.unwrap_or_else(|| panic!("no {protocol} among {listeners:?}")).1
    }

    pub(crate) async fn frames(&self) -> Frames {
        Frames::connect(self.address("frames")).await
    }

    pub(crate) async fn lines(&self) -> Lines {
        Lines::connect(self.address("lines")).await
    }

    pub(crate) fn http(&self) -> SocketAddr {
        self.address("http")
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(self) -> Ended {
        tokio::time::timeout(PATIENCE, self.node.ended()).await.expect("the node ends")
    }

    /// Drains it, waits for its end, and gives back its application.
    pub(crate) async fn stop(self) -> App {
        self.handle.shutdown();
        let ended = tokio::time::timeout(PATIENCE, self.node.ended()).await;
        assert_eq!(ended.expect("the node ends"), Ended::Shutdown);
        self.app
    }
}

fn find<'a>(tree: &'a TreeView, name: &str) -> Option<&'a TreeView> {
    if tree.name == name { Some(tree) } else { tree.children.iter().find_map(|child| find(child, name)) }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

/// The text of a body.
pub(crate) fn json(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// The reason a caller was given for a crash.
pub(crate) fn crashed(outcome: Outcome) -> String {
    failed(outcome, Kind::Crashed)
}

/// The text a caller was refused with.
pub(crate) fn refusal(outcome: Outcome) -> String {
    failed(outcome, Kind::Refused)
}

fn failed(outcome: Outcome, kind: Kind) -> String {
    match outcome {
        Err(failure) if failure.kind == kind => failure.text,
        other => panic!("expected {kind:?}: {other:?}"),
    }
}

//! The routes over a real socket, with a stand-in for the node behind them.

mod administration;
mod plain;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

pub(super) use plain::Plain;

use super::{ChildOrder, Client, ClientError, Control, Operations, Socket, serve};
use crate::base::{Failure, HandlerChange, Kind, Outcome, limits};
use crate::node::{
    ApplicationView, CancelView, ChildView, ChildrenView, ConfigView, CountsView, Depth, ReloadView, ReplacedView,
    StartedApplicationView, StoppedView, Trace, TraceLimits, TreeView, UpgradeReport, UpgradeResult, Upload,
    WorkerView, stand_in,
};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// Method, path, header, body; the status and a part of the text that answer it.
type BadRequest<'a> = (&'a str, &'a str, Option<(&'a str, &'a str)>, &'a [u8], u16, &'a str);

/// Answers by the worker's name and writes down what it was asked.
#[derive(Clone, Default)]
pub(super) struct Stub {
    asked: Arc<Mutex<Vec<String>>>,
    /// Told when the trace of `silent` is dropped.
    dropped: Arc<Notify>,
}

impl Stub {
    fn note(&self, asked: String) {
        self.asked.lock().expect("no test panics while it holds this").push(asked);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test panics while it holds this").clone()
    }
}

fn judge(worker: &str) -> Result<(), Failure> {
    Kind::from_word(worker)
        .filter(|kind| *kind != Kind::Ok)
        .map_or(Ok(()), |kind| Err(Failure::new(kind, format!("it is {worker}"))))
}

fn report(behaviour: &str, result: UpgradeResult) -> UpgradeReport {
    UpgradeReport {
        revision: 7,
        at_ms: 1,
        behaviour: behaviour.to_owned(),
        from: None,
        to: "0.2.0".to_owned(),
        digest: "ab".repeat(32),
        result,
        via: "cli".to_owned(),
        workers: 1,
        pause_us: 120,
        reason: String::new(),
        plan: vec![],
    }
}

impl Operations for Stub {
    async fn call(&self, worker: &str, body: Vec<u8>, timeout: Duration) -> Outcome {
        self.note(format!("call {worker} {timeout:?}"));
        judge(worker).map(|()| body)
    }

    async fn cast(&self, worker: &str, body: Vec<u8>) -> Result<(), Failure> {
        self.note(format!("cast {worker} {}", body.len()));
        judge(worker)
    }

    async fn tree(&self) -> Result<TreeView, Failure> {
        Err(Failure::new(Kind::Stopped, "the host is draining"))
    }

    async fn inspect(&self, worker: &str, depth: Depth) -> Result<WorkerView, Failure> {
        self.note(format!("inspect {worker} {depth:?}"));
        Err(Failure::new(Kind::NoWorker, format!("there is no worker {worker}")))
    }

    async fn start_child(&self, supervisor: &str, key: &str, config: Option<Vec<u8>>) -> Result<String, Failure> {
        self.note(format!("start {supervisor} {key} {config:?}"));
        judge(supervisor).map(|()| format!("{supervisor}/{key}"))
    }

    async fn change_handlers(&self, manager: &str, change: HandlerChange) -> Result<(), Failure> {
        self.note(match change {
            HandlerChange::Add(new) => format!("add {manager} {} {} {}", new.handler, new.behaviour, new.config.len()),
            HandlerChange::Delete(handler) => format!("delete {manager} {handler}"),
            HandlerChange::Swap(old, new) => format!("swap {manager} {old} {} {}", new.handler, new.behaviour),
        });
        judge(manager)
    }

    async fn start_child_as(&self, supervisor: &str, specification: &str) -> Result<String, Failure> {
        self.note(format!("start {supervisor} as {specification}"));
        judge(supervisor).map(|()| "own".to_owned())
    }

    async fn child_order(&self, supervisor: &str, child: &str, order: ChildOrder) -> Result<(), Failure> {
        self.note(format!("{} {child} of {supervisor}", order.word()));
        judge(supervisor)
    }

    async fn children(&self, supervisor: &str) -> Result<ChildrenView, Failure> {
        let child = ChildView {
            child: "calls/7".to_owned(),
            state: "restarting".to_owned(),
            kind: "worker".to_owned(),
            behaviour: "call".to_owned(),
        };
        judge(supervisor).map(|()| ChildrenView { counts: CountsView::default(), children: vec![child] })
    }

    async fn reload(&self) -> Result<ReloadView, Failure> {
        self.note("reload".to_owned());
        Ok(ReloadView { added: vec!["new".to_owned()], ..ReloadView::default() })
    }

    async fn control(&self, worker: &str, order: Control) -> Result<(), Failure> {
        self.note(format!("{} {worker}", order.word()));
        judge(worker)
    }

    async fn applications(&self) -> Result<Vec<ApplicationView>, Failure> {
        let (name, version, status) = ("shop".to_owned(), "0.1.0".to_owned(), "running".to_owned());
        Ok(vec![ApplicationView { name, version, status, restart: "permanent".to_owned(), start_after: vec![] }])
    }

    async fn start_application(&self, application: &str) -> Result<StartedApplicationView, Failure> {
        self.note(format!("start {application}"));
        judge(application).map(|()| StartedApplicationView { also_started: vec!["db".to_owned()] })
    }

    async fn stop_application(&self, application: &str) -> Result<StoppedView, Failure> {
        self.note(format!("stop {application}"));
        judge(application).map(|()| StoppedView { needed_by: vec!["web".to_owned()] })
    }

    async fn change_config(
        &self,
        application: &str,
        changes: serde_json::Map<String, serde_json::Value>,
    ) -> Result<ConfigView, Failure> {
        self.note(format!("config {application} {}", serde_json::Value::Object(changes)));
        judge(application).map(|()| ConfigView { settings: vec![], told: 2 })
    }

    async fn replace_state(
        &self,
        worker: &str,
        schema: Option<String>,
        data: Vec<u8>,
    ) -> Result<ReplacedView, Failure> {
        self.note(format!("replace {worker} {schema:?} {}", data.len()));
        let schema = schema.unwrap_or_else(|| "counter/1".to_owned());
        judge(worker).map(|()| ReplacedView { schema, bytes: data.len(), generation: 1 })
    }

    async fn trace(&self, worker: &str, limits: TraceLimits) -> Result<Trace, Failure> {
        self.note(format!("trace {worker} {} {:?}", limits.inputs, limits.time));
        if worker == "silent" {
            let (trace, dropped) = stand_in::silent();
            let told = self.dropped.clone();
            tokio::spawn(async move {
                dropped.await;
                told.notify_one();
            });
            return Ok(trace);
        }
        judge(worker).map(|()| stand_in::trace(&[7, 8]))
    }

    async fn upgrade(&self, upload: Upload) -> Result<UpgradeReport, Failure> {
        let Upload { bytes, file_name, via, dry_run } = upload;
        self.note(format!("upgrade {file_name} {} {via} {dry_run}", bytes.len()));
        Ok(report("counter", UpgradeResult::Planned))
    }

    async fn rollback(
        &self,
        behaviour: Option<String>,
        revision: Option<u64>,
        dry_run: bool,
    ) -> Result<UpgradeReport, Failure> {
        self.note(format!("rollback {behaviour:?} {revision:?} {dry_run}"));
        Ok(report("counter", UpgradeResult::Permanent))
    }

    async fn cancel(&self, file: Option<String>) -> Result<CancelView, Failure> {
        self.note(format!("cancel {file:?}"));
        Ok(CancelView { taken_back: vec![report("counter", UpgradeResult::Refused)], kept: None })
    }

    async fn history(&self) -> Result<Vec<UpgradeReport>, Failure> {
        Ok(vec![report("counter", UpgradeResult::Refused), report("kv", UpgradeResult::RolledBack)])
    }

    fn shutdown(&self) {
        self.note("shutdown".to_owned());
    }
}

struct Server {
    stub: Stub,
    client: Client,
    stop: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
    _directory: tempfile::TempDir,
}

impl Server {
    fn start() -> Result<Server, Box<dyn std::error::Error>> {
        let directory = tempfile::tempdir()?;
        let socket = Socket::bind(&directory.path().join("run/host.sock"))?;
        let client = Client::new(socket.path().to_owned());
        let (stub, stop) = (Stub::default(), Arc::new(Notify::new()));
        let stopped = stop.clone();
        let stopped = async move { stopped.notified().await };
        let task = tokio::spawn(serve(socket, stub.clone(), stopped));
        Ok(Server { stub, client, stop, task, _directory: directory })
    }

    /// A request on a connection of its own: the status and the body as JSON.
    async fn raw(
        &self,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: &[u8],
    ) -> Result<(u16, serde_json::Value), Box<dyn std::error::Error>> {
        Plain::connect(self.client.path()).await?.ask(method, path, header, body).await
    }
}

#[tokio::test]
async fn a_call_carries_the_bodies_as_they_are_and_the_deadline() -> Tested {
    let server = Server::start()?;
    let body = vec![0, 255, 10, 13, 34];
    let timeout = Duration::from_millis(1234);
    assert_eq!(server.client.call("counter", body.clone(), timeout).await?, body);
    assert_eq!(server.stub.asked(), ["call counter 1.234s"]);
    Ok(())
}

#[tokio::test]
async fn every_failure_of_a_call_keeps_its_kind_and_its_text() -> Tested {
    let server = Server::start()?;
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Ok) {
        let word = kind.word();
        let answer = server.client.call(word, vec![], limits::CALL_TIME).await;
        let Err(ClientError::Failed(view)) = answer else { return Err(word.into()) };
        assert_eq!((view.kind.as_str(), view.text), (word, format!("it is {word}")));
        let path = format!("/v1/workers/{word}/call");
        assert_eq!(server.raw("POST", &path, None, b"").await?.0, kind.http_status());
    }
    Ok(())
}

#[tokio::test]
async fn names_that_need_escaping_reach_the_node_unharmed() -> Tested {
    let server = Server::start()?;
    server.client.cast("größe", vec![1, 2]).await?;
    server.client.control("a b/c?d#e%", Control::Suspend).await?;
    assert_eq!(server.stub.asked(), ["cast größe 2", "suspend a b/c?d#e%"]);
    Ok(())
}

#[tokio::test]
async fn each_order_reaches_its_own_operation() -> Tested {
    let server = Server::start()?;
    for order in Control::ALL {
        server.client.control("counter", order).await?;
    }
    server.client.shutdown().await?;
    let asked = server.stub.asked();
    assert_eq!(
        asked,
        ["suspend counter", "resume counter", "restart counter", "stop counter", "kill counter", "shutdown"]
    );
    Ok(())
}

#[tokio::test]
async fn a_state_of_many_megabytes_reaches_its_worker() -> Tested {
    let server = Server::start()?;
    let replaced = server.client.replace_state("a b", Some("counter/2 é"), vec![7; 8 << 20]).await?;
    assert_eq!((replaced.schema.as_str(), replaced.bytes), ("counter/2 é", 8 << 20));
    server.client.replace_state("counter", None, vec![]).await?;
    let refused = server.client.replace_state("refused", None, vec![]).await;
    assert!(matches!(refused, Err(ClientError::Failed(view)) if view.text == "it is refused"));
    let expected = ["replace a b Some(\"counter/2 é\") 8388608", "replace counter None 0", "replace refused None 0"];
    assert_eq!(server.stub.asked(), expected);
    Ok(())
}

#[tokio::test]
async fn a_trace_comes_line_by_line_and_says_when_it_is_over() -> Tested {
    let server = Server::start()?;
    let limits = TraceLimits { inputs: 7, time: Duration::from_secs(3) };
    let mut lines = server.client.trace("counter", limits).await?;
    let mut times = vec![];
    while let Some(line) = lines.next().await? {
        times.push(line.at_ms);
    }
    assert_eq!(times, [7, 8, 9]);
    let (status, json) = server.raw("GET", "/v1/workers/no-worker/trace", None, b"").await?;
    assert_eq!((status, json["error"]["kind"].as_str()), (404, Some("no-worker")));
    assert!(matches!(server.client.trace("no-worker", limits).await, Err(ClientError::Failed(_))));
    assert_eq!(server.stub.asked()[..2], ["trace counter 7 3s", "trace no-worker 100 10s"]);
    Ok(())
}

#[tokio::test]
async fn a_trace_is_over_when_its_client_goes() -> Tested {
    let server = Server::start()?;
    let lines = server.client.trace("silent", TraceLimits::default()).await?;
    drop(lines);
    tokio::time::timeout(Duration::from_secs(30), server.stub.dropped.notified()).await?;
    Ok(())
}

#[tokio::test]
async fn releases_travel_both_ways() -> Tested {
    let server = Server::start()?;
    let planned = server.client.upgrade("counter 2.wasm", vec![7; 3 << 20], true).await?;
    assert_eq!(planned, report("counter", UpgradeResult::Planned));
    server.client.rollback(Some("counter".to_owned()), Some(3), true).await?;
    server.raw("POST", "/v1/rollback", None, b"").await?;
    assert_eq!(server.client.history().await?.len(), 2);
    assert_eq!(server.client.cancel(Some("counter 2.wasm")).await?.taken_back.len(), 1);
    server.client.cancel(None).await?;
    let expected = [
        "upgrade counter 2.wasm 3145728 cli true",
        "rollback Some(\"counter\") Some(3) true",
        "rollback None None false",
        "cancel Some(\"counter 2.wasm\")",
        "cancel None",
    ];
    assert_eq!(server.stub.asked(), expected);
    Ok(())
}

#[tokio::test]
async fn bad_requests_are_told_in_json_and_reach_nobody() -> Tested {
    let server = Server::start()?;
    let long = vec![b'x'; limits::BODY_BYTES_MAX + 1];
    let soon = Some(("tomte-timeout-ms", "soon"));
    let call = "/v1/workers/counter/call";
    let cases: [BadRequest<'_>; 11] = [
        ("GET", "/v2/tree", None, b"", 404, "there is no GET /v2/tree"),
        ("GET", "/", None, b"", 404, "there is no GET /"),
        ("DELETE", "/v1/tree", None, b"", 405, "/v1/tree does not take DELETE"),
        ("POST", call, soon, b"", 400, "tomte-timeout-ms is not a number"),
        ("POST", call, Some(("tomte-timeout-ms", "0")), b"", 400, "tomte-timeout-ms is not"),
        ("POST", call, None, &long, 413, "the body is too long"),
        ("POST", "/v1/upgrade", None, b"", 400, "missing field `file`"),
        ("POST", "/v1/upgrade?file=..%2Fx", None, b"", 400, "is not the name of a file"),
        ("GET", "/v1/workers/a/trace?inputs=x", None, b"", 400, "inputs"),
        ("POST", "/v1/workers/a/state?schemas=x", None, b"", 400, "unknown field `schemas`"),
        ("POST", "/v1/rollback", None, br#"{"rev":1}"#, 400, "not an order to roll back"),
    ];
    for (method, path, header, body, status, text) in cases {
        let (found, json) = server.raw(method, path, header, body).await?;
        let told = json["error"]["text"].as_str().unwrap_or_default();
        assert!(told.contains(text), "{method} {path}: {json}");
        assert_eq!((found, json["error"]["kind"].as_str()), (status, Some("bad-request")));
    }
    let (_, json) = server.raw("GET", "/nothing", None, b"").await?;
    assert!(json["error"]["fix"].as_str().is_some_and(|fix| fix.contains("/v1/history")));
    assert_eq!(server.stub.asked(), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_host_that_is_not_there_is_not_mistaken_for_one_that_fails() -> Tested {
    let server = Server::start()?;
    assert!(matches!(server.client.tree().await, Err(ClientError::Failed(_))));
    server.client.probe().await?;
    server.stop.notify_one();
    server.task.await?;
    assert!(matches!(server.client.tree().await, Err(ClientError::NoHost(_))));
    assert!(!server.client.path().exists(), "the socket's file is removed");
    Ok(())
}

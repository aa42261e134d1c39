//! The client of the admin API: one connection for each request.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::address::Address;
use super::client_error::{ClientError, garbled, parsed};
use super::lines::Lines;
use super::operations::{ChildOrder, Control};
use super::wire::{ErrorBody, RollbackOrder, StartedView, TIMEOUT_HEADER};
use crate::base::{Kind, limits};
use crate::node::{
    CancelView, ChildrenView, Depth, ReloadView, ReplacedView, TraceLimits, TraceView, TreeView, UpgradeReport,
    WorkerView,
};

/// How long the host may take for what needs no guest.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(30);

/// How long a release may take: checking and compiling a large component.
const RELEASE_TIME: Duration = Duration::from_secs(600);

/// How much longer than a call's deadline the client waits, so that the host's own answer comes first.
const CALL_GRACE: Duration = Duration::from_secs(5);

/// Talks to the host behind one socket.
#[derive(Clone, Debug)]
pub struct Client {
    path: PathBuf,
}

impl Client {
    /// A client of the host at this socket. Nothing is opened yet.
    pub fn new(path: PathBuf) -> Client {
        Client { path }
    }

    /// The socket.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Calls a worker; answers the body of its reply.
    ///
    /// # Errors
    /// Each method of a client fails with a [`ClientError`], which says why.
    pub async fn call(&self, worker: &str, body: Vec<u8>, timeout: Duration) -> Result<Vec<u8>, ClientError> {
        let request =
            Request::post(worker_path(worker, "/call")).header(TIMEOUT_HEADER, timeout.as_millis().to_string());
        Ok(self.send(request, body, timeout.saturating_add(CALL_GRACE)).await?.into())
    }

    /// Sends a worker a message.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn cast(&self, worker: &str, body: Vec<u8>) -> Result<(), ClientError> {
        self.post(&worker_path(worker, "/cast"), body, ANSWER_TIME).await.map(drop)
    }

    /// The supervision tree.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn tree(&self) -> Result<TreeView, ClientError> {
        self.get("/v1/tree").await
    }

    /// One worker, and its state at [`Depth::State`].
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn inspect(&self, worker: &str, depth: Depth) -> Result<WorkerView, ClientError> {
        let query = if depth == Depth::State { "?state=true" } else { "" };
        self.get(&worker_path(worker, query)).await
    }

    /// Every release so far, oldest first.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn history(&self) -> Result<Vec<UpgradeReport>, ClientError> {
        self.get("/v1/history").await
    }

    /// Starts a dynamic child with this configuration, or with its template's if it is empty.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn start_child(&self, supervisor: &str, key: &str, config: Vec<u8>) -> Result<StartedView, ClientError> {
        parsed(&self.post(&child_path(supervisor, key, ""), config, ANSWER_TIME).await?)
    }

    /// Starts a worker with a specification of its own, one `[child.NAME]` table.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn start_child_as(&self, supervisor: &str, specification: Vec<u8>) -> Result<StartedView, ClientError> {
        let path = format!("/v1/supervisors/{}/children", encoded(supervisor));
        parsed(&self.post(&path, specification, ANSWER_TIME).await?)
    }

    /// A supervisor's children.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn children(&self, supervisor: &str) -> Result<ChildrenView, ClientError> {
        self.get(&format!("/v1/supervisors/{}/children", encoded(supervisor))).await
    }

    /// Gives an order about a child.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn child_order(&self, supervisor: &str, child: &str, order: ChildOrder) -> Result<(), ClientError> {
        let done = match order {
            ChildOrder::Delete => {
                self.send(Request::delete(child_path(supervisor, child, "")), vec![], ANSWER_TIME).await
            }
            _ => self.post(&child_path(supervisor, child, &format!("/{}", order.word())), vec![], ANSWER_TIME).await,
        };
        done.map(drop)
    }

    /// Has the manifest read again.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn reload(&self) -> Result<ReloadView, ClientError> {
        parsed(&self.post("/v1/reload", vec![], ANSWER_TIME).await?)
    }

    /// Gives a worker an order.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn control(&self, worker: &str, order: Control) -> Result<(), ClientError> {
        let path = worker_path(worker, &format!("/{}", order.word()));
        self.post(&path, vec![], ANSWER_TIME).await.map(drop)
    }

    /// Gives a worker another state, in this schema or in that of its present one.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn replace_state(
        &self,
        worker: &str,
        schema: Option<&str>,
        data: Vec<u8>,
    ) -> Result<ReplacedView, ClientError> {
        let schema = schema.map_or_else(String::new, |schema| format!("?schema={}", encoded(schema)));
        let path = worker_path(worker, &format!("/state{schema}"));
        parsed(&self.post(&path, data, RELEASE_TIME).await?)
    }

    /// Watches a worker; the lines come as they happen.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn trace(&self, worker: &str, limits: TraceLimits) -> Result<Lines<TraceView>, ClientError> {
        let TraceLimits { inputs, time } = limits;
        let path = worker_path(worker, &format!("/trace?inputs={inputs}&time_ms={}", time.as_millis()));
        let request = Request::get(path).header("host", "tomte").body(Full::default()).map_err(garbled)?;
        let answer = begin(self.connect().await?, request);
        let (response, driver) =
            tokio::time::timeout(ANSWER_TIME, answer).await.map_err(|_| ClientError::TimedOut(ANSWER_TIME))??;
        if response.status().is_success() {
            return Ok(Lines::new(response.into_body(), driver, time.saturating_add(ANSWER_TIME)));
        }
        let (status, body) = whole(response, &driver).await?;
        Err(failed(status, &body))
    }

    /// Tries a new version: the bytes of a component and the name of its file.
    ///
    /// # Errors
    /// As for [`Client::call`]. A refused release is not an error but a report.
    pub async fn upgrade(&self, file_name: &str, bytes: Vec<u8>, dry_run: bool) -> Result<UpgradeReport, ClientError> {
        let path = format!("/v1/upgrade?file={}&dry_run={dry_run}", encoded(file_name));
        parsed(&self.post(&path, bytes, RELEASE_TIME).await?)
    }

    /// Takes back what waits or is under way, or what came from the file of this name.
    ///
    /// # Errors
    /// As for [`Client::call`]; there was none, or none that could still be taken back.
    pub async fn cancel(&self, file_name: Option<&str>) -> Result<CancelView, ClientError> {
        let file = file_name.map_or_else(String::new, |name| format!("?file={}", encoded(name)));
        parsed(&self.send(Request::delete(format!("/v1/upgrade{file}")), vec![], ANSWER_TIME).await?)
    }

    /// Goes back to an earlier version.
    ///
    /// # Errors
    /// As for [`Client::upgrade`].
    pub async fn rollback(
        &self,
        behaviour: Option<String>,
        revision: Option<u64>,
        dry_run: bool,
    ) -> Result<UpgradeReport, ClientError> {
        let order = RollbackOrder { behaviour, revision, dry_run };
        let body = serde_json::to_vec(&order).map_err(garbled)?;
        parsed(&self.post("/v1/rollback", body, RELEASE_TIME).await?)
    }

    /// Tells the host to drain and stop; answers as soon as it has begun.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn shutdown(&self) -> Result<(), ClientError> {
        self.post("/v1/shutdown", vec![], ANSWER_TIME).await.map(drop)
    }

    /// Whether somebody listens.
    ///
    /// # Errors
    /// [`ClientError::NoHost`] or [`ClientError::NotOurs`].
    pub async fn probe(&self) -> Result<(), ClientError> {
        self.connect().await.map(drop)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        parsed(&self.send(Request::get(path), vec![], ANSWER_TIME).await?)
    }

    pub(super) async fn post(&self, path: &str, body: Vec<u8>, time: Duration) -> Result<Bytes, ClientError> {
        self.send(Request::builder().method(Method::POST).uri(path), body, time).await
    }

    async fn connect(&self) -> Result<UnixStream, ClientError> {
        UnixStream::connect(Address::of(&self.path).path()).await.map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => ClientError::NotOurs(self.path.clone()),
            _ => ClientError::NoHost(self.path.clone()),
        })
    }

    pub(super) async fn send(
        &self,
        request: hyper::http::request::Builder,
        body: Vec<u8>,
        time: Duration,
    ) -> Result<Bytes, ClientError> {
        let request = request.header("host", "tomte").body(Full::new(Bytes::from(body))).map_err(garbled)?;
        let exchange = exchange(self.connect().await?, request);
        let (status, body) = tokio::time::timeout(time, exchange).await.map_err(|_| ClientError::TimedOut(time))??;
        if status.is_success() { Ok(body) } else { Err(failed(status, &body)) }
    }
}

async fn exchange(stream: UnixStream, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), ClientError> {
    let (response, driver) = begin(stream, request).await?;
    whole(response, &driver).await
}

/// Asks; answers the head of the answer, whose body may still be coming.
async fn begin(
    stream: UnixStream,
    request: Request<Full<Bytes>>,
) -> Result<(Response<Incoming>, JoinHandle<()>), ClientError> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(garbled)?;
    // What breaks off shows in the answer's body.
    let driver = tokio::spawn(async move { drop(connection.await) });
    let response = sender.send_request(request).await.map_err(garbled)?;
    Ok((response, driver))
}

async fn whole(response: Response<Incoming>, driver: &JoinHandle<()>) -> Result<(StatusCode, Bytes), ClientError> {
    let status = response.status();
    let body = Limited::new(response.into_body(), limits::STATE_BYTES_MAX);
    let body = body.collect().await.map_err(garbled)?.to_bytes();
    driver.abort();
    Ok((status, body))
}

fn failed(status: StatusCode, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(ErrorBody { error }) if Kind::from_word(&error.kind).is_some() => ClientError::Failed(error),
        _ => ClientError::Garbled(format!("status {status} without an error text")),
    }
}

fn worker_path(worker: &str, rest: &str) -> String {
    format!("/v1/workers/{}{rest}", encoded(worker))
}

fn child_path(supervisor: &str, child: &str, rest: &str) -> String {
    format!("/v1/supervisors/{}/children/{}{rest}", encoded(supervisor), encoded(child))
}

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One part of a path, or a value of a query.
pub(super) fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_path_arrives_as_it_was() {
        assert_eq!(encoded("calls/7").to_string(), "calls%2F7");
        assert_eq!(encoded("a b?c&d%é~-_.Z9").to_string(), "a%20b%3Fc%26d%25%C3%A9~-_.Z9");
        let all: String = (0..=0x2ff).filter_map(char::from_u32).collect();
        let sent = encoded(&all).to_string();
        assert!(sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-_.~".contains(&byte)), "{sent}");
        assert_eq!(percent_encoding::percent_decode_str(&sent).decode_utf8().as_deref(), Ok(&*all));
    }
}

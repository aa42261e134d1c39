//! The routes, and what each asks of the node.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::operations::{Control, Operations};
use super::wire::{Problem, RollbackOrder, TIMEOUT_HEADER, unread};
use crate::base::limits;
use crate::node::{CancelView, Depth, TreeView, UpgradeReport, Upload, WorkerView};

/// Told to whoever asks for something else.
const ROUTES: &str = "GET /v1/tree, /v1/applications, /v1/applications/APPLICATION/config, \
    /v1/workers/WORKER?state=BOOL, \
    /v1/workers/WORKER/trace?inputs=N&time_ms=N, /v1/supervisors/SUPERVISOR/children, /v1/history; \
    DELETE /v1/supervisors/SUPERVISOR/children/CHILD; \
    POST /v1/workers/WORKER/call|cast|suspend|resume|restart|stop|kill, /v1/workers/WORKER/state?schema=S, \
    /v1/supervisors/SUPERVISOR/children, /v1/supervisors/SUPERVISOR/children/KEY, \
    /v1/supervisors/SUPERVISOR/children/CHILD/restart|terminate, \
    /v1/managers/MANAGER/handlers/HANDLER?behaviour=NAME&swap=OLD (DELETE, too), \
    /v1/applications/APPLICATION/start|stop|config, /v1/reload, \
    /v1/upgrade?file=NAME&dry_run=BOOL (DELETE, too: file=NAME or nothing), /v1/rollback, /v1/shutdown";

/// Bytes of a file name on the file systems there are.
const FILE_NAME_BYTES_MAX: usize = 255;

/// Every route of the API, answered by this node.
pub(super) fn routes<O: Operations>(node: O) -> Router {
    Router::new()
        .route("/v1/tree", get(tree::<O>))
        .route("/v1/history", get(history::<O>))
        .route("/v1/workers/{worker}", get(inspect::<O>))
        .route("/v1/workers/{worker}/call", post(call::<O>))
        .route("/v1/workers/{worker}/cast", post(cast::<O>))
        .merge(controls::<O>())
        .merge(super::handlers::routes::<O>())
        .merge(super::supervisors::routes::<O>())
        .merge(super::applications::routes::<O>())
        .route("/v1/rollback", post(rollback::<O>))
        .route("/v1/shutdown", post(shutdown::<O>))
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .merge(upgrades::<O>())
        .merge(super::sys::routes::<O>())
        .fallback(unknown_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(node)
}

fn controls<O: Operations>() -> Router<O> {
    Control::ALL.into_iter().fold(Router::new(), |router, order| {
        let path = format!("/v1/workers/{{worker}}/{}", order.word());
        let handler = async move |State(node): State<O>, Path(worker): Path<String>| {
            node.control(&worker, order).await.map_err(Problem::from)?;
            Ok::<_, Problem>(StatusCode::NO_CONTENT)
        };
        router.route(&path, post(handler))
    })
}

fn upgrades<O: Operations>() -> Router<O> {
    let most = usize::try_from(limits::COMPONENT_BYTES_MAX).unwrap_or(usize::MAX);
    Router::new().route("/v1/upgrade", post(upgrade::<O>).delete(cancel::<O>)).layer(DefaultBodyLimit::max(most))
}

async fn tree<O: Operations>(State(node): State<O>) -> Result<Json<TreeView>, Problem> {
    Ok(Json(node.tree().await?))
}

async fn history<O: Operations>(State(node): State<O>) -> Result<Json<Vec<UpgradeReport>>, Problem> {
    Ok(Json(node.history().await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InspectQuery {
    #[serde(default)]
    state: bool,
}

async fn inspect<O: Operations>(
    State(node): State<O>,
    Path(worker): Path<String>,
    query: Result<Query<InspectQuery>, QueryRejection>,
) -> Result<Json<WorkerView>, Problem> {
    let Query(InspectQuery { state }) =
        query.map_err(|error| Problem::bad_request(error.body_text()).fix("GET /v1/workers/WORKER?state=true"))?;
    Ok(Json(node.inspect(&worker, Depth::of(state)).await?))
}

async fn call<O: Operations>(
    State(node): State<O>,
    Path(worker): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let timeout = timeout(&headers)?;
    let body = body.map_err(unread)?;
    let reply = node.call(&worker, body.into(), timeout).await?;
    Ok(reply.into_response())
}

async fn cast<O: Operations>(
    State(node): State<O>,
    Path(worker): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    node.cast(&worker, body.map_err(unread)?.into()).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpgradeQuery {
    file: String,
    #[serde(default)]
    dry_run: bool,
}

async fn upgrade<O: Operations>(
    State(node): State<O>,
    query: Result<Query<UpgradeQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<UpgradeReport>, Problem> {
    let Query(query) = query
        .map_err(|error| Problem::bad_request(error.body_text()).fix("POST /v1/upgrade?file=NAME&dry_run=true"))?;
    let file_name = file_name(query.file)?;
    let bytes = body.map_err(unread)?.into();
    let upload = Upload { bytes, file_name, via: "cli".to_owned(), dry_run: query.dry_run };
    Ok(Json(node.upgrade(upload).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelQuery {
    file: Option<String>,
}

async fn cancel<O: Operations>(
    State(node): State<O>,
    query: Result<Query<CancelQuery>, QueryRejection>,
) -> Result<Json<CancelView>, Problem> {
    let Query(query) =
        query.map_err(|error| Problem::bad_request(error.body_text()).fix("DELETE /v1/upgrade?file=NAME"))?;
    let file = query.file.map(file_name).transpose()?;
    Ok(Json(node.cancel(file).await?))
}

async fn rollback<O: Operations>(
    State(node): State<O>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<UpgradeReport>, Problem> {
    let body = body.map_err(unread)?;
    let order = if body.is_empty() {
        RollbackOrder::default()
    } else {
        serde_json::from_slice(&body).map_err(|error| {
            Problem::bad_request(format!("the body is not an order to roll back: {error}"))
                .fix(r#"{"behaviour": "counter", "revision": 1, "dry_run": true}, each may be left out"#)
        })?
    };
    Ok(Json(node.rollback(order.behaviour, order.revision, order.dry_run).await?))
}

async fn shutdown<O: Operations>(State(node): State<O>) -> StatusCode {
    node.shutdown();
    StatusCode::ACCEPTED
}

async fn unknown_route(method: Method, uri: Uri) -> Problem {
    let text = format!("there is no {method} {}", uri.path());
    Problem::bad_request(text).status(StatusCode::NOT_FOUND).fix(ROUTES)
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let text = format!("{} does not take {method}", uri.path());
    Problem::bad_request(text).status(StatusCode::METHOD_NOT_ALLOWED).fix(ROUTES)
}

fn timeout(headers: &HeaderMap) -> Result<Duration, Problem> {
    let Some(value) = headers.get(TIMEOUT_HEADER) else { return Ok(limits::CALL_TIME) };
    let given = value.to_str().ok().and_then(|text| text.parse().ok()).map(Duration::from_millis);
    given.filter(|time| (Duration::from_millis(1)..=limits::CALL_TIME_MAX).contains(time)).ok_or_else(|| {
        let most = limits::CALL_TIME_MAX.as_millis();
        Problem::bad_request(format!("{TIMEOUT_HEADER} is not a number from 1 to {most}"))
    })
}

fn file_name(text: String) -> Result<String, Problem> {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    if text.is_empty() || text.len() > FILE_NAME_BYTES_MAX || text.contains(odd) {
        return Err(Problem::bad_request(format!("{text:?} is not the name of a file")));
    }
    Ok(text)
}

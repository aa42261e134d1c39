//! What OTP's `sys` does, over the socket: a state given to a worker, and a trace as one line of JSON
//! per event for as long as it lasts. Both ends of it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::body::Frame;
use serde::Deserialize;

use super::operations::Operations;
use super::wire::{Problem, unread};
use crate::base::limits;
use crate::node::{ReplacedView, Trace, TraceLimits};

/// One JSON value per line.
const LINES: &str = "application/x-ndjson";

pub(super) fn routes<O: Operations>() -> Router<O> {
    Router::new()
        .route("/v1/workers/{worker}/trace", get(trace::<O>))
        .route("/v1/workers/{worker}/state", post(replace::<O>))
        .layer(DefaultBodyLimit::max(limits::STATE_BYTES_MAX))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateQuery {
    schema: Option<String>,
}

async fn replace<O: Operations>(
    State(node): State<O>,
    Path(worker): Path<String>,
    query: Result<Query<StateQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ReplacedView>, Problem> {
    let Query(query) = query.map_err(|error| odd(&error, "POST /v1/workers/WORKER/state?schema=counter/1"))?;
    let data = body.map_err(unread)?.into();
    Ok(Json(node.replace_state(&worker, query.schema, data).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TraceQuery {
    inputs: Option<u64>,
    time_ms: Option<u64>,
}

async fn trace<O: Operations>(
    State(node): State<O>,
    Path(worker): Path<String>,
    query: Result<Query<TraceQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|error| odd(&error, "GET /v1/workers/WORKER/trace?inputs=100&time_ms=10000"))?;
    let default = TraceLimits::default();
    let limits = TraceLimits {
        inputs: query.inputs.unwrap_or(default.inputs),
        time: query.time_ms.map_or(default.time, Duration::from_millis),
    };
    let lines = node.trace(&worker, limits).await?;
    Ok(([("content-type", LINES)], Body::new(TraceBody(lines))).into_response())
}

fn odd(error: &QueryRejection, usage: &str) -> Problem {
    Problem::bad_request(error.body_text()).fix(usage)
}

/// A trace as the body of an answer. Dropped with its connection, it ends.
struct TraceBody(Trace);

impl hyper::body::Body for TraceBody {
    type Data = Bytes;
    type Error = serde_json::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, serde_json::Error>>> {
        let line = ready!(self.0.poll_next(context)).map(|line| {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            Ok(Frame::data(Bytes::from(text)))
        });
        Poll::Ready(line)
    }
}

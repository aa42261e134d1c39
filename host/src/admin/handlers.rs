//! The handlers of event managers: routes of the API, and the client's side of them.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{Request, StatusCode};
use axum::routing::post;
use serde::Deserialize;

use super::client::{ANSWER_TIME, Client, encoded};
use super::client_error::ClientError;
use super::operations::Operations;
use super::wire::{Problem, unread};
use crate::base::{HandlerChange, HandlerStart};

/// What is asked of a handler that is to come; the body is its configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewQuery {
    behaviour: String,
    /// The handler whose place and state it takes.
    swap: Option<String>,
}

pub(super) fn routes<O: Operations>() -> Router<O> {
    Router::new().route("/v1/managers/{manager}/handlers/{handler}", post(add::<O>).delete(delete::<O>))
}

async fn add<O: Operations>(
    State(node): State<O>,
    Path((manager, handler)): Path<(String, String)>,
    query: Result<Query<NewQuery>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let wrong = |error: QueryRejection| {
        Problem::bad_request(error.body_text())
            .fix("POST /v1/managers/MANAGER/handlers/HANDLER?behaviour=NAME, or &swap=OLD too")
    };
    let Query(NewQuery { behaviour, swap }) = query.map_err(wrong)?;
    let start = HandlerStart { handler, behaviour, config: body.map_err(unread)?.into() };
    let change = match swap {
        None => HandlerChange::Add(start),
        Some(old) => HandlerChange::Swap(old, start),
    };
    node.change_handlers(&manager, change).await?;
    Ok(StatusCode::CREATED)
}

async fn delete<O: Operations>(
    State(node): State<O>,
    Path((manager, handler)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    node.change_handlers(&manager, HandlerChange::Delete(handler)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Client {
    /// Changes the handlers of an event manager.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn change_handlers(&self, manager: &str, change: HandlerChange) -> Result<(), ClientError> {
        let path = |handler: &str| format!("/v1/managers/{}/handlers/{}", encoded(manager), encoded(handler));
        let new = |start: &HandlerStart| format!("{}?behaviour={}", path(&start.handler), encoded(&start.behaviour));
        let (request, body) = match change {
            HandlerChange::Add(start) => (Request::post(new(&start)), start.config),
            HandlerChange::Swap(old, start) => {
                (Request::post(format!("{}&swap={}", new(&start), encoded(&old))), start.config)
            }
            HandlerChange::Delete(handler) => (Request::delete(path(&handler)), vec![]),
        };
        self.send(request, body, ANSWER_TIME).await.map(drop)
    }
}

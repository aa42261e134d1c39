//! The children of supervisors over the socket: which there are, and what is ordered of them. And the
//! manifest, read again.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};

use super::operations::{ChildOrder, Operations};
use super::wire::{Problem, StartedView, unread};
use crate::node::{ChildrenView, ReloadView};

pub(super) fn routes<O: Operations>() -> Router<O> {
    Router::new()
        .route("/v1/supervisors/{supervisor}/children", get(children::<O>).post(start_as::<O>))
        .route(
            "/v1/supervisors/{supervisor}/children/{child}",
            post(start::<O>).merge(delete(
                async |State(node): State<O>, Path((above, child)): Path<(String, String)>| {
                    order(&node, &above, &child, ChildOrder::Delete).await
                },
            )),
        )
        .merge(orders::<O>())
        .route("/v1/reload", post(reload::<O>))
}

fn orders<O: Operations>() -> Router<O> {
    [ChildOrder::Terminate, ChildOrder::Restart].into_iter().fold(Router::new(), |router, wanted| {
        let path = format!("/v1/supervisors/{{supervisor}}/children/{{child}}/{}", wanted.word());
        let handler = async move |State(node): State<O>, Path((above, child)): Path<(String, String)>| {
            order(&node, &above, &child, wanted).await
        };
        router.route(&path, post(handler))
    })
}

async fn order<O: Operations>(node: &O, above: &str, child: &str, order: ChildOrder) -> Result<StatusCode, Problem> {
    node.child_order(above, child, order).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn children<O: Operations>(
    State(node): State<O>,
    Path(supervisor): Path<String>,
) -> Result<Json<ChildrenView>, Problem> {
    Ok(Json(node.children(&supervisor).await?))
}

async fn start<O: Operations>(
    State(node): State<O>,
    Path((supervisor, key)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<StartedView>), Problem> {
    let config = body.map_err(unread)?;
    let config = (!config.is_empty()).then(|| config.into());
    let worker = node.start_child(&supervisor, &key, config).await?;
    Ok((StatusCode::CREATED, Json(StartedView { worker })))
}

async fn start_as<O: Operations>(
    State(node): State<O>,
    Path(supervisor): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<StartedView>), Problem> {
    let body = body.map_err(unread)?;
    let text = std::str::from_utf8(&body)
        .map_err(|_| Problem::bad_request("the specification is not text").fix("[child.NAME] as in tomte.toml"))?;
    let worker = node.start_child_as(&supervisor, text).await?;
    Ok((StatusCode::CREATED, Json(StartedView { worker })))
}

async fn reload<O: Operations>(State(node): State<O>) -> Result<Json<ReloadView>, Problem> {
    Ok(Json(node.reload().await?))
}

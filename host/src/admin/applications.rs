//! Applications over the socket: the routes and the client's side of them.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::client::{Client, encoded};
use super::client_error::{ClientError, garbled, parsed};
use super::operations::Operations;
use super::wire::{Problem, unread};
use crate::node::{ApplicationView, ConfigView, StartedApplicationView, StoppedView};

/// Keys with their values.
type Table = serde_json::Map<String, serde_json::Value>;

/// How long a start or a stop may take: every child's `init` or `terminate`, and the phases.
const ORDER_TIME: Duration = Duration::from_secs(600);

pub(super) fn routes<O: Operations>() -> Router<O> {
    Router::new()
        .route("/v1/applications", get(list::<O>))
        .route("/v1/applications/{application}/start", post(start::<O>))
        .route("/v1/applications/{application}/stop", post(stop::<O>))
        .route("/v1/applications/{application}/config", get(config::<O>).post(change_config::<O>))
}

async fn list<O: Operations>(State(node): State<O>) -> Result<Json<Vec<ApplicationView>>, Problem> {
    Ok(Json(node.applications().await?))
}

async fn start<O: Operations>(
    State(node): State<O>,
    Path(application): Path<String>,
) -> Result<Json<StartedApplicationView>, Problem> {
    Ok(Json(node.start_application(&application).await?))
}

async fn stop<O: Operations>(
    State(node): State<O>,
    Path(application): Path<String>,
) -> Result<Json<StoppedView>, Problem> {
    Ok(Json(node.stop_application(&application).await?))
}

async fn config<O: Operations>(
    State(node): State<O>,
    Path(application): Path<String>,
) -> Result<Json<ConfigView>, Problem> {
    Ok(Json(node.change_config(&application, Table::new()).await?))
}

async fn change_config<O: Operations>(
    State(node): State<O>,
    Path(application): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ConfigView>, Problem> {
    let body = body.map_err(unread)?;
    let changes: Table = serde_json::from_slice(&body).map_err(|error| {
        Problem::bad_request(format!("the body is no table of JSON: {error}"))
            .fix(r#"{"currency": "EUR", "limit": null}; null takes back what was set so"#)
    })?;
    Ok(Json(node.change_config(&application, changes).await?))
}

impl Client {
    /// Every application, in start order.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn applications(&self) -> Result<Vec<ApplicationView>, ClientError> {
        self.get("/v1/applications").await
    }

    /// Starts an application that is stopped, after those that it needs.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn start_application(&self, application: &str) -> Result<StartedApplicationView, ClientError> {
        parsed(&self.post(&path(application, "start"), vec![], ORDER_TIME).await?)
    }

    /// Stops an application; the others go on.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn stop_application(&self, application: &str) -> Result<StoppedView, ClientError> {
        parsed(&self.post(&path(application, "stop"), vec![], ORDER_TIME).await?)
    }

    /// What an application is configured with, after these changes.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn change_config(&self, application: &str, changes: &Table) -> Result<ConfigView, ClientError> {
        if changes.is_empty() {
            return self.get(&path(application, "config")).await;
        }
        let body = serde_json::to_vec(changes).map_err(garbled)?;
        parsed(&self.post(&path(application, "config"), body, ORDER_TIME).await?)
    }
}

fn path(application: &str, order: &str) -> String {
    format!("/v1/applications/{}/{order}", encoded(application))
}

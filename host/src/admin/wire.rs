//! The JSON of the admin API that is not a view of the node: errors and the order to roll back.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::base::{Failure, Kind, limits};

/// The header that carries a call's deadline in milliseconds.
pub(super) const TIMEOUT_HEADER: &str = "tomte-timeout-ms";

/// What went wrong, for people and for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorView {
    /// The word of a [`Kind`].
    pub kind: String,
    /// What happened and why.
    pub text: String,
    /// What to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ErrorView,
}

/// The body of `POST /v1/rollback`. Without anything: the last release is undone.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RollbackOrder {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) behaviour: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<u64>,
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// A child that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedView {
    /// Its address.
    pub worker: String,
}

/// An answer that is not a success: a status with an [`ErrorBody`].
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    view: ErrorView,
}

impl Problem {
    pub(super) fn bad_request(text: impl Into<String>) -> Problem {
        Failure::new(Kind::BadRequest, text).into()
    }

    pub(super) fn status(mut self, status: StatusCode) -> Problem {
        self.status = status;
        self
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Problem {
        self.view.fix = Some(fix.into());
        self
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        let status = StatusCode::from_u16(failure.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let fix = fix(failure.kind).map(str::to_owned);
        let kind = failure.kind.word().to_owned();
        Problem { status, view: ErrorView { kind, text: failure.text, fix } }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(ErrorBody { error: self.view })).into_response()
    }
}

fn fix(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::NoWorker => Some("GET /v1/tree names the workers"),
        Kind::Overloaded => Some("try again after a pause; `tomte tree` shows which queues are full"),
        Kind::StorageFull => Some("make room on the disk of the state directory; it is taken by itself"),
        Kind::TimedOut => Some("raise the header tomte-timeout-ms"),
        Kind::Ok | Kind::Refused | Kind::Crashed | Kind::BadRequest | Kind::Stopped => None,
    }
}

pub(super) fn unread(rejection: BytesRejection) -> Problem {
    let status = rejection.status();
    let text = match status {
        StatusCode::PAYLOAD_TOO_LARGE => format!(
            "the body is too long; a request may have {} bytes, a component {} and a state {}",
            limits::BODY_BYTES_MAX,
            limits::COMPONENT_BYTES_MAX,
            limits::STATE_BYTES_MAX
        ),
        _ => format!("the body could not be read: {}", rejection.body_text()),
    };
    Problem::bad_request(text).status(status)
}

//! What operators order, for the log: who, and what.

use axum::http::{Method, StatusCode};

/// What an operator orders of the host, in words; nothing for whoever only looks, or talks to a worker.
pub(super) fn order(method: &Method, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    let decoded = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    match (method.as_str(), &parts[..]) {
        ("GET" | "HEAD", _) | (_, [_, _, "call" | "cast"]) => None,
        (_, ["workers" | "applications", name, verb]) => Some(format!("{verb} {}", decoded(name))),
        (_, ["supervisors", supervisor, "children", child, verb]) => {
            Some(format!("{verb} {} of {}", decoded(child), decoded(supervisor)))
        }
        ("DELETE", ["supervisors", supervisor, "children", child]) => {
            Some(format!("delete {} of {}", decoded(child), decoded(supervisor)))
        }
        (_, ["supervisors", supervisor, "children", ..]) => Some(format!("start-child of {}", decoded(supervisor))),
        (method, ["managers", manager, "handlers", handler]) => {
            let verb = if method == "DELETE" { "delete-handler" } else { "add-handler" };
            Some(format!("{verb} {} of {}", decoded(handler), decoded(manager)))
        }
        (_, [verb]) => Some(decoded(verb)),
        _ => None,
    }
}

/// Whom an order came from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct By {
    pub(super) uid: Option<u32>,
    pub(super) pid: Option<i32>,
}

/// An order was carried out, or not.
pub(super) fn log(order: &str, by: By, status: StatusCode) {
    let By { uid, pid } = by;
    match status.is_success() {
        true => tracing::info!(uid, pid, "ordered: {order}"),
        false => tracing::info!(uid, pid, status = status.as_u16(), "ordered in vain: {order}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_told_and_who_only_looks_or_talks_is_not() {
        for (method, path, told) in [
            (Method::GET, "/v1/tree", None),
            (Method::POST, "/v1/workers/a/call", None),
            (Method::POST, "/v1/workers/a/cast", None),
            (Method::POST, "/v1/workers/calls%2F42/suspend", Some("suspend calls/42")),
            (Method::POST, "/v1/workers/a/state", Some("state a")),
            (Method::POST, "/v1/applications/shop/config", Some("config shop")),
            (Method::POST, "/v1/supervisors/root/children/a/restart", Some("restart a of root")),
            (Method::DELETE, "/v1/supervisors/root/children/a", Some("delete a of root")),
            (Method::POST, "/v1/supervisors/calls/children/42", Some("start-child of calls")),
            (Method::POST, "/v1/managers/events/handlers/log", Some("add-handler log of events")),
            (Method::POST, "/v1/rollback", Some("rollback")),
            (Method::POST, "/", None),
        ] {
            assert_eq!(order(&method, path).as_deref(), told, "{method} {path}");
        }
    }
}

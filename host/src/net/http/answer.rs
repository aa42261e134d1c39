//! Outcomes as HTTP responses.

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL,
    CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Response, StatusCode};

use super::events::Events;
use super::route::Wrong;
use crate::base::{Failure, HttpHeader, HttpReply, Outcome};
use crate::net::What;

/// A response: whole, or events without end.
pub(super) type Reply = Response<Either<Full<Bytes>, Events>>;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const ONE_SECOND: HeaderValue = HeaderValue::from_static("1");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const TEN_MINUTES: HeaderValue = HeaderValue::from_static("600");

/// The response that carries this outcome; a body of a worker's is of this type.
pub(super) fn answer(what: What, outcome: Outcome, content_type: &HeaderValue) -> Reply {
    match (what, outcome) {
        (_, Err(failure)) => wrong(&Wrong::from(failure)),
        (What::Call, Ok(body)) => {
            let mut reply = whole(body);
            reply.headers_mut().insert(CONTENT_TYPE, content_type.clone());
            reply
        }
        (_, Ok(_)) => {
            let mut reply = whole(vec![]);
            *reply.status_mut() = StatusCode::ACCEPTED;
            reply
        }
    }
}

/// The response that says what the behaviour said; of this type, where it said none.
pub(super) fn say(told: HttpReply, content_type: &HeaderValue) -> Reply {
    let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // A response of these has no body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5).
    let is_bare = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    let mut reply = whole(if is_bare { vec![] } else { told.body });
    *reply.status_mut() = status;
    for HttpHeader { name, value } in told.headers {
        // The behaviour's headers were checked when its step returned.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            reply.headers_mut().append(name, value);
        }
    }
    if !is_bare && !reply.headers().contains_key(CONTENT_TYPE) {
        reply.headers_mut().insert(CONTENT_TYPE, content_type.clone());
    }
    reply
}

/// The response to a browser that asks whether a page of an allowed origin may ask this.
pub(super) fn preflight(wanted: Option<&HeaderValue>) -> Reply {
    let mut reply = whole(vec![]);
    *reply.status_mut() = StatusCode::NO_CONTENT;
    let headers = reply.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, TEN_MINUTES);
    if let Some(wanted) = wanted {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    reply
}

/// The response to a subscription.
pub(super) fn events(events: Events) -> Reply {
    let mut reply = Response::new(Either::Right(events));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, EVENTS);
    headers.insert(CACHE_CONTROL, NO_STORE);
    reply
}

/// The response that shows a page.
pub(super) fn page(page: &Bytes) -> Reply {
    let mut reply = whole(page.clone());
    reply.headers_mut().insert(CONTENT_TYPE, HTML);
    reply
}

fn whole(body: impl Into<Bytes>) -> Reply {
    Response::new(Either::Left(Full::new(body.into())))
}

/// The response to a request that never reached the loop, or whose answer is a failure.
pub(super) fn wrong(wrong: &Wrong) -> Reply {
    let mut reply = whole(format!("{}\n", wrong.text));
    *reply.status_mut() = wrong.status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, TEXT);
    if wrong.status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, ONE_SECOND);
    }
    if let Some(method) = wrong.allow {
        headers.insert(ALLOW, HeaderValue::from_static(method));
    }
    reply
}

/// Appends what a connection gets that is one too many: a response before any request, since
/// reading the request would be serving it.
pub(in crate::net) fn turn_away(failure: &Failure, out: &mut Vec<u8>) {
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{}\n",
        failure.text.len() + 1,
        failure.text,
    );
    out.extend_from_slice(response.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Kind;

    #[test]
    fn each_kind_has_its_status_and_only_a_busy_host_asks_to_retry() {
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Ok) {
            let reply = answer(What::Call, Err(Failure::new(kind, "why")), &TEXT);
            assert_eq!(reply.status().as_u16(), kind.http_status());
            assert_eq!(reply.headers().contains_key(RETRY_AFTER), kind.http_status() == 503, "{kind:?}");
        }
        assert_eq!(answer(What::Call, Ok(vec![1]), &TEXT).status(), StatusCode::OK);
        assert_eq!(answer(What::Cast, Ok(vec![]), &TEXT).status(), StatusCode::ACCEPTED);
        assert_eq!(answer(What::Publish, Ok(vec![]), &TEXT).status(), StatusCode::ACCEPTED);
    }
}

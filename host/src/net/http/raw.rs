//! A request as its client sent it, for a behaviour that wants to see all of it. Pure.

use std::time::Duration;

use hyper::header::{HeaderMap, HeaderName};
use hyper::{Method, StatusCode, Uri};

use super::route::{Wrong, request_id, timeout};
use crate::base::{HttpHeader, HttpRequest};
use crate::net::wire::Id;

/// All of a request but its body, and what the client wants of the host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) request: HttpRequest,
    pub(super) timeout: Option<Duration>,
    pub(super) request_id: Option<Id>,
}

/// What this head says, with the headers that the listener hands on.
///
/// # Errors
/// It asks for a tunnel or an echo, which is no worker's business, or a header is not text.
pub(super) fn raw(method: &Method, uri: &Uri, headers: &HeaderMap, handed_on: &[HeaderName]) -> Result<Raw, Wrong> {
    if [Method::CONNECT, Method::TRACE].contains(method) {
        return Err(Wrong::new(StatusCode::METHOD_NOT_ALLOWED, format!("nobody here takes {method}")));
    }
    let request = HttpRequest {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().map(str::to_owned),
        headers: chosen(headers, handed_on)?,
        body: vec![],
    };
    Ok(Raw { request, timeout: timeout(headers)?, request_id: request_id(headers)? })
}

fn chosen(headers: &HeaderMap, handed_on: &[HeaderName]) -> Result<Vec<HttpHeader>, Wrong> {
    let is_chosen = |(name, _): &(&HeaderName, _)| handed_on.contains(name);
    headers
        .iter()
        .filter(is_chosen)
        .map(|(name, value)| match std::str::from_utf8(value.as_bytes()) {
            Ok(value) => Ok(HttpHeader { name: name.as_str().to_owned(), value: value.to_owned() }),
            Err(_) => Err(Wrong::new(StatusCode::BAD_REQUEST, format!("what the header `{name}` says is not UTF-8"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{ACCEPT, AUTHORIZATION, COOKIE, HeaderValue};

    fn of(method: &str, uri: &str, headers: &[(HeaderName, &[u8])]) -> Result<Raw, Wrong> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_bytes(value).expect("a value"));
        }
        let (method, uri) = (method.parse().expect("a method"), uri.parse().expect("a uri"));
        raw(&method, &uri, &map, &[ACCEPT, COOKIE])
    }

    #[test]
    fn a_behaviour_sees_method_path_query_and_the_headers_chosen_for_it() {
        let headers: [(HeaderName, &[u8]); 4] =
            [(COOKIE, b"a=1"), (AUTHORIZATION, b"secret"), (ACCEPT, b"text/html"), (COOKIE, b"b=2")];
        let request = of("PUT", "/a%2Fb/%20?x=1&y=%3F", &headers).expect("a request").request;
        assert_eq!((request.method.as_str(), request.path.as_str()), ("PUT", "/a%2Fb/%20"));
        assert_eq!(request.query.as_deref(), Some("x=1&y=%3F"));
        let told: Vec<String> =
            request.headers.iter().map(|header| format!("{}={}", header.name, header.value)).collect();
        assert_eq!(told, ["cookie=a=1", "cookie=b=2", "accept=text/html"]);
        assert_eq!(of("GET", "/", &[]).map(|raw| raw.request.query), Ok(None));
    }

    #[test]
    fn tunnels_echoes_and_bytes_that_are_no_text_reach_nobody() {
        let status = |told: Result<Raw, Wrong>| told.map_err(|wrong| wrong.status.as_u16()).err();
        assert_eq!(status(of("TRACE", "/", &[])), Some(405));
        assert_eq!(status(of("CONNECT", "/", &[])), Some(405));
        assert_eq!(status(of("GET", "/", &[(COOKIE, b"\xff")])), Some(400));
        assert_eq!(status(of("GET", "/", &[(AUTHORIZATION, b"\xff")])), None, "nobody looks at it");
    }
}

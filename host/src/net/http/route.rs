//! What a request head asks for. Pure.

use std::time::Duration;

use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::base::limits::{CALL_TIME_MAX, NAME_BYTES_MAX};
use crate::base::{Failure, Kind, Name};
use crate::net::What;
use crate::net::wire::Id;

const TIMEOUT: &str = "tomte-timeout-ms";
const REQUEST_ID: &str = "tomte-request-id";

/// A request head that makes sense.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) what: What,
    /// None: the listener's worker.
    pub(super) to: Option<String>,
    pub(super) timeout: Option<Duration>,
    pub(super) request_id: Option<Id>,
}

/// Why a request head makes none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) status: StatusCode,
    pub(super) text: String,
    /// The one method that the path takes, when it was another.
    pub(super) allow: Option<&'static str>,
}

impl Wrong {
    pub(super) fn new(status: StatusCode, text: impl Into<String>) -> Wrong {
        Wrong { status, text: text.into(), allow: None }
    }

    fn kind(kind: Kind, text: String) -> Wrong {
        let status = StatusCode::from_u16(kind.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
        Wrong::new(status, text)
    }
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Wrong {
        Wrong::kind(failure.kind, failure.text)
    }
}

/// What this head asks of a listener bound to `only`, or to no worker in particular.
pub(super) fn route(method: &Method, path: &str, headers: &HeaderMap, only: Option<&Name>) -> Result<Route, Wrong> {
    let (what, to) = target(method, path, only)?;
    Ok(Route { what, to, timeout: timeout(headers)?, request_id: request_id(headers)? })
}

fn target(method: &Method, path: &str, only: Option<&Name>) -> Result<(What, Option<String>), Wrong> {
    if path == "/" && only.is_some() {
        return allowed(method, &Method::POST, path).map(|()| (What::Call, None));
    }
    let Some((verb, rest)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return Err(unknown(path, only));
    };
    let (what, wanted) = match verb {
        "call" => (What::Call, &Method::POST),
        "cast" => (What::Cast, &Method::POST),
        "publish" => (What::Publish, &Method::POST),
        "subscribe" => (What::Subscribe, &Method::GET),
        _ => return Err(unknown(path, only)),
    };
    allowed(method, wanted, path)?;
    let name = decoded(rest)?;
    match (what, only) {
        (What::Publish | What::Subscribe, _) => Ok((what, Some(name))),
        (_, Some(only)) if only.as_str() != name => Err(Wrong::kind(
            Kind::NoWorker,
            format!("this listener serves the worker {only} and no other, not {name:?}"),
        )),
        (_, Some(_)) => Ok((what, None)),
        (_, None) => {
            Name::of_worker(&name)
                .map_err(|error| Wrong::kind(Kind::NoWorker, format!("no worker is named {name:?}: {error}")))?;
            Ok((what, Some(name)))
        }
    }
}

fn allowed(method: &Method, wanted: &'static Method, path: &str) -> Result<(), Wrong> {
    if method == wanted {
        return Ok(());
    }
    let text = format!("{path} takes {wanted}, not {method}");
    Err(Wrong { allow: Some(wanted.as_str()), ..Wrong::new(StatusCode::METHOD_NOT_ALLOWED, text) })
}

fn unknown(path: &str, only: Option<&Name>) -> Wrong {
    let root = only.map_or_else(String::new, |name| format!(", or POST / for {name}"));
    let text = format!(
        "nothing is at {path}; try POST /call/WORKER, /cast/WORKER or /publish/TOPIC{root}, or GET /subscribe/TOPIC"
    );
    Wrong::kind(Kind::NoWorker, text)
}

/// A name or a topic from its percent-encoded form.
fn decoded(part: &str) -> Result<String, Wrong> {
    let wrong = |why: &str| Wrong::kind(Kind::BadRequest, format!("{part:?} is no name or topic: {why}"));
    // The decoder lets a stray % stand for itself; whoever wrote it meant something else.
    if part.split('%').skip(1).any(|after| !begins_with_two_digits(after)) {
        return Err(wrong("a % must be followed by two hexadecimal digits"));
    }
    let text = percent_decode_str(part).decode_utf8().map_err(|_| wrong("it is not UTF-8"))?;
    match text.len() {
        0 => Err(wrong("it is empty")),
        1..=NAME_BYTES_MAX => Ok(text.into_owned()),
        _ => Err(wrong(&format!("it may have {NAME_BYTES_MAX} bytes at most"))),
    }
}

fn begins_with_two_digits(text: &str) -> bool {
    text.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
}

pub(super) fn timeout(headers: &HeaderMap) -> Result<Option<Duration>, Wrong> {
    let Some(value) = headers.get(TIMEOUT) else { return Ok(None) };
    let millis = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    let timeout = millis.map(Duration::from_millis).filter(|time| !time.is_zero() && *time <= CALL_TIME_MAX);
    let text = || {
        format!("{TIMEOUT}: {value:?} is not a whole number of milliseconds from 1 to {}", CALL_TIME_MAX.as_millis())
    };
    timeout.map(Some).ok_or_else(|| Wrong::kind(Kind::BadRequest, text()))
}

pub(super) fn request_id(headers: &HeaderMap) -> Result<Option<Id>, Wrong> {
    let Some(value) = headers.get(REQUEST_ID) else { return Ok(None) };
    let id = value.to_str().ok().filter(|text| (1..=NAME_BYTES_MAX).contains(&text.len()));
    let text = || format!("{REQUEST_ID} must be 1 to {NAME_BYTES_MAX} visible ASCII characters");
    id.map(digest).ok_or_else(|| Wrong::kind(Kind::BadRequest, text()))
}

/// The id that a text stands for.
fn digest(text: &str) -> Option<Id> {
    blake3::hash(text.as_bytes()).as_bytes().first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(line: &str, only: &str) -> Result<(What, Option<String>), (u16, String)> {
        let (method, path) = line.split_once(' ').expect("METHOD PATH");
        let method = method.parse().expect("a method");
        let found = route(&method, path, &HeaderMap::new(), Name::new(only).ok().as_ref());
        found.map(|route| (route.what, route.to)).map_err(|wrong| (wrong.status.as_u16(), wrong.text))
    }

    fn to(what: What, name: &str) -> Result<(What, Option<String>), (u16, String)> {
        Ok((what, (!name.is_empty()).then(|| name.to_owned())))
    }

    #[test]
    fn each_path_asks_for_its_own() {
        assert_eq!(ask("POST /call/counter", ""), to(What::Call, "counter"));
        assert_eq!(ask("POST /cast/counter", ""), to(What::Cast, "counter"));
        assert_eq!(ask("POST /publish/a%2Fb/c", ""), to(What::Publish, "a/b/c"));
        assert_eq!(ask("POST /call/%C3%A9t%c3%a9", ""), to(What::Call, "été"));
        assert_eq!(ask("POST /call/calls/7", ""), to(What::Call, "calls/7"));
        assert_eq!(ask("POST /", "counter"), to(What::Call, ""));
        assert_eq!(ask("POST /call/counter", "counter"), to(What::Call, ""));
        assert_eq!(ask("POST /publish/news", "counter"), to(What::Publish, "news"));
        assert_eq!(ask("GET /subscribe/a%20b", "counter"), to(What::Subscribe, "a b"));
        assert_eq!(ask("GET /subscribe/100%25+%2b", ""), to(What::Subscribe, "100%++"));
    }

    #[test]
    fn a_stray_percent_sign_is_told_in_words_wherever_it_stands() {
        for path in ["%", "a%", "%4", "a%4", "%zz", "%4g", "%g4", "%+1", "%%41", "%4%41", "%41%", "%é", "%4é"] {
            let why = format!("{path:?} is no name or topic: a % must be followed by two hexadecimal digits");
            assert_eq!(ask(&format!("GET /subscribe/{path}"), ""), Err((400, why)));
        }
        let why = r#""%C3" is no name or topic: it is not UTF-8"#.to_owned();
        assert_eq!(ask("GET /subscribe/%C3", ""), Err((400, why)));
    }

    #[test]
    fn the_bound_of_a_name_counts_its_decoded_bytes() {
        let of = |bytes: usize| ask(&format!("GET /subscribe/{}", "%61".repeat(bytes)), "");
        assert_eq!(of(NAME_BYTES_MAX), to(What::Subscribe, &"a".repeat(NAME_BYTES_MAX)));
        assert_eq!(of(NAME_BYTES_MAX + 1).map_err(|(status, _)| status), Err(400));
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_status() {
        let table = [
            ("POST /", "", 404, "POST /call/WORKER"),
            ("POST /nothing/here", "", 404, "/nothing/here"),
            ("POST /call", "", 404, "POST /call/WORKER"),
            ("POST *", "", 404, "*"),
            ("POST /call/kv", "counter", 404, "counter"),
            ("POST /call/a/b/c/d", "", 404, "'/'"),
            ("POST /call/a/", "", 404, "empty"),
            ("POST /call/", "", 400, "empty"),
            ("POST /call/%zz", "", 400, "hexadecimal"),
            ("POST /call/%C", "", 400, "hexadecimal"),
            ("POST /publish/%ff", "", 400, "UTF-8"),
            ("GET /call/counter", "", 405, "takes POST"),
            ("GET /", "counter", 405, "takes POST"),
            ("POST /subscribe/news", "", 405, "takes GET"),
            ("GET /subscribe/", "", 400, "empty"),
        ];
        for (line, only, status, part) in table {
            let (got, text) = ask(line, only).expect_err(line);
            assert_eq!(got, status, "{line}: {text}");
            assert!(text.contains(part), "{line}: {text}");
        }
    }

    #[test]
    fn headers_set_the_deadline_and_the_id_or_are_told() {
        let with = |name: &'static str, value: &str| {
            let headers = HeaderMap::from_iter([(name.parse().expect("a name"), value.parse().expect("a value"))]);
            route(&Method::POST, "/call/kv", &headers, None)
        };
        assert_eq!(with(TIMEOUT, "250").map(|route| route.timeout), Ok(Some(Duration::from_millis(250))));
        assert_eq!(with(REQUEST_ID, "a-1").map(|route| route.request_id), Ok(digest("a-1")));
        assert_ne!(digest("a-1"), digest("a-2"));
        for value in ["", "0", "-1", "1.5", "soon", "86400001", "99999999999999999999"] {
            let wrong = with(TIMEOUT, value).expect_err(value);
            assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{value}");
        }
        assert!(with(REQUEST_ID, "").is_err() && with(REQUEST_ID, &"x".repeat(129)).is_err());
    }
}

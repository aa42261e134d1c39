//! What no honest client sends is refused before anything is asked of a worker. Pure.

use hyper::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::{StatusCode, Version};

use super::route::Wrong;

/// Looks at who asks. A browser names the page that asks (`origin`): pages of this very host and of the
/// origins that the listener allows may, others may not, since they would act with the reach of whoever
/// looks at them. Answers the origin where it is one that was allowed.
///
/// # Errors
/// The request has not one `host` (RFC 9112, section 3.2), or is of a foreign page.
pub(super) fn check(version: Version, headers: &HeaderMap, allowed: &[String]) -> Result<Option<HeaderValue>, Wrong> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() || (host.is_none() && version >= Version::HTTP_11) {
        return Err(Wrong::new(StatusCode::BAD_REQUEST, "a request has one `host`, no more and no less"));
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else { return Ok(None) };
    let text = origin.to_str().unwrap_or_default();
    if origins.next().is_none() {
        if allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(text)) {
            return Ok(Some(origin.clone()));
        }
        let own = text.split_once("://").zip(host.and_then(|host| host.to_str().ok()));
        if own.is_some_and(|((_, from), host)| from.eq_ignore_ascii_case(host)) {
            return Ok(None);
        }
    }
    let text = format!("pages of {text:?} may not ask here; `origins` of this listener names those that may");
    Err(Wrong::new(StatusCode::FORBIDDEN, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(version: Version, headers: &[(&'static str, &str)]) -> Result<Option<String>, u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        let allowed = ["https://shop.example".to_owned()];
        let checked = check(version, &map, &allowed).map_err(|wrong| wrong.status.as_u16());
        checked.map(|origin| origin.map(|origin| origin.to_str().expect("text").to_owned()))
    }

    #[test]
    fn a_request_has_one_host_and_an_old_one_may_have_none() {
        let old = Version::HTTP_10;
        assert_eq!((checked(Version::HTTP_11, &[]), checked(old, &[])), (Err(400), Ok(None)));
        let twice = [("host", "a"), ("host", "a")];
        assert_eq!((checked(Version::HTTP_11, &twice), checked(old, &twice)), (Err(400), Err(400)));
        assert_eq!(checked(Version::HTTP_11, &[("host", "a")]), Ok(None));
    }

    #[test]
    fn only_pages_of_this_host_and_of_allowed_origins_may_ask() {
        let from = |origin: &str| checked(Version::HTTP_11, &[("host", "a:8080"), ("origin", origin)]);
        assert_eq!(from("http://a:8080"), Ok(None));
        assert_eq!(from("https://A:8080"), Ok(None), "a proxy before it may speak https");
        assert_eq!(from("https://shop.example"), Ok(Some("https://shop.example".to_owned())));
        for foreign in ["http://a:8081", "https://evil.example", "null", "", "a:8080", "https://shop.example.evil"] {
            assert_eq!(from(foreign), Err(403), "{foreign}");
        }
        let twice = [("host", "a"), ("origin", "http://a"), ("origin", "https://shop.example")];
        assert_eq!(checked(Version::HTTP_11, &twice), Err(403));
    }
}

//! HTTP, for a behaviour that answers browsers: requests as they were sent, and answers with a status and headers.

use serde_core::Serialize;

use crate::bindings::tomte::behaviour::types::HttpHeader;
use crate::to_json;

/// An answer to a request of HTTP. Whoever came another way is told its body alone.
///
/// ```
/// use tomte_guest::HttpReply;
///
/// let busy = HttpReply::text(429, "slow down").header("retry-after", "2");
/// assert_eq!((busy.status, busy.body.as_slice()), (429, b"slow down".as_slice()));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct HttpReply {
    /// From 200 to 599; anything else is a crash.
    pub status: u16,
    /// What is told beside the body.
    pub headers: Vec<HttpHeader>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// A status, and nothing else.
    pub fn new(status: u16) -> HttpReply {
        HttpReply { status, headers: Vec::new(), body: Vec::new() }
    }

    /// This, as JSON.
    pub fn json(status: u16, body: &impl Serialize) -> HttpReply {
        HttpReply { body: to_json(body), ..HttpReply::new(status) }.header("content-type", "application/json")
    }

    /// This text.
    pub fn text(status: u16, text: impl Into<String>) -> HttpReply {
        HttpReply { body: text.into().into_bytes(), ..HttpReply::new(status) }
            .header("content-type", "text/plain; charset=utf-8")
    }

    /// This page.
    pub fn html(status: u16, page: impl Into<String>) -> HttpReply {
        HttpReply { body: page.into().into_bytes(), ..HttpReply::new(status) }
            .header("content-type", "text/html; charset=utf-8")
    }

    /// With one more header, its name in small letters.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> HttpReply {
        self.headers.push(HttpHeader { name: name.to_owned(), value: value.to_owned() });
        self
    }
}

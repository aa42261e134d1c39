//! What belongs to HTTP in a request and in its answer, as `wit/types.wit` has it, in Rust.

use serde::{Deserialize, Serialize};

use super::limits::{HTTP_HEAD_BYTES_MAX, HTTP_HEADERS_MAX};

/// One header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpHeader {
    /// In small letters.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// A request as its client sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// In capitals.
    pub method: String,
    /// As it was sent, without the query.
    pub path: String,
    /// What followed the question mark.
    pub query: Option<String>,
    /// Those that the listener hands on.
    pub headers: Vec<HttpHeader>,
    /// The body.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// Bytes of all that came with it.
    pub fn bytes(&self) -> usize {
        let head = self.method.len() + self.path.len() + self.query.as_ref().map_or(0, String::len);
        head + HttpHeader::bytes_of(&self.headers) + self.body.len()
    }
}

impl HttpHeader {
    /// Bytes of its name and of what it says.
    pub fn bytes(&self) -> usize {
        self.name.len() + self.value.len()
    }

    /// Bytes of all of these.
    fn bytes_of(headers: &[HttpHeader]) -> usize {
        headers.iter().map(HttpHeader::bytes).sum()
    }
}

/// An answer with a status and headers of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpReply {
    /// From 200 to 599.
    pub status: u16,
    /// What is told beside the body.
    pub headers: Vec<HttpHeader>,
    /// The body.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// Headers that belong to the connection, and so to the host.
const HOSTS_OWN: [&str; 10] = [
    "connection",
    "content-length",
    "date",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

impl HttpReply {
    /// Bytes of all that is told.
    pub fn bytes(&self) -> usize {
        HttpHeader::bytes_of(&self.headers) + self.body.len()
    }

    /// What is wrong with it, if anything is: it goes to a client as it is.
    pub fn fault(&self) -> Option<String> {
        if !(200..=599).contains(&self.status) {
            return Some(format!("the status {} is not from 200 to 599", self.status));
        }
        if self.headers.len() > HTTP_HEADERS_MAX {
            return Some(format!("it has {} headers, at most {HTTP_HEADERS_MAX}", self.headers.len()));
        }
        let bytes = HttpHeader::bytes_of(&self.headers);
        if bytes > HTTP_HEAD_BYTES_MAX {
            return Some(format!("its headers have {bytes} bytes, at most {HTTP_HEAD_BYTES_MAX}"));
        }
        self.headers.iter().find_map(HttpHeader::fault)
    }
}

impl HttpHeader {
    /// What is wrong with it as a header of an answer, if anything is (RFC 9110, sections 5.1 and 5.5).
    fn fault(&self) -> Option<String> {
        let is_token =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if self.name.is_empty() || !self.name.bytes().all(is_token) {
            return Some(format!("{:?} is no name of a header in small letters", self.name));
        }
        if HOSTS_OWN.contains(&self.name.as_str()) {
            return Some(format!("the header `{}` is the host's", self.name));
        }
        let is_text = |byte: u8| byte == b'\t' || (byte >= b' ' && byte != 0x7f);
        if !self.value.bytes().all(is_text) {
            return Some(format!("what the header `{}` says has a control character", self.name));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(status: u16, headers: &[(&str, &str)]) -> Option<String> {
        let header = |(name, value): &(&str, &str)| HttpHeader { name: (*name).to_owned(), value: (*value).to_owned() };
        HttpReply { status, headers: headers.iter().map(header).collect(), body: vec![] }.fault()
    }

    #[test]
    fn an_answer_that_splits_another_or_speaks_for_the_host_is_refused() {
        assert_eq!(fault(200, &[("content-type", "text/html; charset=utf-8"), ("x-a", "é\t1")]), None);
        assert_eq!((fault(599, &[]), fault(204, &[("etag", "")])), (None, None));
        let wrong = [
            fault(199, &[]),
            fault(600, &[]),
            fault(200, &[("Content-Type", "x")]),
            fault(200, &[("", "x")]),
            fault(200, &[("a b", "x")]),
            fault(200, &[("a:b", "x")]),
            fault(200, &[("x", "1\r\nset-cookie: a")]),
            fault(200, &[("x", "1\n")]),
            fault(200, &[("x", "\0")]),
            fault(200, &[("content-length", "3")]),
            fault(200, &[("transfer-encoding", "chunked")]),
            fault(200, &[("x", &"y".repeat(HTTP_HEAD_BYTES_MAX))]),
            fault(200, &vec![("x", "y"); HTTP_HEADERS_MAX + 1]),
        ];
        assert!(wrong.iter().all(Option::is_some), "{wrong:?}");
    }
}

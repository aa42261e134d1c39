//! Requests and replies as bytes, for the protocols a load can speak. Pure.

/// Bytes of a reply beyond which the stream is taken for garbage: a length read from the wrong
/// place is usually huge, and waiting for it would look like a slow server.
const REPLY_BYTES_MAX: usize = 16 << 20;

/// More header fields than any server measured here writes.
const HEADERS_MAX: usize = 32;

/// How requests and replies are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A length of four bytes, then the body; replies have a status byte before the body.
    Frames,
    /// `POST` on a connection that is kept.
    Http {
        /// For example `/call/counter`.
        path: String,
    },
}

/// One whole reply at the start of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply<'a> {
    /// Bytes it takes in the buffer.
    pub(crate) used: usize,
    /// Its status: 0 for frames and 200 for HTTP mean `ok`.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: &'a [u8],
}

impl Protocol {
    /// The bytes of one request.
    pub(crate) fn request(&self, body: &[u8]) -> Vec<u8> {
        let mut bytes = match self {
            Protocol::Frames => (body.len() as u32).to_be_bytes().to_vec(),
            Protocol::Http { path } => {
                format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len())
                    .into_bytes()
            }
        };
        bytes.extend_from_slice(body);
        bytes
    }

    /// Whether a status means `ok`.
    pub(crate) fn is_ok(&self, status: u16) -> bool {
        match self {
            Protocol::Frames => status == 0,
            Protocol::Http { .. } => status == 200,
        }
    }

    /// The first reply in the buffer, `None` if it is not whole yet.
    ///
    /// # Errors
    /// The bytes cannot be the start of a reply.
    pub(crate) fn reply<'a>(&self, bytes: &'a [u8]) -> Result<Option<Reply<'a>>, String> {
        match self {
            Protocol::Frames => frame(bytes),
            Protocol::Http { .. } => http(bytes),
        }
    }
}

fn frame(bytes: &[u8]) -> Result<Option<Reply<'_>>, String> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length) as usize;
    if length == 0 || length > REPLY_BYTES_MAX {
        return Err(format!("a reply frame claims {length} bytes"));
    }
    let Some(frame) = rest.get(..length) else { return Ok(None) };
    Ok(Some(Reply { used: 4 + length, status: u16::from(frame[0]), body: &frame[1..] }))
}

fn http(bytes: &[u8]) -> Result<Option<Reply<'_>>, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut headers);
    let parsed = head.parse(bytes).map_err(|error| format!("not HTTP/1.1: {error}"))?;
    let httparse::Status::Complete(end) = parsed else {
        return if bytes.len() > REPLY_BYTES_MAX { Err("a head without end".into()) } else { Ok(None) };
    };
    let (Some(1), Some(status)) = (head.version, head.code) else { return Err("not HTTP/1.1".into()) };
    let length = head.headers.iter().find_map(content_length).ok_or("a reply without content-length")?;
    if length > REPLY_BYTES_MAX {
        return Err(format!("a reply claims {length} bytes"));
    }
    let used = end + length;
    Ok(bytes.get(end..used).map(|body| Reply { used, status, body }))
}

fn content_length(header: &httparse::Header<'_>) -> Option<usize> {
    let text = header.name.eq_ignore_ascii_case("content-length").then_some(header.value)?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http_protocol() -> Protocol {
        Protocol::Http { path: "/call/counter".into() }
    }

    #[test]
    fn a_frame_is_a_length_and_the_body() {
        assert_eq!(Protocol::Frames.request(b"abc"), b"\0\0\0\x03abc");
    }

    #[test]
    fn every_prefix_of_a_frame_is_incomplete_and_the_whole_is_a_reply() {
        let bytes = b"\0\0\0\x04\x02why!";
        for cut in 0..8 {
            assert_eq!(Protocol::Frames.reply(&bytes[..cut]), Ok(None));
        }
        let reply = Reply { used: 8, status: 2, body: b"why" };
        assert_eq!(Protocol::Frames.reply(bytes), Ok(Some(reply)));
        assert!(Protocol::Frames.is_ok(0) && !Protocol::Frames.is_ok(2));
    }

    #[test]
    fn lengths_that_no_reply_has_are_errors() {
        assert!(Protocol::Frames.reply(&[0, 0, 0, 0]).is_err());
        assert!(Protocol::Frames.reply(&[255, 255, 255, 255]).is_err());
    }

    #[test]
    fn every_prefix_of_a_response_is_incomplete_and_the_whole_is_a_reply() {
        let bytes = b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\nx: y\r\n\r\nnoHTTP/1.1";
        let whole = bytes.len() - 8;
        for cut in 0..whole {
            assert_eq!(http_protocol().reply(&bytes[..cut]), Ok(None), "cut at {cut}");
        }
        let reply = Reply { used: whole, status: 503, body: b"no" };
        assert_eq!(http_protocol().reply(bytes), Ok(Some(reply)));
        assert!(http_protocol().is_ok(200) && !http_protocol().is_ok(202));
    }

    #[test]
    fn a_response_that_is_not_one_is_an_error() {
        assert!(http_protocol().reply(b"SSH-2.0\r\n\r\n").is_err());
        assert!(http_protocol().reply(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").is_err());
    }

    #[test]
    fn a_request_names_its_path_and_length() {
        let text = String::from_utf8(http_protocol().request(b"abc")).expect("ascii");
        assert!(text.starts_with("POST /call/counter HTTP/1.1\r\n"), "{text}");
        assert!(text.ends_with("content-length: 3\r\n\r\nabc"), "{text}");
    }
}

//! The one client of these tests that knows nothing of the host's own: HTTP over the socket, as
//! `curl --unix-socket` would send it.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

/// Long enough for the slowest machine; a passing test does not wait for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A status and a body as JSON.
type Answer = Result<(u16, serde_json::Value), Box<dyn std::error::Error>>;

/// A connection that is kept from one request to the next, until it is dropped.
pub(in super::super) struct Plain(SendRequest<Full<Bytes>>);

impl Plain {
    pub(in super::super) async fn connect(socket: &Path) -> Result<Plain, Box<dyn std::error::Error>> {
        let (sender, connection) = handshake(TokioIo::new(UnixStream::connect(socket).await?)).await?;
        tokio::spawn(connection);
        Ok(Plain(sender))
    }

    pub(in super::super) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: &[u8],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "test");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body)))?;
        let answered = async {
            self.0.ready().await?;
            let response = self.0.send_request(request).await?;
            let status = response.status().as_u16();
            Ok::<_, hyper::Error>((status, response.into_body().collect().await?.to_bytes()))
        };
        let (status, body) = tokio::time::timeout(PATIENCE, answered).await??;
        Ok((status, serde_json::from_slice(&body)?))
    }
}

//! An answer of the admin API that comes line by line.

use std::marker::PhantomData;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::client_error::{ClientError, garbled, parsed};

/// Bytes of one line that a client waits for; the host's are far shorter.
const LINE_BYTES_MAX: usize = 64 << 10;

/// The lines of an answer that comes bit by bit, each a JSON value.
#[derive(Debug)]
pub struct Lines<T> {
    body: Incoming,
    begun: Vec<u8>,
    driver: JoinHandle<()>,
    until: Instant,
    kind: PhantomData<T>,
}

impl<T: DeserializeOwned> Lines<T> {
    /// Of an answer that must be over in this time.
    pub(super) fn new(body: Incoming, driver: JoinHandle<()>, time: Duration) -> Lines<T> {
        Lines { body, begun: vec![], driver, until: Instant::now() + time, kind: PhantomData }
    }

    /// The next line; none when the host has said everything.
    ///
    /// # Errors
    /// The connection broke off, or what came is no such line.
    pub async fn next(&mut self) -> Result<Option<T>, ClientError> {
        loop {
            if let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.begun.drain(..=end).collect();
                return parsed(&line).map(Some);
            }
            if self.begun.len() > LINE_BYTES_MAX {
                return Err(garbled("a line without an end"));
            }
            let frame = tokio::time::timeout_at(self.until, self.body.frame()).await;
            match frame.map_err(|_| garbled("an end that does not come"))?.transpose().map_err(garbled)? {
                Some(frame) => self.begun.extend(frame.into_data().unwrap_or_default()),
                None if self.begun.is_empty() => return Ok(None),
                None => return Err(garbled("half a line")),
            }
        }
    }
}

impl<T> Drop for Lines<T> {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

//! A request's body, within its bound.

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};

use super::route::Wrong;

/// A body that is too long is still read up to this many times its bound, since many a client
/// reads no response before it has sent its body.
const PATIENCE: usize = 8;

/// The whole body.
///
/// `sent` tells whether the peer sends it unasked; one that waits for `100 Continue` can be
/// refused before it begins.
///
/// # Errors
/// The body is too long, or ended too early.
pub(super) async fn collect(mut body: Incoming, max: usize, sent: bool) -> Result<Vec<u8>, Wrong> {
    let declared = body.size_hint().upper();
    let too_long = declared.is_some_and(|bytes| bytes > max as u64);
    if too_long && !(sent && declared.is_some_and(|bytes| bytes <= (max * PATIENCE) as u64)) {
        return Err(refusal(max));
    }
    let (mut whole, mut bytes) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Wrong::new(StatusCode::BAD_REQUEST, format!("the body is broken: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        bytes += data.len();
        if bytes > max * PATIENCE {
            return Err(refusal(max));
        }
        if bytes <= max && whole.is_empty() {
            whole = Vec::from(data);
        } else if bytes <= max {
            whole.extend_from_slice(&data);
        }
    }
    if bytes > max { Err(refusal(max)) } else { Ok(whole) }
}

fn refusal(max: usize) -> Wrong {
    Wrong::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than the limit of {max} bytes"))
}

//! Where a listener stands, within which bounds, and whether the address can be had.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use bytes::Bytes;

use crate::base::{Name, Protocol, limits};

/// The bounds of one listener. [`NetLimits::default`] is what [`limits`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetLimits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections beyond those that are being told that there are too many; more are closed untold.
    pub turned_away: usize,
    /// Requests of one connection that wait for an answer.
    pub pipeline: usize,
    /// Bytes of one connection that wait: answers not yet read, and bodies not yet answered.
    pub buffer: usize,
    /// Bytes of one request body.
    pub body: usize,
    /// How long the head of an HTTP request may take from its first byte.
    pub header_time: Duration,
    /// How long a frame, a line or an HTTP body may take from its first byte.
    pub frame_time: Duration,
    /// How long a connection may stay without a request, or not take its answers.
    pub idle_time: Duration,
    /// How long one that has said everything waits for its peer to close, and half a request for its other half once
    /// the host stops.
    pub linger_time: Duration,
}

impl Default for NetLimits {
    fn default() -> NetLimits {
        NetLimits {
            connections: limits::CONNECTIONS_MAX,
            turned_away: limits::TURNED_AWAY_MAX,
            pipeline: limits::PIPELINE_MAX,
            buffer: limits::WRITE_BUFFER_BYTES_MAX,
            body: limits::BODY_BYTES_MAX,
            header_time: limits::HEADER_TIME,
            frame_time: limits::FRAME_TIME,
            idle_time: limits::IDLE_TIME,
            linger_time: limits::LINGER_TIME,
        }
    }
}

/// What workers answer to HTTP unless told otherwise: the SDKs speak JSON.
pub const CONTENT_TYPE: &str = "application/json";

/// One listener as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenSpec {
    /// Its language.
    pub protocol: Protocol,
    /// Where it listens; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Its worker. `frames` and `lines` need one; `http` without one serves every worker.
    pub to: Option<Name>,
    /// Each body begins with the id of a request, of 16 bytes. Only for `frames`.
    pub request_ids: bool,
    /// What `GET /` shows, as HTML. Only for `http`.
    pub page: Option<Bytes>,
    /// Origins of other hosts whose pages may ask, as in `https://shop.example`. Only for `http`.
    pub origins: Vec<String>,
    /// Requests are handed on as they are, with the headers of these names; otherwise only what they ask. Only for
    /// `http`, and with `to`.
    pub raw: Option<Vec<String>>,
    /// Of the bodies that workers answer, unless they say another. Only for `http`.
    pub content_type: String,
    /// Its bounds.
    pub limits: NetLimits,
}

impl ListenSpec {
    /// A listener with the usual bounds.
    pub fn new(protocol: Protocol, address: SocketAddr, to: Option<Name>) -> ListenSpec {
        let content_type = CONTENT_TYPE.to_owned();
        let (page, origins, raw, limits) = (None, vec![], None, NetLimits::default());
        ListenSpec { protocol, address, to, request_ids: false, page, origins, raw, content_type, limits }
    }
}

/// Why a listener cannot stand where it was declared.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another socket has the address. The command line's exit code for it is 69.
    #[error(
        "cannot listen on {address} ({protocol}): the address is in use; stop the other program \
         (`ss -ltnp 'sport = :{port}'` names it) or write another address in [[listen]]",
        protocol = protocol.word(), port = address.port()
    )]
    InUse {
        /// The address.
        address: SocketAddr,
        /// The listener's language.
        protocol: Protocol,
    },
    /// The system does not let this user have the port.
    #[error(
        "cannot listen on {address} ({protocol}): not permitted; ports below 1024 need a privilege, \
         write a port from 1024 on in [[listen]]",
        protocol = protocol.word()
    )]
    Denied {
        /// The address.
        address: SocketAddr,
        /// The listener's language.
        protocol: Protocol,
    },
    /// The address belongs to another machine.
    #[error(
        "cannot listen on {address} ({protocol}): this machine has no such address; write 127.0.0.1 \
         (this machine only) or 0.0.0.0 (every network) in [[listen]]",
        protocol = protocol.word()
    )]
    NotHere {
        /// The address.
        address: SocketAddr,
        /// The listener's language.
        protocol: Protocol,
    },
    /// A listener that speaks `frames` or `lines` names no worker.
    #[error(
        "the listener on {address} speaks {protocol}, which serves one worker; add to = \"WORKER\" to its [[listen]]",
        protocol = protocol.word()
    )]
    NoWorker {
        /// The address.
        address: SocketAddr,
        /// The listener's language.
        protocol: Protocol,
    },
    /// Anything else the system said.
    #[error("cannot listen on {address} ({protocol}): {source}; try another address in [[listen]]", protocol = protocol.word())]
    Other {
        /// The address.
        address: SocketAddr,
        /// The listener's language.
        protocol: Protocol,
        /// The system's words.
        source: io::Error,
    },
}

/// A socket that has its address. Peers queue on it until it is served.
#[derive(Debug)]
pub struct Bound {
    pub(super) spec: ListenSpec,
    pub(super) socket: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// The address, with the port the system chose if the declared one was 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// As declared.
    pub fn spec(&self) -> &ListenSpec {
        &self.spec
    }
}

/// Takes the address, before anything is served.
///
/// # Errors
/// The address cannot be had, or the declaration lacks a worker.
pub fn bind(spec: &ListenSpec) -> Result<Bound, BindError> {
    let (address, protocol) = (spec.address, spec.protocol);
    if spec.to.is_none() && protocol != Protocol::Http {
        return Err(BindError::NoWorker { address, protocol });
    }
    let take = || -> io::Result<(TcpListener, SocketAddr)> {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        Ok((socket, address))
    };
    let (socket, taken) = take().map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse { address, protocol },
        io::ErrorKind::PermissionDenied => BindError::Denied { address, protocol },
        io::ErrorKind::AddrNotAvailable => BindError::NotHere { address, protocol },
        _ => BindError::Other { address, protocol, source },
    })?;
    Ok(Bound { spec: spec.clone(), socket, address: taken })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(protocol: Protocol, port: u16, to: &str) -> ListenSpec {
        ListenSpec::new(protocol, SocketAddr::from(([127, 0, 0, 1], port)), Name::new(to).ok())
    }

    #[test]
    fn an_address_in_use_is_told_with_the_address_and_a_way_out() {
        let first = bind(&local(Protocol::Frames, 0, "counter")).expect("a free port");
        let again = local(Protocol::Lines, first.local_addr().port(), "counter");
        let error = bind(&again).map(|_| ()).expect_err("the port is taken");
        assert!(matches!(error, BindError::InUse { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(&first.local_addr().to_string()) && text.contains("[[listen]]"), "{text}");
    }

    #[test]
    fn an_address_of_another_machine_is_told_so() {
        let elsewhere = ListenSpec::new(Protocol::Http, SocketAddr::from(([192, 0, 2, 1], 0)), None);
        let error = bind(&elsewhere).map(|_| ()).expect_err("a documentation address");
        assert!(matches!(error, BindError::NotHere { .. }), "{error:?}");
    }

    #[test]
    fn only_http_goes_without_a_worker() {
        assert!(matches!(bind(&local(Protocol::Frames, 0, "")), Err(BindError::NoWorker { .. })));
        assert!(matches!(bind(&local(Protocol::Lines, 0, "")), Err(BindError::NoWorker { .. })));
        assert!(bind(&local(Protocol::Http, 0, "")).is_ok());
    }
}

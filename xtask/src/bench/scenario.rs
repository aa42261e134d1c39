//! What is measured, and who does it. The names are the keys of tables and JSON.

use crate::load::Protocol;

/// tomte, in every scenario.
pub(crate) const TOMTE: &str = "tomte";
/// The usual Erlang server.
pub(crate) const ERLANG_PACKET: &str = "erlang {packet,4}, a gen_server:call per frame";
/// Erlang written for throughput.
pub(crate) const ERLANG_RAW: &str = "erlang raw, a gen_server:call per read";
/// The floor of HTTP in Rust.
pub(crate) const HYPER: &str = "hyper answering a constant";
/// A step without a host.
pub(crate) const BARE: &str = "bare component call";

/// The wire of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// tomte's frames, which the Erlang servers speak as well.
    Frames,
    /// HTTP/1.1 on kept connections.
    Http,
}

impl Wire {
    /// Who takes part, in the order of a round.
    pub(crate) fn subjects(self) -> &'static [&'static str] {
        match self {
            Wire::Frames => &[TOMTE, ERLANG_PACKET, ERLANG_RAW],
            Wire::Http => &[TOMTE, HYPER],
        }
    }

    /// The protocol of the load.
    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Wire::Frames => Protocol::Frames,
            Wire::Http => Protocol::Http { path: format!("/call/{WORKER}") },
        }
    }

    fn word(self) -> &'static str {
        match self {
            Wire::Frames => "frames",
            Wire::Http => "http",
        }
    }
}

/// The worker under load.
pub(crate) const WORKER: &str = "counter";
/// Every request of a load: the counter goes up by one.
pub(crate) const BODY: &[u8] = b"\"Increment\"";

/// One load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// The wire.
    pub(crate) wire: Wire,
    /// Connections.
    pub(crate) connections: usize,
    /// Requests in flight on each.
    pub(crate) depth: usize,
}

impl Load {
    /// Its key.
    pub(crate) fn name(self) -> String {
        let Load { wire, connections, depth } = self;
        let plural = if connections == 1 { "" } else { "s" };
        format!("{}, {connections} connection{plural}, depth {depth}", wire.word())
    }
}

/// Every load, in the order of a round.
pub(crate) fn loads() -> impl Iterator<Item = Load> {
    let shapes = [(1, 1), (1, 16), (50, 1), (50, 16)];
    [Wire::Frames, Wire::Http]
        .into_iter()
        .flat_map(move |wire| shapes.map(|(connections, depth)| Load { wire, connections, depth }))
}

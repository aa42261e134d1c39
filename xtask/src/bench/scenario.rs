//! What is measured, and who does it. The names are the keys of tables and JSON.

use crate::load::Protocol;

/// tomte, in every scenario.
pub(crate) const TOMTE: &str = "tomte";
/// The usual Erlang server.
pub(crate) const ERLANG_PACKET: &str = "erlang {packet,4}, call per frame";
/// Erlang written for throughput.
pub(crate) const ERLANG_RAW: &str = "erlang raw, one call per read";
/// The floor of HTTP in Rust.
pub(crate) const HYPER: &str = "hyper answering a constant";
/// A step without a host.
pub(crate) const BARE: &str = "bare component call";

/// A worker that shares its shard with one that is always busy with inputs of a few milliseconds.
pub(crate) const NEIGHBOUR: &str = "a worker beside another on one shard";
/// Before the other is busy.
pub(crate) const UNDISTURBED: &str = "tomte, the other idle";
/// While it is.
pub(crate) const BUSY: &str = "tomte, the other busy";
/// The time with the other busy less twice that before.
pub(crate) const BEYOND: &str = "tomte, busy less 2 x idle";

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
            Wire::Http => Protocol::Http { path: "/".to_owned() },
        }
    }

    /// Its word in a manifest and in the names of loads.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Wire::Frames => "frames",
            Wire::Http => "http",
        }
    }
}

/// What the worker under load does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// It answers with what it was asked: the price of the host itself.
    Echo,
    /// It parses JSON, counts, and writes JSON. The rivals in Erlang only compare bytes.
    Counter,
}

impl Work {
    /// The worker's name, and that of its component's file without its version.
    pub(crate) fn worker(self) -> &'static str {
        match self {
            Work::Echo => "echo",
            Work::Counter => "counter",
        }
    }

    /// Every request of a load.
    pub(crate) fn body(self) -> &'static [u8] {
        match self {
            Work::Echo => &[b'x'; 64],
            Work::Counter => b"\"Increment\"",
        }
    }
}

/// One load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// The wire.
    pub(crate) wire: Wire,
    /// The worker.
    pub(crate) work: Work,
    /// Connections.
    pub(crate) connections: usize,
    /// Requests in flight on each.
    pub(crate) depth: usize,
}

impl Load {
    /// Its key.
    pub(crate) fn name(self) -> String {
        let Load { wire, work, connections, depth } = self;
        let plural = if connections == 1 { "" } else { "s" };
        let wire = wire.word();
        match work {
            Work::Echo => format!("{wire}, {connections} connection{plural}, depth {depth}"),
            Work::Counter => format!("{wire} to a counter, {connections} x depth {depth}"),
        }
    }
}

/// Every load, in the order of a round.
pub(crate) fn loads() -> impl Iterator<Item = Load> {
    let shapes = [(1, 1), (1, 16), (50, 1), (50, 16)];
    let echo = [Wire::Frames, Wire::Http]
        .into_iter()
        .flat_map(move |wire| shapes.map(|(connections, depth)| Load { wire, work: Work::Echo, connections, depth }));
    let counter = Load { wire: Wire::Frames, work: Work::Counter, connections: 50, depth: 16 };
    echo.chain([counter])
}

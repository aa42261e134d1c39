//! The loop of a load: wait for replies, check them, send as many requests again.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token};

use super::connection::Connection;
use super::process::cpu_seconds;
use super::spec::{LoadResult, Spec};

/// How long the last replies are waited for once no more requests are sent.
const LAST_REPLIES: Duration = Duration::from_secs(10);
/// Quantiles are told to a part in a thousand.
const DIGITS: u8 = 3;
/// A latency beyond an hour counts as one: it bounds the memory, and no load takes that long.
const LATENCY_MAX_NS: u64 = 3_600_000_000_000;
/// How often the clock and the stop flag are looked at when nothing comes.
const LOOK: Duration = Duration::from_millis(5);

/// Loads a server for the time of the spec.
///
/// # Errors
/// The server does not accept a connection. Requests that fail or get lost are in the result.
pub(crate) fn run(spec: &Spec) -> Result<LoadResult> {
    let end = spec.warm_up + spec.time;
    Drive::start(spec)?.run(|elapsed| elapsed >= end)
}

/// Loads a server until `stop` is set, then waits for every reply still owed.
///
/// # Errors
/// The server does not accept a connection. Requests that fail or get lost are in the result.
pub(crate) fn run_until(spec: &Spec, stop: &AtomicBool) -> Result<LoadResult> {
    Drive::start(spec)?.run(|_| stop.load(Ordering::Relaxed))
}

/// What is known from the moment the measured time begins.
struct Measure {
    since: Instant,
    cpu: Option<f64>,
}

struct Drive<'a> {
    spec: &'a Spec,
    request: Vec<u8>,
    poll: Poll,
    connections: Vec<Option<Connection>>,
    latencies: Histogram<u64>,
    measure: Option<Measure>,
    last_reply: Instant,
    sending: bool,
    result: LoadResult,
}

impl<'a> Drive<'a> {
    fn start(spec: &'a Spec) -> Result<Drive<'a>> {
        ensure!(spec.connections > 0 && spec.depth > 0, "a load needs a connection and a request");
        let poll = Poll::new().context("no epoll")?;
        let mut connections = Vec::with_capacity(spec.connections);
        for number in 0..spec.connections {
            let mut connection =
                Connection::open(spec.address).with_context(|| format!("no connection to {}", spec.address))?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut connection.socket, Token(number), interest)?;
            connections.push(Some(connection));
        }
        Ok(Drive {
            spec,
            request: spec.protocol.request(&spec.body),
            poll,
            connections,
            latencies: latencies()?,
            measure: None,
            last_reply: Instant::now(),
            sending: true,
            result: LoadResult::default(),
        })
    }

    fn run(mut self, stop: impl Fn(Duration) -> bool) -> Result<LoadResult> {
        let start = Instant::now();
        (0..self.connections.len()).for_each(|number| self.send(number, self.spec.depth));
        let mut events = Events::with_capacity(1024);
        while self.sending && self.connections.iter().any(Option::is_some) {
            self.turn(&mut events)?;
            let elapsed = start.elapsed();
            if self.measure.is_none() && elapsed >= self.spec.warm_up {
                self.begin();
            }
            self.sending = !stop(elapsed);
        }
        self.end();
        let last = Instant::now() + LAST_REPLIES;
        while self.waiting() > 0 && Instant::now() < last {
            self.turn(&mut events)?;
        }
        let unanswered = self.waiting();
        self.lose(unanswered, || "no reply in time".to_owned());
        Ok(self.result)
    }

    fn turn(&mut self, events: &mut Events) -> Result<()> {
        match self.poll.poll(events, Some(LOOK)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            polled => polled.context("epoll failed")?,
        }
        for event in events.iter() {
            self.serve(event.token().0);
        }
        Ok(())
    }

    /// Reads the replies of one connection and sends as many requests, or writes what is left.
    fn serve(&mut self, number: usize) {
        let Some(connection) = &mut self.connections[number] else { return };
        let (latencies, result) = (&mut self.latencies, &mut self.result);
        let measuring = self.measure.is_some() && self.sending;
        let mut count = 0;
        let read = connection.read(&self.spec.protocol, |answer| {
            count += 1;
            if measuring {
                latencies.saturating_record(answer.latency_ns);
            }
            match answer.error {
                None => result.ok += 1,
                Some(text) => {
                    result.failed += 1;
                    result.first_error.get_or_insert(text);
                }
            }
        });
        if count > 0 {
            self.replied(measuring, count);
        }
        match read {
            Ok(()) => self.send(number, if self.sending { count } else { 0 }),
            Err(error) => self.close(number, &error),
        }
    }

    fn replied(&mut self, measuring: bool, count: usize) {
        let now = Instant::now();
        if measuring {
            self.result.measured += count as u64;
            let gap = u64::try_from((now - self.last_reply).as_nanos()).unwrap_or(u64::MAX);
            self.result.max_gap_ns = self.result.max_gap_ns.max(gap);
        }
        self.last_reply = now;
    }

    fn send(&mut self, number: usize, count: usize) {
        let Some(connection) = &mut self.connections[number] else { return };
        connection.request(&self.request, count, Instant::now());
        self.result.sent += count as u64;
        if let Err(error) = connection.write() {
            self.close(number, &error);
        }
    }

    fn close(&mut self, number: usize, error: &io::Error) {
        if let Some(connection) = self.connections[number].take() {
            self.lose(connection.waiting(), || error.to_string());
        }
    }

    fn lose(&mut self, count: usize, text: impl FnOnce() -> String) {
        self.result.lost += count as u64;
        if count > 0 {
            self.result.first_error.get_or_insert_with(text);
        }
    }

    fn waiting(&self) -> usize {
        self.connections.iter().flatten().map(Connection::waiting).sum()
    }

    fn begin(&mut self) {
        let now = Instant::now();
        self.last_reply = now;
        self.measure = Some(Measure { since: now, cpu: self.spec.server.and_then(cpu_seconds) });
    }

    fn end(&mut self) {
        let Some(measure) = self.measure.take() else { return };
        self.result.seconds = measure.since.elapsed().as_secs_f64();
        let cpu = self.spec.server.and_then(cpu_seconds);
        self.result.server_cpu = cpu.zip(measure.cpu).map(|(after, before)| after - before);
        self.result.p50_ns = self.latencies.value_at_quantile(0.5);
        self.result.p99_ns = self.latencies.value_at_quantile(0.99);
    }
}

fn latencies() -> Result<Histogram<u64>> {
    Histogram::new_with_max(LATENCY_MAX_NS, DIGITS).context("no histogram of latencies")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

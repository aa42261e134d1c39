//! One round: everybody does everything once, in turn.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::book::Book;
use super::child::Server;
use super::erlang::Erlang;
use super::host::{Host, LOADED};
use super::metric::Metric;
use super::neighbours;
use super::scenario::{ERLANG_PACKET, ERLANG_RAW, HYPER, Load, TOMTE, loads};
use super::times::Times;
use super::workspace::Programs;
use crate::load::{LoadResult, Spec, cpu_seconds, machine_seconds, resident_bytes, run};

/// All who take part.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    programs: &'a Programs,
    erlang: Option<&'a Erlang>,
    rivals: Vec<(&'static str, Server)>,
    times: Times,
    /// The largest share of the machine that others used during a load.
    pub(crate) foreign: Option<f64>,
}

impl<'a> Field<'a> {
    /// Starts the rivals.
    ///
    /// # Errors
    /// One does not start.
    pub(crate) fn start(programs: &'a Programs, erlang: Option<&'a Erlang>, times: Times) -> Result<Field<'a>> {
        let hyper = Server::start(Command::new(&programs.bench).arg("hyper-constant"))?;
        let mut rivals = vec![(HYPER, hyper)];
        if let Some(erlang) = erlang {
            for subject in [ERLANG_PACKET, ERLANG_RAW] {
                rivals.push((subject, erlang.serve(subject)?));
            }
        }
        Ok(Field { programs, erlang, rivals, times, foreign: None })
    }

    /// One round, with a fresh host in `folder`.
    ///
    /// # Errors
    /// Somebody answers something else than `ok`, or ends.
    pub(crate) fn round(&mut self, book: &mut Book, folder: &Path) -> Result<()> {
        self.host(book, folder)?;
        if let Some(erlang) = self.erlang {
            book.add_lines(&erlang.micro(self.times.micro)?)?;
        }
        book.add_lines(&in_process(self.programs, &folder.join("in-process"), self.times.micro)?)
    }

    fn host(&mut self, book: &mut Book, folder: &Path) -> Result<()> {
        let host = Host::start(self.programs, folder, LOADED)?;
        for load in loads() {
            for subject in load.wire.subjects() {
                let rival = self.rivals.iter().find(|(name, _)| name == subject);
                let (address, pid) = match rival {
                    Some((_, server)) => (server.address(), server.pid()),
                    None if *subject == TOMTE => (host.address(load.wire, load.work.worker()), host.pid()),
                    None => continue,
                };
                let spec = spec(load, address, pid, self.times);
                let result = self.watched(&spec)?;
                let name = load.name();
                note(book, &name, subject, &result).with_context(|| format!("{name}: {subject}"))?;
            }
        }
        drop(host);
        neighbours::measure(self.programs, &folder.join("neighbours"), self.times, book)?;
        self.idle(book, &folder.join("idle"))
    }

    /// A host of its own, since memory once used for a load stays resident. It starts twice: the second time it has
    /// seen its components before.
    fn idle(&self, book: &mut Book, folder: &Path) -> Result<()> {
        let host = Host::start(self.programs, folder, LOADED)?;
        book.add("boot", TOMTE, Metric::Milliseconds, host.boot().as_secs_f64() * 1e3);
        if let Some(bytes) = resident_bytes(host.pid()) {
            book.add("idle", TOMTE, Metric::Megabytes, bytes as f64 / 1e6);
        }
        drop(host);
        let again = Host::start(self.programs, folder, LOADED)?;
        book.add("boot, components seen before", TOMTE, Metric::Milliseconds, again.boot().as_secs_f64() * 1e3);
        Ok(())
    }

    /// Runs a load and notes how much of the machine neither it nor its server used.
    fn watched(&mut self, spec: &Spec) -> Result<LoadResult> {
        let used = || {
            let server = spec.server.and_then(cpu_seconds)?;
            let (busy, all) = machine_seconds()?;
            Some((busy - server - cpu_seconds(std::process::id())?, all))
        };
        let before = used();
        let result = run(spec)?;
        let share = before
            .zip(used())
            .map(|(before, after)| ((after.0 - before.0) / (after.1 - before.1).max(f64::EPSILON)).clamp(0.0, 1.0));
        self.foreign = self.foreign.into_iter().chain(share).reduce(f64::max);
        Ok(result)
    }
}

/// Every load on a fresh host in `folder`, alone.
///
/// # Errors
/// It answers something else than `ok`, or ends.
pub(crate) fn hosted(programs: &Programs, folder: &Path, times: Times, book: &mut Book) -> Result<()> {
    let host = Host::start(programs, folder, LOADED)?;
    for load in loads() {
        let result = run(&spec(load, host.address(load.wire, load.work.worker()), host.pid(), times))?;
        note(book, &load.name(), TOMTE, &result).with_context(|| load.name())?;
    }
    Ok(())
}

/// What tomte does in process, as lines for a book.
///
/// # Errors
/// The program fails.
pub(crate) fn in_process(programs: &Programs, folder: &Path, time: Duration) -> Result<String> {
    let file = folder.join("in-process.json");
    std::fs::create_dir_all(folder)?;
    let mut command = Command::new(&programs.bench);
    command.arg("in-process").arg(&programs.guests).arg(folder).arg(&file);
    let status = command.arg(time.as_millis().to_string()).status();
    let status = status.context("cannot run tomte-bench")?;
    if !status.success() {
        bail!("the in-process measurements failed: {status}");
    }
    std::fs::read_to_string(file).context("the in-process measurements are missing")
}

fn spec(load: Load, address: SocketAddr, pid: u32, times: Times) -> Spec {
    Spec {
        address,
        protocol: load.wire.protocol(),
        body: load.work.body().to_vec(),
        connections: load.connections,
        depth: load.depth,
        warm_up: times.warm_up,
        time: times.load,
        server: Some(pid),
    }
}

fn note(book: &mut Book, scenario: &str, subject: &str, result: &LoadResult) -> Result<()> {
    let first = result.first_error.as_deref().unwrap_or("no reply");
    let LoadResult { sent, ok, .. } = result;
    ensure!(result.all_ok(), "{ok} of {sent} requests were answered ok: {first}");
    book.add(scenario, subject, Metric::PerSecond, result.per_second());
    if let Some(cpu) = result.cpu_us() {
        book.add(scenario, subject, Metric::Cpu, cpu);
    }
    book.add(scenario, subject, Metric::P50, result.p50_ns as f64 / 1e3);
    book.add(scenario, subject, Metric::P99, result.p99_ns as f64 / 1e3);
    Ok(())
}

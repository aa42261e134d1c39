//! A whole host with a durable worker, under load and under releases: killed at any moment, and its machine without power.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::thread::{self, sleep};
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::Torture;
use super::counted::{Account, Callers};
use super::disk::{Mounted, image, scratch, stand_still};
use crate::load::Protocol;
use crate::out::Out;
use crate::product::{Client, Host, LISTENERS, Listeners, Tomte, build, settle};
use crate::soak::guest;

const DIR: &str = "target/torture";

/// Bytes of the disk that a host has its state on: three segments of a journal, and some room.
const DISK: u64 = 192 << 20;

/// Milliseconds that a host lives at most, and one that is upgraded: a component is compiled in them.
const LIFE_MS: u64 = 200;
const RELEASE_MS: u64 = 1500;

/// Milliseconds by which the lives of hosts differ, so that they end at all moments.
const STRIDE: u64 = 37;

/// More calls than a disk or a host needs to notice something.
const CALLS_MAX: u64 = 100_000;

/// Every so many hosts one is upgraded, or rolled back, while it is killed.
const RELEASES: u32 = 4;

const MANIFEST: &str = r#"manifest_version = 1
[application]
name = "torture"
version = "0.1.0"
[behaviour.counter]
component = "counter.wasm"
[child.counter]
behaviour = "counter"
durable = true
"#;

pub(super) fn run(out: &Out, torture: Torture) -> Result<()> {
    let program = build(out)?;
    kills(out, &program, torture.kills)?;
    cuts(out, &program, torture.cuts)?;
    full(out, &program)
}

/// An application, and where its worker stands.
struct Ground {
    tomte: Tomte,
    listeners: Listeners,
    state: PathBuf,
    count: u64,
    /// Acknowledged of all its hosts.
    acknowledged: u64,
    hosts: u32,
}

impl Ground {
    fn prepare(program: &Path, state: &Path) -> Result<Ground> {
        let dir = Path::new(DIR);
        if dir.exists() {
            fs::remove_dir_all(dir)?;
        }
        fs::create_dir_all(dir.join("releases"))?;
        DirBuilder::new().mode(0o700).create(dir.join("admin"))?;
        let (manifest, _) = settle(&format!("{MANIFEST}{LISTENERS}"))?;
        fs::write(dir.join("tomte.toml"), &manifest)?;
        fs::write(dir.join("counter.wasm"), guest("counter-0.1.0")?)?;
        fs::write(dir.join("counter-0.2.0.wasm"), guest("counter-0.2.0")?)?;
        let tomte = Tomte::new(program, &dir.join("admin/host.sock"));
        let listeners = Listeners::read(&manifest)?;
        Ok(Ground { tomte, listeners, state: state.to_owned(), count: 0, acknowledged: 0, hosts: 0 })
    }

    /// Starts a host whose worker must stand where this account allows.
    fn host(&mut self, account: Account) -> Result<Host> {
        let state = self.state.to_string_lossy().into_owned();
        let socket = self.tomte.socket().to_string_lossy().into_owned();
        let words = ["run", DIR, "--state", &state, "--admin", &socket];
        let host = Host::start(&self.tomte, &words, &self.listeners, &Path::new(DIR).join("host.log"))?;
        let count = self.read()?;
        let (before, hosts) = (self.count, self.hosts);
        ensure!(
            account.allows(before, count),
            "after {hosts} hosts: it stood at {before}, then {account:?}, and it stands at {count}"
        );
        self.count = count;
        self.acknowledged += account.acknowledged;
        self.hosts += 1;
        Ok(host)
    }

    fn read(&self) -> Result<u64> {
        let http = Protocol::Http { path: "/call/counter".to_owned() };
        Client::open(http, self.listeners.http)?.count()
    }

    /// Callers are at it, and every now and then a release, while this ends the host; gives what the callers were told.
    /// Whether the release came to be is for the next host to say.
    fn until(&self, end: impl FnOnce() -> Result<()>) -> Result<Account> {
        let callers = Callers::start(self.listeners.frames);
        let releases = self.hosts.is_multiple_of(RELEASES);
        let release = releases.then(|| {
            let (tomte, newer) = (self.tomte.clone(), format!("{DIR}/counter-0.2.0.wasm"));
            let back = self.hosts.is_multiple_of(2 * RELEASES);
            thread::spawn(move || if back { tomte.output(&["rollback"]) } else { tomte.output(&["upgrade", &newer]) })
        });
        let most = if releases { RELEASE_MS } else { LIFE_MS };
        sleep(Duration::from_millis(u64::from(self.hosts) * STRIDE % most));
        let ended = end();
        let account = callers.end();
        release.into_iter().for_each(|release| drop(release.join()));
        ended.and(account)
    }

    /// Starts the last host, and tells what came of all of them.
    fn end(mut self, account: Account, what: &str) -> Result<String> {
        let host = self.host(account)?;
        let history = self.tomte.json(&["history"])?;
        drop(host);
        let releases = history.as_array().into_iter().flatten().filter(|row| row["result"] == "permanent").count();
        let Ground { acknowledged, count, .. } = self;
        Ok(format!(
            "{what}, {releases} releases: {acknowledged} acknowledged increments, none lost; it stands at \
             {count}, none doubled"
        ))
    }
}

fn kills(out: &Out, program: &Path, kills: u32) -> Result<()> {
    let mut ground = Ground::prepare(program, &Path::new(DIR).join("state"))?;
    let mut account = Account::default();
    for _ in 0..kills {
        let host = ground.host(account)?;
        account = ground.until(|| {
            drop(host);
            Ok(())
        })?;
    }
    out.held(&ground.end(account, &format!("{kills} kills of a host"))?);
    Ok(())
}

fn cuts(out: &Out, program: &Path, cuts: u32) -> Result<()> {
    let Some(scratch) = scratch(out)? else { return Ok(()) };
    let (before, copy, at) = (image(scratch.path(), DISK)?, scratch.path().join("copy"), scratch.path().join("disk"));
    let mut ground = Ground::prepare(program, &at.join("state"))?;
    let mut account = Account::default();
    for _ in 0..cuts {
        let disk = Mounted::new(&before, &at)?;
        let host = ground.host(account)?;
        account = ground.until(|| {
            stand_still(host.pid())?;
            fs::copy(&before, &copy)?;
            drop(host);
            Ok(())
        })?;
        drop(disk);
        fs::rename(&copy, &before)?;
    }
    let disk = Mounted::new(&before, &at)?;
    let told = ground.end(account, &format!("{cuts} power cuts under a host"))?;
    drop(disk);
    out.held(&told);
    Ok(())
}

/// A disk that fills up under a host and gets room again: what it cannot remember it does not do, and says so.
fn full(out: &Out, program: &Path) -> Result<()> {
    let Some(scratch) = scratch(out)? else { return Ok(()) };
    let (image, at) = (image(scratch.path(), DISK)?, scratch.path().join("disk"));
    let mut ground = Ground::prepare(program, &at.join("state"))?;
    let disk = Mounted::new(&image, &at)?;
    let host = ground.host(Account::default())?;
    let mut client = Client::open(Protocol::Frames, ground.listeners.frames)?;
    let ballast = at.join("ballast");
    // Until the disk takes nothing more.
    let filled = io::copy(&mut io::repeat(7), &mut File::create(&ballast)?);
    ensure!(filled.is_err(), "this disk never fills up");
    let mut acknowledged = 0;
    while increment(&mut client)? {
        acknowledged += 1;
        ensure!(acknowledged < CALLS_MAX, "a host whose disk is full has not said so in {CALLS_MAX} calls");
    }
    fs::remove_file(&ballast)?;
    let mut tries = 0;
    while !increment(&mut client)? {
        tries += 1;
        ensure!(tries < CALLS_MAX, "a host whose disk has room again has not noticed in {CALLS_MAX} calls");
        sleep(Duration::from_millis(1));
    }
    acknowledged += 1;
    drop(host);
    let account = Account { acknowledged, asked: acknowledged };
    let told = ground.end(account, "a disk that filled up under a host")?;
    drop(disk);
    out.held(&told);
    Ok(())
}

/// Whether it was done; if not, there was no room for it.
fn increment(client: &mut Client) -> Result<bool> {
    match client.call("\"Increment\"")? {
        answer if answer.status == "ok" => Ok(true),
        answer if answer.status == "storage-full" => Ok(false),
        answer => bail!("what a host with a full disk must not answer: {answer:?}"),
    }
}

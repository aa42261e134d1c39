//! The misdeeds, one by one.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use tomte_guest::{Context, Effect, ExitReason, Refusal, crash, log, to_json};

use crate::files::Attempt;

/// One misdeed; as JSON `"spin"` or `{"bytes":1000}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// None: answers.
    Behave,
    /// Runs for ever.
    Spin,
    /// Calls itself for ever.
    Recurse,
    /// Takes memory until there is none.
    Grow,
    /// Answers with a gigabyte.
    Gigabyte,
    /// Answers with so many bytes.
    Bytes(usize),
    /// Returns ten million effects.
    TenMillionEffects,
    /// Returns so many effects.
    Effects(usize),
    /// Panics with this message.
    Panic(String),
    /// Crashes by the contract, with this reason.
    Crash(String),
    /// Divides by zero.
    Divide,
    /// Traps without a word.
    Trap,
    /// Writes so many log lines of a kilobyte.
    Flood(u64),
    /// Calls the host so many times, with next to nothing.
    HostCalls(u64),
    /// Sleeps so many milliseconds through WASI.
    Sleep(u64),
    /// Ends the process, as it thinks.
    Exit(i32),
    /// Casts to a worker of this name.
    Cast(String),
    /// Prints this to standard output and standard error.
    Print(String),
    /// Refuses with this text.
    Refuse(String),
    /// Answers with the time it sees: milliseconds since the epoch, and those a busy loop took.
    Clock,
    /// Answers with a random number.
    Random,
    /// Answers with what it may see of files, environment and arguments.
    Look,
    /// Tries something with the file at this path.
    File(Attempt, String),
    /// Answers twice. (The host sends one.)
    AnswerTwice,
    /// Answers, and stops in the same step.
    Stop,
}

impl Deed {
    /// Does it, and gives the answer if it comes to one.
    ///
    /// # Errors
    /// The deed is to refuse.
    pub fn commit(&self, context: &mut Context) -> Result<Vec<u8>, Refusal> {
        match self {
            Deed::Behave => {}
            Deed::Spin => spin(),
            Deed::Recurse => drop(black_box(recurse(0))),
            Deed::Grow => grow(),
            Deed::Gigabyte => return Ok(vec![0; 1 << 30]),
            Deed::Bytes(n) => return Ok(vec![b'x'; *n]),
            Deed::TenMillionEffects => effects(context, 10_000_000),
            Deed::Effects(n) => effects(context, *n),
            Deed::Panic(text) => panic!("{text}"),
            Deed::Crash(reason) => crash(reason),
            Deed::Divide => drop(black_box(1 / black_box(0))),
            Deed::Trap => trap(),
            Deed::Flood(lines) => (0..*lines).for_each(|_| log::info(&"flood ".repeat(170))),
            Deed::HostCalls(n) => (0..*n).for_each(|_| log::trace("")),
            Deed::Sleep(ms) => std::thread::sleep(Duration::from_millis(*ms)),
            Deed::Exit(code) => std::process::exit(*code),
            Deed::Cast(to) => context.cast(to, &"hello"),
            Deed::Print(text) => print(text),
            Deed::Refuse(text) => return Err(Refusal::new(text)),
            Deed::Clock => return Ok(clock()),
            Deed::Random => return Ok(to_json(&RandomState::new().build_hasher().finish())),
            Deed::Look => return Ok(look()),
            Deed::File(attempt, path) => return Ok(attempt.at(path)),
            Deed::Stop => context.stop(ExitReason::Normal),
            Deed::AnswerTwice => {
                if let Some(caller) = context.caller() {
                    context.reply(caller, &"first");
                }
            }
        }
        Ok(to_json("done"))
    }
}

fn spin() {
    loop {
        black_box(());
    }
}

#[expect(unconditional_recursion, reason = "that is the deed")]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth + 1))) + 1
}

fn grow() {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1_u8; 1 << 20]));
    }
}

fn effects(context: &mut Context, n: usize) {
    (0..n).for_each(|_| context.effect(Effect::RepeatState));
}

fn trap() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
}

fn print(text: &str) {
    println!("{text}");
    eprintln!("{text}");
}

fn clock() -> Vec<u8> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let start = Instant::now();
    (0..1_000_000_u64).for_each(|n| {
        black_box(n);
    });
    to_json(&(since.as_millis() as u64, start.elapsed().as_millis() as u64))
}

fn look() -> Vec<u8> {
    let files = std::fs::read_dir("/").map_or_else(|error| error.to_string(), |dir| format!("{} files", dir.count()));
    to_json(&(files, std::env::vars().count(), std::env::args().count()))
}

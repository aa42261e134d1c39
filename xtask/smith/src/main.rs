//! `tomte-smith FIRST COUNT FOLDER`: for each seed a module or a component, as `FOLDER/SEED.wasm`. The same seed
//! makes the same file.

use std::path::Path;
use std::process::ExitCode;

use arbitrary::Unstructured;
use wasm_smith::{Component, Config, Module};

/// Random bytes that one file is made from.
const BYTES: usize = 4096;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match made(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}\ntry: tomte-smith FIRST COUNT FOLDER");
            ExitCode::FAILURE
        }
    }
}

fn made(words: &[String]) -> Result<(), String> {
    let [first, count, folder] = words else { return Err("three words are needed".to_owned()) };
    let number = |text: &String| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
    let first = number(first)?;
    for seed in first..first.saturating_add(number(count)?) {
        let file = Path::new(folder).join(format!("{seed}.wasm"));
        // Some bytes make nothing; an empty file says so.
        let bytes = file_of(seed).unwrap_or_default();
        std::fs::write(&file, bytes).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn file_of(seed: u64) -> arbitrary::Result<Vec<u8>> {
    let bytes = random(seed);
    let mut source = Unstructured::new(&bytes);
    let config = Config { allow_start_export: true, ..Config::default() };
    if seed.is_multiple_of(2) {
        return Ok(Module::new(config, &mut source)?.to_bytes());
    }
    Ok(Component::new(config, &mut source)?.to_bytes())
}

/// Numbers after splitmix64.
fn random(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(mixed ^ (mixed >> 31))
    };
    std::iter::from_fn(next).flat_map(u64::to_le_bytes).take(BYTES).collect()
}

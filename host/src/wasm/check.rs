//! What can be said of a component without compiling it: whether it is one, whether it fits the
//! contract, what it imports, what it is called.

use std::panic::catch_unwind;

use serde::{Deserialize, Serialize};
use wasmparser::{ComponentName, ComponentNameSectionReader, Parser, Payload, Validator};
use wit_component::DecodedWasm;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem};

use super::contract::{CALLBACKS, Contract, STATE, contract};
use super::shape::difference;
use super::wasi;
use crate::base::{Version, limits};

/// What [`check`] found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The name written into the component.
    pub name: Option<String>,
    /// The version written into the component.
    pub version: Option<Version>,
    /// Whether it exports `state`, so that its state can be saved.
    pub saves_state: bool,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// What is odd but no reason to refuse it.
    pub notes: Vec<String>,
    /// Its bytes.
    pub size: usize,
}

/// Why a file is no component this host runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// No bytes at all.
    #[error("the file is empty; was it copied completely?")]
    Empty,
    /// Too many bytes.
    #[error("the file has {0} bytes, limit {max}; build it in release mode", max = limits::COMPONENT_BYTES_MAX)]
    TooLarge(usize),
    /// Something else than WebAssembly.
    #[error("not WebAssembly: the file does not begin with \\0asm")]
    NotWasm,
    /// WebAssembly, but a core module.
    #[error("a core module, not a component; build it with `tomte build`")]
    CoreModule,
    /// Types alone.
    #[error("types of WebAssembly and no code, as `wasm-tools component wit` writes them; build the behaviour itself")]
    TypesAlone,
    /// Its functions are lifted async.
    #[error(
        "its functions are async, which this host does not run; build it with --sync (componentize-qjs), or without async"
    )]
    Async,
    /// The beginning of a component.
    #[error("not a valid component: the file ends too early; was it copied completely?")]
    Partial,
    /// WebAssembly that breaks its own rules, or has what this host does not have.
    #[error("not a valid component: {0}; build it again, and with no more of WebAssembly than this host has")]
    Invalid(String),
    /// It has none of our exports.
    #[error("exports no {0}, so it is no behaviour; build it against the world `worker` that `tomte wit` writes")]
    NoBehaviour(String),
    /// It has them from another version of the contract.
    #[error("made for {theirs}, this host speaks {ours}; build it against the contract that `tomte wit` writes")]
    OtherVersion {
        /// The interface it names.
        theirs: String,
        /// The one it should.
        ours: String,
    },
    /// A function is missing or another than the contract's.
    #[error("`{function}` of {interface} {problem}; build it against the contract that `tomte wit` writes")]
    Shape {
        /// The interface.
        interface: String,
        /// The function.
        function: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It imports what this host does not have.
    #[error("imports {import}, which this host does not provide; {fix}")]
    Import {
        /// The import.
        import: String,
        /// What to do about it.
        fix: &'static str,
    },
    /// Its version has more than three numbers, or less: a pre-release, say, whose place in an order of releases
    /// would be a guess.
    #[error(
        "calls itself version {0:?}, which is not three numbers as in 1.2.3: a pre-release or a build suffix is not taken; set `version` of its package and build it again"
    )]
    Version(String),
    /// It passed, but the engine does not take it.
    #[error("the engine does not take it: {0}")]
    Compile(String),
}

impl CheckError {
    /// What the engine says of it.
    pub(super) fn from_engine(error: wasmtime::Error) -> CheckError {
        let text = error.root_cause().to_string();
        if is_async(&text) { CheckError::Async } else { CheckError::Compile(text) }
    }
}

/// Checks a component without compiling it. Takes milliseconds per megabyte.
///
/// # Errors
/// The bytes are no component, or not one this host can run.
pub fn check(bytes: &[u8]) -> Result<Checked, CheckError> {
    check_head(bytes)?;
    let validated = Validator::new().validate_all(bytes);
    validated.map_err(|error| match error.message() {
        message if message.starts_with("unexpected end") => CheckError::Partial,
        message if is_async(message) => CheckError::Async,
        _ => CheckError::Invalid(error.to_string()),
    })?;
    let contract = contract().map_err(|error| CheckError::Invalid(error.to_owned()))?;
    let (resolve, world) = decode(bytes)?;
    let saves_state = exports(contract, &resolve, world)?;
    let imports = imports(contract, &resolve, world)?;
    let (name, label) = labels(bytes);
    let version = label.map(|text| text.parse().map_err(|_| CheckError::Version(text))).transpose()?;
    let mut notes = vec![];
    if version.is_none() {
        notes.push("no version is written into it; `tomte build` writes the one of its package".to_owned());
    }
    Ok(Checked { name, version, saves_state, imports, notes, size: bytes.len() })
}

/// Whether the refusal of a validator is for functions that are lifted async.
fn is_async(message: &str) -> bool {
    message.contains("component model async")
}

/// What the length and the first bytes alone tell, at no cost.
///
/// # Errors
/// The bytes are no component.
pub(super) fn check_head(bytes: &[u8]) -> Result<(), CheckError> {
    const MAGIC: &[u8] = b"\0asm";
    match bytes {
        [] => Err(CheckError::Empty),
        _ if bytes.len() as u64 > limits::COMPONENT_BYTES_MAX => Err(CheckError::TooLarge(bytes.len())),
        _ if !bytes.starts_with(MAGIC) => Err(CheckError::NotWasm),
        _ if Parser::is_core_wasm(bytes) => Err(CheckError::CoreModule),
        _ => Ok(()),
    }
}

/// The component's own view of its world. The decoder may panic on what no toolchain writes.
fn decode(bytes: &[u8]) -> Result<(Resolve, WorldId), CheckError> {
    let odd = || CheckError::Invalid("its types cannot be read".into());
    match catch_unwind(|| wit_component::decode(bytes)) {
        Ok(Ok(DecodedWasm::Component(resolve, world))) => Ok((resolve, world)),
        Ok(Err(error)) => Err(CheckError::Invalid(error.root_cause().to_string())),
        Ok(Ok(DecodedWasm::WitPackage(..))) => Err(CheckError::TypesAlone),
        Err(_) => Err(odd()),
    }
}

/// Checks the exports; whether `state` is among them.
fn exports(contract: &Contract, resolve: &Resolve, world: WorldId) -> Result<bool, CheckError> {
    let exported = |interface: &str| {
        let full_name = contract.full_name(interface);
        let found = interfaces(resolve, resolve.worlds[world].exports.values()).find(|(name, _)| *name == full_name);
        found.map(|(name, id)| compare(contract, &name, (resolve, id), false)).transpose().map(|it| it.is_some())
    };
    if exported(CALLBACKS)? {
        return exported(STATE);
    }
    let ours = contract.full_name(CALLBACKS);
    let mut all = interfaces(resolve, resolve.worlds[world].exports.values());
    match all.find(|(name, _)| name.starts_with(&contract.prefix())) {
        Some((theirs, _)) => Err(CheckError::OtherVersion { theirs, ours }),
        None => Err(CheckError::NoBehaviour(ours)),
    }
}

fn imports(contract: &Contract, resolve: &Resolve, world: WorldId) -> Result<Vec<String>, CheckError> {
    let mut names = vec![];
    for (key, item) in &resolve.worlds[world].imports {
        let name = resolve.name_world_key(key);
        match item {
            WorldItem::Interface { id, .. } => import(contract, &name, (resolve, *id))?,
            WorldItem::Type { .. } => continue,
            WorldItem::Function(_) => return Err(missing(name)),
        }
        names.push(name);
    }
    Ok(names)
}

/// Compares an interface with the contract's; one that the contract does not have is nobody's business here.
fn compare(
    contract: &Contract,
    full_name: &str,
    theirs: (&Resolve, InterfaceId),
    partial: bool,
) -> Result<(), CheckError> {
    let Some(ours) = contract.interface(full_name) else { return Ok(()) };
    difference((&contract.resolve, ours), theirs, partial).map_or(Ok(()), |(function, problem)| {
        Err(CheckError::Shape { interface: full_name.to_owned(), function, problem })
    })
}

fn import(contract: &Contract, name: &str, theirs: (&Resolve, InterfaceId)) -> Result<(), CheckError> {
    if name.starts_with(&contract.prefix()) {
        return match contract.interface(name) {
            Some(_) => compare(contract, name, theirs, true),
            None => Err(CheckError::OtherVersion { theirs: name.to_owned(), ours: contract.full_name(CALLBACKS) }),
        };
    }
    match name.split_once('@') {
        Some((interface, version)) if version.starts_with("0.2.") && wasi::provides(interface) => Ok(()),
        _ => Err(missing(name.to_owned())),
    }
}

fn missing(import: String) -> CheckError {
    let version = import.split_once('@').map_or("", |(_, version)| version);
    let fix = match () {
        () if !import.starts_with("wasi:") => "a behaviour imports `log`, `fault` and WASI 0.2 only",
        () if version.starts_with("0.3") => "that is WASI 0.3: build it for WASI 0.2 (target wasm32-wasip2)",
        () if !version.starts_with("0.2.") => "build it for WASI 0.2 (target wasm32-wasip2)",
        () => "a behaviour asks the host by effects instead",
    };
    CheckError::Import { import, fix }
}

fn interfaces<'a>(
    resolve: &'a Resolve,
    items: impl Iterator<Item = &'a WorldItem>,
) -> impl Iterator<Item = (String, InterfaceId)> {
    items.filter_map(|item| match item {
        WorldItem::Interface { id, .. } => resolve.id_of(*id).map(|name| (name, *id)),
        _ => None,
    })
}

/// Name and version as written into the outermost component.
fn labels(bytes: &[u8]) -> (Option<String>, Option<String>) {
    let (mut name, mut version, mut depth) = (None, None, 0_usize);
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 1 => match section.name() {
                "component-name" => name = component_name(section.data(), section.data_offset()),
                "version" => version = str::from_utf8(section.data()).ok().map(|text| text.trim().to_owned()),
                _ => {}
            },
            _ => {}
        }
    }
    (name, version)
}

fn component_name(data: &[u8], offset: usize) -> Option<String> {
    let reader = wasmparser::BinaryReader::new(data, offset);
    ComponentNameSectionReader::new(reader).map_while(Result::ok).find_map(|part| match part {
        ComponentName::Component { name, .. } => Some(name.to_owned()),
        _ => None,
    })
}

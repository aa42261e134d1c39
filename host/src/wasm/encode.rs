//! A core module of WebAssembly, as C, Zig or AssemblyScript make them, becomes a component of the contract.

use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use super::contract::{CALLBACKS, Contract, STATE, contract};
use crate::base::limits;

/// What the core modules of toolchains import that know WASI 0.1 alone.
const PREVIEW1: &str = wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;

/// What such sections of a core module begin with that say how it fits a contract.
const COMPONENT_TYPE: &str = "component-type";

/// How the encoder begins the names of functions by which a guest frees what it returned.
const POST_RETURN: &str = "cabi_post_";

/// The functions of the contract by plain names, for languages whose names have no colons.
const PLAIN: [(&str, &str, &str); 6] = [
    ("init", CALLBACKS, "init"),
    ("step", CALLBACKS, "step"),
    ("terminate", CALLBACKS, "terminate"),
    ("save", STATE, "save"),
    ("save_as", STATE, "save-as"),
    ("saveAs", STATE, "save-as"),
];

/// Why nothing came of what was to become a component.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Neither WebAssembly nor its text.
    #[error("it is neither WebAssembly nor its text: {0}")]
    Text(String),
    /// It has more bytes than any host takes.
    #[error("it has {0} bytes, limit {max}", max = limits::COMPONENT_BYTES_MAX)]
    TooLarge(usize),
    /// It does not fit the contract.
    #[error("the core module makes no component of the contract: {0}")]
    Contract(String),
}

impl EncodeError {
    fn contract(why: impl ToString) -> EncodeError {
        EncodeError::Contract(why.to_string())
    }
}

/// Makes a component of a core module, or of the text of one. What is a component already stays as it is.
///
/// A module that does not say how it fits a contract is taken for one of this host's. It exports the functions by
/// their full names, as in `tomte:behaviour/callbacks@0.1.0#step`, or by plain ones: `step`, `save_as`. One that
/// imports WASI 0.1 is given what stands between that and 0.2.
///
/// # Errors
/// It is nothing of the kind, or does not fit the contract.
pub fn encode(bytes: &[u8]) -> Result<Vec<u8>, EncodeError> {
    if bytes.len() as u64 > limits::COMPONENT_BYTES_MAX {
        return Err(EncodeError::TooLarge(bytes.len()));
    }
    let binary = wat::parse_bytes(bytes).map_err(|error| EncodeError::Text(error.to_string()))?;
    if !Parser::is_core_wasm(&binary) {
        return Ok(binary.into_owned());
    }
    let contract = contract().map_err(EncodeError::contract)?;
    let traits = Traits::of(&binary).map_err(EncodeError::contract)?;
    let mut module = if traits.is_plain(contract) { with_full_names(contract, &binary)? } else { binary.into_owned() };
    if !traits.says_how_it_fits {
        let world = contract.world(traits.saves(contract)).map_err(EncodeError::contract)?;
        embed_component_metadata(&mut module, &contract.resolve, world, StringEncoding::UTF8)
            .map_err(|error| EncodeError::Contract(format!("{error:#}")))?;
    }
    component(&module, traits.wants_preview1).map_err(|error| EncodeError::Contract(format!("{error:#}")))
}

fn component(module: &[u8], wants_preview1: bool) -> anyhow::Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default().validate(true).module(module)?;
    if wants_preview1 {
        let adapter = wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
        encoder = encoder.adapter(PREVIEW1, adapter)?;
    }
    encoder.encode()
}

/// What there is to know of a core module before it is encoded.
#[derive(Debug, Default)]
struct Traits {
    exports: Vec<String>,
    says_how_it_fits: bool,
    wants_preview1: bool,
}

impl Traits {
    fn of(module: &[u8]) -> wasmparser::Result<Traits> {
        let mut traits = Traits::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        traits.wants_preview1 |= import?.module == PREVIEW1;
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        traits.exports.push(export?.name.to_owned());
                    }
                }
                Payload::CustomSection(section) => {
                    traits.says_how_it_fits |= section.name().starts_with(COMPONENT_TYPE);
                }
                _ => {}
            }
        }
        Ok(traits)
    }

    /// Whether it names the functions of the contract plainly: no export has a name of the contract.
    fn is_plain(&self, contract: &Contract) -> bool {
        !self.says_how_it_fits && !self.exports.iter().any(|name| name.starts_with(&contract.prefix()))
    }

    /// Whether it has a state to save.
    fn saves(&self, contract: &Contract) -> bool {
        let full = format!("{}#save", contract.full_name(STATE));
        self.exports.iter().any(|name| *name == full || name == "save")
    }
}

/// The module with the contract's names in place of plain ones.
fn with_full_names(contract: &Contract, module: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut renamed = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(EncodeError::contract)? {
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports {
                    let export = export.map_err(EncodeError::contract)?;
                    let kind = ExportKind::from(export.kind);
                    let name = (export.kind == ExternalKind::Func).then(|| full_name(contract, export.name)).flatten();
                    section.export(name.as_deref().unwrap_or(export.name), kind, export.index);
                }
                renamed.section(&section);
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    renamed.section(&RawSection { id, data: &module[range] });
                }
            }
        }
    }
    Ok(renamed.finish())
}

/// The contract's name of a function that is exported by this plain one.
fn full_name(contract: &Contract, plain: &str) -> Option<String> {
    let (before, plain) = plain.strip_prefix(POST_RETURN).map_or(("", plain), |rest| (POST_RETURN, rest));
    let (_, interface, function) = PLAIN.iter().find(|(name, ..)| *name == plain)?;
    Some(format!("{before}{}#{function}", contract.full_name(interface)))
}

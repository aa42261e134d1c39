//! What the workers of an application are configured with, and who said so. Pure.
//!
//! Of two who name one key the later one counts: `config` in `[application]`, the child's own
//! `config`, `[config.APPLICATION]` in `host.toml`, `--config` on the command line, and what an
//! operator has changed since the start (OTP's `set_env`: it ends with the host).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::manifest::Manifest;
use crate::base::limits::CONFIG_BYTES_MAX;
use crate::base::{ChildKind, Name};

/// Who has set a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The manifest, for all children of the application.
    Manifest,
    /// `host.toml`.
    Settings,
    /// The command line.
    CommandLine,
    /// An operator, since the start.
    Operator,
}

/// One key of an application's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// Who has set it.
    pub source: Source,
}

/// The configuration of one application.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// Of `[application]`.
    shared: Map<String, Value>,
    /// Of each worker, by its address, as the manifest has it.
    workers: Vec<(Name, Map<String, Value>)>,
    settings: Map<String, Value>,
    line: Map<String, Value>,
    operator: Map<String, Value>,
}

impl Environment {
    /// What a manifest says, under what the settings of the host and the command line say.
    pub fn new(manifest: &Manifest, settings: Map<String, Value>, line: Map<String, Value>) -> Environment {
        let workers = manifest.tree.children.iter().filter(|child| matches!(child.kind, ChildKind::Worker(_)));
        Environment {
            shared: manifest.application.config.clone(),
            workers: workers.map(|child| (manifest.tree.address(child), own(&child.config))).collect(),
            settings,
            line,
            operator: Map::new(),
        }
    }

    /// With these keys set by an operator. `null` takes what operators have said of a key back.
    ///
    /// # Errors
    /// It would have more than [`CONFIG_BYTES_MAX`] bytes.
    pub fn changed(&self, changes: Map<String, Value>) -> Result<Environment, String> {
        let mut operator = self.operator.clone();
        for (key, value) in changes {
            match value {
                Value::Null => drop(operator.remove(&key)),
                value => drop(operator.insert(key, value)),
            }
        }
        if text(&operator).len() > CONFIG_BYTES_MAX {
            return Err(format!("a configuration may have {CONFIG_BYTES_MAX} bytes at most"));
        }
        Ok(Environment { operator, ..self.clone() })
    }

    /// What the manifest says now, under what everybody else has said.
    pub fn reread(&self, manifest: &Manifest) -> Environment {
        let read = Environment::new(manifest, self.settings.clone(), self.line.clone());
        Environment { operator: self.operator.clone(), ..read }
    }

    /// The configuration of each worker as JSON text, by its address.
    pub fn configs(&self) -> Vec<(Name, Arc<[u8]>)> {
        self.workers.iter().map(|(name, own)| (name.clone(), self.over(own.clone()))).collect()
    }

    /// What a worker would be configured with of which a manifest says this, as JSON text.
    pub fn overlay(&self, config: &[u8]) -> Arc<[u8]> {
        self.over(own(config))
    }

    fn over(&self, mut all: Map<String, Value>) -> Arc<[u8]> {
        for layer in [&self.settings, &self.line, &self.operator] {
            all.extend(layer.clone());
        }
        text(&all).into_bytes().into()
    }

    /// What every worker sees that says nothing else itself, by key, and who has said so.
    pub fn settings(&self) -> Vec<Setting> {
        let layers = [
            (Source::Manifest, &self.shared),
            (Source::Settings, &self.settings),
            (Source::CommandLine, &self.line),
            (Source::Operator, &self.operator),
        ];
        let mut all = std::collections::BTreeMap::new();
        for (source, layer) in layers {
            all.extend(layer.iter().map(|(key, value)| (key.clone(), (value.clone(), source))));
        }
        all.into_iter().map(|(key, (value, source))| Setting { key, value, source }).collect()
    }
}

/// A manifest's reader has written it.
fn own(config: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(config).unwrap_or_default()
}

fn text(table: &Map<String, Value>) -> String {
    Value::Object(table.clone()).to_string()
}

/// An assignment `APPLICATION.KEY=JSON` to one of these applications.
///
/// # Errors
/// It is none, or its value is not JSON.
pub(super) fn assignment<'n>(
    text: &str,
    applications: impl Iterator<Item = &'n Name>,
) -> Result<(&'n Name, String, Value), String> {
    let (path, value) = text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`"))?;
    let key_of = |name: &'n Name| Some((name, path.strip_prefix(name.as_str())?.strip_prefix('.')?));
    // A name may have dots: of `a` and `a.b` the longer one is meant by `a.b.key`.
    let found = applications.filter_map(key_of).filter(|(_, key)| !key.is_empty());
    let (name, key) = found
        .max_by_key(|(name, _)| name.as_str().len())
        .ok_or_else(|| format!("`{path}` is no key of an application that is to run; write APPLICATION.KEY=JSON"))?;
    let value = serde_json::from_str(value)
        .map_err(|error| format!("the value of `{path}` is not JSON: {error}; text needs quotes: '{path}=\"text\"'"))?;
    Ok((name, key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    fn table(value: Value) -> Map<String, Value> {
        value.as_object().expect("a table").clone()
    }

    fn environment() -> Environment {
        let text = "manifest_version = 1\n[application]\nname = \"shop\"\nconfig = { a = 1, b = 1, c = 1, d = 1, e = 1 }\n\
                    [behaviour.b]\ncomponent = \"x\"\n[child.w]\nbehaviour = \"b\"\nconfig = { b = 2, c = 2, d = 2, e = 2 }\n";
        let manifest = Manifest::parse(text, Path::new("tomte.toml")).expect("a manifest");
        Environment::new(&manifest, table(json!({ "c": 3, "d": 3, "e": 3 })), table(json!({ "d": 4, "e": 4 })))
    }

    fn config(environment: &Environment) -> Value {
        let configs = environment.configs();
        serde_json::from_slice(&configs[0].1).expect("JSON")
    }

    #[test]
    fn manifest_then_child_then_settings_then_command_line_then_operator() {
        let environment = environment();
        assert_eq!(config(&environment), json!({ "a": 1, "b": 2, "c": 3, "d": 4, "e": 4 }));
        let changed = environment.changed(table(json!({ "e": 5, "f": { "x": 5 } }))).expect("it is small");
        assert_eq!(config(&changed), json!({ "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": { "x": 5 } }));
        let from: Vec<String> = changed.settings().iter().map(|one| format!("{} {:?}", one.key, one.source)).collect();
        let all = ["a Manifest", "b Manifest", "c Settings", "d CommandLine", "e Operator", "f Operator"];
        assert_eq!(from, all);
        let back = changed.changed(table(json!({ "e": null, "f": null }))).expect("it is small");
        assert_eq!(back, environment, "null takes back what operators have said");
        let large = "x".repeat(CONFIG_BYTES_MAX);
        assert!(environment.changed(table(json!({ "a": large }))).is_err());
    }

    #[test]
    fn a_manifest_that_is_read_again_stands_under_what_the_others_have_said() {
        let changed = environment().changed(table(json!({ "e": 5 }))).expect("it is small");
        let text = "manifest_version = 1\n[application]\nname = \"shop\"\nconfig = { a = 9, e = 9 }\n\
                    [behaviour.b]\ncomponent = \"x\"\n[child.v]\nbehaviour = \"b\"\n";
        let reread = changed.reread(&Manifest::parse(text, Path::new("tomte.toml")).expect("a manifest"));
        assert_eq!(config(&reread), json!({ "a": 9, "c": 3, "d": 4, "e": 5 }));
        assert_eq!(reread.configs()[0].0.as_str(), "v");
    }

    #[test]
    fn an_assignment_names_an_application_a_key_and_json() {
        let names = ["shop", "shop.eu"].map(|name| Name::new(name).expect("a name"));
        let read = |text| assignment(text, names.iter()).map(|(name, key, value)| format!("{name} {key} {value}"));
        assert_eq!(read("shop.currency=\"EUR\"").as_deref(), Ok("shop currency \"EUR\""));
        assert_eq!(read("shop.eu.n={\"a\":[1]}").as_deref(), Ok("shop.eu n {\"a\":[1]}"));
        assert_eq!(read("shop.a=b=c").map_err(|error| error.contains("is not JSON")), Err(true));
        for wrong in ["shop", "shop=1", "shop.=1", "shup.a=1", "=1", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("shop.currency=EUR").expect_err("no JSON").contains("'shop.currency=\"text\"'"));
    }
}

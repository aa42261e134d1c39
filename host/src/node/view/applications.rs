//! What a node shows of its applications.

use serde::{Deserialize, Serialize};

/// One application of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationView {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `running`, `starting`, `stopping` or `stopped`.
    pub status: String,
    /// What its end means for the host: `permanent`, `transient` or `temporary`.
    pub restart: String,
    /// The applications of this host that must run before it.
    pub start_after: Vec<String>,
}

/// An application that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedApplicationView {
    /// Applications that it needs and that were started first.
    pub also_started: Vec<String>,
}

/// An application that was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedView {
    /// Applications that need it and still run.
    pub needed_by: Vec<String>,
}

/// One key of an application's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingView {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: serde_json::Value,
    /// Who has set it: `manifest`, `host.toml`, `command line` or `operator`.
    pub from: String,
}

/// What the workers of an application are configured with, but for what their own `config` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigView {
    /// By key.
    pub settings: Vec<SettingView>,
    /// Workers that run and have been told of another configuration than before.
    pub told: usize,
}

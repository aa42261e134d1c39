//! The applications of a host, in the hands of any thread.

use super::handle::Handle;
use super::view::{ApplicationView, ConfigView, SettingView, StartedApplicationView, StoppedView};
use crate::base::{Failure, Name, Restart};
use crate::control::{Ask, Stands, no_application};
use crate::release::{Setting, Source};

impl Handle {
    /// Every application, in start order.
    ///
    /// # Errors
    /// The node has stopped.
    pub async fn applications(&self) -> Result<Vec<ApplicationView>, Failure> {
        Ok(self.ask(Ask::Applications).await?.into_iter().map(view).collect())
    }

    /// Starts an application that is stopped, with the phases of its start, after those that it needs and
    /// that are stopped. Whoever orders it while it starts is told the same. If it does not start, what was
    /// started for it is stopped again.
    ///
    /// # Errors
    /// There is no such application, it runs, or it or another that it needs does not start.
    pub async fn start_application(&self, application: &str) -> Result<StartedApplicationView, Failure> {
        let name = named(application)?;
        let others = self.ask(|done| Ask::StartApplication(name, done)).await??;
        Ok(StartedApplicationView { also_started: others.iter().map(ToString::to_string).collect() })
    }

    /// Stops an application, after its callback has prepared for it; the others go on. It stays
    /// stopped until it is started.
    ///
    /// # Errors
    /// There is no such application, or it does not run.
    pub async fn stop_application(&self, application: &str) -> Result<StoppedView, Failure> {
        let name = named(application)?;
        let needing = self.ask(|done| Ask::StopApplication(name, done)).await??;
        Ok(StoppedView { needed_by: needing.iter().map(ToString::to_string).collect() })
    }
}

impl Handle {
    /// What the workers of an application are configured with, but for what their own `config` says.
    ///
    /// # Errors
    /// There is no such application.
    pub async fn config(&self, application: &str) -> Result<ConfigView, Failure> {
        self.change_config(application, serde_json::Map::new()).await
    }

    /// Sets keys of an application's configuration until the host ends, over what manifest, settings and
    /// command line say; `null` takes back what was set so. Workers whose configuration is another one
    /// now are told, and their next instances start with it.
    ///
    /// # Errors
    /// There is no such application, or the configuration would be too large.
    pub async fn change_config(
        &self,
        application: &str,
        changes: serde_json::Map<String, serde_json::Value>,
    ) -> Result<ConfigView, Failure> {
        let name = named(application)?;
        let (settings, told) = self.ask(|done| Ask::Config(name, changes, done)).await??;
        let setting = |Setting { key, value, source }| {
            let from = match source {
                Source::Manifest => "manifest",
                Source::Settings => "host.toml",
                Source::CommandLine => "command line",
                Source::Operator => "operator",
            };
            SettingView { key, value, from: from.to_owned() }
        };
        Ok(ConfigView { settings: settings.into_iter().map(setting).collect(), told })
    }
}

fn named(application: &str) -> Result<Name, Failure> {
    Name::new(application).map_err(|_| no_application(application))
}

fn view(stands: Stands) -> ApplicationView {
    let restart = match stands.restart {
        Restart::Permanent => "permanent",
        Restart::Transient => "transient",
        Restart::Temporary => "temporary",
    };
    ApplicationView {
        name: stands.name.to_string(),
        version: stands.version.to_string(),
        status: stands.status.to_owned(),
        restart: restart.to_owned(),
        start_after: stands.start_after.iter().map(ToString::to_string).collect(),
    }
}

//! What the applications want done, done by control.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Settled, Step};
use crate::base::{Failure, Kind, Name, Outcome};
use crate::event_loop::control::{Control, Surroundings};
use crate::event_loop::event::Command;
use crate::event_loop::shard::lock;
use crate::release::Setting;
use crate::supervisor::{Event, Status};

/// Keys that somebody wants an application's workers to be configured with.
pub type Changes = serde_json::Map<String, serde_json::Value>;

/// What an application's workers are configured with, and how many of them were told just now.
pub type Configured = (Vec<Setting>, usize);

impl<S: Surroundings> Control<S> {
    /// Changes what the workers of an application are configured with, or only shows it.
    pub(in crate::event_loop) fn change_config(
        &mut self,
        name: &Name,
        changes: Changes,
    ) -> Result<Configured, Failure> {
        let environment = self.applications.environment(name)?;
        *environment = environment.changed(changes).map_err(|text| Failure::new(Kind::BadRequest, text))?;
        let (settings, configs) = (environment.settings(), environment.configs());
        Ok((settings, self.configure(&configs.into_iter().collect())))
    }

    /// Gives workers other configurations, where they are other ones; says how many run and so were told.
    pub(in crate::event_loop) fn configure(&mut self, configs: &HashMap<Name, Arc<[u8]>>) -> usize {
        let (changed, told) = {
            let mut tree = lock(&self.tree);
            let changed = tree.configure(configs);
            let told = changed.iter().filter(|child| tree.status(**child) == Status::Running).count();
            let changed: Vec<_> = changed.into_iter().map(|child| (child, Arc::clone(tree.config(child)))).collect();
            (changed, told)
        };
        for (child, config) in changed {
            self.command(child, Command::Configure(child, config));
        }
        told
    }

    pub(in crate::event_loop) fn start_application(&mut self, name: &Name, done: Settled) {
        let step = self.applications.order_start(name, done);
        step.into_iter().for_each(|step| self.take(step));
    }

    pub(in crate::event_loop) fn stop_application(&mut self, name: &Name, done: Settled) {
        let step = self.applications.order_stop(name, done);
        step.into_iter().for_each(|step| self.take(step));
    }

    /// A callback has answered.
    pub(in crate::event_loop) fn application_told(&mut self, question: u64, outcome: Outcome) {
        let step = self.applications.told(question, outcome);
        step.into_iter().for_each(|step| self.take(step));
    }

    /// Does what is to be done now, until something else has to happen first.
    pub(in crate::event_loop) fn advance_applications(&mut self) {
        while let Some(step) = self.next_step() {
            self.take(step);
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Start(root) => self.supervise(Event::StartApplication { root }),
            Step::Stop(root) => self.supervise(Event::StopApplication { root }),
            Step::Tell(child, question, input, time) => {
                self.command(child, Command::Tell(child, question, input, time));
            }
            Step::Shutdown => self.supervise(Event::Shutdown),
        }
    }

    fn next_step(&mut self) -> Option<Step> {
        if self.ended.is_some() {
            return None;
        }
        self.applications.next()
    }
}

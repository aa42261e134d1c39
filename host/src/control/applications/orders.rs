//! What an operator asks of applications: to start, to stop, and how they stand.

use super::{Applications, Settled, Stand, Step};
use crate::base::{Failure, Kind, Name, Restart, Version};
use crate::release::Environment;

/// How one application stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// What its end means for the host.
    pub restart: Restart,
    /// `running`, `starting`, `stopping` or `stopped`.
    pub status: &'static str,
    /// The applications that must run before it.
    pub start_after: Vec<Name>,
}

impl Applications {
    /// How each stands, in start order.
    pub(in crate::control) fn stands(&self) -> Vec<Stands> {
        let one = |(at, one): (usize, &super::One)| Stands {
            name: one.hosted.name.clone(),
            version: one.hosted.version,
            restart: one.hosted.restart,
            status: if self.is_awaited(at) { "starting" } else { word(one.stand) },
            start_after: one.hosted.after.iter().map(|first| self.all[*first].hosted.name.clone()).collect(),
        };
        self.all.iter().enumerate().map(one).collect()
    }

    /// Somebody wants an application to run that is down, with all that it needs. It comes with
    /// [`Applications::next`].
    pub(in crate::control) fn order_start(&mut self, name: &Name, done: Settled) {
        let refused = match self.find(name) {
            Err(failure) => failure,
            Ok(_) if self.ending => Failure::new(Kind::Stopped, "the host is stopping"),
            Ok(at) => match self.no_start(at) {
                None => return self.want(at, done),
                Some(why) => {
                    self.keep(at);
                    Failure::new(Kind::Refused, why)
                }
            },
        };
        // The asker may have gone.
        let _ = done.send(Err(refused));
    }

    /// Why this application cannot be started now.
    fn no_start(&self, at: usize) -> Option<String> {
        let name = &self.all[at].hosted.name;
        match self.all[at].stand {
            Stand::Running => Some(format!("already_started: `{name}` is running")),
            Stand::Starting | Stand::Phase(_) => None,
            Stand::Preparing | Stand::Stopping | Stand::Failing => {
                Some(format!("already_started: `{name}` is stopping; start it when it has stopped"))
            }
            Stand::Down => {
                let stops = |at: &usize| word(self.all[*at].stand) == "stopping";
                let needed = &self.all[self.needed(at).into_iter().find(stops)?].hosted.name;
                Some(format!(
                    "not_started: `{name}` needs `{needed}`, which is stopping; start it when that has stopped"
                ))
            }
        }
    }

    /// Somebody wants an application to stop. The others go on.
    pub(in crate::control) fn order_stop(&mut self, name: &Name, done: Settled) -> Option<Step> {
        let refused = match self.find(name) {
            Err(failure) => failure,
            Ok(at) if self.is_awaited(at) => {
                self.fell(at, Kind::Stopped, "was stopped");
                // The asker may have gone.
                let _ = done.send(Ok(vec![]));
                return None;
            }
            Ok(at) if self.all[at].stand == Stand::Down => {
                Failure::new(Kind::Refused, format!("not_started: `{name}` does not run"))
            }
            Ok(at) => {
                self.all[at].stoppers.push(done);
                return self.stop(at);
            }
        };
        // The asker may have gone.
        let _ = done.send(Err(refused));
        None
    }

    /// What the workers of an application are configured with.
    pub(in crate::control) fn environment(&mut self, name: &Name) -> Result<&mut Environment, Failure> {
        let at = self.find(name)?;
        Ok(&mut self.all[at].hosted.environment)
    }

    fn find(&self, name: &Name) -> Result<usize, Failure> {
        let at = self.all.iter().position(|one| one.hosted.name == *name);
        at.ok_or_else(|| no_application(name.as_str()))
    }
}

/// There is none of this name.
pub fn no_application(name: &str) -> Failure {
    Failure::new(Kind::NoWorker, format!("no application is named `{name}`; `tomte applications` lists them"))
}

fn word(stand: Stand) -> &'static str {
    match stand {
        Stand::Down => "stopped",
        Stand::Starting | Stand::Phase(_) => "starting",
        Stand::Running => "running",
        Stand::Preparing | Stand::Stopping | Stand::Failing => "stopping",
    }
}

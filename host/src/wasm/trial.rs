//! Whether a component can save the state it starts with, found out before anybody's state depends on it.
//!
//! An instance that traps is never entered again, so a `save` that traps costs a worker its state: at an upgrade,
//! and also when somebody only looks. A trial finds what can be found without that state.

use std::fmt;
use std::sync::Arc;

use super::component::Component;
use super::start::InitError;
use super::task::Task;
use crate::base::limits::{TRIAL_SLICES, TRIALS_MAX};
use crate::base::{Fault, Millis, Name, Start, StartFailure};

/// A worker that an instance is started as in a trial: its name and its configuration as JSON text.
pub type TrialStart = (Name, Arc<[u8]>);

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trial {
    /// Whoever started could be saved.
    Saves,
    /// The instance that was started as this worker could not be saved.
    Fails(Name, Fault),
    /// Nobody started, for this reason: that of the first who did not.
    Unknown(String),
}

/// Why no version of a behaviour is taken whose state cannot be saved.
impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trial::Saves => f.write_str("its state can be saved"),
            Trial::Fails(worker, fault) => {
                write!(f, "its state cannot be saved: started as `{worker}`, it ended in its `save`: {fault}")
            }
            Trial::Unknown(why) => write!(f, "whether its state can be saved was not found out: {why}"),
        }
    }
}

impl Component {
    /// Starts an instance as each of these workers, with no state, has it save, and drops it: nothing of what it
    /// asks for is done. Workers with the same configuration are one, and no more than [`TRIALS_MAX`] are tried. An
    /// `init` that refuses, or does not return soon, is no mistake: it may want what only a node has.
    pub fn try_saving(&self, starts: &[TrialStart], now_ms: Millis) -> Trial {
        if !self.saves_state() {
            return Trial::Unknown("it saves no state".to_owned());
        }
        let mut configs: Vec<&[u8]> = vec![];
        let (mut unknown, mut slices) = (None, TRIAL_SLICES);
        for (worker, config) in starts {
            if configs.contains(&&**config) {
                continue;
            }
            configs.push(config);
            if configs.len() > TRIALS_MAX {
                break;
            }
            match self.try_one(worker, config, now_ms, &mut slices) {
                Ok(()) => {}
                Err(Untried::Save(fault)) => {
                    self.note_unsavable(format!(
                        "in a trial an instance like `{worker}` was lost in its `save`: {fault}"
                    ));
                    return Trial::Fails(worker.clone(), fault);
                }
                Err(Untried::Init(why)) => drop(unknown.get_or_insert(format!("as `{worker}` {why}"))),
            }
        }
        unknown.map_or(Trial::Saves, Trial::Unknown)
    }

    fn try_one(&self, worker: &Name, config: &[u8], now_ms: Millis, slices: &mut usize) -> Result<(), Untried> {
        let config = config.to_vec();
        let start = Start { worker: worker.to_string(), generation: 0, now_ms, seed: 0, config, state: None };
        let started =
            soon(self.start(start), slices).ok_or_else(|| Untried::Init("its `init` does not return soon".into()))?;
        let started = started.map_err(|error| Untried::Init(not_started(error)))?;
        // It ends within the time that `save` may take.
        match started.instance.begin_save().finish() {
            Some(Err(crash)) => Err(Untried::Save(crash.fault)),
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

/// Why one start says nothing good.
enum Untried {
    Init(String),
    Save(Fault),
}

fn soon<T>(mut task: Task<T>, slices: &mut usize) -> Option<T> {
    while *slices > 0 {
        *slices -= 1;
        if let Some(value) = task.resume() {
            return Some(value);
        }
    }
    None
}

fn not_started(error: InitError) -> String {
    match error {
        InitError::Failure(StartFailure::Ignore, _) => "its `init` says that it is not needed".to_owned(),
        InitError::Failure(StartFailure::UnknownSchema, _) => "its `init` wants a state".to_owned(),
        InitError::Failure(StartFailure::Stop(why), _) => format!("its `init` did not start it: {why}"),
        InitError::Crash(crash) => format!("its `init` did not start it: {}", crash.fault),
    }
}

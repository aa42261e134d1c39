//! Why there is no plan.

use crate::base::{BehaviourName, Version};

/// Why there is nothing to do or nothing may be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// These very bytes run already: a success with nothing to do.
    #[error("{behaviour} {version} with these very bytes is running already")]
    AlreadyRunning {
        /// The behaviour.
        behaviour: BehaviourName,
        /// Its version.
        version: Version,
    },
    /// Nothing of this name runs here.
    #[error("no behaviour `{behaviour}` runs here; {hint}")]
    UnknownBehaviour {
        /// The name of the component.
        behaviour: BehaviourName,
        /// A name that was probably meant, or those there are.
        hint: String,
    },
    /// The version that runs, but not its bytes.
    #[error(
        "{behaviour} {version} is running already, with other bytes ({running}, this is {new}); \
         a version names one component, so give the new one a higher version"
    )]
    SameVersion {
        /// The behaviour.
        behaviour: BehaviourName,
        /// The version of both.
        version: Version,
        /// The first digits of the component that runs.
        running: String,
        /// The first digits of the component that came.
        new: String,
    },
    /// A version below the one that runs.
    #[error("{behaviour} {running} is running, and {new} is older; to go back use `tomte rollback`")]
    OlderVersion {
        /// The behaviour.
        behaviour: BehaviourName,
        /// The version that runs.
        running: Version,
        /// The version that came.
        new: Version,
    },
    /// It could take the state over but never give it away again.
    #[error(
        "{behaviour} {new} exports no `save`, but the running {running} does; it could not hand its state on, \
         so export the interface tomte:behaviour/state"
    )]
    LosesState {
        /// The behaviour.
        behaviour: BehaviourName,
        /// The version that runs.
        running: Version,
        /// The version that came.
        new: Version,
    },
}

//! Why a tree cannot be built.

use std::fmt;

use crate::base::Name;
use crate::base::limits::{CHILDREN_MAX, RESTARTS_MAX, SUPERVISOR_DEPTH_MAX};

/// Why a [`crate::base::TreeSpec`] is not a tree. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeError {
    /// There is no supervisor, or the first is not named `root`.
    NoRoot,
    /// More than [`CHILDREN_MAX`] supervisors and children.
    TooMany(usize),
    /// More than [`SUPERVISOR_DEPTH_MAX`] supervisors on top of one another.
    TooDeep(Name),
    /// Two things have this name.
    DuplicateName(Name),
    /// A child stands under a supervisor that does not exist.
    UnknownSupervisor {
        /// The child.
        child: Name,
        /// What its `under` says.
        under: Name,
    },
    /// A child is to be a supervisor that does not exist.
    UndeclaredSupervisor {
        /// The child.
        child: Name,
        /// What its `supervisor` says.
        supervisor: Name,
    },
    /// A child is to be the root.
    RootAsChild(Name),
    /// Two children are to be the same supervisor.
    TwoParents {
        /// The supervisor.
        supervisor: Name,
        /// One child.
        first: Name,
        /// The other.
        second: Name,
    },
    /// No child is this supervisor, so it would never start.
    NoParent(Name),
    /// This supervisor stands below itself.
    Cycle(Name),
    /// A supervisor's period is zero.
    ZeroPeriod(Name),
    /// A supervisor allows more than [`RESTARTS_MAX`] restarts.
    TooManyRestarts(Name),
    /// A permanent child is significant: its end never stands.
    SignificantPermanent(Name),
    /// A significant child under a supervisor that never shuts down by itself.
    SignificantUnderNever {
        /// The child.
        child: Name,
        /// Its supervisor.
        supervisor: Name,
    },
    /// A simple_one_for_one supervisor needs one child, its template; it has none, or two.
    Templates(Name, usize),
    /// A simple_one_for_one supervisor is to end with significant children, which its children cannot be.
    SimpleAutoShutdown(Name),
    /// The template of a simple_one_for_one supervisor is a supervisor.
    TemplateSupervisor(Name),
    /// A manager has another strategy than one_for_one.
    ManagerStrategy(Name),
    /// A child of a manager is a supervisor, or is not temporary.
    Handler(Name),
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use TreeError as E;
        match self {
            E::NoRoot => f.write_str("the first supervisor must be the root; add [supervisor.root]"),
            E::TooMany(count) => {
                write!(f, "{count} supervisors and children are too many; {CHILDREN_MAX} may be declared")
            }
            E::TooDeep(name) => {
                write!(f, "supervisor {name} stands too deep; at most {SUPERVISOR_DEPTH_MAX} may nest")
            }
            E::DuplicateName(name) => write!(f, "two things are named {name}; rename one"),
            E::UnknownSupervisor { child, under } => {
                write!(f, "child {child} stands under {under}, which is no supervisor; add [supervisor.{under}]")
            }
            E::UndeclaredSupervisor { child, supervisor } => write!(
                f,
                "child {child} is to be the supervisor {supervisor}, which is not declared; add [supervisor.{supervisor}]"
            ),
            E::RootAsChild(child) => {
                write!(f, "child {child} is to be the root, which stands under nobody; name another supervisor")
            }
            E::TwoParents { supervisor, first, second } => {
                write!(f, "children {first} and {second} are both to be the supervisor {supervisor}; remove one")
            }
            E::NoParent(name) => {
                write!(f, "supervisor {name} would never start; add a child with supervisor = \"{name}\"")
            }
            E::Cycle(name) => {
                write!(f, "supervisor {name} stands below itself; change one `under`")
            }
            E::ZeroPeriod(name) => {
                write!(f, "supervisor {name} has period 0; write for example period = \"5s\"")
            }
            E::TooManyRestarts(name) => {
                write!(f, "supervisor {name} allows too many restarts; at most {RESTARTS_MAX} per period")
            }
            E::SignificantPermanent(child) => write!(
                f,
                "child {child} is significant and permanent, so its end never stands; make it transient or temporary"
            ),
            E::SignificantUnderNever { child, supervisor } => write!(
                f,
                "child {child} is significant, but supervisor {supervisor} has auto_shutdown = \"never\"; change one"
            ),
            E::Templates(name, 0) => write!(
                f,
                "supervisor {name} is simple_one_for_one and has no child; add one, the template of its dynamic children"
            ),
            E::Templates(name, _) => write!(
                f,
                "supervisor {name} is simple_one_for_one and has more than one child; keep one, the template of its \
                 dynamic children"
            ),
            E::SimpleAutoShutdown(name) => write!(
                f,
                "supervisor {name} is simple_one_for_one and has auto_shutdown; leave it out, no dynamic child is \
                 significant"
            ),
            E::TemplateSupervisor(child) => {
                write!(f, "child {child} is a template and a supervisor; dynamic children are workers")
            }
            E::ManagerStrategy(name) => {
                write!(f, "manager {name} has a strategy; leave it out, handlers are never restarted")
            }
            E::Handler(child) => write!(
                f,
                "child {child} stands under a manager, where only workers with restart = \"temporary\" may stand"
            ),
        }
    }
}

impl std::error::Error for TreeError {}

//! The exit codes. They are part of the interface: scripts and service managers rely on them.

use std::process::ExitCode;

use crate::base::Kind;
use crate::node::UpgradeResult;

/// What the process tells whoever started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(u8);

impl Exit {
    /// Done, or already so.
    pub const DONE: Exit = Exit(0);
    /// Failed.
    pub const FAILED: Exit = Exit(1);
    /// Wrong usage.
    pub const USAGE: Exit = Exit(2);
    /// Refused; nothing changed.
    pub const REFUSED: Exit = Exit(3);
    /// Tried and rolled back; the host is healthy.
    pub const ROLLED_BACK: Exit = Exit(4);
    /// No host.
    pub const NO_HOST: Exit = Exit(5);
    /// Timed out waiting.
    pub const TIMED_OUT: Exit = Exit(6);
    /// No such worker.
    pub const NO_WORKER: Exit = Exit(7);
    /// The root supervisor gave up.
    pub const GAVE_UP: Exit = Exit(10);
    /// Address or state directory in use.
    pub const IN_USE: Exit = Exit(69);
    /// A bug in tomte.
    pub const BUG: Exit = Exit(70);
    /// Bad configuration.
    pub const CONFIG: Exit = Exit(78);
    /// The disk failed (`EX_IOERR` of sysexits).
    pub const DISK: Exit = Exit(74);

    /// The exit with this code, as the node names it.
    pub(super) fn from_code(code: u8) -> Exit {
        Exit(code)
    }

    /// The number.
    pub fn code(self) -> u8 {
        self.0
    }

    /// What a failed call or order exits with.
    pub(super) fn of_kind(kind: Kind) -> Exit {
        match kind {
            Kind::Ok => Exit::DONE,
            Kind::Refused => Exit::REFUSED,
            Kind::Crashed => Exit::FAILED,
            Kind::Overloaded | Kind::TimedOut | Kind::StorageFull => Exit::TIMED_OUT,
            Kind::NoWorker => Exit::NO_WORKER,
            Kind::BadRequest => Exit::USAGE,
            Kind::Stopped => Exit::NO_HOST,
        }
    }

    /// What a release exits with.
    pub(super) fn of_result(result: UpgradeResult) -> Exit {
        match result {
            UpgradeResult::Permanent | UpgradeResult::AlreadyRunning | UpgradeResult::Planned => Exit::DONE,
            UpgradeResult::Refused => Exit::REFUSED,
            UpgradeResult::Waiting | UpgradeResult::Begun | UpgradeResult::RolledBack => Exit::ROLLED_BACK,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_code_that_the_interface_promises() {
        let codes = Kind::ALL.map(|kind| Exit::of_kind(kind).code());
        assert_eq!(codes, [0, 3, 1, 6, 6, 7, 2, 5, 6]);
    }

    #[test]
    fn a_rollback_is_told_apart_from_a_refusal() {
        let code = |result| Exit::of_result(result).code();
        assert_eq!(code(UpgradeResult::Refused), 3);
        assert_eq!(code(UpgradeResult::RolledBack), 4);
        let done = [UpgradeResult::Permanent, UpgradeResult::AlreadyRunning, UpgradeResult::Planned];
        assert_eq!(done.map(code), [0, 0, 0]);
    }
}

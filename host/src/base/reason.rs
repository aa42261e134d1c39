//! Why a worker ended.

use std::fmt;

/// What class of fault made a guest crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultClass {
    /// A WebAssembly trap: panic, division by zero, out of bounds, stack overflow.
    Trap,
    /// The guest asked for it through `fault.crash`.
    Deliberate,
    /// The budget of the function ran out.
    Timeout,
    /// The guest asked for more memory than its limit.
    Memory,
    /// The result broke the contract: too many effects, too large a reply, ill-formed values.
    Contract,
    /// `init` gave up, with its reason.
    Init,
}

impl FaultClass {
    /// The word used in logs and JSON.
    pub fn word(self) -> &'static str {
        match self {
            FaultClass::Trap => "trap",
            FaultClass::Deliberate => "crash",
            FaultClass::Timeout => "timeout",
            FaultClass::Memory => "memory",
            FaultClass::Contract => "contract",
            FaultClass::Init => "init",
        }
    }
}

/// A crash as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its class.
    pub class: FaultClass,
    /// For people, for example `integer divide by zero` or `step took longer than 50ms`.
    pub text: String,
}

impl Fault {
    /// A fault of this class with this text.
    pub fn new(class: FaultClass, text: impl Into<String>) -> Fault {
        Fault { class, text: text.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.word(), self.text)
    }
}

/// Why a worker or a supervisor ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// It was done.
    Normal,
    /// It was ordered to stop, or its supervisor gave up.
    Shutdown,
    /// It was ordered to stop and did not within its time.
    Killed,
    /// It crashed.
    Crashed(Fault),
}

impl ExitReason {
    /// Whether this is one of OTP's clean reasons. `Killed` is not.
    pub fn is_clean(&self) -> bool {
        matches!(self, ExitReason::Normal | ExitReason::Shutdown)
    }
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitReason::Normal => f.write_str("normal"),
            ExitReason::Shutdown => f.write_str("shutdown"),
            ExitReason::Killed => f.write_str("killed"),
            ExitReason::Crashed(fault) => fault.fmt(f),
        }
    }
}

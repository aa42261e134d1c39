//! Bugs that a test plants on purpose, to prove that it would see them. Outside of tests there is none.

/// A bug, by what goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Answers do not wait for the disk.
    UngatedAnswer,
    /// Casts do not.
    UngatedCast,
    /// Calls do not.
    UngatedCall,
    /// Forwarded calls do not.
    UngatedForward,
    /// Publications do not.
    UngatedPublication,
    /// What waits for a record is done when the one before is on disk.
    GateOneTooSoon,
    /// What waits for a record is never done if its worker had to stand.
    StandsForEver,
    /// A worker steps past its own end.
    StepsPastItsEnd,
    /// A refusal is not recorded.
    RefusalNotRecorded,
    /// That an input was set aside is not recorded.
    SetAsideNotRecorded,
    /// An input that crashed is forgotten, and its caller with it.
    SuspectForgotten,
    /// Those who wait for a worker that comes back are told that it crashed.
    OwedAnswered,
    /// What is stepped again is done again.
    DoneAgain,
    /// A tail that moves leaves its steps behind.
    MovedWithoutSteps,
    /// A tail moves as many records, and not as one.
    MovedInPieces,
    /// A worker goes on from its state, and its steps stay.
    SnapshotKeepsSteps,
    /// The state that a worker leaves is recorded without what it has beside its instance.
    RestWithoutImage,
    /// An end of its own is not recorded.
    EndNotRecorded,
    /// A worker that was built again starts to count anew.
    NumbersAnew,
    /// Timers are forgotten when a worker is built again.
    TimersForgotten,
    /// Inputs end no event timer when they are stepped again.
    EventTimersStay,
    /// What a shard needs is less than it says.
    NeedsTooLittle,
    /// A crash is recorded as a step that wanted nothing.
    CrashCountsAsStep,
    /// An input that was set aside is skipped when the worker is built again.
    SetAsideNotRetaken,
    /// The first step since a worker's beginning is not recorded.
    FirstStepNotRecorded,
    /// A worker's beginning is not recorded.
    BeginningNotRecorded,
    /// Whoever asks again for a known request has it done again.
    RequestsDoneAgain,
    /// Requests are forgotten when a worker goes on from its state.
    RequestsForgotten,
    /// That an input was a request with an id is not recorded.
    RequestNotRecorded,
    /// Whoever asks again is told before that is on disk.
    UngatedRequest,
}

impl Bug {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Bug; 30] = [
        Bug::UngatedAnswer,
        Bug::UngatedCast,
        Bug::UngatedCall,
        Bug::UngatedForward,
        Bug::UngatedPublication,
        Bug::GateOneTooSoon,
        Bug::StandsForEver,
        Bug::StepsPastItsEnd,
        Bug::RefusalNotRecorded,
        Bug::SetAsideNotRecorded,
        Bug::SuspectForgotten,
        Bug::OwedAnswered,
        Bug::DoneAgain,
        Bug::MovedWithoutSteps,
        Bug::MovedInPieces,
        Bug::SnapshotKeepsSteps,
        Bug::RestWithoutImage,
        Bug::EndNotRecorded,
        Bug::NumbersAnew,
        Bug::TimersForgotten,
        Bug::EventTimersStay,
        Bug::NeedsTooLittle,
        Bug::CrashCountsAsStep,
        Bug::SetAsideNotRetaken,
        Bug::FirstStepNotRecorded,
        Bug::BeginningNotRecorded,
        Bug::RequestsDoneAgain,
        Bug::RequestsForgotten,
        Bug::RequestNotRecorded,
        Bug::UngatedRequest,
    ];
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Whether this bug is planted on this thread.
#[cfg(test)]
pub fn is_planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether this bug is planted: never.
#[cfg(not(test))]
#[inline(always)]
pub const fn is_planted(_: Bug) -> bool {
    false
}

/// Plants a bug on this thread, until this is dropped.
#[cfg(test)]
pub(crate) struct Planted;

#[cfg(test)]
impl Planted {
    pub(crate) fn new(bug: Bug) -> Planted {
        PLANTED.set(Some(bug));
        Planted
    }

    /// Whether there is one on this thread.
    pub(crate) fn is_any() -> bool {
        PLANTED.get().is_some()
    }
}

#[cfg(test)]
impl Drop for Planted {
    fn drop(&mut self) {
        PLANTED.set(None);
    }
}

//! What callers of the simulated world are told, as text.

use tokio::sync::oneshot;

use crate::base::Outcome;
use crate::net::Told;

/// What the text of an answer is made of: what a worker's caller is told, or a peer.
pub(super) trait Answered {
    fn outcome(self) -> Outcome;
}

impl Answered for Outcome {
    fn outcome(self) -> Outcome {
        self
    }
}

impl Answered for Told {
    fn outcome(self) -> Outcome {
        self.into_outcome()
    }
}

/// The text of an answer: its body, or its kind.
pub(super) fn told(answer: &mut oneshot::Receiver<impl Answered>) -> String {
    match answer.try_recv().map(Answered::outcome) {
        Ok(Ok(body)) => String::from_utf8(body).expect("text"),
        Ok(Err(failure)) => failure.kind.word().to_owned(),
        Err(oneshot::error::TryRecvError::Empty) => "nothing yet".to_owned(),
        Err(oneshot::error::TryRecvError::Closed) => "lost".to_owned(),
    }
}

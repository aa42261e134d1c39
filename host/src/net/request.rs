//! What a listener hands to the loop, and the ticket by which the loop answers.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::feed::Feed;
use crate::base::{Failure, HttpReply, HttpRequest, Kind, Outcome};

/// Takes requests. Implemented by the loop; called on the loop's thread; must not block.
pub trait Sink {
    /// Takes one request. Its ticket may be answered at once or later, in any order.
    fn submit(&self, request: Request);
}

/// A peer that waits for answers.
pub(super) trait Answered {
    /// Takes the answer of request `seq`, whose body had so many bytes.
    fn answer(self: Rc<Self>, seq: u32, bytes: u32, outcome: Outcome);
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// One call of a worker; its reply is the answer.
    Call,
    /// One cast to a worker; the answer, once it is queued, is empty.
    Cast,
    /// One publication; `to` is the topic; the answer, once it is queued, is empty.
    Publish,
    /// To hear a topic, which is `to`, by the request's feed; the answer, once it does, is empty.
    Subscribe,
    /// To hear it no longer by that feed. Nobody waits for the answer.
    Unsubscribe,
}

/// One request of one peer.
#[derive(Debug)]
pub struct Request {
    /// What it asks for.
    pub what: What,
    /// The worker's name or the topic as the peer wrote it (any text of 1 to
    /// [`NAME_BYTES_MAX`](crate::base::limits::NAME_BYTES_MAX) bytes); none means the listener's worker.
    pub to: Option<String>,
    /// The body as it came, at most [`NetLimits::body`](super::NetLimits::body) bytes.
    pub body: Vec<u8>,
    /// All of it as an HTTP client sent it, for a listener that hands requests on so; then `body` is empty and
    /// no worker is named.
    pub http: Option<Box<HttpRequest>>,
    /// The deadline the peer asked for, if it did; above zero and within
    /// [`CALL_TIME_MAX`](crate::base::limits::CALL_TIME_MAX).
    pub timeout: Option<Duration>,
    /// The peer's own id of this request, if it is to be done once: of HTTP's `tomte-request-id` a digest.
    pub request_id: Option<[u8; 16]>,
    /// Where publications go: for [`What::Subscribe`] and [`What::Unsubscribe`], and only for them.
    pub feed: Option<Feed>,
    /// How to answer.
    pub ticket: Ticket,
}

/// What a request was answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// A body, or why there is none.
    Outcome(Outcome),
    /// An answer with what belongs to HTTP.
    Http(Box<HttpReply>),
}

impl Told {
    /// What is left of it for whoever does not speak HTTP.
    pub fn into_outcome(self) -> Outcome {
        match self {
            Told::Outcome(outcome) => outcome,
            Told::Http(reply) => Ok(reply.body),
        }
    }
}

/// The right and the duty to answer one request once. Dropped unanswered it answers
/// [`Kind::Stopped`]. May be answered outside the runtime, but only on its own thread.
pub struct Ticket(Way);

enum Way {
    Stream {
        peer: Rc<dyn Answered>,
        seq: u32,
        bytes: u32,
    },
    /// Without a sender it is answered. Two kinds alone: a ticket stands in every queue, and a third would
    /// make it longer.
    Channel(Option<oneshot::Sender<Told>>),
}

impl Ticket {
    /// A ticket without a socket, and where its answer arrives.
    pub fn channel() -> (Ticket, oneshot::Receiver<Told>) {
        let (sender, receiver) = oneshot::channel();
        (Ticket(Way::Channel(Some(sender))), receiver)
    }

    /// The ticket of request number `seq` of this peer, whose body had so many bytes.
    pub(super) fn stream(peer: &Rc<impl Answered + 'static>, seq: u32, bytes: u32) -> Ticket {
        let peer = Rc::clone(peer) as Rc<dyn Answered>;
        Ticket(Way::Stream { peer, seq, bytes })
    }

    /// Answers. A peer that is gone is no error: nobody wants the answer any more.
    pub fn answer(mut self, outcome: Outcome) {
        self.take().tell(outcome);
    }

    /// Answers with what belongs to HTTP; a peer that does not speak it is told the body.
    pub fn answer_http(mut self, reply: Box<HttpReply>) {
        match self.take() {
            Way::Channel(Some(sender)) => drop(sender.send(Told::Http(reply))),
            way => way.tell(Ok(reply.body)),
        }
    }

    /// The way to its peer; from now on it is answered.
    fn take(&mut self) -> Way {
        std::mem::replace(&mut self.0, Way::Channel(None))
    }
}

impl Way {
    fn tell(self, outcome: Outcome) {
        match self {
            Way::Stream { peer, seq, bytes } => peer.answer(seq, bytes, outcome),
            Way::Channel(Some(sender)) => drop(sender.send(Told::Outcome(outcome))),
            Way::Channel(None) => {}
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !matches!(self.0, Way::Channel(None)) {
            let text = "the host stopped before this request was answered; try again";
            self.take().tell(Err(Failure::new(Kind::Stopped, text)));
        }
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Way::Stream { seq, .. } => write!(f, "Ticket(request {seq})"),
            Way::Channel(Some(_)) => f.write_str("Ticket(channel)"),
            Way::Channel(None) => f.write_str("Ticket(answered)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_ticket_answers_stopped_and_an_answered_one_nothing_more() {
        let (ticket, mut answer) = Ticket::channel();
        drop(ticket);
        let told = answer.try_recv().map(|told| told.into_outcome().map_err(|failure| failure.kind));
        assert_eq!(told, Ok(Err(Kind::Stopped)));
        let (ticket, mut answer) = Ticket::channel();
        ticket.answer(Ok(b"7".to_vec()));
        assert_eq!(answer.try_recv(), Ok(Told::Outcome(Ok(b"7".to_vec()))));
    }

    #[test]
    fn a_ticket_says_what_it_is_for() {
        assert_eq!(format!("{:?}", Ticket::channel().0), "Ticket(channel)");
        assert_eq!(format!("{:?}", Ticket(Way::Channel(None))), "Ticket(answered)");
    }

    #[test]
    fn a_ticket_is_three_words() {
        assert!(size_of::<Ticket>() <= 24);
    }
}

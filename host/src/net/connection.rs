//! The half of a stream connection that the loop reaches: its answers and its writing end.
//!
//! The other half, [`Reader`](super::reader::Reader), is a task; the two tell each other things
//! through the flags here. A ticket keeps this half alive, never the socket.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::net::tcp::OwnedWriteHalf;

use super::outbox::Pending;
use super::peer::{Common, Peer, Tick};
use super::replies::Replies;
use super::request::Answered;
use super::wire::Wire;
use crate::base::{Failure, Kind, Outcome};

/// What the connection is doing; decides which bound in time applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waits for a request, for room, or for its last answers to leave.
    Quiet,
    /// Has the first part of a unit.
    Within,
    /// Has said everything and waits for the peer to close.
    Lingering,
}

/// Word left for the task by the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    None,
    /// Answer what is in flight, then close.
    Drain,
    /// A unit took too long.
    Expire,
    /// Nobody is there any more, or nobody may be: close now.
    Close,
}

/// What the task sleeps for, apart from its socket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Nothing,
    Room,
    AllWritten,
}

/// One stream connection as the loop and the listener see it.
pub(super) struct Connection {
    common: Rc<Common>,
    replies: RefCell<Replies>,
    /// None once nothing can be written any more.
    half: RefCell<Option<OwnedWriteHalf>>,
    /// Bytes of bodies that wait for their answer.
    body_bytes: Cell<usize>,
    /// In the outbox.
    dirty: Cell<bool>,
    /// The socket takes no more for now; the task waits until it does.
    blocked: Cell<bool>,
    order: Cell<Order>,
    wants: Cell<Wants>,
    stage: Cell<Stage>,
    since: Cell<Tick>,
    waker: Cell<Option<Waker>>,
}

impl Answered for Connection {
    fn answer(self: Rc<Self>, seq: u32, bytes: u32, outcome: Outcome) {
        self.body_bytes.set(self.body_bytes.get() - bytes as usize);
        if self.is_over() {
            return;
        }
        if self.replies.borrow_mut().answer(seq, outcome) && !self.dirty.replace(true) {
            self.common.outbox.push(Rc::clone(&self) as Rc<dyn Pending>);
        }
    }
}

impl Pending for Connection {
    /// The outbox's turn: no longer in it, writes.
    fn flush(&self) {
        self.dirty.set(false);
        self.write();
    }
}

impl Connection {
    pub(super) fn new(common: Rc<Common>, wire: Wire, half: OwnedWriteHalf) -> Connection {
        let since = Cell::new(common.now());
        Connection {
            common,
            replies: RefCell::new(Replies::new(wire)),
            half: RefCell::new(Some(half)),
            body_bytes: Cell::new(0),
            dirty: Cell::new(false),
            blocked: Cell::new(false),
            order: Cell::new(Order::None),
            wants: Cell::new(Wants::Nothing),
            stage: Cell::new(Stage::Quiet),
            since,
            waker: Cell::new(None),
        }
    }

    /// Counts one more request with a body of so many bytes; its number.
    pub(super) fn admit(&self, bytes: u32) -> u32 {
        self.body_bytes.set(self.body_bytes.get() + bytes as usize);
        self.enter(Stage::Quiet);
        self.replies.borrow_mut().number()
    }

    /// Answers `bad-request` to something that was no request.
    pub(super) fn reject(this: &Rc<Connection>, text: String) {
        let seq = this.admit(0);
        Rc::clone(this).answer(seq, 0, Err(Failure::new(Kind::BadRequest, text)));
    }

    /// Says this, in no protocol of ours, to a peer that gets nothing else.
    pub(super) fn say(&self, bytes: &[u8]) {
        self.replies.borrow_mut().raw(bytes);
    }

    /// Writes what is pending, as far as the socket takes it.
    pub(super) fn write(&self) {
        if !self.blocked.get()
            && let Err(_gone) = self.try_write()
        {
            self.close();
        }
        let done = match self.wants.get() {
            Wants::Nothing => false,
            Wants::Room => self.has_ample_room(),
            Wants::AllWritten => self.all_written(),
        };
        if done {
            self.wake();
        }
    }

    fn try_write(&self) -> io::Result<()> {
        let (half, mut replies) = (self.half.borrow(), self.replies.borrow_mut());
        let Some(half) = half.as_ref() else { return Ok(()) };
        while !replies.pending().is_empty() {
            match half.try_write(replies.pending()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => replies.wrote(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked.set(true);
                    self.wake();
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
            if self.stage.get() == Stage::Quiet {
                self.since.set(self.common.now());
            }
        }
        Ok(())
    }

    /// The task's turn: remembers whom to wake, and goes on writing if the socket takes bytes again.
    pub(super) fn resume(&self, cx: &mut Context<'_>) {
        self.waker.set(Some(cx.waker().clone()));
        self.wants.set(Wants::Nothing);
        while self.blocked.get() {
            let ready = match self.half.borrow().as_ref() {
                Some(half) => half.as_ref().poll_write_ready(cx),
                None => return,
            };
            match ready {
                Poll::Pending => return,
                Poll::Ready(Err(_)) => return self.close(),
                Poll::Ready(Ok(())) => {
                    self.blocked.set(false);
                    self.write();
                }
            }
        }
    }

    /// Whether one more request may be read.
    pub(super) fn has_room(&self) -> bool {
        let replies = self.replies.borrow();
        let limits = &self.common.limits;
        replies.outstanding() < limits.pipeline && replies.buffered() + self.body_bytes.get() < limits.buffer
    }

    /// Whether so much room is free that it is worth waking the task.
    fn has_ample_room(&self) -> bool {
        let replies = self.replies.borrow();
        let limits = &self.common.limits;
        replies.outstanding() <= limits.pipeline / 2 && replies.buffered() + self.body_bytes.get() <= limits.buffer / 2
    }

    /// Whether every request was answered and every answer left.
    pub(super) fn all_written(&self) -> bool {
        let replies = self.replies.borrow();
        replies.outstanding() == 0 && replies.pending().is_empty()
    }

    /// Has the task woken when there is room again.
    pub(super) fn want_room(&self) {
        self.wants.set(Wants::Room);
    }

    /// Has the task woken when every answer has left.
    pub(super) fn want_all_written(&self) {
        self.wants.set(Wants::AllWritten);
    }

    /// A stage begins now.
    pub(super) fn enter(&self, stage: Stage) {
        self.stage.set(stage);
        self.since.set(self.common.now());
    }

    /// The same stage goes on, or this one begins.
    pub(super) fn stay(&self, stage: Stage) {
        if self.stage.get() != stage {
            self.enter(stage);
        }
    }

    /// Tells the peer that nothing more will come.
    pub(super) fn shut(&self) {
        self.half.take();
    }

    pub(super) fn order(&self) -> Order {
        self.order.get()
    }

    pub(super) fn is_over(&self) -> bool {
        self.order.get() == Order::Close
    }

    fn leave(&self, order: Order) {
        if order > self.order.get() {
            self.order.set(order);
        }
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Peer for Connection {
    fn drain(&self) {
        self.leave(Order::Drain);
    }

    fn close(&self) {
        self.leave(Order::Close);
    }

    fn check(&self) {
        let limits = &self.common.limits;
        let overdue = |bound| self.common.overdue(self.since.get(), bound);
        match self.stage.get() {
            Stage::Within if overdue(limits.frame_time) => self.leave(Order::Expire),
            Stage::Lingering if overdue(limits.linger_time) => self.close(),
            Stage::Quiet if overdue(limits.idle_time) => {
                // A slow worker is not the peer's fault: only a peer that owes something is closed.
                let replies = self.replies.borrow();
                if replies.outstanding() == 0 || !replies.pending().is_empty() {
                    self.close();
                }
            }
            _ => {}
        }
    }
}

/// The task has ended: whatever is still answered is for nobody.
impl Connection {
    pub(super) fn end(&self) {
        self.order.set(Order::Close);
        self.half.take();
        self.replies.borrow_mut().forget();
        self.waker.take();
    }
}

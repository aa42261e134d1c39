//! A shard's thread: sockets and lanes fill queues inside the runtime, guests run outside it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::{io, iter};

use tokio::sync::{mpsc, watch};
use tokio::task::LocalSet;

use super::lane::LaneReceiver;
use super::threads::{Clock, ThreadDriver};
use crate::base::Name;
use crate::base::limits::STEPS_PER_TURN;
use crate::net::{self, Bound, Listener, Outbox, Request, Sink};
use crate::protocol::{Command, Notice, OnDisk};
use crate::shard::{Arrived, Shard, Target};

/// A bound listener and the worker it is bound to.
#[derive(Debug)]
pub struct Listening {
    /// The socket.
    pub bound: Bound,
    /// Its worker, which must be one of the shard's.
    pub to: Option<Name>,
}

/// What reaches a shard's thread from others.
#[derive(Debug)]
pub struct Lanes {
    /// From control.
    pub commands: mpsc::UnboundedReceiver<Command>,
    /// From users on other threads.
    pub mail: LaneReceiver,
    /// From the journal.
    pub on_disk: watch::Receiver<OnDisk>,
}

/// Requests of this thread's connections that wait for the next turn.
#[derive(Default)]
struct Inbox {
    requests: RefCell<Vec<(Target, Request)>>,
    waker: RefCell<Option<Waker>>,
}

impl Inbox {
    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

struct ListenerSink {
    inbox: Rc<Inbox>,
    target: Target,
}

impl Sink for ListenerSink {
    fn submit(&self, request: Request) {
        self.inbox.requests.borrow_mut().push((self.target, request));
        self.inbox.wake();
    }
}

struct Thread {
    shard: Shard<ThreadDriver>,
    clock: Clock,
    lanes: Lanes,
    inbox: Rc<Inbox>,
    outbox: Rc<Outbox>,
    listeners: Vec<Listener>,
    /// What came since the last turn.
    arrived: Arrived,
    draining: bool,
}

/// Runs a shard until it is told to quit.
///
/// # Errors
/// The runtime cannot be made.
pub fn run_shard(shard: Shard<ThreadDriver>, clock: Clock, lanes: Lanes, listening: Vec<Listening>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let mut thread = Thread {
        shard,
        clock,
        lanes,
        inbox: Rc::default(),
        outbox: Outbox::new(),
        listeners: vec![],
        arrived: Arrived::default(),
        draining: false,
    };
    local.block_on(&runtime, async { thread.listen(listening) })?;
    loop {
        local.block_on(&runtime, thread.wait());
        if thread.turn() {
            return Ok(());
        }
    }
}

impl Thread {
    fn listen(&mut self, listening: Vec<Listening>) -> io::Result<()> {
        for Listening { bound, to } in listening {
            let target = self.shard.target(to.as_ref());
            let sink = Rc::new(ListenerSink { inbox: Rc::clone(&self.inbox), target });
            self.listeners.push(net::serve(bound, sink, &self.outbox)?);
        }
        Ok(())
    }

    /// Lets sockets and lanes move until there is something for a turn.
    async fn wait(&mut self) {
        if self.shard.is_runnable() {
            // The first time the sockets are asked, the second time those that have something are read. After a
            // short turn that may wait for the next one, which saves a system call for each.
            tokio::task::yield_now().await;
            if self.shard.is_late() {
                tokio::task::yield_now().await;
            }
            // Workers that go on and on keep nobody from being drained.
            if self.draining && self.listeners.iter().all(Listener::is_drained) {
                self.drained();
            }
            return;
        }
        let wake = self.shard.wake_at().map(|at| tokio::time::Instant::from_std(self.clock.instant(at)));
        let inbox = Rc::clone(&self.inbox);
        let filled = poll_fn(|context| {
            if inbox.requests.borrow().is_empty() {
                *inbox.waker.borrow_mut() = Some(context.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        });
        let alarm = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let drained = async {
            for listener in &self.listeners {
                listener.drained().await;
            }
        };
        let Arrived { commands, mail, .. } = &mut self.arrived;
        tokio::select! {
            biased;
            // A lane without control at its other end means that the node has ended.
            command = self.lanes.commands.recv() => commands.push(command.unwrap_or(Command::Quit)),
            () = filled => {}
            Ok(()) = self.lanes.on_disk.changed() => self.lanes.on_disk.mark_changed(),
            letter = self.lanes.mail.recv() => mail.extend(letter),
            () = alarm => {}
            () = drained, if self.draining => self.drained(),
        }
    }

    fn drained(&mut self) {
        self.draining = false;
        self.shard.tell(Notice::Drained);
    }

    /// One turn. Whether it was the last.
    fn turn(&mut self) -> bool {
        let Arrived { commands, mail, requests, on_disk } = &mut self.arrived;
        // A journal that is gone has told all that it had to tell.
        if self.lanes.on_disk.has_changed().unwrap_or(false) {
            *on_disk = Some(*self.lanes.on_disk.borrow_and_update());
        }
        mail.extend(iter::from_fn(|| self.lanes.mail.try_recv()).take(STEPS_PER_TURN));
        commands.extend(iter::from_fn(|| self.lanes.commands.try_recv().ok()));
        // What the shard has emptied is filled next.
        std::mem::swap(requests, &mut self.inbox.requests.borrow_mut());
        let orders = self.shard.turn(&mut self.arrived, || self.outbox.flush());
        if orders.drain {
            self.draining = true;
            self.listeners.iter().for_each(Listener::drain);
        }
        orders.quit
    }
}

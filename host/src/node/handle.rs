//! A running node in the hands of any thread.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::show;
use super::view::{TreeView, WorkerView};
use crate::base::{Failure, Kind, Name, Nanos, Outcome, Restart, check_topic, nanos};
use crate::control::{Ask, ControlEvent, Haste};
use crate::protocol::{Brief, Command, Depth, Look, Mail, Origin, Supervision};
use crate::release::{Manifest, did_you_mean};
use crate::runtime::Clock;
use crate::runtime::LaneSender;
use crate::supervisor::{ChildId, Order};

/// A running node. Cheap to clone; every method may be used from any thread and any runtime.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) clock: Clock,
    pub(super) supervision: Supervision,
    pub(super) mail: Arc<[LaneSender]>,
    pub(super) commands: Arc<[mpsc::UnboundedSender<Command>]>,
    pub(super) control: mpsc::UnboundedSender<ControlEvent>,
    /// What is declared of what runs.
    pub(super) manifests: Arc<Mutex<Vec<Manifest>>>,
    /// Whether there may be durable workers.
    pub(super) keeps_journal: bool,
}

impl Handle {
    /// Calls a worker; the deadline counts from now.
    ///
    /// # Errors
    /// Every [`Kind`] but `Ok`, with a text for people.
    pub async fn call(&self, worker: &str, body: Vec<u8>, timeout: Duration) -> Outcome {
        let (shard, to) = self.find(worker)?;
        let (origin, answer) = oneshot::channel();
        let deadline = self.deadline(timeout);
        self.post(shard, Mail::Call { to, body, deadline, origin: Origin::Port(origin), id: None })?;
        let outcome = answer.await.unwrap_or_else(|_| Err(stopped()));
        outcome.map_err(|failure| self.explained(worker, failure))
    }

    /// Queues a message for a worker.
    ///
    /// # Errors
    /// There is no such worker, it is stopped, or its queue is full.
    pub async fn cast(&self, worker: &str, body: Vec<u8>) -> Result<(), Failure> {
        let (shard, to) = self.find(worker)?;
        let (origin, answer) = oneshot::channel();
        self.post(shard, Mail::Cast { to, body, origin: Some(Origin::Port(origin)) })?;
        let outcome = answer.await.unwrap_or_else(|_| Err(stopped()));
        outcome.map(drop).map_err(|failure| self.explained(worker, failure))
    }

    /// Publishes a message: every worker and every connection that hears the topic gets it. One whose
    /// queue is full does not.
    ///
    /// # Errors
    /// The topic has no bytes or more than a name may have, or the lane to a shard is full: its
    /// subscribers have not got it.
    pub fn publish(&self, topic: &str, body: Vec<u8>) -> Result<(), Failure> {
        check_topic(topic)?;
        let Some((topic, shards)) = self.supervision.directory().topics().shards(topic) else { return Ok(()) };
        let body: Arc<[u8]> = body.into();
        let posted = shards.into_iter().map(|shard| {
            let mail = Mail::Published { topic: Arc::clone(&topic), body: Arc::clone(&body) };
            self.post(shard, mail)
        });
        posted.fold(Ok(()), Result::and)
    }

    /// The supervision tree, and what is about to change its code.
    ///
    /// # Errors
    /// The node has stopped.
    pub async fn tree(&self) -> Result<TreeView, Failure> {
        let mut briefs: Vec<Brief> = vec![];
        for shard in self.commands.iter() {
            let (done, answer) = oneshot::channel();
            shard.send(Command::Survey(done)).map_err(|_| stopped())?;
            briefs.extend(answer.await.map_err(|_| stopped())?);
        }
        let running = self.ask(Ask::Running).await?;
        let pending = self.ask(Ask::Pending).await?.into_iter().map(show::pending).collect();
        Ok(TreeView { pending, ..show::tree(&self.supervision, &briefs, &running) })
    }

    /// One worker, closely. Waits for its step to end, not for its queue.
    ///
    /// # Errors
    /// There is no such worker, or it crashed while it saved its state, which it is asked for at
    /// [`Depth::State`] alone.
    pub async fn inspect(&self, worker: &str, depth: Depth) -> Result<WorkerView, Failure> {
        let (shard, child) = self.child(worker)?;
        let (done, answer) = oneshot::channel();
        self.command(shard, Command::Inspect(child, Look { depth, done }))?;
        // A dynamic child may go while it is asked.
        let inspection = answer.await.map_err(|_| self.unknown(worker))??;
        let running = self.ask(Ask::Running).await?;
        show::worker(&self.supervision, shard, child, inspection, &running)
    }

    /// Gives a worker no inputs until it is resumed; its queue goes on filling, deadlines go on running.
    ///
    /// # Errors
    /// There is no such worker.
    pub async fn suspend(&self, worker: &str) -> Result<(), Failure> {
        self.tell(worker, Command::Suspend).await
    }

    /// Gives a suspended worker inputs again.
    ///
    /// # Errors
    /// There is no such worker.
    pub async fn resume(&self, worker: &str) -> Result<(), Failure> {
        self.tell(worker, Command::Resume).await
    }

    /// Stops and starts a worker or a supervisor; starts a stopped one.
    ///
    /// # Errors
    /// There is no such child, it is being restarted already, or it did not come up.
    pub async fn restart(&self, child: &str) -> Result<(), Failure> {
        let name = self.name(child)?;
        self.order(child, name, Order::Restart).await
    }

    /// Stops a worker or a supervisor; it stays down until it is restarted.
    ///
    /// # Errors
    /// There is no such child, or it may not be stopped now.
    pub async fn stop(&self, child: &str) -> Result<(), Failure> {
        let name = self.name(child)?;
        self.order(child, name, Order::Terminate).await
    }

    /// Stops a worker or a supervisor as [`Handle::stop`] does, without calling anybody's `terminate`, and ends one
    /// that runs already.
    ///
    /// # Errors
    /// There is no such child, or it may not be stopped now.
    pub async fn kill(&self, child: &str) -> Result<(), Failure> {
        let name = self.name(child)?;
        self.order(child, name, Order::Kill).await
    }

    /// Stops accepting, answers what is in flight, then stops the tree.
    pub fn shutdown(&self) {
        // A node that has ended needs no telling.
        let _ = self.control.send(ControlEvent::Ask(Ask::Shutdown(Haste::Drain)));
    }

    /// Stops the tree without draining.
    pub fn shutdown_now(&self) {
        // A node that has ended needs no telling.
        let _ = self.control.send(ControlEvent::Ask(Ask::Shutdown(Haste::Stop)));
    }

    /// Ends the tree at once: nobody's `terminate` is called, and one that runs is ended.
    pub fn halt(&self) {
        // A node that has ended needs no telling.
        let _ = self.control.send(ControlEvent::Ask(Ask::Shutdown(Haste::Halt)));
    }

    async fn order(&self, child: &str, name: Name, order: Order) -> Result<(), Failure> {
        let done = self.ask(|done| Ask::Order(name, order, done)).await?;
        done.map(drop).map_err(|failure| self.hinted(child, failure))
    }

    async fn tell(&self, worker: &str, command: fn(ChildId, oneshot::Sender<()>) -> Command) -> Result<(), Failure> {
        let (shard, child) = self.child(worker)?;
        let (done, answer) = oneshot::channel();
        self.command(shard, command(child, done))?;
        // A dynamic child may go while it is asked.
        answer.await.map_err(|_| self.unknown(worker))
    }

    pub(super) async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Failure> {
        let (done, answer) = oneshot::channel();
        self.control.send(ControlEvent::Ask(ask(done))).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())
    }

    /// The shard and the checked name of a worker.
    fn find(&self, worker: &str) -> Result<(usize, Name), Failure> {
        // Whether there is such a dynamic child its shard will say.
        let known = self.supervision.directory().find(worker).is_some()
            || worker.contains('/')
            || self.supervision.tree().id(worker).is_some();
        let route = known.then(|| self.supervision.directory().route(worker)).flatten();
        route.ok_or_else(|| self.unknown(worker))
    }

    /// The shard and the id of a worker.
    pub(super) fn child(&self, worker: &str) -> Result<(usize, ChildId), Failure> {
        let (shard, _) = self.find(worker)?;
        let child = {
            let tree = self.supervision.tree();
            tree.id(worker).filter(|child| !tree.is_supervisor(*child))
        };
        Ok((shard, child.ok_or_else(|| self.unknown(worker))?))
    }

    fn name(&self, child: &str) -> Result<Name, Failure> {
        Name::of_worker(child).map_err(|_| self.unknown(child))
    }

    fn hinted(&self, child: &str, failure: Failure) -> Failure {
        if failure.kind == Kind::NoWorker { self.unknown(child) } else { failure }
    }

    /// What a shard does not know of why it failed. A failure may be that of another worker, to which this one
    /// has handed the caller on.
    fn explained(&self, worker: &str, failure: Failure) -> Failure {
        let is_supervisor = {
            let tree = self.supervision.tree();
            tree.id(worker).is_some_and(|child| tree.is_supervisor(child))
        };
        match failure.kind {
            Kind::NoWorker if is_supervisor && self.supervision.directory().manager(worker).is_none() => {
                self.unknown(worker)
            }
            Kind::Crashed => match self.fate(worker) {
                Some(fate) => Failure::new(Kind::Crashed, format!("{}; {fate}", failure.text)),
                None => failure,
            },
            _ => failure,
        }
    }

    /// What becomes of a worker that crashes, if it is not restarted.
    fn fate(&self, worker: &str) -> Option<&'static str> {
        let manager = worker.rsplit_once('/').and_then(|(above, _)| self.supervision.directory().manager(above));
        if manager.is_some() {
            return Some("a handler that crashes leaves its manager");
        }
        let tree = self.supervision.tree();
        let comes_back = tree.id(worker).is_some_and(|child| tree.spec(child).restart != Restart::Temporary);
        (!comes_back).then_some("a temporary worker that crashes does not come back")
    }

    pub(super) fn unknown(&self, worker: &str) -> Failure {
        let is_supervisor = {
            let tree = self.supervision.tree();
            tree.id(worker).is_some_and(|child| tree.is_supervisor(child))
        };
        if is_supervisor {
            let what = if self.supervision.directory().manager(worker).is_some() {
                "an event manager"
            } else {
                "a supervisor"
            };
            let text = format!("`{worker}` is {what} and no worker; `tomte children {worker}` lists those below it");
            return Failure::new(Kind::BadRequest, text);
        }
        if self.supervision.directory().find(worker).is_some() {
            let why = "it was temporary and has ended, or was deleted; it comes back when its supervisor starts again";
            return Failure::new(Kind::NoWorker, format!("`{worker}` is gone: {why}"));
        }
        let manifests = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        let workers = self.supervision.directory().names().map(Name::as_str);
        let hint = did_you_mean(worker, workers.chain(supervisors(&manifests)));
        let hint = hint.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        Failure::new(Kind::NoWorker, format!("no worker is named `{worker}`{hint}"))
    }

    pub(super) fn post(&self, shard: usize, mail: Mail) -> Result<(), Failure> {
        use mpsc::error::TrySendError::{Closed, Full};
        self.mail[shard].try_send(mail).map_err(|error| match error {
            Full(_) => Failure::new(Kind::Overloaded, "the lane to the shard is full; not executed"),
            Closed(_) => stopped(),
        })
    }

    pub(super) fn command(&self, shard: usize, command: Command) -> Result<(), Failure> {
        self.commands[shard].send(command).map_err(|_| stopped())
    }

    pub(super) fn deadline(&self, timeout: Duration) -> Nanos {
        let timeout = timeout.min(crate::base::limits::CALL_TIME_MAX);
        self.clock.now().saturating_add(nanos(timeout))
    }
}

pub(super) fn stopped() -> Failure {
    Failure::new(Kind::Stopped, "the node has stopped")
}

/// The names of the supervisors that are declared.
pub(super) fn supervisors(manifests: &[Manifest]) -> impl Iterator<Item = &str> {
    manifests.iter().flat_map(|manifest| manifest.tree.supervisors.iter().map(|(name, _)| name.as_str()))
}

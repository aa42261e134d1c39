//! What the admin API asks of a node: the seam at which its tests put a stand-in.

use std::future::Future;
use std::time::Duration;

use crate::base::{Failure, HandlerChange, Outcome};
use crate::node::{
    ApplicationView, CancelView, ChildrenView, ConfigView, Depth, Handle, ReloadView, ReplacedView,
    StartedApplicationView, StoppedView, Trace, TraceLimits, TreeView, UpgradeReport, Upload, WorkerView,
};

/// An order to one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Take no inputs until resumed; the queue keeps filling.
    Suspend,
    /// Take inputs again.
    Resume,
    /// Stop and start anew.
    Restart,
    /// Stop, and stay down until restarted.
    Stop,
    /// The same without its `terminate`.
    Kill,
}

impl Control {
    /// All of them.
    pub const ALL: [Control; 5] = [Control::Suspend, Control::Resume, Control::Restart, Control::Stop, Control::Kill];

    /// The word in the path of the request.
    pub fn word(self) -> &'static str {
        match self {
            Control::Suspend => "suspend",
            Control::Resume => "resume",
            Control::Restart => "restart",
            Control::Stop => "stop",
            Control::Kill => "kill",
        }
    }
}

/// An order about one child of a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildOrder {
    /// Stop it and keep its specification.
    Terminate,
    /// Start it again.
    Restart,
    /// Forget its specification.
    Delete,
}

impl ChildOrder {
    /// The word in the path of the request.
    pub fn word(self) -> &'static str {
        match self {
            ChildOrder::Terminate => "terminate",
            ChildOrder::Restart => "restart",
            ChildOrder::Delete => "delete",
        }
    }
}

/// A running node as the admin API sees it. [`Handle`] is the real one.
pub trait Operations: Clone + Send + Sync + 'static {
    /// Calls a worker and waits for its answer.
    fn call(&self, worker: &str, body: Vec<u8>, timeout: Duration) -> impl Future<Output = Outcome> + Send;
    /// Sends a worker a message.
    fn cast(&self, worker: &str, body: Vec<u8>) -> impl Future<Output = Result<(), Failure>> + Send;
    /// The supervision tree.
    fn tree(&self) -> impl Future<Output = Result<TreeView, Failure>> + Send;
    /// One worker.
    fn inspect(&self, worker: &str, depth: Depth) -> impl Future<Output = Result<WorkerView, Failure>> + Send;
    /// Gives a worker an order.
    fn control(&self, worker: &str, order: Control) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Starts a dynamic child; its address comes back.
    fn start_child(
        &self,
        supervisor: &str,
        key: &str,
        config: Option<Vec<u8>>,
    ) -> impl Future<Output = Result<String, Failure>> + Send;
    /// Adds, deletes or swaps a handler of an event manager.
    fn change_handlers(&self, manager: &str, change: HandlerChange)
    -> impl Future<Output = Result<(), Failure>> + Send;
    /// Starts a worker with a specification of its own, one `[child.NAME]` table; its address comes back.
    fn start_child_as(
        &self,
        supervisor: &str,
        specification: &str,
    ) -> impl Future<Output = Result<String, Failure>> + Send;
    /// Gives an order about a child.
    fn child_order(
        &self,
        supervisor: &str,
        child: &str,
        order: ChildOrder,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
    /// A supervisor's children.
    fn children(&self, supervisor: &str) -> impl Future<Output = Result<ChildrenView, Failure>> + Send;
    /// Reads the manifest again.
    fn reload(&self) -> impl Future<Output = Result<ReloadView, Failure>> + Send;
    /// Every application, in start order.
    fn applications(&self) -> impl Future<Output = Result<Vec<ApplicationView>, Failure>> + Send;
    /// Starts an application that is stopped.
    fn start_application(
        &self,
        application: &str,
    ) -> impl Future<Output = Result<StartedApplicationView, Failure>> + Send;
    /// Stops an application.
    fn stop_application(&self, application: &str) -> impl Future<Output = Result<StoppedView, Failure>> + Send;
    /// Sets keys of an application's configuration, or only shows it.
    fn change_config(
        &self,
        application: &str,
        changes: serde_json::Map<String, serde_json::Value>,
    ) -> impl Future<Output = Result<ConfigView, Failure>> + Send;
    /// Gives a worker another state.
    fn replace_state(
        &self,
        worker: &str,
        schema: Option<String>,
        data: Vec<u8>,
    ) -> impl Future<Output = Result<ReplacedView, Failure>> + Send;
    /// Shows each input of a worker and what comes of it.
    fn trace(&self, worker: &str, limits: TraceLimits) -> impl Future<Output = Result<Trace, Failure>> + Send;
    /// Tries a new version.
    fn upgrade(&self, upload: Upload) -> impl Future<Output = Result<UpgradeReport, Failure>> + Send;
    /// Goes back to an earlier version.
    fn rollback(
        &self,
        behaviour: Option<String>,
        revision: Option<u64>,
        dry_run: bool,
    ) -> impl Future<Output = Result<UpgradeReport, Failure>> + Send;
    /// Takes back what waits or is under way, or what came from the file of this name.
    fn cancel(&self, file: Option<String>) -> impl Future<Output = Result<CancelView, Failure>> + Send;
    /// Every release so far, oldest first, and those that wait or are under way.
    fn history(&self) -> impl Future<Output = Result<Vec<UpgradeReport>, Failure>> + Send;
    /// Starts to drain, then stops.
    fn shutdown(&self);
}

impl Operations for Handle {
    async fn call(&self, worker: &str, body: Vec<u8>, timeout: Duration) -> Outcome {
        Handle::call(self, worker, body, timeout).await
    }

    async fn cast(&self, worker: &str, body: Vec<u8>) -> Result<(), Failure> {
        Handle::cast(self, worker, body).await
    }

    async fn tree(&self) -> Result<TreeView, Failure> {
        Handle::tree(self).await
    }

    async fn inspect(&self, worker: &str, depth: Depth) -> Result<WorkerView, Failure> {
        Handle::inspect(self, worker, depth).await
    }

    async fn control(&self, worker: &str, order: Control) -> Result<(), Failure> {
        match order {
            Control::Suspend => self.suspend(worker).await,
            Control::Resume => self.resume(worker).await,
            Control::Restart => self.restart(worker).await,
            Control::Stop => self.stop(worker).await,
            Control::Kill => self.kill(worker).await,
        }
    }

    async fn start_child(&self, supervisor: &str, key: &str, config: Option<Vec<u8>>) -> Result<String, Failure> {
        Handle::start_child(self, supervisor, key, config).await
    }

    async fn change_handlers(&self, manager: &str, change: HandlerChange) -> Result<(), Failure> {
        Handle::change_handlers(self, manager, change).await
    }

    async fn start_child_as(&self, supervisor: &str, specification: &str) -> Result<String, Failure> {
        Handle::start_child_as(self, supervisor, specification).await
    }

    async fn child_order(&self, supervisor: &str, child: &str, order: ChildOrder) -> Result<(), Failure> {
        match order {
            ChildOrder::Terminate => self.terminate_child(supervisor, child).await,
            ChildOrder::Restart => self.restart_child(supervisor, child).await,
            ChildOrder::Delete => self.delete_child(supervisor, child).await,
        }
    }

    async fn children(&self, supervisor: &str) -> Result<ChildrenView, Failure> {
        Handle::children(self, supervisor)
    }

    async fn reload(&self) -> Result<ReloadView, Failure> {
        Handle::reload(self).await
    }

    async fn applications(&self) -> Result<Vec<ApplicationView>, Failure> {
        Handle::applications(self).await
    }

    async fn start_application(&self, application: &str) -> Result<StartedApplicationView, Failure> {
        Handle::start_application(self, application).await
    }

    async fn stop_application(&self, application: &str) -> Result<StoppedView, Failure> {
        Handle::stop_application(self, application).await
    }

    async fn change_config(
        &self,
        application: &str,
        changes: serde_json::Map<String, serde_json::Value>,
    ) -> Result<ConfigView, Failure> {
        Handle::change_config(self, application, changes).await
    }

    async fn replace_state(
        &self,
        worker: &str,
        schema: Option<String>,
        data: Vec<u8>,
    ) -> Result<ReplacedView, Failure> {
        Handle::replace_state(self, worker, schema, data).await
    }

    async fn trace(&self, worker: &str, limits: TraceLimits) -> Result<Trace, Failure> {
        Handle::trace(self, worker, limits).await
    }

    async fn upgrade(&self, upload: Upload) -> Result<UpgradeReport, Failure> {
        Handle::upgrade(self, upload).await
    }

    async fn rollback(
        &self,
        behaviour: Option<String>,
        revision: Option<u64>,
        dry_run: bool,
    ) -> Result<UpgradeReport, Failure> {
        Handle::rollback(self, behaviour, revision, dry_run).await
    }

    async fn cancel(&self, file: Option<String>) -> Result<CancelView, Failure> {
        Handle::cancel(self, file).await
    }

    async fn history(&self) -> Result<Vec<UpgradeReport>, Failure> {
        Handle::history(self).await
    }

    fn shutdown(&self) {
        Handle::shutdown(self);
    }
}

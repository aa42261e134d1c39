//! The part of a [`Handle`] that administers the children of supervisors, as OTP's supervisor does.

use std::sync::{Arc, PoisonError};

use super::handle::{Handle, supervisors};
use super::show;
use super::view::{ChildView, ChildrenView, CountsView};
use crate::base::{ChildKind, ChildSpec, Failure, Kind, Name};
use crate::control::Ask;
use crate::protocol::order_failure;
use crate::release::{Manifest, did_you_mean};
use crate::supervisor::{ChildError, ChildId, NewChild, Order};

impl Handle {
    /// Starts a dynamic child under a simple_one_for_one supervisor and gives its address,
    /// `SUPERVISOR/KEY`, once it runs. `config` is JSON text; none means its template's.
    ///
    /// # Errors
    /// There is no such supervisor, it takes no dynamic children, the key is no name or taken, the
    /// configuration is not JSON, or the child does not start.
    pub async fn start_child(&self, supervisor: &str, key: &str, config: Option<Vec<u8>>) -> Result<String, Failure> {
        let wrong = |why: String| Failure::new(Kind::BadRequest, why);
        let key = Name::new(key).map_err(|error| wrong(format!("{key:?} is no key: {error}")))?;
        if let Some(config) = &config {
            let read = serde_json::from_slice::<serde::de::IgnoredAny>(config);
            read.map_err(|error| wrong(format!("the configuration is not JSON: {error}")))?;
        }
        self.start_new(supervisor, NewChild::Keyed { key, config: config.map(Arc::from) }).await
    }

    /// Starts a worker with a specification of its own under any other supervisor and gives its
    /// address once it runs. The specification is one `[child.NAME]` table as in the manifest; `under`
    /// may be left out. The worker ends with its supervisor.
    ///
    /// # Errors
    /// There is no such supervisor, it takes dynamic children alone, the specification is wrong or
    /// names a behaviour that is not there, the name is taken, or the worker does not start.
    pub async fn start_child_as(&self, supervisor: &str, specification: &str) -> Result<String, Failure> {
        let (manifest, under) = self.declaring(supervisor)?;
        let spec = manifest.one_child(specification, &under);
        let spec = spec.map_err(|error| Failure::new(Kind::BadRequest, error.to_string()))?;
        self.may_start(&spec)?;
        let own = Arc::clone(&spec.config);
        let config = self.ask(|done| Ask::Overlay(manifest.application.name.clone(), own, done)).await??;
        self.start_new(supervisor, NewChild::Spec(Box::new(ChildSpec { config, ..spec }))).await
    }

    /// Whether a child with this specification may be added.
    pub(super) fn may_start(&self, spec: &ChildSpec) -> Result<(), Failure> {
        if !spec.durable || self.keeps_journal {
            return Ok(());
        }
        let text = format!(
            "`{}` is durable, and this host has begun without a journal, for no worker that its manifest declared was \
             durable; declare it there and start the host again",
            spec.name
        );
        Err(Failure::new(Kind::BadRequest, text))
    }

    /// The application that has this supervisor, and what it calls it.
    fn declaring(&self, supervisor: &str) -> Result<(Manifest, Name), Failure> {
        let child = self.supervisor(supervisor)?;
        let under = match &self.supervision.tree().spec(child).kind {
            ChildKind::Supervisor(name) | ChildKind::Worker(name) => name.clone(),
        };
        let manifests = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |manifest: &&Manifest| manifest.tree.supervisors.iter().any(|(name, _)| *name == under);
        let found = manifests.iter().find(has).cloned().map(|manifest| (manifest, under.clone()));
        found.ok_or_else(|| order_failure(&ChildError::NoSupervisor(supervisor.to_owned())))
    }

    async fn start_new(&self, supervisor: &str, new: NewChild) -> Result<String, Failure> {
        if self.supervision.directory().manager(supervisor).is_some() {
            let text =
                format!("{supervisor} is an event manager: `tomte add-handler {supervisor} HANDLER --behaviour NAME`");
            return Err(Failure::new(Kind::BadRequest, text));
        }
        if !matches!(self.known(supervisor), Some((_, true))) {
            return Err(self.no_supervisor(supervisor));
        }
        let supervisor = Name::of_supervisor(supervisor).map_err(|_| self.unknown(supervisor))?;
        let started = self.ask(|done| Ask::StartChild(supervisor, new, done)).await?;
        started.map(|address| address.to_string())
    }

    /// Stops a child, by its name or its key, and all below it; a restart loop of it ends. Its
    /// specification is kept, unless it is temporary or of a template. Done when it has stopped, at
    /// once if it had.
    ///
    /// # Errors
    /// There is no such supervisor or no such child of it.
    pub async fn terminate_child(&self, supervisor: &str, child: &str) -> Result<(), Failure> {
        self.order_child(supervisor, child, Order::Terminate).await
    }

    /// Starts a child that was stopped; done when it runs.
    ///
    /// # Errors
    /// There is no such supervisor or no such child of it; it runs, is being restarted, is of a
    /// template, or does not start.
    pub async fn restart_child(&self, supervisor: &str, child: &str) -> Result<(), Failure> {
        self.order_child(supervisor, child, Order::Start).await
    }

    /// Forgets the specification of a child that was stopped. A declared one comes back when its
    /// supervisor starts again.
    ///
    /// # Errors
    /// There is no such supervisor or no such child of it; it runs, is being restarted, or is of a
    /// template.
    pub async fn delete_child(&self, supervisor: &str, child: &str) -> Result<(), Failure> {
        self.order_child(supervisor, child, Order::Delete).await
    }

    async fn order_child(&self, supervisor: &str, child: &str, order: Order) -> Result<(), Failure> {
        let above = self.supervisor(supervisor)?;
        let address = {
            let tree = self.supervision.tree();
            tree.child_named(above, child).map(|child| tree.name(child).clone())
        };
        let none = || {
            let text = format!("{supervisor} has no child {child}; `tomte children {supervisor}` lists those it has");
            Failure::new(Kind::NoWorker, text)
        };
        let address = address.ok_or_else(none)?;
        let done = self.ask(|done| Ask::Order(address, order, done)).await?;
        done.map(drop)
    }

    /// The children of a supervisor, newest first.
    ///
    /// # Errors
    /// There is no such supervisor.
    pub fn which_children(&self, supervisor: &str) -> Result<Vec<ChildView>, Failure> {
        self.children(supervisor).map(|view| view.children)
    }

    /// The children of a supervisor in numbers.
    ///
    /// # Errors
    /// There is no such supervisor.
    pub fn count_children(&self, supervisor: &str) -> Result<CountsView, Failure> {
        let above = self.supervisor(supervisor)?;
        let counts = self.supervision.tree().count_children(above);
        Ok(counts.map(show::counts).unwrap_or_default())
    }

    /// The children of a supervisor, in numbers and each.
    ///
    /// # Errors
    /// There is no such supervisor.
    pub fn children(&self, supervisor: &str) -> Result<ChildrenView, Failure> {
        let above = self.supervisor(supervisor)?;
        let (counts, listed) = {
            let tree = self.supervision.tree();
            (tree.count_children(above).unwrap_or_default(), tree.which_children(above).unwrap_or_default())
        };
        Ok(ChildrenView { counts: show::counts(counts), children: listed.iter().map(show::listed).collect() })
    }

    /// A child of the tree, and whether it is a supervisor.
    fn known(&self, name: &str) -> Option<(ChildId, bool)> {
        let tree = self.supervision.tree();
        tree.id(name).map(|child| (child, tree.is_supervisor(child)))
    }

    fn supervisor(&self, name: &str) -> Result<ChildId, Failure> {
        match self.known(name) {
            Some((child, true)) => Ok(child),
            Some((_, false)) => Err(Failure::new(Kind::BadRequest, format!("`{name}` is a worker and no supervisor"))),
            None => Err(self.no_supervisor(name)),
        }
    }

    fn no_supervisor(&self, name: &str) -> Failure {
        let manifests = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        let names = supervisors(&manifests);
        let text = ChildError::NoSupervisor(name.to_owned()).to_string();
        match did_you_mean(name, names) {
            Some(near) => Failure::new(Kind::NoWorker, format!("{text}; did you mean `{near}`?")),
            None => Failure::new(Kind::NoWorker, text),
        }
    }
}

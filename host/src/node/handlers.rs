//! The handlers of event managers, changed from outside.

use tokio::sync::oneshot;

use super::handle::{Handle, stopped};
use crate::base::limits::CALL_TIME_MAX;
use crate::base::{Failure, HandlerChange, HandlerStart, Kind};
use crate::protocol::{ChangeHandlers, Mail, Origin};

impl Handle {
    /// Adds a handler to an event manager. It hears what is sent to the manager from now on, before
    /// those who came earlier. `config` is JSON text, `{}` if empty. Answers when its `init` has
    /// returned.
    ///
    /// # Errors
    /// There is no such manager or behaviour, a handler has this name (`already_exists`), the
    /// configuration is not JSON, or its `init` failed. The other handlers do not notice.
    pub async fn add_handler(&self, manager: &str, new: HandlerStart) -> Result<(), Failure> {
        self.change_handlers(manager, HandlerChange::Add(new)).await
    }

    /// Has a handler leave its event manager. Answers when its `terminate` has returned.
    ///
    /// # Errors
    /// There is no such manager, or it has no such handler (`module_not_found`).
    pub async fn delete_handler(&self, manager: &str, handler: &str) -> Result<(), Failure> {
        self.change_handlers(manager, HandlerChange::Delete(handler.to_owned())).await
    }

    /// Has a handler take another's place: `old` saves its state and leaves, the new one starts on
    /// that state, or afresh if there was no `old` or it saves none.
    ///
    /// # Errors
    /// As for [`Handle::add_handler`]. If `init` of the new one failed, both are gone.
    pub async fn swap_handler(&self, manager: &str, old: &str, new: HandlerStart) -> Result<(), Failure> {
        self.change_handlers(manager, HandlerChange::Swap(old.to_owned(), new)).await
    }

    /// Changes the handlers of an event manager, in any of these ways.
    ///
    /// # Errors
    /// Those of the way.
    pub async fn change_handlers(&self, manager: &str, change: HandlerChange) -> Result<(), Failure> {
        if let HandlerChange::Add(new) | HandlerChange::Swap(_, new) = &change {
            check_config(&new.config)?;
        }
        let place = self.supervision.directory().manager(manager).ok_or_else(|| self.no_manager(manager))?;
        let (origin, answer) = oneshot::channel();
        let (manager, deadline) = (manager.to_owned(), self.deadline(CALL_TIME_MAX));
        let origin = Some(Origin::Port(origin));
        let change = ChangeHandlers { manager, change, deadline, origin, tie: None };
        self.post(place.shard, Mail::Handlers(Box::new(change)))?;
        answer.await.unwrap_or_else(|_| Err(stopped())).map(drop)
    }

    fn no_manager(&self, manager: &str) -> Failure {
        match self.supervision.directory().find(manager) {
            Some(_) => Failure::new(Kind::BadRequest, format!("`{manager}` is a worker and no event manager")),
            None => Failure::new(Kind::NoWorker, format!("no event manager is named `{manager}`")),
        }
    }
}

fn check_config(config: &[u8]) -> Result<(), Failure> {
    if config.is_empty() {
        return Ok(());
    }
    let wrong = |error| Failure::new(Kind::BadRequest, format!("the configuration is not JSON: {error}"));
    serde_json::from_slice::<serde::de::IgnoredAny>(config).map(drop).map_err(wrong)
}

//! What control commands a shard to do.

use tokio::sync::oneshot;

use super::driver::Driver;
use super::event::{Brief, Command};
use super::managers::Managed;
use super::shard::Shard;
use super::slot::Slot;
use crate::supervisor::ChildId;

impl<D: Driver> Shard<D> {
    /// One command of control.
    pub fn command(&mut self, command: Command) {
        match command {
            Command::Start(child) => match self.slot_of(child) {
                Some(slot) => self.start_as_declared(slot),
                None => self.start_dynamic(child),
            },
            Command::Forget(child) => self.release(child),
            Command::Told(asked, outcome) => drop(self.told(asked, &outcome)),
            Command::Stop(child, how) => self.with_slot(child, |shard, slot| shard.order_stop(slot, how)),
            Command::Hurry(child, how) => self.with_slot(child, |shard, slot| shard.hurry(slot, how)),
            Command::Rest(child) => self.with_slot(child, Self::close_if_down_for_good),
            Command::Suspend(child, done) => self.set_suspended(child, true, done),
            Command::Resume(child, done) => self.set_suspended(child, false, done),
            Command::Tell(child, question, input, time) => self.tell_worker(child, question, input, time),
            Command::Configure(child, config) => self.with_slot(child, |shard, slot| shard.configure(slot, config)),
            Command::Inspect(child, done) => self.with_slot(child, |shard, slot| shard.inspect(slot, done)),
            Command::Replace(child, state) => self.with_slot(child, |shard, slot| shard.replace_state(slot, state)),
            Command::Trace(child, order) => self.with_slot(child, |shard, slot| shard.begin_trace(slot, order)),
            Command::Survey(done) => {
                let brief = |slot: &Slot| Brief {
                    child: slot.spec.child,
                    queued: slot.worker.queued(),
                    capacity: slot.worker.capacity(),
                    suspended: slot.suspended,
                };
                // The asker may have gone; then nobody needs the answer.
                let slots = self.slots.iter().filter(|slot| !slot.vacant).map(brief);
                let managers = self.managers.iter().map(Managed::brief);
                let _ = done.send(slots.chain(managers).collect());
            }
            Command::Manager(child, open) => self.set_manager(child, open),
            Command::Prepare(swap) => self.prepare(swap),
            Command::Commit(id) => self.commit_swap(id),
            Command::Abort(id) => self.abort_swap(id),
            Command::Drain | Command::Quit => {}
        }
        self.say();
    }

    fn set_suspended(&mut self, child: ChildId, suspended: bool, done: oneshot::Sender<()>) {
        self.with_slot(child, |shard, slot| {
            shard.slots[slot].suspended = suspended;
            shard.schedule(slot);
            // The asker may have gone.
            let _ = done.send(());
        });
    }

    fn with_slot(&mut self, child: ChildId, act: impl FnOnce(&mut Self, usize)) {
        if let Some(slot) = self.slot_of(child) {
            act(self, slot);
        }
    }
}

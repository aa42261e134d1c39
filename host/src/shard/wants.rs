//! What parts want, done. The only place where that happens.

use super::body::Body;
use super::part::Want;
use super::shard::Shard;
use crate::protocol::Driver;

impl<D: Driver> Shard<D> {
    /// Does what parts want, and what that leads them to want.
    #[inline]
    pub(super) fn do_wants(&mut self) {
        if !self.wants.is_empty() {
            self.do_all_wants();
        }
    }

    #[inline(never)]
    fn do_all_wants(&mut self) {
        while let Some(want) = self.wants.next() {
            match want {
                Want::Answer(caller, outcome) => self.answer(caller, outcome),
                Want::Post(shard, mail) => self.post(shard, mail),
                Want::Tell(notice) => self.gate.tell(notice),
                Want::Log(at, level, text) => self.log(at, level, text),
                Want::Ask(event) => self.supervise(event),
                Want::Errand(at, errand) => self.workers[at].desk.push(errand),
                Want::Give(at, offered) => self.workers[at].worker.give(offered),
                Want::TellOwner(at, tie, news) => self.workers[at].worker.owner_told(tie, news),
                Want::Unwatch(to, tie) => self.unwatch(&to, tie),
                Want::Down(tie, why) => self.tell_down(tie, why),
                Want::Wake(at) => {
                    if let Body::Asleep(asleep) = &mut self.workers[at].body {
                        asleep.crowded = false;
                    }
                }
                Want::Drop(instance) => self.workers.drop_later(instance),
            }
        }
    }
}

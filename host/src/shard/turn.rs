//! One turn of a shard, the same for a real thread and for a simulated one: hear what came, visit whoever
//! has something to do, let out what was done.

use super::route::Target;
use super::shard::Shard;
use crate::base::limits::STEPS_PER_TURN;
use crate::net::Request;
use crate::protocol::{Command, Driver, Mail, OnDisk, ThreadOrders};

/// What came to a shard since its last turn. A turn empties it and leaves its room for the next.
///
/// Mail is to be taken from its lane before the commands are: what control has ordered then holds for
/// whatever somebody sends who was told so.
#[derive(Debug, Default)]
pub struct Arrived {
    /// From control; heard first.
    pub commands: Vec<Command>,
    /// From users on other threads and from other shards.
    pub mail: Vec<Mail>,
    /// From this thread's connections.
    pub requests: Vec<(Target, Request)>,
    /// How far its records are on disk, if that is news.
    pub on_disk: Option<OnDisk>,
}

impl<D: Driver> Shard<D> {
    /// One turn. `flush` writes what was answered to the connections; it is called when all is done that
    /// this turn does, and before control is told of it.
    pub fn turn(&mut self, arrived: &mut Arrived, flush: impl FnOnce()) -> ThreadOrders {
        let orders = self.take_in(arrived);
        self.visit_runnable();
        self.hand_in();
        flush();
        self.end_turn();
        orders
    }

    /// The first half of a turn: what is due happens, and what came is heard. Nobody is visited.
    pub(crate) fn take_in(&mut self, arrived: &mut Arrived) -> ThreadOrders {
        self.begin_turn();
        let orders = self.hear(arrived);
        self.workers.settle();
        self.workers.rejoin();
        orders
    }

    /// Reads the clocks, then lets what is due happen.
    fn begin_turn(&mut self) {
        self.clock.read(&self.driver);
        self.parts.begin_turn(self.clock.wall);
        self.post.resend(&mut self.driver);
        while let Some(at) = self.workers.next_due(self.clock.now) {
            let late = self.workers[at].worker.tick(self.clock.now);
            self.answer_late(late);
            self.check_ending(at);
            self.parts.managers.check_heard(at, &self.workers[at]);
        }
        self.parts.due(self.clock.now, &self.workers, &mut self.wants);
        self.do_wants();
    }

    fn hear(&mut self, arrived: &mut Arrived) -> ThreadOrders {
        let Arrived { commands, mail, requests, on_disk } = arrived;
        if let Some(on_disk) = on_disk.take() {
            self.gate_opens(on_disk);
        }
        // Most turns have requests alone.
        let orders = if commands.is_empty() { ThreadOrders::default() } else { self.hear_commands(commands) };
        if !mail.is_empty() {
            for mail in mail.drain(..) {
                self.mail(mail);
                self.do_wants();
            }
        }
        for (target, request) in requests.drain(..) {
            self.request(target, request);
            self.do_wants();
        }
        orders
    }

    fn hear_commands(&mut self, commands: &mut Vec<Command>) -> ThreadOrders {
        let mut orders = ThreadOrders::default();
        for command in commands.drain(..) {
            match command {
                Command::Drain => orders.drain = true,
                Command::Quit => orders.quit = true,
                command => self.command(command),
            }
            self.do_postponed();
            self.do_wants();
        }
        orders
    }

    /// Visits workers that have something to do, until the time of the turn is over.
    fn visit_runnable(&mut self) {
        let mut steps = 0;
        for _ in 0..self.workers.runnable().max(STEPS_PER_TURN) {
            self.ask_managers();
            let Some(at) = self.workers.next() else { break };
            steps += self.visit(at);
            self.after_visit(at);
            if self.workers.runnable() > 0 && self.clock.is_over(&self.driver) {
                self.workers.spent(at);
                break;
            }
            if steps >= STEPS_PER_TURN {
                break;
            }
        }
    }

    /// Managers are asked between visits only: what they want may concern whoever is being visited.
    fn ask_managers(&mut self) {
        if self.parts.managers.is_stirred() {
            self.parts.managers.pump(&self.workers, &mut self.wants);
            self.do_wants();
            self.workers.settle();
        }
    }

    fn after_visit(&mut self, at: usize) {
        self.do_postponed();
        let slot = &self.workers[at];
        self.parts.managers.check_heard(at, slot);
        if slot.spec.hibernate_after.is_some() {
            self.parts.sleep.idle(at, slot, self.clock.now);
        }
        self.do_wants();
        self.workers.settle();
    }

    /// Tells control what happened and frees what is left over.
    fn end_turn(&mut self) {
        self.workers.settle();
        let supervision = &self.supervision;
        self.parts.traces.end_turn(&self.workers, &self.clock, |child| supervision.is_down_for_good(child));
        self.gate.open(&mut self.driver);
        self.workers.drop_garbage();
    }
}

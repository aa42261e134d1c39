//! What holds for an event manager, whatever its handlers do.

use crate::base::{ExitReason, Failure, Fault, FaultClass, Kind, Name, QueueSpec, SavedState, WhenFull};
use crate::worker::{Entry, Manager, ManagerAction, NewHandler, Offered, OwnerNews};

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// A manager whose handlers do at once what they are told, and a trace of it. Callers and owners are
/// numbers; the number of a handler is its place among all that ever came.
pub(super) struct Play {
    pub(super) manager: Manager<u32, u32>,
    pub(super) trace: Vec<String>,
    pub(super) came: Vec<String>,
    /// Handlers that wait to be told what to do rather than doing it at once.
    pub(super) held: bool,
    /// What was given or ordered and is not yet done.
    pub(super) open: Vec<(usize, String)>,
}

pub(super) fn new(handler: &str, owner: Option<u32>) -> NewHandler<u32> {
    NewHandler { handler: name(handler), behaviour: name("b"), config: vec![], owner }
}

pub(super) fn crash() -> ExitReason {
    ExitReason::Crashed(Fault::new(FaultClass::Trap, "boom"))
}

impl Play {
    pub(super) fn new(capacity: usize, when_full: WhenFull) -> Play {
        let mut manager = Manager::new(name("m"), QueueSpec { capacity, when_full }, None);
        manager.open();
        Play { manager, trace: vec![], came: vec![], held: false, open: vec![] }
    }

    /// With these handlers, oldest first.
    pub(super) fn with(handlers: &[&str]) -> Play {
        let mut play = Play::new(100, WhenFull::Reject);
        handlers.iter().for_each(|handler| play.join(handler));
        play
    }

    fn join(&mut self, handler: &str) {
        self.manager.joined(name(handler), self.came.len());
        self.came.push(handler.to_owned());
    }

    pub(super) fn ask(&mut self, caller: u32, ask: Entry<u32>) {
        // A caller's number is its deadline, too; 0 is nobody.
        let caller = (caller > 0).then_some((caller, u64::from(caller)));
        if self.manager.offer(caller, ask).is_err() {
            self.trace.push("no place".into());
        }
    }

    pub(super) fn notify(&mut self, caller: u32, event: &str) {
        self.ask(caller, Entry::Notify(event.into()));
    }

    /// Does what there is to do; gives the trace since the last time.
    pub(super) fn run(&mut self) -> String {
        while let Some(task) = self.manager.next_action() {
            self.carry_out(task);
        }
        std::mem::take(&mut self.trace).join(" | ")
    }

    fn carry_out(&mut self, task: ManagerAction<u32, u32>) {
        match task {
            ManagerAction::Answer(caller, Ok(_)) => self.trace.push(format!("{caller} ok")),
            ManagerAction::Answer(caller, Err(failure)) => self.trace.push(format!("{caller} {}", word(&failure))),
            ManagerAction::Failed(failure) => self.trace.push(format!("logged {}", word(&failure))),
            ManagerAction::Tell(owner, OwnerNews::NeverCame) => self.trace.push(format!("owner {owner}: never came")),
            ManagerAction::Tell(owner, OwnerNews::Left(end)) => {
                self.trace.push(format!("owner {owner}: {} {:?}", end.handler, end.why));
            }
            ManagerAction::Tell(owner, OwnerNews::Replaced(end)) => {
                self.trace.push(format!("owner {owner} stays: {} {:?}", end.handler, end.why));
            }
            ManagerAction::Start(new, state) => self.start(&new.handler, state),
            ManagerAction::Give(at, offered) => {
                let body = match offered {
                    Offered::Cast(body) => text(&body),
                    Offered::Call { caller, body, .. } => format!("{} of {caller}", text(&body)),
                    Offered::Published { .. } | Offered::Http { .. } | Offered::Host { .. } | Offered::Once(_) => {
                        "nothing a manager gives".into()
                    }
                };
                self.act(at, body);
            }
            ManagerAction::Stop(at) => self.act(at, "stop".into()),
            ManagerAction::Save(at) => self.act(at, "save".into()),
        }
    }

    fn start(&mut self, handler: &Name, state: Option<SavedState>) {
        let on = state.map(|state| format!(" on {}", text(&state.data))).unwrap_or_default();
        self.trace.push(format!("start {handler}{on}"));
        if handler.as_str().starts_with("bad") {
            return self.manager.started(Err(Failure::new(Kind::Crashed, "init")));
        }
        self.join(handler.as_str());
        self.manager.started(Ok(()));
    }

    fn act(&mut self, at: usize, what: String) {
        self.open.push((at, what));
        if !self.held {
            self.go_on();
        }
    }

    /// The oldest thing that is not yet done is done.
    pub(super) fn go_on(&mut self) {
        let (at, what) = self.open.remove(0);
        let handler = &self.came[at];
        self.trace.push(format!("{handler} {what}"));
        let crashes = what == format!("crash {handler}") || what.starts_with("crash of");
        match what.as_str() {
            "stop" => self.manager.left(at, &ExitReason::Shutdown),
            "save" => {
                let state = SavedState { schema: "s".into(), data: handler.clone().into_bytes() };
                self.manager.saved(at, (!handler.starts_with("dumb")).then_some(state));
            }
            "leave" => {
                self.manager.heard(at);
                self.manager.left(at, &ExitReason::Normal);
            }
            _ if crashes => self.manager.left(at, &crash()),
            _ => self.manager.heard(at),
        }
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn word(failure: &Failure) -> &str {
    if failure.kind == Kind::Refused { &failure.text } else { failure.kind.word() }
}

#[test]
fn an_event_goes_to_all_handlers_newest_first_and_then_its_caller_is_told() {
    let mut play = Play::with(&["a", "b", "c"]);
    play.notify(0, "x");
    play.notify(7, "y");
    assert_eq!(play.run(), "c x | b x | a x | c y | b y | a y | 7 ok");
    let mut play = Play::with(&[]);
    play.notify(7, "x");
    assert_eq!(play.run(), "7 ok");
}

#[test]
fn a_handler_that_crashes_is_gone_and_the_others_hear_the_event() {
    let mut play = Play::with(&["a", "b", "c"]);
    play.notify(1, "crash b");
    play.notify(2, "x");
    assert_eq!(play.run(), "c crash b | b crash b | a crash b | 1 ok | c x | a x | 2 ok");
}

#[test]
fn a_question_goes_to_one_handler_or_to_nobody() {
    let mut play = Play::with(&["a", "b"]);
    for (caller, to, body) in [(1, "a", "q"), (2, "none", "q"), (0, "b", "tell"), (3, "a", "crash"), (4, "a", "q")] {
        play.ask(caller, Entry::One(name(to), body.into()));
    }
    assert_eq!(play.run(), "a q of 1 | 2 no-worker | b tell | a crash of 3 | 4 no-worker");
}

#[test]
fn a_handler_hears_what_was_sent_after_it_was_asked_for_and_nothing_else() {
    let mut play = Play::with(&["a"]);
    play.notify(0, "before");
    play.ask(1, Entry::Add(new("b", None)));
    play.notify(0, "after");
    play.ask(2, Entry::Delete(name("a")));
    play.notify(0, "last");
    assert_eq!(play.run(), "a before | start b | 1 ok | b after | a after | a stop | 2 ok | b last");
}

#[test]
fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let mut play = Play::with(&["a"]);
    play.ask(1, Entry::Add(new("a", Some(9))));
    play.ask(2, Entry::Add(new("bad", Some(8))));
    play.ask(0, Entry::Add(new("bad", None)));
    play.ask(3, Entry::Delete(name("none")));
    play.notify(4, "x");
    let refused = "owner 9: never came | 1 already_exists | start bad | owner 8: never came | 2 crashed";
    let rest = "start bad | logged crashed | 3 module_not_found | a x | 4 ok";
    assert_eq!(play.run(), format!("{refused} | {rest}"));
}

#[test]
fn a_swap_hands_the_state_over_or_none_and_a_failed_one_leaves_neither() {
    let mut play = Play::with(&["a", "dumb"]);
    play.ask(1, Entry::Swap(name("a"), new("b", None)));
    play.ask(2, Entry::Swap(name("dumb"), new("c", None)));
    play.ask(3, Entry::Swap(name("missing"), new("d", None)));
    play.ask(4, Entry::Swap(name("b"), new("bad", None)));
    play.notify(0, "x");
    let first = "a save | a stop | start b on a | 1 ok | dumb save | dumb stop | start c | 2 ok | start d | 3 ok";
    let last = "b save | b stop | start bad on b | 4 crashed | d x | c x";
    assert_eq!(play.run(), format!("{first} | {last}"));
}

#[test]
fn a_handler_may_be_swapped_for_one_of_its_own_name() {
    let mut play = Play::with(&["a", "b"]);
    play.ask(1, Entry::Swap(name("a"), new("a", None)));
    play.notify(0, "x");
    assert_eq!(play.run(), "a save | a stop | start a on a | 1 ok | a x | b x");
    play.ask(1, Entry::Swap(name("a"), new("b", None)));
    assert_eq!(play.run(), "a save | a stop | 1 already_exists; `a` has left all the same");
}

#[test]
fn an_owner_is_told_how_its_handler_ended() {
    let mut play = Play::with(&[]);
    for (owner, handler) in [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")] {
        play.ask(0, Entry::Add(new(handler, Some(owner))));
    }
    play.run();
    play.ask(0, Entry::Delete(name("a")));
    play.ask(0, Entry::Swap(name("b"), new("f", Some(6))));
    play.ask(0, Entry::One(name("c"), "leave".into()));
    play.notify(0, "crash d");
    let told: Vec<String> =
        play.run().split(" | ").filter(|line| line.starts_with("owner")).map(str::to_owned).collect();
    let expected =
        ["owner 1: a Normal", "owner 2: b Swapped(\"f\")", "owner 3: c Normal", "owner 4: d Crashed(\"trap: boom\")"];
    assert_eq!(told, expected);
    play.manager.close();
    for at in [5, 4] {
        play.manager.left(at, &ExitReason::Shutdown);
    }
    assert_eq!(play.run(), "owner 6: f Shutdown | owner 5: e Shutdown");
}

#[test]
fn an_owner_that_ends_takes_its_handler_along_whether_it_runs_waits_or_starts() {
    let mut play = Play::with(&["a"]);
    play.ask(0, Entry::Add(new("b", Some(1))));
    play.run();
    play.ask(5, Entry::Add(new("c", Some(2))));
    play.manager.owner_ended(2);
    play.manager.owner_ended(1);
    play.manager.owner_ended(77);
    play.notify(0, "x");
    assert_eq!(play.run(), "5 stopped | b stop | a x");
}

#[test]
fn nothing_is_given_while_the_one_before_is_at_it() {
    let mut play = Play::with(&["a", "b"]);
    play.held = true;
    play.notify(1, "x");
    play.notify(2, "y");
    assert_eq!((play.run().as_str(), play.open.len()), ("", 1));
    play.go_on();
    assert_eq!((play.run().as_str(), play.open.len()), ("b x", 1));
    play.manager.left(0, &crash());
    play.open.clear();
    assert_eq!(play.run(), "1 ok", "the one that was next has gone");
    play.go_on();
    assert_eq!(play.run(), "b y | 2 ok");
}

#[test]
fn a_handler_that_leaves_before_its_turn_is_not_given_the_event() {
    let mut play = Play::with(&["a", "b", "c"]);
    play.held = true;
    play.notify(1, "x");
    play.run();
    play.manager.left(1, &crash());
    play.go_on();
    assert_eq!(play.run(), "c x");
    play.manager.heard(0);
    assert_eq!(play.run(), "1 ok", "b was passed over");
    play.open.clear();
    play.notify(2, "y");
    play.run();
    play.manager.heard(2);
    // Its turn has come, and nobody has told it yet.
    play.manager.left(0, &crash());
    assert_eq!((play.run().as_str(), play.open.len()), ("2 ok", 1));
}

#[test]
fn a_manager_that_stops_while_a_handler_starts_tells_its_owner() {
    let mut play = Play::new(4, WhenFull::Reject);
    play.ask(5, Entry::Add(new("b", Some(9))));
    assert!(matches!(play.manager.next_action(), Some(ManagerAction::Start(..))));
    play.manager.close();
    play.manager.started(Ok(()));
    assert_eq!(play.run(), "5 stopped | owner 9: never came");
}

#[test]
fn a_full_queue_turns_away_by_its_rule() {
    for (when_full, expected) in [(WhenFull::Reject, "no place | 2 overloaded"), (WhenFull::DropOldest, "1 overloaded")]
    {
        let mut play = Play::new(1, when_full);
        play.notify(1, "x");
        play.notify(2, "y");
        let kept = if when_full == WhenFull::Reject { "1 ok" } else { "2 ok" };
        assert_eq!(play.run(), format!("{expected} | {kept}"));
    }
}

#[test]
fn whoever_waits_too_long_is_told_and_what_has_not_begun_is_not_done() {
    let mut play = Play::with(&["a"]);
    play.held = true;
    play.notify(10, "x");
    play.notify(20, "y");
    play.notify(30, "z");
    play.run();
    assert_eq!(play.manager.wake_at(), Some(10));
    play.manager.tick(20);
    assert_eq!(play.run(), "20 timed-out | 10 timed-out");
    assert_eq!(play.manager.wake_at(), Some(30));
    play.go_on();
    assert_eq!(play.run(), "a x");
    play.go_on();
    assert_eq!(play.run(), "a z | 30 ok");
}

#[test]
fn a_manager_that_stops_tells_everybody_and_one_that_was_not_started_waits() {
    let mut play = Play::with(&["a"]);
    play.held = true;
    play.notify(1, "x");
    play.run();
    play.notify(2, "y");
    play.ask(3, Entry::Add(new("b", Some(9))));
    play.manager.close();
    play.notify(4, "z");
    let told = "no place | 1 stopped | 2 stopped | 3 stopped | owner 9: never came | 4 stopped";
    assert_eq!(play.run(), told);
    play.manager.heard(0);
    play.manager.left(0, &ExitReason::Shutdown);
    assert_eq!(play.run(), "");
    let mut early = Play::with(&[]);
    early.manager = Manager::new(name("m"), QueueSpec::default(), None);
    early.notify(1, "x");
    assert_eq!(early.run(), "");
    early.manager.open();
    assert_eq!(early.run(), "1 ok");
}

#[test]
fn a_word_of_a_handler_that_was_not_asked_moves_nothing() {
    let mut play = Play::with(&["a", "b"]);
    play.held = true;
    play.notify(1, "x");
    assert_eq!(play.run(), "");
    play.manager.heard(0);
    play.manager.saved(1, None);
    assert_eq!(play.run(), "", "the event is with b");
    play.go_on();
    assert_eq!((play.run().as_str(), play.open.len()), ("b x", 1), "then with a");
    play.go_on();
    assert_eq!(play.run(), "a x | 1 ok");
}

#[test]
fn a_manager_tells_what_waits_and_its_bound_and_is_late_for_nobody_before_the_time() {
    let mut play = Play::with(&["a"]);
    play.held = true;
    for caller in [9, 5, 7] {
        play.notify(caller, "x");
        play.run();
    }
    assert_eq!((play.manager.queued(), play.manager.capacity(), play.manager.wake_at()), (2, 100, Some(5)));
    play.manager.tick(4);
    assert_eq!((play.run().as_str(), play.manager.queued()), ("", 2));
    play.manager.tick(5);
    assert_eq!((play.run().as_str(), play.manager.queued(), play.manager.wake_at()), ("5 timed-out", 1, Some(7)));
    play.manager.tick(100);
    assert_eq!(
        (play.run().as_str(), play.manager.queued(), play.manager.wake_at()),
        ("7 timed-out | 9 timed-out", 0, None)
    );
}

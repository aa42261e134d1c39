//! Wide and deep trees, and what they cost.

use std::collections::VecDeque;

use super::harness::{Story, story};
use super::words;
use crate::base::limits::{CHILDREN_MAX, RESTARTS_MAX, SUPERVISOR_DEPTH_MAX};
use crate::base::{ChildSpec, ExitReason, Intensity};
use crate::supervisor::{Action, Event, NewChild, Order, StartChild, StartOutcome, Status, Tree, effort};

#[test]
fn sup_36_thousands_of_children_start_crash_and_stop() {
    let wide: String = (2..CHILDREN_MAX).map(|n| format!("w{n} ")).collect();
    let mut spec = words::tree(&format!("root one_for_one 1/5s: {wide}"));
    spec.supervisors[0].1.intensity = Intensity { restarts: RESTARTS_MAX, ..Default::default() };
    let mut tree = Tree::new(spec).expect("a tree");
    let mut tell = |event| tree.handle(event, 1, &mut || 0);
    let mut starts = 0;
    let mut actions = tell(Event::Boot);
    while let Some(Action::Start { child }) = actions.first().cloned() {
        starts += 1;
        actions = tell(Event::Started { child, outcome: StartOutcome::Up });
    }
    assert_eq!(starts, CHILDREN_MAX - 2);
    for child in tree.workers().collect::<Vec<_>>() {
        let reason = super::world::crash();
        let actions = tree.handle(Event::Exited { child, reason }, 2, &mut || 0);
        assert!(matches!(actions[..], [Action::Report(_), Action::Start { child: c }] if c == child));
        tree.handle(Event::Started { child, outcome: StartOutcome::Up }, 2, &mut || 0);
    }
    let mut actions = tree.handle(Event::Shutdown, 3, &mut || 0);
    let mut stops = 0;
    while let Some(Action::Stop { child, .. }) = actions.first().cloned() {
        stops += 1;
        let reason = crate::base::ExitReason::Shutdown;
        actions = tree.handle(Event::Stopped { child, reason }, 3, &mut || 0);
    }
    assert!(matches!(actions[..], [Action::Finished { .. }]));
    assert_eq!((stops, tree.status(tree.root())), (CHILDREN_MAX - 2, Status::Stopped));
}

/// Starts so many keyed children, crashes each, looks each up, stops half of them one by one and
/// the rest with the tree; gives the actions and the looks that took.
fn a_life_with(count: usize) -> (usize, usize) {
    let mut spec = words::tree("root one_for_one 1/5s: a (calls simple_one_for_one 1/5s: call) z");
    spec.supervisors[1].1.intensity = Intensity { restarts: RESTARTS_MAX, ..Default::default() };
    let mut life = Life { tree: Tree::new(spec).expect("a tree"), actions: 0 };
    life.tell(Event::Boot);
    effort::spent();
    let supervisor = life.tree.id("calls").expect("a supervisor");
    let mut children = vec![];
    for asked in 0..count as u64 {
        let new = NewChild::Keyed { key: words::name(&asked.to_string()), config: None };
        life.tell(Event::StartChild(StartChild { supervisor, new, asked: asked + 1 }));
        children.extend(life.tree.id(&format!("calls/{asked}")));
    }
    for (key, &child) in children.iter().enumerate() {
        life.tell(Event::Exited { child, reason: super::world::crash() });
        assert_eq!(life.tree.id(&format!("calls/{key}")), Some(child));
    }
    for &child in children.iter().step_by(2) {
        life.tell(Event::Order { child, order: Order::Terminate, asked: 0 });
    }
    life.tell(Event::Shutdown);
    assert_eq!(life.tree.status(life.tree.root()), Status::Stopped);
    assert_eq!(life.tree.workers().count(), 2);
    (life.actions, effort::spent())
}

struct Life {
    tree: Tree,
    actions: usize,
}

impl Life {
    fn tell(&mut self, event: Event) {
        let actions = self.tree.handle(event, 2, &mut || 0);
        self.carry_out(actions);
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        let mut queue = VecDeque::from(actions);
        while let Some(action) = queue.pop_front() {
            self.actions += 1;
            let event = match action {
                Action::Start { child } => Event::Started { child, outcome: StartOutcome::Up },
                Action::Stop { child, .. } => Event::Stopped { child, reason: ExitReason::Shutdown },
                _ => continue,
            };
            queue.extend(self.tree.handle(event, 2, &mut || 0));
        }
    }
}

#[test]
fn sup_36_a_hundred_times_the_children_are_a_hundred_times_the_work() {
    let (few, many) = (a_life_with(1_000), a_life_with(100_000));
    // Start and answer; crash, report and restart; stop and forget: 6 actions each, and a few for the rest.
    assert!((6_000..6_020).contains(&few.0) && (600_000..600_020).contains(&many.0), "{few:?} {many:?}");
    assert!(many.1 < few.1 * 101 && many.1 < 100 * 100_000, "{few:?} {many:?}");
}

#[test]
fn sup_36_children_with_specs_of_their_own_cost_the_same_however_many_there_are() {
    let mut tree = Tree::new(words::tree("root one_for_one 1/5s: a")).expect("a tree");
    let spec = words::tree("root one_for_one 1/5s: a?").children.remove(0);
    let boot = tree.handle(Event::Boot, 1, &mut || 0);
    let [Action::Start { child }] = boot[..] else { panic!("{boot:?}") };
    tree.handle(Event::Started { child, outcome: StartOutcome::Up }, 1, &mut || 0);
    let mut cost = |n: usize| {
        let named = ChildSpec { name: words::name(&format!("w{n}")), ..spec.clone() };
        effort::spent();
        let start = StartChild { supervisor: tree.root(), new: NewChild::Spec(Box::new(named)), asked: 0 };
        let actions = tree.handle(Event::StartChild(start), 1, &mut || 0);
        let Some(Action::Start { child }) = actions.last().cloned() else { panic!("{actions:?}") };
        tree.handle(Event::Started { child, outcome: StartOutcome::Up }, 1, &mut || 0);
        if n.is_multiple_of(2) {
            tree.handle(Event::Exited { child, reason: ExitReason::Normal }, 1, &mut || 0);
        }
        effort::spent()
    };
    let early = (cost(0), cost(1));
    for n in 2..20_000 {
        cost(n);
    }
    assert_eq!((cost(20_000), cost(20_001)), early);
}

#[test]
fn a_group_of_thousands_restarts_in_one_line() {
    let wide: String = (0..5000).map(|n| format!("w{n} ")).collect();
    story(
        &format!("root one_for_all 1/5s: {wide}"),
        "w2500 crashes
         w0 is running
         w4999 is running
         shutdown",
    );
}

#[test]
fn a_crash_at_the_bottom_of_the_deepest_tree_escalates_to_its_top() {
    let depth = SUPERVISOR_DEPTH_MAX - 1;
    let open: String = (0..depth).map(|n| format!("(s{n} one_for_one 0/5s: a{n} ")).collect();
    let tree = format!("root one_for_one 0/5s: {open} b {}", ")".repeat(depth));
    let mut story = Story::new(&tree);
    story.run("boot\nb crashes\nrunning:");
    let end = story.world.finished.expect("finished");
    assert!(end.starts_with("supervisor root gave up: child s0 ended once too often"), "{end}");
    assert!(end.ends_with("child b ended once too often (trap: boom)"), "{end}");
}

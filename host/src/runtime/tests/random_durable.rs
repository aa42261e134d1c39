//! Durable workers under random loads, crashes, slow disks, moves of what their journal needs, and power cuts.
//!
//! `cargo xtask simulate` plays more seeds.
//!
//! A durable worker `r` has a volatile one, `v`, count what it was asked to: `v` may never have heard of more than the
//! disk has, nor of anything twice.
//!
//! The model of a worker is the list of states that it goes through. What it answers must be what the model answers at
//! that place; after a power cut it must stand at a place at or after the last one that anybody was told of.

use super::world::{Answer, Child, MS, SECOND, World, child, told};
use crate::base::{Chance, Nanos};

const WORKERS: [&str; 3] = ["a", "b", "c"];
/// What happens in one seed, one after the other.
const MOVES: usize = 120;
/// Nobody stops waiting.
const FOR_EVER: Nanos = 80_000 * SECOND;

/// What a worker is asked.
#[derive(Clone, Copy)]
enum Asks {
    Add(u64),
    Read,
    Stats,
    Reset,
    Nonsense,
    /// Turned away: it never happened.
    Nothing,
}

/// A worker as it must be: all that it was asked since it began.
#[derive(Clone)]
struct Model {
    asked: Vec<Asks>,
    /// Somebody was told of so many of them.
    told: usize,
}

impl Model {
    /// Where it stands after so many.
    fn at(&self, place: usize) -> (u64, u64) {
        self.asked[..place].iter().fold((0, 0), |(count, resets), asks| match asks {
            Asks::Add(more) => (count + more, resets),
            Asks::Reset if count > 0 => (0, resets + 1),
            _ => (count, resets),
        })
    }

    /// What must be answered to the one after so many.
    fn answer(&self, place: usize) -> String {
        let (count, resets) = self.at(place);
        match self.asked[place] {
            Asks::Read => format!("{{\"Value\":{count}}}"),
            Asks::Stats => stats((count, resets)),
            Asks::Reset if count == 0 => "crashed".into(),
            Asks::Nonsense => "refused".into(),
            _ => "\"Ack\"".into(),
        }
    }

    fn ask(&mut self, chance: &mut Chance) -> String {
        let (asks, body) = match chance.below(7) {
            0..=2 => {
                let more = 1 + chance.below(5);
                (Asks::Add(more), format!("{{\"Add\":{more}}}"))
            }
            3 => (Asks::Read, "\"Read\"".into()),
            4 => (Asks::Stats, "\"Stats\"".into()),
            5 => (Asks::Nonsense, "\"Nonsense\"".into()),
            _ => (Asks::Reset, "\"Reset\"".into()),
        };
        self.asked.push(asks);
        body
    }

    /// After a power cut it stands here.
    ///
    /// # Errors
    /// It may not: where it may.
    fn cut(&mut self, shown: &str) -> Result<(), Vec<(u64, u64)>> {
        let may = || self.told..=self.asked.len();
        let place = may().rfind(|place| stats(self.at(*place)) == shown);
        let place = place.ok_or_else(|| may().map(|place| self.at(place)).collect::<Vec<_>>())?;
        self.asked.truncate(place);
        self.told = place;
        Ok(())
    }
}

fn stats((count, resets): (u64, u64)) -> String {
    format!("{{\"Stats\":{{\"count\":{count},\"resets\":{resets}}}}}")
}

struct Asked {
    worker: usize,
    place: usize,
    answer: Answer,
    /// It asks for what was asked before.
    is_again: bool,
}

/// An addition that is to be done once.
#[derive(Clone)]
struct Once {
    worker: usize,
    /// Where the model has it; none if a power cut has taken it back.
    place: Option<usize>,
    id: u64,
    body: String,
}

struct Run {
    world: World,
    children: Vec<Child>,
    models: Vec<Model>,
    asked: Vec<Asked>,
    once: Vec<Once>,
    ids: u64,
    chance: Chance,
    /// How often `r` was asked to have `v` count, since the last power cut.
    orders: u64,
    cuts: usize,
    answered: usize,
    seed: u64,
    /// What was done since the last power cut.
    done: Vec<String>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let hibernate_after = (seed.is_multiple_of(3)).then(|| std::time::Duration::from_millis(50));
        let durable = |name| Child { durable: true, hibernate_after, ..child(name, "counter-0.2.0") };
        let relay = Child { durable: true, ..child("r", "relay-0.1.0") };
        let counters = WORKERS.into_iter().map(durable);
        let children: Vec<Child> = counters.chain([relay, child("v", "counter-0.2.0")]).collect();
        let world = World::stepping(seed % 2 == 1, 2, &children);
        let models = vec![Model { asked: vec![], told: 0 }; WORKERS.len()];
        Run {
            world,
            children,
            models,
            asked: vec![],
            once: vec![],
            ids: 0,
            chance: Chance::seeded(seed),
            orders: 0,
            cuts: 0,
            answered: 0,
            seed,
            done: vec![],
        }
    }

    fn move_on(&mut self) {
        match self.chance.below(24) {
            0..=9 => self.ask(),
            22 | 23 => self.ask_again(),
            20 | 21 => self.order(),
            10..=12 => {
                self.done.push("settle".into());
                self.world.settle();
            }
            13 => {
                let time = self.chance.below(400) * MS;
                self.done.push(format!("{} ms pass", time / MS));
                self.world.pass(time);
            }
            14 | 15 => self.write(),
            16 => {
                let slow = self.chance.below(2) == 0;
                self.done.push(format!("the disk is {}", if slow { "slow" } else { "fast" }));
                self.world.sim.journal.borrow_mut().is_slow = slow;
            }
            17 => {
                let mut journal = self.world.sim.journal.borrow_mut();
                let end = journal.before.len() + journal.synced;
                journal.leave = journal.leave.max(self.chance.below(end as u64 + 1));
                self.done.push(format!("leave {}", journal.leave));
            }
            18 => self.restart(),
            _ => self.cut(),
        }
        self.hear();
    }

    fn ask(&mut self) {
        let worker = self.chance.below(WORKERS.len() as u64) as usize;
        let model = &mut self.models[worker];
        let place = model.asked.len();
        let body = model.ask(&mut self.chance);
        let adds = matches!(model.asked[place], Asks::Add(_));
        let id = (adds && self.chance.below(2) == 0).then(|| {
            self.ids += 1;
            self.ids
        });
        self.call(worker, place, &body, id, false);
        if let Some(id) = id {
            self.once.push(Once { worker, place: Some(place), id, body: body.clone() });
            if self.chance.below(4) == 0 {
                self.call(worker, place, &body, Some(id), true);
            }
        }
    }

    fn call(&mut self, worker: usize, place: usize, body: &str, id: Option<u64>, is_again: bool) {
        self.done.push(format!("{} {body}, id {id:?}, place {place}, again: {is_again}", WORKERS[worker]));
        let answer = self.world.call_once(WORKERS[worker], body, FOR_EVER, id);
        self.asked.push(Asked { worker, place, answer, is_again });
    }

    /// A client asks for an addition again that was done, or lost.
    fn ask_again(&mut self) {
        let waits =
            |once: &Once| self.asked.iter().any(|asked| Some(asked.place) == once.place && asked.worker == once.worker);
        let known: Vec<usize> = (0..self.once.len()).filter(|at| !waits(&self.once[*at])).collect();
        if known.is_empty() {
            return;
        }
        let at = known[self.chance.below(known.len() as u64) as usize];
        let Once { worker, place, id, body } = self.once[at].clone();
        let is_again = place.is_some();
        let place = place.unwrap_or_else(|| {
            let asked = &mut self.models[worker].asked;
            let more = body.trim_matches(|each: char| !each.is_ascii_digit()).parse().expect("a number");
            asked.push(Asks::Add(more));
            asked.len() - 1
        });
        self.once[at].place = Some(place);
        self.call(worker, place, &body, Some(id), is_again);
    }

    fn order(&mut self) {
        let how = ["Cast", "Call", "Forward"][self.chance.below(3) as usize];
        self.done.push(format!("r {how}"));
        self.orders += 1;
        drop(self.world.call_within("r", &format!("{{\"{how}\":[\"v\",\"Increment\"]}}"), FOR_EVER));
    }

    /// How often `v` has counted.
    fn counted(&mut self) -> u64 {
        let mut answer = self.world.call_within("v", "\"Read\"", FOR_EVER);
        self.world.settle();
        let text = told(&mut answer);
        let number = text.strip_prefix("{\"Value\":").and_then(|rest| rest.strip_suffix('}'));
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("seed {}: `v` says {text}", self.seed))
    }

    /// The disk writes some of what it has.
    fn write(&mut self) {
        let more = {
            let mut journal = self.world.sim.journal.borrow_mut();
            let waiting = journal.records.len() - journal.synced;
            let more = self.chance.below(waiting as u64 + 1) as usize;
            journal.synced += more;
            self.done.push(format!("{more} of {waiting} are written"));
            more
        };
        if more > 0 {
            self.world.settle();
        }
    }

    /// An operator stops a worker and starts it again.
    fn restart(&mut self) {
        let worker = WORKERS[self.chance.below(WORKERS.len() as u64) as usize];
        self.done.push(format!("restart {worker}"));
        self.world.restart(worker);
    }

    fn hear(&mut self) {
        let (models, once) = (&mut self.models, &mut self.once);
        self.answered += self.asked.len();
        self.asked.retain_mut(|asked| match told(&mut asked.answer).as_str() {
            "nothing yet" => true,
            "stopped" => {
                if !asked.is_again {
                    models[asked.worker].asked[asked.place] = Asks::Nothing;
                    let was = |once: &Once| once.worker == asked.worker && once.place == Some(asked.place);
                    once.iter_mut().filter(|once| was(once)).for_each(|once| once.place = None);
                }
                false
            }
            answer => {
                let model = &mut models[asked.worker];
                assert_eq!(answer, model.answer(asked.place), "of `{}`", WORKERS[asked.worker]);
                model.told = model.told.max(asked.place + 1);
                false
            }
        });
        self.answered -= self.asked.len();
    }

    fn cut(&mut self) {
        self.cuts += 1;
        self.asked.clear();
        let (counted, on_disk) = (self.counted(), self.world.sim.journal.borrow().calls_of("r"));
        assert!(counted <= on_disk, "seed {}: `v` has counted {counted}, and the disk has {on_disk}", self.seed);
        self.orders = 0;
        let shards = 1 + self.chance.below(3) as usize;
        self.done.push(format!("a power cut, then {shards} shards"));
        self.world = self.world.reborn(shards, &self.children);
        self.look();
        for once in &mut self.once {
            let stands = self.models[once.worker].asked.len();
            once.place = once.place.filter(|place| *place < stands);
        }
        self.done.clear();
    }

    /// All come up, and stand where they may.
    fn look(&mut self) {
        for (worker, model) in WORKERS.into_iter().zip(&mut self.models) {
            let mut answer = self.world.call_within(worker, "\"Stats\"", FOR_EVER);
            self.world.pass(SECOND);
            let stands = told(&mut answer);
            if let Err(may) = model.cut(&stands) {
                panic!("seed {}: `{worker}` stands at {stands}, and may at {may:?} after {:#?}", self.seed, self.done);
            }
        }
    }
}

/// Plays a seed to its end; gives how many power cuts and answers there were.
pub(super) fn play(seed: u64) -> (usize, usize) {
    let mut run = Run::new(seed);
    for _ in 0..MOVES {
        run.move_on();
    }
    run.world.sim.journal.borrow_mut().is_slow = false;
    run.world.pass(60 * SECOND);
    run.hear();
    assert!(run.asked.is_empty(), "seed {seed}: {} are never answered", run.asked.len());
    assert_eq!(run.counted(), run.orders, "seed {seed}: `v` counts each order once");
    run.cut();
    (run.cuts, run.answered)
}

/// `cargo xtask simulate` sets it.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("TOMTE_SEED").unwrap_or(0);
    first..first + number("TOMTE_SEEDS").unwrap_or(150)
}

#[test]
fn a2_nobody_was_told_of_anything_that_a_power_cut_takes_back() {
    let seeds = seeds();
    let count = (seeds.end - seeds.start) as usize;
    let sum =
        |runs: &mut dyn Iterator<Item = (usize, usize)>| runs.fold((0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (cuts, answered) = std::thread::scope(|scope| {
        let play = |at| sum(&mut seeds.clone().skip(at).step_by(threads).map(play));
        let played: Vec<_> = (0..threads).map(|at| scope.spawn(move || play(at))).collect();
        sum(&mut played.into_iter().map(|thread| thread.join().expect("a seed that shows no fault")))
    });
    assert!(cuts >= 2 * count && answered >= 10 * count, "{cuts} cuts, {answered} answers");
}

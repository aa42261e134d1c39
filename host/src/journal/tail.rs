//! What brings a worker back: its beginning, and all that it has stepped since.

use std::borrow::Cow;
use std::collections::HashMap;

use tomte_journal::{Framed, Packed};

use super::record::{Began, Came, Given, Life, Open, Record, Unreadable};
use crate::base::limits::{TAIL_BYTES, TAIL_PER_STATE};
use crate::base::{Bug, Digest, Input, Nanos, is_planted};
use crate::worker::Remembered;

/// One worker's beginning and its steps, as its journal has them.
#[derive(Debug)]
pub struct Tail {
    began: Vec<u8>,
    /// The record of the requests that its worker remembered when it began.
    requests: Option<Vec<u8>>,
    steps: Packed,
    /// No record of it stands before this position.
    pub needed: u64,
    /// Bytes of steps beyond which it is long.
    most: usize,
    /// Of the code that it was recorded with.
    digest: Digest,
    release: u64,
    /// Where earlier code is to go on with it: that code, and its schema.
    goes_back: Option<(Digest, Box<str>)>,
    /// Its instance has saved its state since, and may be another for that.
    has_saved: bool,
    /// It has a state and no instance.
    is_at_rest: bool,
    /// Its configuration by now.
    config: Vec<u8>,
    open: Open,
    /// Whether a step is under way.
    is_open: bool,
}

/// What a worker has stepped: an input, when that was over, and what came of it.
pub type Stepped<'a> = (Given<'a>, Nanos, Came);

impl Tail {
    /// Of a worker that begins with this, and remembers these requests.
    pub fn beginning(began: &Began<'_>, requests: Option<Remembered>) -> Tail {
        let mut tail = Tail::new(began.encode(), began, 0);
        if let Some(requests) = requests {
            tail.remember(Record::Requests(Cow::Owned(requests)).encode());
        }
        tail
    }

    fn remember(&mut self, requests: Vec<u8>) {
        self.most = self.most.max(requests.len().saturating_mul(TAIL_PER_STATE));
        self.requests = Some(requests);
    }

    /// Of a worker that has stepped nothing since it has begun, and this is the record of that.
    fn new(record: Vec<u8>, began: &Began<'_>, needed: u64) -> Tail {
        let state = began.state.as_ref().map_or(0, |state| state.data.len());
        Tail {
            began: record,
            requests: None,
            steps: Packed::default(),
            needed,
            most: TAIL_BYTES.max(state.saturating_mul(TAIL_PER_STATE)),
            digest: began.digest,
            release: began.release,
            goes_back: None,
            has_saved: false,
            is_at_rest: began.wanted.is_none(),
            config: began.config.to_vec(),
            open: Open::default(),
            is_open: false,
        }
    }

    /// How it began.
    pub fn began(&self) -> Option<Began<'_>> {
        match Record::decode(&self.began) {
            Ok(Record::Began(began)) => Some(*began),
            _ => None,
        }
    }

    /// The requests that it remembered then.
    pub fn requests(&self) -> Option<Remembered> {
        match Record::decode(self.requests.as_deref()?) {
            Ok(Record::Requests(requests)) => Some(requests.into_owned()),
            _ => None,
        }
    }

    /// The worker is given this.
    pub fn given(&mut self, given: &Given<'_>) {
        self.open.begin(given);
        self.is_open = true;
        self.note_config(&given.input);
    }

    /// What the worker is in the middle of.
    pub fn under_way(&self) -> Option<Given<'_>> {
        self.is_open.then(|| self.open.given()).flatten()
    }

    /// The step under way is over, with this. Its record.
    pub fn over(&mut self, done: Nanos, came: Came) -> &[u8] {
        self.is_open = false;
        let record = self.open.end(done, came);
        self.steps.push(record);
        record
    }

    /// The step under way is as if it had never begun.
    pub fn forget_open(&mut self) {
        self.is_open = false;
    }

    /// The step at this place, and the place of the next. The first place is 0.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn step(&self, place: usize) -> Option<Result<(Stepped<'_>, usize), Unreadable>> {
        let (record, next) = self.steps.at(place)?;
        Some(match Record::decode(record) {
            Ok(Record::Step(given, done, came)) => Ok(((given, done, came), next)),
            Ok(_) => Err(Unreadable::new(record, "it is no step".to_owned())),
            Err(unreadable) => Err(unreadable),
        })
    }

    /// Its records, in order.
    pub fn each(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.began.as_slice()).chain(self.requests.as_deref()).chain(self.steps.each())
    }

    /// How it began, as one record.
    pub fn beginning_record(&self) -> Cow<'_, [u8]> {
        match self.requests {
            Some(_) => Cow::Owned(self.record()),
            None => Cow::Borrowed(&self.began),
        }
    }

    /// All of it as one record: half of it would be a worker that has forgotten what it stepped.
    pub fn record(&self) -> Vec<u8> {
        let mut packed = Packed::default();
        self.each().for_each(|record| packed.push(record));
        Record::Moved(&packed.into_bytes()).encode()
    }

    /// Its configuration by now.
    pub fn config(&self) -> &[u8] {
        &self.config
    }

    /// Bytes of its records.
    pub fn bytes(&self) -> u64 {
        (self.began.len() + self.requests.as_ref().map_or(0, Vec::len) + self.steps.bytes()) as u64
    }

    /// How many inputs it has stepped since it has begun.
    pub fn inputs(&self) -> usize {
        self.steps.each().count()
    }

    /// Whether its worker should rather go on from its state: then the steps need not be made again.
    pub fn is_long(&self) -> bool {
        self.has_saved || self.steps.bytes() > self.most
    }

    /// The instance has saved its state, which no tail has. What that has left in it is not to be found out: the worker
    /// goes on from its state.
    pub fn note_save(&mut self) {
        self.has_saved = true;
    }

    /// The code that it was recorded with.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The revision of the release that had brought the code of its behaviour by then; 0 if none did in that host.
    pub fn release(&self) -> u64 {
        self.release
    }

    /// Earlier code is to go on with its state, and reads this schema.
    pub fn go_back(&mut self, code: Digest, schema: &str) {
        self.goes_back = Some((code, schema.into()));
    }

    /// The schema in which its state is to be written for this code, which is known where that is earlier code.
    pub fn goes_back(&self, code: Digest) -> Option<&str> {
        self.goes_back.as_ref().filter(|(earlier, _)| *earlier == code).map(|(_, schema)| &**schema)
    }

    /// Whether there is nothing to step again: it has a state, and no instance since.
    pub fn is_at_rest(&self) -> bool {
        self.is_at_rest
    }

    /// The worker could not go on from its state. It is not asked to before this is twice as long.
    pub fn may_grow(&mut self) {
        self.has_saved = false;
        self.most = self.steps.bytes().saturating_mul(2);
    }

    fn note_config(&mut self, input: &Input) {
        if let Input::ConfigChanged(config) = input {
            self.config.clone_from(config);
        }
    }
}

/// What a whole journal leaves: of each worker its tail, and where the clocks stood.
#[derive(Debug, Default)]
pub struct Tails {
    workers: HashMap<String, Tail>,
    clocks: Life,
    /// Of a record that is not whole yet, and where it begins.
    parts: (u64, Vec<u8>),
}

impl Tails {
    /// The journal has this record at this position. Steps whose beginning is not there any more belong to no tail.
    ///
    /// # Errors
    /// [`Unreadable`]: this version does not know it.
    pub fn hear(&mut self, position: u64, bytes: &[u8]) -> Result<(), Unreadable> {
        match Record::decode(bytes)? {
            Record::Part(is_first, part) => {
                if is_first {
                    self.parts = (position, vec![]);
                }
                self.parts.1.extend_from_slice(part);
            }
            Record::Rest(rest) => {
                let (begins, mut whole) = std::mem::take(&mut self.parts);
                whole.extend_from_slice(rest);
                match Record::decode(&whole)? {
                    Record::Part(..) | Record::Rest(_) => {
                        return Err(Unreadable::new(bytes, "parts of parts".to_owned()));
                    }
                    record => self.note(begins, &whole, &record),
                }
            }
            record => self.note(position, bytes, &record),
        }
        Ok(())
    }

    fn note(&mut self, position: u64, bytes: &[u8], record: &Record<'_>) {
        match record {
            Record::Life(life) => self.clocks.pass(*life),
            Record::Began(began) => {
                self.clocks.pass(Life { now: began.now, now_ms: began.now_ms });
                let tail = Tail::new(bytes.to_vec(), began, position);
                let before = self.workers.insert(began.worker.to_string(), tail);
                if is_planted(Bug::SnapshotKeepsSteps)
                    && let (Some(before), Some(tail)) = (before, self.workers.get_mut(&*began.worker))
                {
                    tail.steps = before.steps;
                }
            }
            Record::Step(given, done, _) => {
                self.clocks.pass(Life { now: *done, now_ms: given.now_ms });
                if let Some(tail) = self.workers.get_mut(given.worker) {
                    tail.note_config(&given.input);
                    tail.steps.push(bytes);
                }
            }
            Record::Ended(worker) => drop(self.workers.remove(*worker)),
            Record::Moved(packed) => {
                let mut worker = Cow::Borrowed("");
                for record in Framed::new(packed) {
                    match Record::decode(record) {
                        Ok(known @ (Record::Began(_) | Record::Step(..))) => {
                            if let Record::Began(began) = &known {
                                worker.clone_from(&began.worker);
                            }
                            self.note(position, record, &known);
                        }
                        Ok(Record::Requests(_)) => {
                            let tail = self.workers.get_mut(&*worker);
                            tail.into_iter().for_each(|tail| tail.remember(record.to_vec()));
                        }
                        _ => {}
                    }
                }
            }
            Record::Part(..) | Record::Rest(_) | Record::Requests(_) => {}
        }
    }

    /// Where the clocks stood when the last record was written.
    pub fn clocks(&self) -> Life {
        self.clocks
    }

    /// The workers, by name.
    pub fn into_workers(self) -> HashMap<String, Tail> {
        self.workers
    }
}

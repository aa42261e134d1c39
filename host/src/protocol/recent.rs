//! An input of a worker as it is remembered and shown: what it was, how it began, and what came of it.
//! Pure.
//!
//! Invariant: a body is kept up to its first bytes, and of a redacted worker not at all.

use std::fmt;

use crate::base::limits::HEAD_BYTES;
use crate::base::{CallError, Input, Millis};

/// What an input was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A call.
    Call,
    /// A message.
    Cast,
    /// A publication on a topic.
    Published,
    /// A request of HTTP as its client sent it.
    Http,
    /// A timer went off.
    Timer,
    /// The outcome of an outgoing call.
    Response,
    /// A `next-event` of an earlier step.
    Internal,
    /// A state was entered.
    Entered,
    /// A supervised handler is gone.
    HandlerEnded,
    /// A monitored worker is gone.
    Down,
    /// A phase of the start of its application.
    StartPhase,
    /// Its application is about to stop.
    PrepStop,
    /// Its configuration has changed.
    ConfigChanged,
    /// The growth point of the contract.
    Other,
}

impl InputKind {
    /// The word used in logs and JSON.
    pub fn word(self) -> &'static str {
        match self {
            InputKind::Call => "call",
            InputKind::Cast => "cast",
            InputKind::Published => "published",
            InputKind::Http => "http",
            InputKind::Timer => "timer",
            InputKind::Response => "response",
            InputKind::Internal => "internal",
            InputKind::Entered => "entered",
            InputKind::HandlerEnded => "handler-ended",
            InputKind::Down => "down",
            InputKind::StartPhase => "start-phase",
            InputKind::PrepStop => "prep-stop",
            InputKind::ConfigChanged => "config-changed",
            InputKind::Other => "other",
        }
    }
}

/// What came of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Nothing yet: it is being stepped.
    Open,
    /// Its effects were carried out.
    Done,
    /// The worker said no.
    Refused,
    /// The worker crashed on it.
    Crashed,
    /// The worker was killed meanwhile.
    Killed,
}

impl Came {
    /// The word used in logs and JSON; none while it is open.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Came::Open => None,
            Came::Done => Some("ok"),
            Came::Refused => Some("refused"),
            Came::Crashed => Some("crashed"),
            Came::Killed => Some("killed"),
        }
    }
}

/// The beginning of a body.
#[derive(Clone, Copy)]
pub struct Head {
    /// Bytes of the whole body.
    pub bytes: usize,
    shown: [u8; HEAD_BYTES],
    length: u8,
    cut: bool,
}

impl Head {
    /// The head of a body that belongs to something with a name, for example to a timer.
    /// `redact` leaves its size alone.
    pub fn new(name: &[u8], body: &[u8], redact: bool) -> Head {
        let mut head = Head { bytes: body.len(), shown: [0; HEAD_BYTES], length: 0, cut: false };
        if !redact {
            head.push(name);
            head.push(if name.is_empty() || body.is_empty() { b"" } else { b" " });
            head.push(body);
        }
        head
    }

    /// What an input is, and its head.
    pub fn of(input: &Input, redact: bool) -> (InputKind, Head) {
        let (kind, name, body) = parts(input);
        (kind, Head::new(name, body, redact))
    }

    fn push(&mut self, part: &[u8]) {
        if part.is_empty() {
            return;
        }
        let from = usize::from(self.length);
        let fits = part.len().min(HEAD_BYTES - from);
        self.shown[from..from + fits].copy_from_slice(&part[..fits]);
        self.length += u8::try_from(fits).unwrap_or(0);
        self.cut |= fits < part.len();
    }

    /// The bytes that are shown.
    pub fn shown(&self) -> &[u8] {
        &self.shown[..usize::from(self.length)]
    }

    /// Whether there is more than is shown.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// What is shown, if it is text; a character that was cut in two is left out.
    pub fn text(&self) -> Option<&str> {
        match std::str::from_utf8(self.shown()) {
            Ok(text) => Some(text),
            Err(error) if self.cut && error.error_len().is_none() => {
                std::str::from_utf8(&self.shown()[..error.valid_up_to()]).ok()
            }
            Err(_) => None,
        }
    }
}

impl fmt::Display for Head {
    /// `11 B "Increment"`, `3 B 0xff00ff`, or only the size.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} B", self.bytes)?;
        match self.text() {
            _ if self.length == 0 => return Ok(()),
            Some(text) => write!(f, " {text:?}")?,
            None => {
                f.write_str(" 0x")?;
                self.shown().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
            }
        }
        f.write_str(if self.cut { "..." } else { "" })
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One input, remembered.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// Its number over all instances of the worker.
    pub seq: u64,
    /// When it was stepped.
    pub at: Millis,
    /// What it was.
    pub kind: InputKind,
    /// How it began; a timer, a topic and a failed response begin with their name.
    pub head: Head,
    /// What came of it.
    pub came: Came,
}

impl Recorded {
    /// An input with this number that is given to a worker now; `redact` leaves the size of its body alone.
    pub fn new(seq: u64, at: Millis, input: &Input, redact: bool) -> Recorded {
        let (kind, head) = Head::of(input, redact);
        Recorded { seq, at, kind, head, came: Came::Open }
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {} {}", self.seq, self.kind.word(), self.head)?;
        self.came.word().map_or(Ok(()), |came| write!(f, " {came}"))
    }
}

fn parts(input: &Input) -> (InputKind, &[u8], &[u8]) {
    match input {
        Input::Call { body, .. } => (InputKind::Call, b"", body),
        Input::Http { request, .. } => (InputKind::Http, request.path.as_bytes(), &request.body),
        Input::Cast(body) => (InputKind::Cast, b"", body),
        Input::Published { topic, body } => (InputKind::Published, topic.as_bytes(), body),
        Input::Timer { name, body } => (InputKind::Timer, name.as_bytes(), body),
        Input::Response { outcome: Ok(body), .. } => (InputKind::Response, b"", body),
        Input::Response { outcome: Err(error), .. } => (InputKind::Response, word(error), b""),
        Input::Internal(body) => (InputKind::Internal, b"", body),
        Input::Entered(from) => (InputKind::Entered, from.as_bytes(), b""),
        Input::HandlerEnded(end) => (InputKind::HandlerEnded, end.manager.as_bytes(), end.handler.as_bytes()),
        Input::Down(down) => (InputKind::Down, down.worker.as_bytes(), b""),
        Input::StartPhase(phase) => (InputKind::StartPhase, phase.as_bytes(), b""),
        Input::PrepStop => (InputKind::PrepStop, b"", b""),
        Input::ConfigChanged(config) => (InputKind::ConfigChanged, b"", config),
        Input::Other(name, body) => (InputKind::Other, name.as_bytes(), body),
    }
}

fn word(error: &CallError) -> &[u8] {
    match error {
        CallError::NoWorker => b"no-worker",
        CallError::Crashed(_) => b"crashed",
        CallError::Stopped(_) => b"stopped",
        CallError::Overloaded => b"overloaded",
        CallError::TimedOut => b"timed-out",
        CallError::Refused(_) => b"refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_text_or_hex_and_never_longer_than_its_bound() {
        let told = |name: &[u8], body: &[u8]| Head::new(name, body, false).to_string();
        assert_eq!(told(b"", b"\"Increment\"\n"), r#"12 B "\"Increment\"\n""#);
        assert_eq!(told(b"tick", b""), r#"0 B "tick""#);
        assert_eq!(told(b"tick", b"7"), r#"1 B "tick 7""#);
        assert_eq!(told(b"", &[0xff, 0]), "2 B 0xff00");
        assert_eq!(told(b"", b""), "0 B");
        let long = "é".repeat(40);
        assert_eq!(told(b"", &long.as_bytes()[1..]), format!("79 B 0xa9{}...", "c3a9".repeat(31) + "c3"));
        assert_eq!(told(b"", format!("x{long}").as_bytes()), format!("81 B \"x{}\"...", "é".repeat(31)));
        assert_eq!(Head::new(b"", &[7; 1000], false).shown().len(), HEAD_BYTES);
    }

    #[test]
    fn of_a_redacted_input_the_kind_and_the_size_are_kept() {
        let secret = Input::Timer { name: "pin 1234".into(), body: b"hunter2".to_vec() };
        let kept = Recorded::new(4, 0, &secret, true);
        assert_eq!((kept.to_string().as_str(), kept.head.shown.iter().all(|byte| *byte == 0)), ("#4 timer 7 B", true));
        let failed = Input::Response { tag: 1, outcome: Err(CallError::Refused("no".into())) };
        assert_eq!(Recorded::new(5, 0, &failed, false).to_string(), r#"#5 response 0 B "refused""#);
    }
}

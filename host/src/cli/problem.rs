//! An error for people: what happened, and what to try.

use super::exit::Exit;
use crate::admin::ClientError;
use crate::base::Kind;

/// Why a verb failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// What the process exits with.
    pub(super) exit: Exit,
    /// One word for programs, if the host gave one.
    pub(super) kind: Option<String>,
    /// What happened, where and why.
    pub(super) text: String,
    /// What to try.
    pub(super) fix: Option<String>,
}

impl Problem {
    pub(super) fn new(exit: Exit, text: impl Into<String>) -> Problem {
        Problem { exit, kind: None, text: text.into(), fix: None }
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Problem {
        self.fix = Some(fix.into());
        self
    }

    /// With another exit than that of a failure.
    pub(super) fn exit(self, exit: Exit) -> Problem {
        Problem { exit, ..self }
    }

    /// With what to try where this worker was asked something.
    pub(super) fn of_worker(self, worker: &str) -> Problem {
        let kind = self.kind.as_deref().and_then(Kind::from_word);
        let fix = kind.and_then(|kind| fix_of_worker(kind, worker)).or(self.fix);
        Problem { fix, ..self }
    }

    /// Whether the host gave this word.
    pub(super) fn is(&self, kind: Kind) -> bool {
        self.kind.as_deref() == Some(kind.word())
    }

    /// The text, then the fix on a line of its own; no final newline.
    pub(super) fn lines(&self) -> String {
        let kind = self.kind.as_ref().map_or_else(String::new, |kind| format!("[{kind}]"));
        let fix = self.fix.as_ref().map_or_else(String::new, |fix| format!("\n  fix   {fix}"));
        format!("error{kind}: {}{fix}", self.text)
    }
}

impl From<anyhow::Error> for Problem {
    /// The whole chain, from what was to be done down to what stood in its way, in one line.
    fn from(error: anyhow::Error) -> Problem {
        Problem::new(Exit::FAILED, format!("{error:#}"))
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Problem {
        let text = error.to_string();
        match error {
            ClientError::NoHost(_) => Problem::new(Exit::NO_HOST, text)
                .fix("start one with `tomte run`, or name another socket with --host PATH"),
            ClientError::NotOurs(_) => Problem::new(Exit::NO_HOST, text)
                .fix("be the user who runs the host, or name another socket with --host PATH"),
            ClientError::TimedOut(_) => Problem::new(Exit::TIMED_OUT, text)
                .fix("the work may still go on; `tomte tree` and `tomte history` show it"),
            ClientError::Garbled(_) => Problem::new(Exit::FAILED, text)
                .fix("is the host of another version? `tomte --version` tells this one's"),
            ClientError::Failed(view) => {
                let kind = Kind::from_word(&view.kind);
                let exit = kind.map_or(Exit::FAILED, Exit::of_kind);
                // The host's own advice is for users of its API; the words of a bad request are both.
                let fix =
                    if kind == Some(Kind::BadRequest) { view.fix } else { kind.and_then(fix_of).map(str::to_owned) };
                Problem { exit, kind: Some(view.kind), text, fix }
            }
        }
    }
}

/// What to try whatever was asked, where the text itself does not say.
fn fix_of(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Ok | Kind::BadRequest | Kind::Refused | Kind::Crashed | Kind::Stopped => return None,
        Kind::Overloaded => "try again after a pause; `tomte tree` shows which queues are full",
        Kind::StorageFull => "make room on the disk of the state directory; the host goes on by itself",
        Kind::TimedOut => "the work may still go on; `tomte tree` and `tomte history` show it",
        Kind::NoWorker => "`tomte tree` shows every supervisor and worker",
    })
}

/// What to try where one worker was asked something.
fn fix_of_worker(kind: Kind, worker: &str) -> Option<String> {
    match kind {
        Kind::Crashed => Some(format!("`tomte inspect {worker}` shows the crash, `tomte tree` whether it runs again")),
        Kind::TimedOut => Some(format!("wait longer with --timeout, or look with `tomte inspect {worker}`")),
        Kind::Stopped => Some(format!(
            "`tomte restart {worker}` starts it again, unless it was temporary, its application was stopped, or the host ends"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::ErrorView;

    #[test]
    fn a_problem_is_told_with_its_kind_and_its_fix() {
        let view = ErrorView { kind: "timed-out".into(), text: "too slow".into(), fix: None };
        let problem = Problem::from(ClientError::Failed(view)).of_worker("desk");
        assert_eq!(problem.exit, Exit::TIMED_OUT);
        assert_eq!(
            problem.lines(),
            "error[timed-out]: too slow\n  \
             fix   wait longer with --timeout, or look with `tomte inspect desk`"
        );
        assert_eq!(Problem::new(Exit::FAILED, "it broke").lines(), "error: it broke");
    }

    #[test]
    fn a_chain_of_causes_is_told_from_the_order_down_to_the_reason() {
        let error = anyhow::Error::new(std::io::Error::from(std::io::ErrorKind::PermissionDenied));
        let error = error.context("cannot make dist").context("cannot write dist/a.wasm");
        let problem = Problem::from(error).exit(Exit::CONFIG).fix("chmod u+w .");
        assert_eq!(problem.exit, Exit::CONFIG);
        let expected = "error: cannot write dist/a.wasm: cannot make dist: permission denied\n  fix   chmod u+w .";
        assert_eq!(problem.lines(), expected);
    }

    #[test]
    fn a_missing_host_is_named_by_its_socket() {
        let problem = Problem::from(ClientError::NoHost("/run/app/host.sock".into()));
        assert_eq!(problem.exit, Exit::NO_HOST);
        let lines = problem.lines();
        assert!(lines.contains("/run/app/host.sock") && lines.contains("`tomte run`"), "{lines}");
    }
}

//! A panic of the host is a bug, and is told as one.

use std::panic;

use super::exit::Exit;
use super::output::Output;
use super::problem::Problem;

/// Makes every panic say that it is a bug of tomte and where it happened. The panic goes on as
/// usual; the one of the main thread ends the process with [`Exit::BUG`].
pub fn watch_for_bugs() {
    panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        let place = info.location().map_or_else(String::new, |at| format!(" at {at}"));
        let problem = Problem::new(Exit::BUG, format!("a bug in tomte: {message}{place}"))
            .fix("report this line with what you did before it; `tomte doctor` adds the setup");
        Output::new(false).problem(&problem);
    }));
}

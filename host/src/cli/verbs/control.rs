//! `tomte suspend`, `resume`, `restart` and `stop`.

use crate::admin::Control;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

pub(super) fn run(context: &Context, worker: &str, order: Control) -> Result<Exit, Problem> {
    context.ask_worker(worker, async |client| client.control(worker, order).await)?;
    context.output.done(order.word(), worker)?;
    context.output.next(&match order {
        Control::Suspend => format!("tomte resume {worker}"),
        // A dynamic child or a handler is gone.
        Control::Stop | Control::Kill if worker.contains('/') => "tomte tree".to_owned(),
        Control::Stop | Control::Kill => format!("tomte restart {worker}"),
        Control::Resume | Control::Restart => format!("tomte inspect {worker}"),
    });
    Ok(Exit::DONE)
}

//! `tomte call`: the reply's body on standard output and nothing else.

use crate::base::Kind;
use crate::cli::arguments::CallArguments;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

pub(super) fn run(context: &Context, arguments: CallArguments) -> Result<Exit, Problem> {
    let CallArguments { worker, body, timeout } = arguments;
    let body = body.read()?;
    let reply = context.ask_worker(&worker, async |client| client.call(&worker, body, timeout).await);
    let reply = reply.map_err(|problem| {
        let said_no = problem.is(Kind::Refused);
        if said_no { problem.fix("the behaviour said no and nothing changed: send another request") } else { problem }
    })?;
    context.output.bytes(&reply)?;
    Ok(Exit::DONE)
}

//! `tomte shutdown`: returns when the host is gone.

use std::time::{Duration, Instant};

use crate::admin::{Client, ClientError};
use crate::base::limits::DRAIN_TIME;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::problem::Problem;

/// How often to look whether the host is gone.
const LOOK: Duration = Duration::from_millis(20);

/// What a host may need after its drain: `terminate` of every worker.
const GRACE: Duration = Duration::from_secs(10);

pub(super) fn run(context: &Context) -> Result<Exit, Problem> {
    let gone = context.ask(async |client| {
        client.shutdown().await?;
        Ok(is_gone(client, DRAIN_TIME + GRACE).await)
    })?;
    if gone {
        context.output.say("the host has stopped");
        return Ok(Exit::DONE);
    }
    Err(Problem::new(Exit::TIMED_OUT, "the host is still draining")
        .fix("`tomte tree` shows who; a second TERM to the host stops it at once"))
}

async fn is_gone(client: &Client, within: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < within {
        if matches!(client.probe().await, Err(ClientError::NoHost(_))) {
            return true;
        }
        tokio::time::sleep(LOOK).await;
    }
    false
}

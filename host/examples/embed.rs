//! Runs an application inside this program: starts it, calls one of its workers, stops it.
//!
//! `tomte build examples/counter`, then
//! `cargo run -p tomte --example embed -- examples/counter counter '"Increment"'`.
#![expect(clippy::print_stdout, reason = "a program that answers its user")]

use std::error::Error;
use std::time::Duration;

use tomte::node::{Node, Options};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [app, worker, body] = &arguments[..] else { return Err("usage: embed DIR WORKER BODY".into()) };

    let node = Node::start(Options::new(app)).await?;
    let handle = node.handle();
    for (protocol, address, to) in node.listeners() {
        println!("{protocol} on {address} for {}", to.as_deref().unwrap_or("every worker"));
    }
    match handle.call(worker, body.clone().into_bytes(), Duration::from_secs(5)).await {
        Ok(reply) => println!("{}", String::from_utf8_lossy(&reply)),
        Err(failure) => println!("{}: {}", failure.kind.word(), failure.text),
    }
    handle.shutdown();
    println!("ended: {:?}", node.ended().await);
    Ok(())
}

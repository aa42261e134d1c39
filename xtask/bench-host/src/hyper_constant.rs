//! The rival of http: hyper on a current-thread runtime, answering every request with a constant.
//! It flushes pipelined answers together, which is hyper at its best.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Says `port N` and serves until standard input ends.
///
/// # Errors
/// There is no port to listen on.
#[allow(clippy::print_stdout, reason = "how a rival tells the benchmark its port")]
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("port {}", listener.local_addr()?.port());
    std::thread::spawn(end_with_input);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let mut http = http1::Builder::new();
        http.pipeline_flush(true);
        // A connection that breaks concerns only the load, which sees it itself.
        tokio::spawn(http.serve_connection(TokioIo::new(socket), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // The body is read, as a server that used it would.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Full::new(Bytes::from_static(&[b'x'; 64]))))
}

fn end_with_input() {
    // An error ends the input as well as its end does.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    std::process::exit(0);
}

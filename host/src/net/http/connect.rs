//! The task of one HTTP connection.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use hyper::Request as HttpRequest;
use hyper::body::Incoming;
use hyper::header::EXPECT;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::answer::{Reply, answer, wrong};
use super::body::collect;
use super::route::{Wrong, route};
use super::watch::{HttpPeer, Order, Stage, Watched};
use crate::base::limits::{HTTP_HEAD_BYTES_MAX, HTTP_HEADERS_MAX};
use crate::base::{Failure, Kind, Name, Outcome};
use crate::net::peer::Common;
use crate::net::{Request, Ticket, What};

/// One accepted connection of a listener bound to `only`, or to no worker in particular: what the
/// listener sees of it, and its task.
pub(in crate::net) fn connect(
    stream: TcpStream,
    common: Rc<Common>,
    only: Option<Name>,
) -> (Rc<HttpPeer>, impl Future<Output = ()> + 'static) {
    let peer = Rc::new(HttpPeer::new(Rc::clone(&common)));
    let task = run(Watched { stream, peer: Rc::clone(&peer) }, Rc::clone(&peer), common, only);
    (peer, task)
}

async fn run(socket: Watched, peer: Rc<HttpPeer>, common: Rc<Common>, only: Option<Name>) {
    let service = service_fn(|request| {
        peer.enter(Stage::Body);
        let (peer, common, only) = (&peer, &common, only.as_ref());
        async move {
            let reply = serve(request, peer, common, only).await;
            peer.enter(Stage::Quiet);
            Ok::<Reply, Infallible>(reply)
        }
    });
    let mut settings = http1::Builder::new();
    settings
        .max_buf_size(HTTP_HEAD_BYTES_MAX)
        .max_headers(HTTP_HEADERS_MAX)
        // A client may close its writing side once it has asked.
        .half_close(true)
        // One buffer and one plain write per response; bodies are small. hyper's `pipeline_flush`
        // stays off: it keeps an answer back while half of the next request has come, it has no
        // bound, and it loses the answer to a head that is refused.
        .writev(false)
        // The peer's own clock does this, see `watch`.
        .header_read_timeout(None);
    let mut connection = pin!(settings.serve_connection(TokioIo::new(socket), service));
    let mut draining = false;
    poll_fn(|cx| {
        match peer.order(cx) {
            Order::None => {}
            Order::Drain if draining => {}
            Order::Drain => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
            Order::Close => return Poll::Ready(()),
        }
        // How it ended is the peer's business: it has gone, or has been told what was wrong.
        connection.as_mut().poll(cx).map(drop)
    })
    .await;
}

async fn serve(request: HttpRequest<Incoming>, peer: &HttpPeer, common: &Common, only: Option<&Name>) -> Reply {
    match ask(request, peer, common, only).await {
        Ok((what, outcome)) => answer(what, outcome),
        Err(reason) => wrong(&reason),
    }
}

async fn ask(
    request: HttpRequest<Incoming>,
    peer: &HttpPeer,
    common: &Common,
    only: Option<&Name>,
) -> Result<(What, Outcome), Wrong> {
    let route = route(request.method(), request.uri().path(), request.headers(), only)?;
    let sent = !request.headers().contains_key(EXPECT);
    let body = collect(request.into_body(), common.limits.body, sent).await?;
    peer.enter(Stage::Busy);
    let (ticket, outcome) = Ticket::channel();
    let (what, to) = (route.what, route.to);
    let (timeout, request_id) = (route.timeout, route.request_id);
    common.sink.submit(Request { what, to, body, timeout, request_id, ticket });
    let gone = || Err(Failure::new(Kind::Stopped, "the host stopped before this request was answered; try again"));
    let outcome = outcome.await.unwrap_or_else(|_| gone());
    Ok((what, outcome))
}

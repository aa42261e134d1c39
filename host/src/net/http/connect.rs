//! The task of one HTTP connection.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, EXPECT, HeaderValue, VARY};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request as HttpRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::answer::{Reply, answer, events, page, wrong};
use super::body::collect;
use super::events::Events;
use super::origin;
use super::route::{Wrong, route};
use super::watch::{HttpPeer, Order, Stage, Watched};
use crate::base::limits::{HTTP_HEAD_BYTES_MAX, HTTP_HEADERS_MAX};
use crate::base::{Failure, Kind, Name, Outcome};
use crate::net::peer::Common;
use crate::net::{Request, Ticket, What};

/// What a listener serves.
#[derive(Clone)]
pub(in crate::net) struct Served {
    /// The one worker it is bound to, if it is.
    pub(in crate::net) only: Option<Name>,
    /// What it shows at `/`.
    pub(in crate::net) page: Option<Bytes>,
    /// Origins of other hosts whose pages may ask.
    pub(in crate::net) origins: Rc<[String]>,
}

/// One accepted connection: what the listener sees of it, and its task.
pub(in crate::net) fn connect(
    stream: TcpStream,
    common: Rc<Common>,
    served: Served,
) -> (Rc<HttpPeer>, impl Future<Output = ()> + 'static) {
    let peer = Rc::new(HttpPeer::new(Rc::clone(&common)));
    let task = run(Watched { stream, peer: Rc::clone(&peer) }, Rc::clone(&peer), common, served);
    (peer, task)
}

async fn run(socket: Watched, peer: Rc<HttpPeer>, common: Rc<Common>, served: Served) {
    let service = service_fn(|request| {
        peer.enter(Stage::Body);
        let (peer, common, served) = (&peer, &common, &served);
        async move {
            let reply = serve(request, peer, common, served).await;
            if !peer.is_feeding() {
                peer.enter(Stage::Quiet);
            }
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

async fn serve(request: HttpRequest<Incoming>, peer: &Rc<HttpPeer>, common: &Rc<Common>, served: &Served) -> Reply {
    let allowed = match origin::check(request.version(), request.headers(), &served.origins) {
        Ok(allowed) => allowed,
        Err(reason) => return wrong(&reason),
    };
    let mut reply = reply(request, peer, common, served).await;
    if let Some(origin) = allowed {
        reply.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        reply.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
    }
    reply
}

async fn reply(request: HttpRequest<Incoming>, peer: &Rc<HttpPeer>, common: &Rc<Common>, served: &Served) -> Reply {
    if let Some(shown) = &served.page
        && request.uri().path() == "/"
        && request.method() == Method::GET
    {
        return page(shown);
    }
    match ask(request, peer, common, served.only.as_ref()).await {
        Ok(reply) => reply,
        Err(reason) => wrong(&reason),
    }
}

async fn ask(
    request: HttpRequest<Incoming>,
    peer: &Rc<HttpPeer>,
    common: &Rc<Common>,
    only: Option<&Name>,
) -> Result<Reply, Wrong> {
    let route = route(request.method(), request.uri().path(), request.headers(), only)?;
    let sent = !request.headers().contains_key(EXPECT);
    let body = collect(request.into_body(), common.limits.body, sent).await?;
    peer.enter(Stage::Busy);
    let (ticket, outcome) = Ticket::channel();
    let (what, to) = (route.what, route.to);
    let (timeout, request_id) = (route.timeout, route.request_id);
    let feed = (what == What::Subscribe).then(|| Events::new(peer, common, to.clone().unwrap_or_default()));
    common.sink.submit(Request { what, to, body, timeout, request_id, feed: feed.as_ref().map(Events::feed), ticket });
    let gone = || Err(Failure::new(Kind::Stopped, "the host stopped before this request was answered; try again"));
    let outcome: Outcome = outcome.await.unwrap_or_else(|_| gone());
    match (feed, outcome) {
        (Some(feed), Ok(_)) => Ok(events(feed.begin())),
        (_, outcome) => Ok(answer(what, outcome)),
    }
}

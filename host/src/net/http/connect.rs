//! The task of one HTTP connection.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, EXPECT, HeaderName,
    HeaderValue, VARY,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request as HttpRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::answer::{Reply, answer, events, page, preflight, say, wrong};
use super::body::collect;
use super::events::Events;
use super::origin;
use super::raw::{Raw, raw};
use super::route::{Wrong, route};
use super::watch::{HttpPeer, Order, Stage, Watched};
use crate::base::limits::{HTTP_HEAD_BYTES_MAX, HTTP_HEADERS_MAX};
use crate::base::{Failure, Kind, Name};
use crate::net::peer::Common;
use crate::net::{ListenSpec, Request, Ticket, Told, What};

/// What a listener serves.
#[derive(Clone)]
pub(in crate::net) struct Served {
    /// The one worker it is bound to, if it is.
    pub(in crate::net) only: Option<Name>,
    /// What it shows at `/`.
    pub(in crate::net) page: Option<Bytes>,
    /// Origins of other hosts whose pages may ask.
    pub(in crate::net) origins: Rc<[String]>,
    /// Of a listener that hands requests on as they are: the headers it hands on.
    pub(in crate::net) raw: Option<Rc<[HeaderName]>>,
    /// Of the bodies that workers answer, unless they say another.
    pub(in crate::net) content_type: HeaderValue,
}

impl Served {
    /// What a listener serves that was declared so.
    pub(in crate::net) fn of(spec: &ListenSpec) -> Served {
        let name = |text: &String| HeaderName::try_from(text.as_str()).ok();
        Served {
            only: spec.to.clone(),
            page: spec.page.clone(),
            origins: spec.origins.clone().into(),
            raw: spec.raw.as_ref().map(|headers| headers.iter().filter_map(name).collect()),
            content_type: spec.content_type.parse().unwrap_or(HeaderValue::from_static("application/octet-stream")),
        }
    }
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
    let asks_whether = request.method() == Method::OPTIONS
        && allowed.is_some()
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut reply = match asks_whether {
        true => preflight(request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS)),
        false => reply(request, peer, common, served).await,
    };
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
    let asked = match &served.raw {
        Some(headers) => ask_raw(request, peer, common, served, headers).await,
        None => ask(request, peer, common, served).await,
    };
    asked.unwrap_or_else(|reason| wrong(&reason))
}

/// The body of a request whose head has come, and the way to its answer.
async fn body(
    request: HttpRequest<Incoming>,
    peer: &HttpPeer,
    common: &Common,
) -> Result<(Vec<u8>, Ticket, oneshot::Receiver<Told>), Wrong> {
    let sent = !request.headers().contains_key(EXPECT);
    let body = collect(request.into_body(), common.limits.body, sent).await?;
    peer.enter(Stage::Busy);
    let (ticket, answer) = Ticket::channel();
    Ok((body, ticket, answer))
}

async fn answered(answer: oneshot::Receiver<Told>) -> Told {
    let gone = || Failure::new(Kind::Stopped, "the host stopped before this request was answered; try again");
    answer.await.unwrap_or_else(|_| Told::Outcome(Err(gone())))
}

fn told(what: What, told: Told, served: &Served) -> Reply {
    match told {
        Told::Outcome(outcome) => answer(what, outcome, &served.content_type),
        Told::Http(reply) => say(*reply, &served.content_type),
    }
}

async fn ask_raw(
    request: HttpRequest<Incoming>,
    peer: &Rc<HttpPeer>,
    common: &Rc<Common>,
    served: &Served,
    handed_on: &[HeaderName],
) -> Result<Reply, Wrong> {
    let Raw { request: head, timeout, request_id } =
        raw(request.method(), request.uri(), request.headers(), handed_on)?;
    let (body, ticket, answer) = body(request, peer, common).await?;
    let http = Some(Box::new(crate::base::HttpRequest { body, ..head }));
    let (what, to, body, feed) = (What::Call, None, vec![], None);
    common.sink.submit(Request { what, to, body, http, timeout, request_id, feed, ticket });
    Ok(told(what, answered(answer).await, served))
}

async fn ask(
    request: HttpRequest<Incoming>,
    peer: &Rc<HttpPeer>,
    common: &Rc<Common>,
    served: &Served,
) -> Result<Reply, Wrong> {
    let route = route(request.method(), request.uri().path(), request.headers(), served.only.as_ref())?;
    let (body, ticket, answer) = body(request, peer, common).await?;
    let (what, to) = (route.what, route.to);
    let (timeout, request_id) = (route.timeout, route.request_id);
    let feed = (what == What::Subscribe).then(|| Events::new(peer, common, to.clone().unwrap_or_default()));
    let way = feed.as_ref().map(Events::feed);
    common.sink.submit(Request { what, to, body, http: None, timeout, request_id, feed: way, ticket });
    match (feed, answered(answer).await) {
        (Some(feed), Told::Outcome(Ok(_))) => Ok(events(feed.begin())),
        (_, answer) => Ok(told(what, answer, served)),
    }
}

//! The connections of the admin socket, within their bounds.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use super::audit;
use super::operations::Operations;
use super::routes::routes;
use super::socket::Socket;
use super::timed::Timed;
use crate::base::limits;

/// What the connections may take.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    connections: usize,
    header_time: Duration,
    body_time: Duration,
    /// For a write that the client does not take.
    write_time: Duration,
}

/// Answers requests until `stop` completes and those begun are answered. The socket's file goes
/// first, so that who finds it finds a host.
pub async fn serve<O: Operations>(socket: Socket, node: O, stop: impl Future<Output = ()>) {
    let bounds = Bounds {
        connections: limits::ADMIN_CONNECTIONS_MAX,
        header_time: limits::HEADER_TIME,
        body_time: limits::ADMIN_BODY_TIME,
        write_time: limits::FRAME_TIME,
    };
    serve_within(bounds, socket, node, stop).await;
}

async fn serve_within<O: Operations>(bounds: Bounds, socket: Socket, node: O, stop: impl Future<Output = ()>) {
    let routes = routes(node);
    let (stopping, _) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            stream = socket.accept(), if connections.len() < bounds.connections => {
                connections.spawn(connection(stream, routes.clone(), bounds, stopping.subscribe()));
            }
        }
    }
    drop(socket);
    stopping.send_replace(true);
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: UnixStream, routes: Router, bounds: Bounds, mut stopping: watch::Receiver<bool>) {
    let mut settings = http1::Builder::new();
    settings
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.header_time)
        .max_buf_size(limits::HTTP_HEAD_BYTES_MAX)
        .max_headers(limits::HTTP_HEADERS_MAX);
    let by = stream.peer_cred().map(|peer| audit::By { uid: Some(peer.uid()), pid: peer.pid() }).unwrap_or_default();
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(|request: Request<Incoming>| {
        let order = audit::order(request.method(), request.uri().path());
        let answer = routes.call(request.map(|body| Timed::new(body, bounds.body_time)));
        async move {
            let answer = answer.await;
            if let (Some(order), Ok(answer)) = (order, &answer) {
                audit::log(&order, by, answer.status());
            }
            answer
        }
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(bounds.write_time));
    let mut connection = pin!(settings.serve_connection(TokioIo::new(Box::pin(stream)), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = async { stopping.wait_for(|stopping| *stopping).await.map(drop) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an admin connection broke off");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::super::tests::{Plain, Stub};
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    /// Long enough for the slowest machine; a passing test does not wait for it.
    const PATIENCE: Duration = Duration::from_secs(30);

    const PATIENT: Bounds = Bounds { connections: 1, header_time: PATIENCE, body_time: PATIENCE, write_time: PATIENCE };

    struct Server {
        path: std::path::PathBuf,
        stop: Arc<Notify>,
        task: JoinHandle<()>,
        _directory: tempfile::TempDir,
    }

    impl Server {
        fn start(bounds: Bounds) -> Result<Server, Box<dyn std::error::Error>> {
            let directory = tempfile::tempdir()?;
            let path = directory.path().join("run/host.sock");
            let socket = Socket::bind(&path)?;
            let stop = Arc::new(Notify::new());
            let stopped = stop.clone();
            let task =
                tokio::spawn(serve_within(bounds, socket, Stub::default(), async move { stopped.notified().await }));
            Ok(Server { path, stop, task, _directory: directory })
        }

        async fn connect(&self) -> std::io::Result<UnixStream> {
            UnixStream::connect(&self.path).await
        }

        async fn client(&self) -> Result<Plain, Box<dyn std::error::Error>> {
            Plain::connect(&self.path).await
        }
    }

    /// Asks something that is always answered; the status.
    async fn history(client: &mut Plain) -> Result<u16, Box<dyn std::error::Error>> {
        Ok(client.ask("GET", "/v1/history", None, b"").await?.0)
    }

    #[tokio::test]
    async fn one_connection_too_many_waits_until_another_ends() -> Tested {
        let server = Server::start(Bounds { connections: 2, ..PATIENT })?;
        let (mut first, mut second) = (server.client().await?, server.client().await?);
        assert_eq!([history(&mut first).await?, history(&mut second).await?], [200, 200]);
        let mut third = server.client().await?;
        let mut waiting = pin!(history(&mut third));
        // Whoever is served is answered again and again; whoever waits had its chance each time.
        for _ in 0..20 {
            tokio::select! {
                biased;
                early = waiting.as_mut() => panic!("{early:?}: it was answered while the others stand"),
                status = history(&mut first) => assert_eq!(status?, 200),
            }
        }
        drop(first);
        assert_eq!(waiting.await?, 200);
        Ok(())
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_ends_its_connection() -> Tested {
        let server = Server::start(Bounds { connections: 1, header_time: Duration::from_millis(50), ..PATIENT })?;
        let mut slow = server.connect().await?;
        slow.write_all(b"GET /v1/tree HTT").await?;
        let mut answer = vec![];
        tokio::time::timeout(PATIENCE, slow.read_to_end(&mut answer)).await??;
        assert_eq!(history(&mut server.client().await?).await?, 200);
        Ok(())
    }

    #[tokio::test]
    async fn a_body_that_does_not_end_ends_its_connection() -> Tested {
        let bounds = Bounds { connections: 1, body_time: Duration::from_millis(50), ..PATIENT };
        let server = Server::start(bounds)?;
        let mut slow = server.connect().await?;
        slow.write_all(b"POST /v1/upgrade?file=a.wasm HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc").await?;
        let mut answer = vec![];
        tokio::time::timeout(PATIENCE, slow.read_to_end(&mut answer)).await??;
        assert_eq!(history(&mut server.client().await?).await?, 200);
        Ok(())
    }

    #[tokio::test]
    async fn a_client_that_reads_no_answer_loses_its_connection() -> Tested {
        let server = Server::start(Bounds { connections: 1, write_time: Duration::from_millis(50), ..PATIENT })?;
        let mut deaf = server.connect().await?;
        let asked = async {
            // More answers than a socket holds; the host takes no more requests then.
            while deaf.write_all(b"GET /v1/history HTTP/1.1\r\nhost: x\r\n\r\n").await.is_ok() {}
        };
        tokio::time::timeout(PATIENCE, asked).await?;
        assert_eq!(history(&mut server.client().await?).await?, 200);
        Ok(())
    }

    #[tokio::test]
    async fn a_connection_without_a_request_does_not_keep_a_host_from_stopping() -> Tested {
        let server = Server::start(Bounds { connections: 2, ..PATIENT })?;
        let _idle = server.connect().await?;
        assert_eq!(history(&mut server.client().await?).await?, 200, "both are accepted");
        server.stop.notify_one();
        tokio::time::timeout(PATIENCE, server.task).await??;
        assert!(!server.path.exists(), "the file is gone");
        Ok(())
    }
}

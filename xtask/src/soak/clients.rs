//! Clients that mean harm, or break. None of them is owed an answer; the host owes it to all others that they
//! do not notice.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::ground::Ground;
use super::tally::{End, Tally};

/// Between two acts.
const PAUSE: Duration = Duration::from_millis(50);
/// How long an answer is waited for, if one may come.
const PATIENCE: Duration = Duration::from_millis(500);
/// Connections held at once; then all are let go.
const HELD_MAX: usize = 60;

/// The sockets that are held.
#[derive(Default)]
struct Held {
    tcp: Vec<TcpStream>,
    unix: Vec<UnixStream>,
}

type Act = fn(&Ground, &mut Held) -> io::Result<()>;

const ACTS: [Act; 16] = [
    // Half a frame.
    half_a_frame,
    // Half a frame, held.
    |ground, held| send(ground.listeners.frames, b"\0\0\x01\0half", |s| held.tcp.push(s)),
    // Half an HTTP head.
    |ground, _| send(ground.listeners.http, HALF_HEAD, drop),
    // Half an HTTP head, held.
    |ground, held| send(ground.listeners.http, HALF_HEAD, |s| held.tcp.push(s)),
    // Half an HTTP body.
    |ground, _| send(ground.listeners.http, HALF_BODY, drop),
    // Half an HTTP body, held.
    |ground, held| send(ground.listeners.http, HALF_BODY, |s| held.tcp.push(s)),
    // An idle socket on each listener.
    idle,
    // A frame of 4 GiB.
    |ground, _| send(ground.listeners.frames, b"\xff\xff\xff\xffx", heard),
    // A frame of 1 MiB.
    big_frame,
    // A line without end.
    |ground, _| send(ground.listeners.lines, &[b'x'; 2 << 20], heard),
    // Lines that are no text.
    |ground, _| send(ground.listeners.lines, b"\xff\xfe\n\0\n\n", heard),
    // No HTTP.
    |ground, _| send(ground.listeners.http, b"\x16\x03\x01 hello\r\n\r\n", heard),
    // A foreign page.
    |ground, _| send(ground.listeners.http, FOREIGN, heard),
    // Closed with answers on their way.
    closed_early,
    // Many connections at once.
    many,
    // Half an order.
    half_an_order,
];

const HALF_HEAD: &[u8] = b"POST /call/counter HTTP/1.1\r\nhost: localhost\r\ncontent-le";
const HALF_BODY: &[u8] = b"POST /call/counter HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n\"Incre";
const FOREIGN: &[u8] = b"POST /call/counter HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\n\
    content-length: 11\r\n\r\n\"Increment\"";

/// One act after the other until the end; lets go of everything then.
pub(super) fn misbehave(ground: &Ground, tally: &Tally, end: &End) {
    let mut held = Held::default();
    let mut turn = 0;
    while end.pause(PAUSE) {
        // The host may close whenever it likes.
        match ACTS[turn % ACTS.len()](ground, &mut held) {
            Ok(()) => tally.add("hostile acts of clients"),
            Err(_) => tally.add("hostile acts of clients, cut short by the host"),
        }
        turn += 1;
        if held.tcp.len() + held.unix.len() > HELD_MAX {
            held = Held::default();
        }
    }
}

fn send(address: SocketAddr, bytes: &[u8], then: impl FnOnce(TcpStream)) -> io::Result<()> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.write_all(bytes)?;
    then(socket);
    Ok(())
}

/// Reads whatever comes.
fn heard(mut socket: TcpStream) {
    let mut bytes = [0; 4096];
    while socket.read(&mut bytes).is_ok_and(|count| count > 0) {}
}

fn half_a_frame(ground: &Ground, _: &mut Held) -> io::Result<()> {
    send(ground.listeners.frames, b"\0\0", drop)?;
    send(ground.listeners.frames, b"\0\0\x01\0half", drop)
}

fn idle(ground: &Ground, held: &mut Held) -> io::Result<()> {
    for address in ground.listeners.all() {
        held.tcp.push(TcpStream::connect(address)?);
    }
    held.unix.push(UnixStream::connect(ground.socket())?);
    Ok(())
}

fn big_frame(ground: &Ground, _: &mut Held) -> io::Result<()> {
    let mut frame = (1_u32 << 20).to_be_bytes().to_vec();
    frame.resize(4 + (1 << 20), b'x');
    send(ground.listeners.frames, &frame, |mut socket| {
        let _ = socket.read(&mut [0; 5]);
    })
}

fn closed_early(ground: &Ground, _: &mut Held) -> io::Result<()> {
    let reads = b"\0\0\0\x06\"Read\"".repeat(200);
    send(ground.listeners.frames, &reads, |socket| {
        let _ = socket.shutdown(Shutdown::Both);
    })
}

fn many(ground: &Ground, _: &mut Held) -> io::Result<()> {
    let sockets: io::Result<Vec<TcpStream>> = (0..100).map(|_| TcpStream::connect(ground.listeners.http)).collect();
    sockets.map(drop)
}

fn half_an_order(ground: &Ground, held: &mut Held) -> io::Result<()> {
    let mut socket = UnixStream::connect(ground.socket())?;
    socket.write_all(
        b"POST /v1/upgrade?file=counter-9.9.9.wasm HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n\0asm",
    )?;
    held.unix.push(socket);
    Ok(())
}

//! Bytes on sockets that make no sense. Whoever sent them is told; everybody else is served.

use crate::support::{Application, Host, Tested, says, until};

/// Bytes of a body that is one too long.
const TOO_LONG: usize = (1 << 20) + 1;

fn host() -> Result<(Application, Host), Box<dyn std::error::Error>> {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    Ok((application, host))
}

/// The status byte of a request that makes no sense.
const BAD_REQUEST: u8 = 6;

#[test]
fn a_frame_that_is_too_long_is_refused_before_it_is_sent() -> Tested {
    let (_application, host) = host()?;
    let mut neighbour = host.frames()?;
    let mut frames = host.frames()?;
    frames.send(&u32::try_from(TOO_LONG)?.to_be_bytes())?;
    let (status, text) = frames.answer()?;
    assert_eq!(status, BAD_REQUEST);
    says(&text, &["1048577", "1048576"]);
    assert!(frames.is_closed()?, "where the next frame would begin is not known");
    assert_eq!(neighbour.call(br#""Read""#)?, (0, r#"{"Value":3}"#.to_owned()));
    host.is_undisturbed()
}

#[test]
fn a_negative_length_is_a_huge_one() -> Tested {
    let (_application, host) = host()?;
    let mut frames = host.frames()?;
    frames.send(&(-1_i32).to_be_bytes())?;
    let (status, text) = frames.answer()?;
    assert_eq!(status, BAD_REQUEST);
    says(&text, &["4294967295"]);
    assert!(frames.is_closed()?);
    host.is_undisturbed()
}

#[test]
fn a_frame_that_never_comes_disturbs_nobody() -> Tested {
    let (_application, host) = host()?;
    let mut half = host.frames()?;
    half.send(&[0, 0, 0, 9, b'"', b'R'])?;
    assert_eq!(host.frames()?.call(br#""Read""#)?, (0, r#"{"Value":3}"#.to_owned()));
    drop(half);
    host.is_undisturbed()
}

#[test]
fn a_frame_that_the_behaviour_cannot_read_is_refused_and_no_crash() -> Tested {
    let (_application, host) = host()?;
    let mut frames = host.frames()?;
    let (status, text) = frames.call(&[0xff, 0x00])?;
    assert_eq!(status, 1);
    says(&text, &["not an input of this behaviour"]);
    assert_eq!(frames.call(br#""Read""#)?.0, 0, "the connection goes on");
    host.is_undisturbed()
}

#[test]
fn a_line_that_is_no_utf8_is_refused_and_the_next_is_served() -> Tested {
    let (_application, host) = host()?;
    let mut lines = host.lines()?;
    says(&lines.call(b"\xff\xfe")?, &["error bad-request", "not UTF-8 from byte 0"]);
    assert_eq!(lines.call(br#""Read""#)?, r#"ok {"Value":3}"#);
    assert_eq!(lines.finish()?, "");
    host.is_undisturbed()
}

#[test]
fn a_line_that_is_too_long_is_refused() -> Tested {
    let (_application, host) = host()?;
    says(&host.lines()?.call(&vec![b'x'; TOO_LONG])?, &["error bad-request", "1048576"]);
    host.is_undisturbed()
}

#[test]
fn http_that_asks_for_what_is_not_there_is_told_what_is() -> Tested {
    let (_application, host) = host()?;
    let (status, text) = host.http()?.post("/call/countr", b"x")?;
    assert_eq!(status, 404);
    says(&text, &["no worker is named `countr`"]);
    let (status, text) = host.http()?.post("/nothing", b"x")?;
    assert_eq!(status, 404);
    says(&text, &["POST /call/WORKER"]);
    let (status, text) = host.http()?.send(b"GET /call/counter HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    assert_eq!(status, 405);
    says(&text, &["/call/counter takes POST, not GET"]);
    host.is_undisturbed()
}

#[test]
fn http_with_a_wrong_header_is_refused() -> Tested {
    let (_application, host) = host()?;
    for wrong in ["soon", "0", "-1", "86400001"] {
        let header = format!("tomte-timeout-ms: {wrong}\r\n");
        let (status, text) = host.http()?.post_with("/call/counter", &header, br#""Increment""#)?;
        assert_eq!(status, 400, "{wrong}: {text}");
        says(&text, &[wrong, "a whole number of milliseconds from 1 to 86400000"]);
    }
    let (status, _) = host.http()?.post_with("/call/counter", "x-odd: a\x01b\r\n", br#""Increment""#)?;
    assert_eq!(status, 400);
    let (status, _) = host.http()?.send(b"this is no HTTP at all\r\n\r\n")?;
    assert_eq!(status, 400);
    host.is_undisturbed()
}

#[test]
fn http_that_is_too_long_is_refused() -> Tested {
    let (_application, host) = host()?;
    let (status, text) = host.http()?.post("/call/counter", &vec![b'x'; TOO_LONG])?;
    assert_eq!(status, 413);
    says(&text, &["longer than the limit of 1048576 bytes"]);
    let header = format!("x-long: {}\r\n", "a".repeat(32 << 10));
    let (status, _) = host.http()?.post_with("/call/counter", &header, br#""Increment""#)?;
    assert_eq!(status, 431);
    host.is_undisturbed()
}

/// Kilobytes of memory that a host has resident.
fn resident(host: &Host) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(u64::MAX)
}

#[test]
fn what_waves_of_big_frames_took_is_given_back_when_they_are_gone() -> Tested {
    const WAVE: usize = 96;
    let (_application, host) = host()?;
    let before = resident(&host);
    for _ in 0..3 {
        let mut half = vec![];
        for _ in 0..WAVE {
            let mut frames = host.frames()?;
            frames.send(&(1_u32 << 20).to_be_bytes())?;
            frames.send(&vec![b'x'; (1 << 20) - 1])?;
            half.push(frames);
        }
        until("all of them are held", || resident(&host) > before + (WAVE as u64 - 8) * 1024);
        drop(half);
        until("they are gone", || resident(&host) < before + WAVE as u64 * 1024 / 4);
    }
    host.is_undisturbed()
}

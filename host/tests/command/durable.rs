//! A durable worker, over hosts that end well and badly.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::support::{Application, Host, Tested, guest, loops, says, tomte};

const DURABLE: &str = "durable = true\n";

fn increment(host: &Host, times: u64) -> Tested {
    for _ in 0..times {
        assert_eq!(host.http()?.post("/call/counter", br#""Increment""#)?, (200, r#""Ack""#.to_owned()));
    }
    Ok(())
}

/// A host that is killed after so many increments.
fn killed_after(application: &Application, times: u64) -> Tested {
    increment(&Host::start(application)?, times)
}

#[track_caller]
fn stands_at(host: &Host, count: u64) -> Tested {
    let read = host.http()?.post("/call/counter", br#""Read""#)?;
    assert_eq!(read, (200, format!("{{\"Value\":{count}}}")), "{}", host.log());
    Ok(())
}

/// Which version the worker runs.
#[track_caller]
fn runs(host: &Host, version: &str) -> Tested {
    let counter = host.tomte(&["inspect", "counter", "--json"])?.exits(0).json();
    assert_eq!(counter["version"], version, "{counter}");
    Ok(())
}

#[track_caller]
fn upgrade(host: &Host) -> Tested {
    let newer = guest("counter-0.2.0").display().to_string();
    host.tomte(&["upgrade", &newer])?.exits(0);
    Ok(())
}

/// Takes the row that completes a release out of the history, as if the host had been killed before it was written.
fn leave_the_intent(application: &Application) -> Tested {
    let history = application.path(".tomte/history.jsonl");
    let rows = fs::read_to_string(&history)?;
    let intent = rows.lines().next().ok_or("there is an intent")?;
    assert_eq!(rows.lines().count(), 2, "{rows}");
    Ok(fs::write(&history, format!("{intent}\n"))?)
}

fn copy(from: &Path, to: &Path) -> Tested {
    fs::create_dir(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}

#[test]
fn a1_what_was_acknowledged_is_there_after_a_kill_a_stop_and_a_crash_of_the_worker() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    let host = Host::start(&application)?;
    host.tomte(&["call", "counter", r#""Reset""#])?.exits(1).says(&["the worker crashed on it twice"]);
    increment(&host, 30)?;
    drop(host);
    let host = Host::start(&application)?;
    stands_at(&host, 30)?;
    increment(&host, 3)?;
    host.signal("TERM");
    assert_eq!(host.ended()?.0, Some(0));
    let host = Host::start(&application)?;
    stands_at(&host, 33)?;
    host.tomte(&["restart", "counter"])?.exits(0);
    stands_at(&host, 33)?;
    increment(&host, 1)?;
    drop(host);
    stands_at(&Host::start(&application)?, 34)
}

#[test]
fn a_change_of_code_stays_changed_although_the_host_ends_before_its_row_is_written() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    let host = Host::start(&application)?;
    increment(&host, 3)?;
    upgrade(&host)?;
    increment(&host, 2)?;
    drop(host);
    leave_the_intent(&application)?;

    let host = Host::start(&application)?;
    says(&host.log(), &["the release of counter (revision 1) was not complete", "its durable workers had changed"]);
    stands_at(&host, 5)?;
    runs(&host, "0.2.0")?;
    let row = host.tomte(&["history", "--json"])?.exits(0).json()[0].clone();
    assert_eq!((&row["result"], &row["workers"]), (&"permanent".into(), &1.into()), "{row}");
    host.tomte(&["rollback"])?.exits(0);
    stands_at(&host, 5)?;
    drop(host);
    let host = Host::start(&application)?;
    stands_at(&host, 5)?;
    runs(&host, "0.1.0")
}

#[test]
fn a_change_of_code_that_no_worker_has_made_is_rolled_back_at_the_start() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    killed_after(&application, 3)?;
    copy(&application.path(".tomte/journal"), &application.path("kept"))?;
    let host = Host::start(&application)?;
    upgrade(&host)?;
    drop(host);
    leave_the_intent(&application)?;
    fs::remove_dir_all(application.path(".tomte/journal"))?;
    fs::rename(application.path("kept"), application.path(".tomte/journal"))?;
    let host = Host::start(&application)?;
    says(&host.log(), &["(revision 1) was not complete when the host ended; the version before serves"]);
    stands_at(&host, 3)?;
    runs(&host, "0.1.0")
}

#[test]
fn a_start_on_another_component_of_the_manifest_steps_with_the_recorded_one_and_changes() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    killed_after(&application, 4)?;
    application.bring("counter-0.2.0", "counter.wasm")?;
    let host = Host::start(&application)?;
    stands_at(&host, 4)?;
    runs(&host, "0.2.0")
}

#[test]
fn what_cannot_be_durable_is_refused_before_anything_runs() -> Tested {
    let plain = Application::counter()?;
    let host = Host::start(&plain)?;
    let spec = "[child.more]\nbehaviour = \"counter\"\ndurable = true\n";
    let why = ["`more` is durable", "begun without a journal"];
    host.tomte(&["start-child", "root", "--as", spec])?.exits(2).says(&why);
    let manifest = fs::read_to_string(plain.path("tomte.toml"))?;
    plain.write("tomte.toml", format!("{manifest}{spec}").as_bytes())?;
    host.tomte(&["reload"])?.exits(3).says(&why);

    let stateless = Application::counter_and(DURABLE)?;
    stateless.write("counter.wasm", &loops(0))?;
    let why = ["`counter` is durable, and its component cannot save a state", "take the line `durable` out"];
    tomte(stateless.directory(), &["check", "."])?.exits(3).says(&why);
    tomte(stateless.directory(), &["run"])?.exits(78).says(&why);

    let reading = Application::counter_and(DURABLE)?;
    let manifest = fs::read_to_string(reading.path("tomte.toml"))?;
    let manifest = manifest.replace("version = \"0.1.0\"\n", "version = \"0.1.0\"\nassets = \"assets\"\n");
    let grants = "component = \"counter.wasm\"\ngrants = { assets = \"read\" }\n";
    reading.write("tomte.toml", manifest.replace("component = \"counter.wasm\"\n", grants).as_bytes())?;
    fs::create_dir(reading.path("assets"))?;
    let why = ["`counter` reads assets, which may be others when it steps again"];
    tomte(reading.directory(), &["check", "."])?.exits(3).says(&why);
    tomte(reading.directory(), &["run"])?.exits(78).says(&why);
    Ok(())
}

#[test]
fn a_rollback_without_a_host_keeps_what_happened_since_the_release() -> Tested {
    for how in ["KILL", "TERM"] {
        let application = Application::counter_and(DURABLE)?;
        let host = Host::start(&application)?;
        increment(&host, 3)?;
        upgrade(&host)?;
        increment(&host, 2)?;
        host.signal(how);
        host.ended()?;
        tomte(application.directory(), &["rollback"])?
            .exits(0)
            .prints(&["counter 0.2.0 -> 0.1.0", "what is not durable starts afresh"]);
        for _ in 0..2 {
            let host = Host::start(&application)?;
            let counter = host.tomte(&["inspect", "counter", "--json"])?.exits(0).json();
            assert_eq!(
                (&counter["version"], &counter["durable"]["waiting"]),
                (&"0.1.0".into(), &0.into()),
                "{counter}"
            );
            stands_at(&host, 5)?;
            drop(host);
        }
    }
    Ok(())
}

#[test]
fn an_earlier_component_that_cannot_be_gone_back_to_stops_the_start_and_nothing_is_lost() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    application.bring("counter-0.2.0", "counter.wasm")?;
    killed_after(&application, 3)?;
    // No history says which schema it had.
    application.bring("counter-0.1.0", "counter.wasm")?;
    let host = Host::launch(application.directory(), &[], &[])?;
    let (code, said) = host.ended()?;
    assert_eq!(code, Some(10), "{said}");
    says(&said, &["its journal has a state of the schema \"counter/2\"", "put that one back"]);
    application.bring("counter-0.2.0", "counter.wasm")?;
    stands_at(&Host::start(&application)?, 3)
}

#[test]
fn a_version_that_was_gone_back_from_is_gone_on_to_by_the_manifest() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    let host = Host::start(&application)?;
    increment(&host, 3)?;
    upgrade(&host)?;
    host.tomte(&["rollback"])?.exits(0);
    increment(&host, 1)?;
    drop(host);
    // It is known which schema it wrote, and the version before cannot write that.
    application.bring("counter-0.2.0", "counter.wasm")?;
    let host = Host::start(&application)?;
    stands_at(&host, 4)?;
    runs(&host, "0.2.0")
}

/// One increment with this id over HTTP.
fn once(host: &Host, id: &str, body: &[u8]) -> std::io::Result<(u16, String)> {
    host.http()?.post_with("/call/counter", &format!("tomte-request-id: {id}\r\n"), body)
}

#[test]
fn d9_a_call_with_a_request_id_is_done_once_over_kills_releases_and_crashes() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    let acked = (200, r#""Ack""#.to_owned());
    for round in 0..3 {
        let host = Host::start(&application)?;
        for id in ["a", "b"] {
            assert_eq!(once(&host, id, br#""Increment""#)?, acked, "{}", host.log());
            assert_eq!(once(&host, id, br#""Increment""#)?, acked);
        }
        let (status, text) = once(&host, "c", br#""Nonsense""#)?;
        assert_eq!((status, once(&host, "c", br#""Nonsense""#)?.1), (422, text));
        stands_at(&host, 2)?;
        if round == 1 {
            upgrade(&host)?;
        }
    }
    let host = Host::start(&application)?;
    let (status, text) = once(&host, "a", br#""Read""#)?;
    assert!(status == 400 && text.contains("another request"), "{status} {text}");
    assert_eq!(once(&host, "d", br#""Reset""#)?, acked);
    let crashed = once(&host, "e", br#""Reset""#)?.0;
    increment(&host, 1)?;
    assert_eq!((crashed, once(&host, "e", br#""Reset""#)?.0), (500, 500), "it is not tried on the other state");
    assert_eq!(once(&host, "d", br#""Reset""#)?, acked);
    stands_at(&host, 1)
}

#[test]
fn a_frames_listener_may_take_request_ids() -> Tested {
    let listener =
        "[[listen]]\nprotocol = \"frames\"\naddress = \"127.0.0.1:0\"\nto = \"counter\"\nrequest_ids = true\n";
    let application = Application::counter_and(&format!("{DURABLE}{listener}"))?;
    let frame = |id: u8, body: &[u8]| [&[id; 16][..], body].concat();
    let acked = (0, r#""Ack""#.to_owned());
    for _ in 0..2 {
        let host = Host::start(&application)?;
        let mut frames = host.frames()?;
        assert_eq!(frames.call(&frame(7, br#""Increment""#))?, acked);
        assert_eq!(frames.call(&frame(7, br#""Increment""#))?, acked);
        assert_eq!(frames.call(&frame(0, br#""Read""#))?, (0, r#"{"Value":1}"#.to_owned()), "{}", host.log());
        let (status, text) = frames.call(b"short")?;
        assert!(status == 6 && text.contains("16 bytes of request id"), "{status} {text}");
    }
    Ok(())
}

#[test]
fn a_request_id_is_refused_where_nobody_would_remember_it() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    let (status, text) = once(&host, "a", br#""Increment""#)?;
    assert!(status == 400 && text.contains("the worker is not durable"), "{status} {text}");
    let cast = host.http()?.post_with("/cast/counter", "tomte-request-id: a\r\n", br#""Increment""#)?;
    assert!(cast.0 == 400 && cast.1.contains("it is no call"), "{cast:?}");
    stands_at(&host, 0)
}

#[test]
fn a_backup_of_a_host_under_load_has_all_that_was_acknowledged_before_it() -> Tested {
    let application = Application::counter_and(DURABLE)?;
    let host = Host::start(&application)?;
    upgrade(&host)?;
    let away = tempfile::tempdir()?;
    let (mut before, stop, acked) = (vec![], AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut frames = host.frames().expect("a connection");
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(frames.call(br#""Increment""#).expect("an answer").0, 0);
                acked.fetch_add(1, Ordering::Relaxed);
            }
        });
        for number in 0..4 {
            let to = away.path().join(number.to_string());
            let acked = acked.load(Ordering::Relaxed);
            let copied = tomte(application.directory(), &["backup", &to.to_string_lossy()]);
            before.push((acked, to, copied));
        }
        stop.store(true, Ordering::Relaxed);
    });
    drop(host);
    for (acked, to, copied) in before {
        copied?.exits(0).prints(&["releases: 1, durable workers: 1, inputs they step again: "]);
        fs::remove_dir_all(application.path(".tomte"))?;
        fs::rename(&to, application.path(".tomte"))?;
        let host = Host::start(&application)?;
        runs(&host, "0.2.0")?;
        let read = host.http()?.post("/call/counter", br#""Read""#)?.1;
        let count: u64 = read.trim_matches(|c: char| !c.is_ascii_digit()).parse()?;
        assert!(count >= acked, "{acked} were acknowledged, and it has {count}");
    }
    Ok(())
}

//! How a host ends, what it says while it lives, and what its signals do.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Application, Host, Tested, manifest, says, tomte, until};

type Caller = std::thread::JoinHandle<std::io::Result<(u16, String)>>;

/// Suspends the counter and leaves a call waiting for it; answers the caller, who waits on a thread.
fn waiting_caller(host: &Host) -> Result<Caller, Box<dyn std::error::Error>> {
    host.tomte(&["suspend", "counter"])?.exits(0);
    let http = host.http()?;
    let patient = "tomte-timeout-ms: 600000\r\n";
    let caller = std::thread::spawn(move || http.post_with("/call/counter", patient, br#""Read""#));
    let queued = || host.tomte(&["inspect", "counter", "--json"]).map(|ran| ran.json()["queued"].clone());
    until("the call waits", || queued().is_ok_and(|queued| queued == 1));
    Ok(caller)
}

#[test]
fn a_signal_drains_what_is_in_flight_and_then_stops() -> Tested {
    for name in ["TERM", "INT"] {
        let application = Application::counter()?;
        let host = Host::counted(&application)?;
        let caller = waiting_caller(&host)?;
        host.signal(name);
        host.wait_for("draining");
        host.tomte(&["resume", "counter"])?.exits(0);
        let answer = caller.join().map_err(|_| "the caller panicked")??;
        assert_eq!(answer, (200, r#"{"Value":3}"#.to_owned()));
        let (code, log) = host.ended()?;
        assert_eq!(code, Some(0), "{log}");
        assert!(!application.path(".tomte/host.sock").exists());
    }
    Ok(())
}

#[test]
fn a_second_signal_stops_at_once() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    let caller = waiting_caller(&host)?;
    host.signal("TERM");
    host.wait_for("draining");
    let began = Instant::now();
    host.signal("TERM");
    let (code, log) = host.ended()?;
    assert_eq!(code, Some(0), "{log}");
    assert!(began.elapsed() < Duration::from_secs(20), "it drained on for {:?}:\n{log}", began.elapsed());
    assert!(!matches!(caller.join(), Ok(Ok((200, _)))), "nobody answered this call");
    Ok(())
}

#[test]
fn shutdown_returns_when_the_host_is_gone() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    let ran = host.tomte(&["shutdown"])?.exits(0).says(&["the host has stopped"]);
    assert_eq!(ran.stdout, "");
    host.tomte(&["tree"])?.exits(5);
    assert_eq!(host.ended()?.0, Some(0));
    Ok(())
}

#[test]
fn a_root_that_gives_up_is_told_by_the_exit_code() -> Tested {
    let application = Application::counter_and("backoff = { first = \"10ms\" }\n")?;
    let host = Host::start(&application)?;
    let crash = || host.http().and_then(|http| http.post("/call/counter", br#""Reset""#));
    until("it accepts nobody", || crash().is_err());
    let (code, log) = host.ended()?;
    assert_eq!(code, Some(10), "{log}");
    says(&log, &["the root supervisor gave up", "reset at zero", "intensity"]);
    Ok(())
}

#[test]
fn b9_nobody_ends_the_host_by_crashing_a_worker_again_and_again() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    for _ in 0..12 {
        // From the fourth on it waits for its restart longer than this caller does.
        host.http()?.post_with("/call/counter", "tomte-timeout-ms: 50\r\n", br#""Reset""#)?;
    }
    let counter = host.tomte(&["inspect", "counter", "--json"])?.exits(0).json();
    assert_eq!(counter["restarts"], 3, "{counter}");
    Ok(())
}

#[test]
fn b12_a_child_that_cannot_start_is_told_by_the_exit_code() -> Tested {
    let text = manifest("config = { init = { panic = \"no luck\" } }\n").replace("counter.wasm", "hostile.wasm");
    let application = Application::new(&text)?;
    application.bring("hostile-0.1.0", "hostile.wasm")?;
    tomte(application.directory(), &["run"])?.exits(10).says(&["the tree could not be started", "counter", "no luck"]);
    Ok(())
}

#[test]
fn a_dump_and_another_look_at_the_manifest_come_on_demand_and_nothing_else_happens() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    host.signal("USR2");
    host.wait_for("dump written path=./.tomte/dump-");
    let entries = fs::read_dir(application.path(".tomte"))?.filter_map(Result::ok).map(|entry| entry.path());
    let dumps: Vec<_> = entries.filter(|path| path.to_string_lossy().contains("dump-")).collect();
    assert_eq!(dumps.len(), 1);
    let dump: serde_json::Value = serde_json::from_slice(&fs::read(&dumps[0])?)?;
    assert_eq!((&dump["application"], &dump["tree"]["children"][0]["name"]), (&"shop".into(), &"counter".into()));
    host.signal("HUP");
    host.wait_for("read the manifest again");
    host.is_undisturbed()
}

#[test]
fn the_banner_tells_where_everything_is_as_it_was_typed() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    let log = host.log();
    let version = env!("CARGO_PKG_VERSION");
    says(&log, &[&format!("tomte {version} · wasmtime "), &format!("pid {} · shop", host.pid())]);
    says(&log, &["releases  ./releases\n", "state     ./.tomte\n", "admin     unix:./.tomte/host.sock\n"]);
    says(&log, &[&format!("listen    frames {} -> counter\n", host.address("frames")), "counter 0.1.0  running"]);
    assert!(!log.contains(&application.directory().display().to_string()), "a path is longer than typed:\n{log}");
    assert!(!log.contains(" WARN ") && !log.contains(" ERROR "), "{log}");
    Ok(())
}

#[test]
fn what_guests_print_is_logged_with_their_name() -> Tested {
    let application = Application::counter_and(
        "[behaviour.hostile]\ncomponent = \"hostile.wasm\"\n[child.talker]\nunder = \"root\"\nbehaviour = \"hostile\"\n",
    )?;
    application.bring("hostile-0.1.0", "hostile.wasm")?;
    let host = Host::start(&application)?;
    host.tomte(&["call", "talker", r#"{"print":"good day"}"#])?.exits(0);
    host.wait_for("INFO good day worker=talker");
    host.wait_for("WARN good day worker=talker");
    host.tomte(&["call", "talker", r#"{"panic":"oh no"}"#])?.exits(1).says(&["oh no"]);
    host.wait_for("worker crashed worker=talker");
    host.wait_for("restarting at once child=talker");
    Ok(())
}

#[test]
fn the_log_may_be_lines_of_json() -> Tested {
    let application = Application::counter()?;
    let host = Host::start_with(application.directory(), &[], &[("TOMTE_LOG", "json,warn")])?;
    host.tomte(&["call", "counter", r#""Reset""#])?.exits(1);
    host.wait_for("worker crashed");
    let log = host.log();
    let line = log.lines().find(|line| line.contains("worker crashed")).unwrap_or_default();
    let event: serde_json::Value = serde_json::from_str(line)?;
    assert_eq!((&event["level"], &event["worker"]), (&"ERROR".into(), &"counter".into()), "{line}");
    Ok(())
}

//! The log of a host: it holds nobody up, ends nobody, and shows what others wrote as text.

use crate::support::{Application, Host, Tested, manifest, says, tomte, tomte_fed};

/// Beside the counter a worker that does what it is told.
const TALKER: &str =
    "[behaviour.hostile]\ncomponent = \"hostile.wasm\"\n[child.talker]\nunder = \"root\"\nbehaviour = \"hostile\"\n";

fn with_a_talker() -> Result<Application, std::io::Error> {
    let application = Application::counter_and(TALKER)?;
    application.bring("hostile-0.1.0", "hostile.wasm")?;
    Ok(application)
}

#[test]
fn a_log_that_nobody_reads_holds_up_neither_work_nor_orders_nor_the_end() -> Tested {
    let application = with_a_talker()?;
    let (host, _unread) = Host::unheard(&application)?;
    for _ in 0..20 {
        host.tomte(&["call", "talker", r#"{"flood":15}"#])?.exits(0);
    }
    host.tomte(&["call", "counter", r#""Reset""#])?.exits(1);
    host.tomte(&["call", "counter", r#""Increment""#])?.exits(0);
    application.bring("counter-0.2.0", "next.wasm")?;
    host.tomte(&["upgrade", "next.wasm"])?.exits(0);
    host.signal("TERM");
    assert_eq!(host.ended()?.0, Some(0));
    Ok(())
}

#[test]
fn a_log_that_cannot_be_written_ends_nobody() -> Tested {
    let application = with_a_talker()?;
    let host = Host::counted(&application)?;
    host.close_log();
    for _ in 0..3 {
        host.tomte(&["call", "talker", r#"{"panic":"unheard"}"#])?.exits(1);
    }
    host.is_undisturbed()?;
    host.tomte(&["shutdown"])?.exits(0);
    assert_eq!(host.ended()?.0, Some(0));
    Ok(())
}

#[test]
fn b19_a_flood_is_cut_and_told_and_hides_no_crash_of_another() -> Tested {
    let application = with_a_talker()?;
    let host = Host::start(&application)?;
    for _ in 0..6 {
        host.tomte(&["call", "talker", r#"{"flood":15}"#])?.exits(0);
    }
    host.wait_for("it logs more than 65536 bytes in 1s: lines are lost worker=talker");
    host.tomte(&["call", "counter", r#""Reset""#])?.exits(1);
    host.wait_for("worker crashed worker=counter");
    Ok(())
}

#[test]
fn b19_what_others_wrote_is_shown_as_text_in_one_line() -> Tested {
    let application = with_a_talker()?;
    let host = Host::start(&application)?;
    let evil = "a\u{1b}[31m\u{7}b\r\u{202e}c";
    let told = serde_json::json!({ "print": evil }).to_string();
    host.tomte(&["call", "talker", &told])?.exits(0);
    host.wait_for(r"a\u{1b}[31m\u{7}b\r\u{202e}c worker=talker");
    let forged = "lost\n2026-11-29T00:00:00.000000Z  INFO upgraded";
    host.tomte(&["call", "talker", &serde_json::json!({ "panic": forged }).to_string()])?.exits(1);
    host.wait_for("worker crashed worker=talker");
    let log = host.log();
    assert!(!log.contains(evil) && !log.lines().any(|line| line.starts_with("2026-11-29T00:00:00")), "{log}");
    Ok(())
}

#[test]
fn a_level_is_that_of_tomte_and_not_of_its_libraries() -> Tested {
    let application = Application::counter()?;
    let host = Host::start_with(application.directory(), &[], &[("TOMTE_LOG", "json,debug")])?;
    host.tomte(&["call", "counter", r#""Increment""#])?.exits(0);
    let log = host.log();
    let stranger = |line: &&str| ["cranelift", "wit_parser", "wasmtime", "mio"].iter().any(|name| line.contains(name));
    assert_eq!(log.lines().filter(|line| line.starts_with('{')).find(stranger), None);
    Ok(())
}

#[test]
fn a_level_that_is_none_is_an_error() -> Tested {
    let application = Application::counter()?;
    let ran = tomte_fed(application.directory(), &["run"], &[("TOMTE_LOG", "foo")], b"")?;
    ran.exits(78).says(&["TOMTE_LOG is not understood at `foo`", "TOMTE_LOG=debug"]);
    Ok(())
}

#[test]
fn signals_that_mean_nothing_and_files_that_may_not_grow_end_nobody() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    for name in ["USR1", "ALRM", "VTALRM", "PROF", "XFSZ", "XCPU", "PIPE"] {
        host.signal(name);
    }
    host.is_undisturbed()
}

#[test]
fn a_stop_while_the_host_is_starting_ends_the_start() -> Tested {
    for signals in [1, 2] {
        let mut text = manifest("config = { init = \"spin\" }\n").replace("counter.wasm", "hostile.wasm");
        text = text.replace("[child.counter]", &format!("{FIRST}[child.counter]"));
        text = text.replace("[supervisor.root]", "limits = { init = \"300s\" }\n[supervisor.root]");
        let application = Application::new(&text)?;
        application.bring("hostile-0.1.0", "hostile.wasm")?;
        let host = Host::launch(application.directory(), &[], &[])?;
        host.wait_for("first is up");
        (0..signals).for_each(|_| host.signal("TERM"));
        let (code, log) = host.ended()?;
        assert_eq!(code, Some(0), "{log}");
        says(&log, &["asked to stop while it was starting"]);
        // What it held is free: another one starts there.
        tomte(application.directory(), &["check"])?.exits(0);
    }
    Ok(())
}

const FIRST: &str =
    "[child.first]\nunder = \"root\"\nbehaviour = \"counter\"\nconfig = { init = { print = \"first is up\" } }\n";

#[test]
fn an_order_leaves_a_trace_with_who_gave_it() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    host.tomte(&["suspend", "counter"])?.exits(0);
    host.wait_for("ordered: suspend counter");
    let uid = format!("uid={}", rustix::process::geteuid().as_raw());
    assert!(host.log().lines().any(|line| line.contains("ordered: suspend counter") && line.contains(&uid)));
    host.tomte(&["resume", "nobody"])?;
    host.wait_for("ordered in vain: resume nobody");
    host.tomte(&["tree"])?.exits(0);
    assert!(!host.log().contains("ordered: tree"));
    Ok(())
}

//! The verbs against a running host, and those that need none: what they print and exit with.

use std::process::Command;

use serde_json::json;

use crate::support::{Application, Host, Tested, guest, missing, says, tomte, tomte_fed, until};

#[test]
fn a_call_prints_the_body_of_the_reply_and_nothing_else() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    let ran = host.tomte(&["call", "counter", r#""Increment""#])?.exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (r#""Ack""#, ""));
    application.write("body.json", br#""Increment""#)?;
    host.tomte(&["call", "counter", "@body.json"])?.exits(0);
    let ran = tomte_fed(application.directory(), &["call", "counter", "-"], &[], br#""Read""#)?.exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (r#"{"Value":2}"#, ""));
    Ok(())
}

#[test]
fn a_cast_is_taken_without_an_answer() -> Tested {
    let application = Application::counter_and("[behaviour.kv]\ncomponent = \"kv.wasm\"\n")?;
    application.bring("kv-0.1.0", "kv.wasm")?;
    let host = Host::start(&application)?;
    let ran = host.tomte(&["cast", "counter", r#""Read""#])?.exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let steps = || host.tomte(&["inspect", "counter", "--json"]).map(|ran| ran.json()["steps"].clone());
    until("the cast was stepped", || steps().is_ok_and(|steps| steps == json!(1)));
    Ok(())
}

#[test]
fn a_refusal_a_crash_and_a_deadline_have_exits_of_their_own() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    host.tomte(&["call", "counter", "zzz"])?.exits(3).says(&["error[refused]", "not an input of this behaviour"]);
    let crashed = host.tomte(&["call", "counter", r#""Reset""#])?.exits(1);
    crashed.says(&["error[crashed]: crash: reset at zero", "`tomte inspect counter`"]);
    host.tomte(&["suspend", "counter"])?.exits(0);
    let late = host.tomte(&["call", "counter", r#""Read""#, "--timeout", "50ms"])?.exits(6);
    late.says(&["error[timed-out]", "--timeout"]);
    host.tomte(&["resume", "counter"])?.exits(0);
    host.tomte(&["stop", "counter"])?.exits(0);
    host.tomte(&["call", "counter", r#""Read""#])?.exits(5).says(&["error[stopped]", "`tomte restart counter`"]);
    let told = host.tomte(&["call", "counter", r#""Read""#, "--json"])?.exits(5);
    let error: serde_json::Value = serde_json::from_str(&told.stderr)?;
    assert_eq!((&error["error"]["kind"], &error["error"]["exit"]), (&json!("stopped"), &json!(5)));
    Ok(())
}

#[test]
fn the_tree_and_a_worker_are_shown_for_people_and_for_programs() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let tree = host.tomte(&["tree"])?.exits(0);
    assert_eq!(tree.stdout, "root        one_for_one    running\n└─ counter  counter 0.1.0  running  q 0/1024\n");
    let tree = host.tomte(&["tree", "--json"])?.exits(0).json();
    assert_eq!(
        (&tree["name"], &tree["kind"], &tree["strategy"]),
        (&json!("root"), &json!("supervisor"), &json!("one_for_one"))
    );
    let counter = &tree["children"][0];
    let expected = json!({ "name": "counter", "kind": "worker", "status": "running", "behaviour": "counter",
        "version": "0.1.0", "queued": 0, "capacity": 1024, "restarts": 0 });
    assert_eq!(counter, &expected);
    let inspect = host.tomte(&["inspect", "counter"])?.exits(0);
    let asks = "not shown: `tomte inspect --state` has it saved";
    inspect.prints(&["counter   running   behaviour counter 0.1.0", "under root", asks, "of 16 MiB"]);
    host.tomte(&["inspect", "counter", "--state"])?.exits(0).prints(&["counter/1   3"]);
    let worker = host.tomte(&["inspect", "counter", "--state", "--json"])?.exits(0).json();
    for (key, value) in
        [("state", json!("3")), ("schema", json!("counter/1")), ("steps", json!(3)), ("queued", json!(0))]
    {
        assert_eq!(worker[key], value, "{key} of {worker}");
    }
    assert_eq!(worker["digest"].as_str().map(str::len), Some(64));
    Ok(())
}

#[test]
fn a_suspended_worker_keeps_its_inputs_until_it_is_resumed() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let status = || host.tomte(&["inspect", "counter", "--json"]).map(|ran| ran.json());
    host.tomte(&["suspend", "counter"])?.exits(0);
    host.tomte(&["cast", "counter", r#""Read""#])?.exits(0);
    let seen = status()?;
    assert_eq!((&seen["status"], &seen["queued"], &seen["steps"]), (&json!("suspended"), &json!(1), &json!(3)));
    host.tomte(&["resume", "counter"])?.exits(0);
    until("the cast was stepped", || status().is_ok_and(|seen| seen["steps"] == json!(4)));
    host.is_undisturbed()
}

#[test]
fn a_worker_is_restarted_and_stopped_by_order() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    host.tomte(&["restart", "counter"])?.exits(0);
    host.tomte(&["call", "counter", r#""Read""#])?.exits(0).prints(&[r#"{"Value":0}"#]);
    host.tomte(&["stop", "counter"])?.exits(0);
    host.tomte(&["tree"])?.exits(0).prints(&["stopped"]);
    host.tomte(&["restart", "counter"])?.exits(0);
    host.tomte(&["call", "counter", r#""Read""#])?.exits(0).prints(&[r#"{"Value":0}"#]);
    Ok(())
}

#[test]
fn without_a_host_every_question_says_where_none_is() -> Tested {
    let application = Application::counter()?;
    let upgrade = guest("counter-0.2.0").display().to_string();
    let verbs: [&[&str]; 8] = [
        &["tree"],
        &["call", "counter", "x"],
        &["cast", "counter", "x"],
        &["inspect", "counter"],
        &["history"],
        &["rollback"],
        &["upgrade", &upgrade],
        &["shutdown"],
    ];
    for verb in verbs {
        tomte(application.directory(), verb)?.exits(5).says(&["no host answers on .tomte/host.sock", "`tomte run`"]);
    }
    let named = tomte(application.directory(), &["tree", "--host", "unix:/nowhere/h.sock"])?.exits(5);
    named.says(&["no host answers on /nowhere/h.sock"]);
    let empty = tempfile::tempdir()?;
    tomte(empty.path(), &["tree"])?.exits(5).says(&["there is no tomte.toml in", "--host PATH"]);
    Ok(())
}

#[test]
fn the_host_is_found_from_below_and_by_name() -> Tested {
    let application = Application::counter()?;
    let _host = Host::start(&application)?;
    std::fs::create_dir_all(application.path("guest/src"))?;
    tomte(&application.path("guest/src"), &["tree"])?.exits(0).prints(&["counter 0.1.0"]);
    let socket = application.path(".tomte/host.sock").display().to_string();
    let elsewhere = tempfile::tempdir()?;
    tomte_fed(elsewhere.path(), &["tree"], &[("TOMTE_HOST", &socket)], b"")?.exits(0).prints(&["counter 0.1.0"]);
    // Set and empty is not set.
    tomte_fed(application.directory(), &["tree"], &[("TOMTE_HOST", "")], b"")?.exits(0).prints(&["counter 0.1.0"]);
    tomte(elsewhere.path(), &["--host", &socket, "tree"])?.exits(0).prints(&["counter 0.1.0"]);
    Ok(())
}

#[test]
fn check_tells_what_an_application_and_a_component_are() -> Tested {
    let application = Application::counter()?;
    let report = tomte(application.directory(), &["check"])?.exits(0);
    report.prints(&["shop 0.1.0", "counter 0.1.0", "saves its state", "1 workers; listeners: http 127.0.0.1:0"]);
    let report = tomte(application.directory(), &["check", "--json"])?.exits(0).json();
    assert_eq!((&report["name"], &report["workers"]), (&json!("shop"), &json!(1)));
    assert_eq!(report["behaviours"]["counter"]["saves_state"], json!(true));
    let component = tomte(application.directory(), &["check", "counter.wasm", "--json"])?.exits(0).json();
    assert_eq!((&component["name"], &component["version"]), (&json!("counter"), &json!("0.1.0")));
    assert_eq!(component["digest"], report["behaviours"]["counter"]["digest"]);
    assert!(!application.path(".tomte").exists(), "a check leaves nothing behind");
    Ok(())
}

#[test]
fn doctor_tells_what_is_well_and_what_to_do() -> Tested {
    let application = Application::counter()?;
    let findings = tomte(application.directory(), &["doctor", "--json"])?.json();
    let of = |subject: &str| {
        let mut all = findings.as_array().into_iter().flatten();
        all.find(|found| found["subject"] == json!(subject)).cloned().unwrap_or_default()
    };
    assert_eq!((&of("host")["level"], &of("host")["fix"]), (&json!("note"), &json!("tomte run")));
    assert_eq!(of("state directory")["level"], json!("ok"));
    let _host = Host::start(&application)?;
    let told = tomte(application.directory(), &["doctor"])?.prints(&["open files", "answers on .tomte/host.sock"]);
    assert!(!told.stdout.contains("rustc"), "nothing here is built by cargo: {}", told.stdout);
    let elsewhere = tempfile::tempdir()?;
    tomte(elsewhere.path(), &["doctor"])?.prints(&["rustc", "wasm32-wasip2"]);
    Ok(())
}

#[test]
fn completions_help_and_the_version_need_nothing() -> Tested {
    let empty = tempfile::tempdir()?;
    for shell in ["bash", "zsh", "fish"] {
        tomte(empty.path(), &["completions", shell])?.exits(0).prints(&["tomte", "rollback"]);
    }
    tomte(empty.path(), &["--help"])?.exits(0).prints(&["Usage: tomte", "inspect", "completions"]);
    let version = tomte(empty.path(), &["--version"])?.exits(0);
    assert_eq!(version.stdout, concat!("tomte ", env!("CARGO_PKG_VERSION"), "\n"));
    tomte(empty.path(), &[""; 0])?.exits(2).says(&["Usage: tomte"]);
    Ok(())
}

/// What a verb prints on a terminal that `script` makes for it, if this machine has `script`.
#[test]
fn a_text_that_cannot_be_written_is_a_failure_whatever_the_verb() -> Tested {
    for arguments in [&["--help"][..], &["--version"], &["call", "--help"], &["completions", "bash"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full")?;
        let status = std::process::Command::new(env!("CARGO_BIN_EXE_tomte"))
            .args(arguments)
            .stdout(full)
            .stderr(std::process::Stdio::null())
            .status()?;
        assert_eq!(status.code(), Some(1), "{arguments:?}");
    }
    Ok(())
}

fn on_a_terminal(application: &Application, no_color: Option<&str>) -> std::io::Result<Option<String>> {
    let tree = format!("{} tree", env!("CARGO_BIN_EXE_tomte"));
    let mut script = Command::new("script");
    script.args(["-qec", &tree, "/dev/null"]).current_dir(application.directory()).env("TERM", "xterm");
    script.env_remove("NO_COLOR").envs(no_color.map(|value| ("NO_COLOR", value)));
    match script.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        ran => ran.map(|ran| Some(String::from_utf8_lossy(&ran.stdout).into_owned())),
    }
}

#[test]
fn colour_is_for_terminals_that_want_it() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    let piped = host.tomte(&["tree"])?.exits(0);
    assert!(!piped.stdout.contains('\x1b') && !host.log().contains('\x1b'), "{piped:?}");
    let Some(coloured) = on_a_terminal(&application, None)? else {
        missing("colour_is_for_terminals_that_want_it", "script", "bsdutils");
        return Ok(());
    };
    says(&coloured, &["counter", "\x1b["]);
    let plain = on_a_terminal(&application, Some("1"))?.unwrap_or_default();
    says(&plain, &["counter"]);
    assert!(!plain.contains('\x1b'), "{plain:?}");
    Ok(())
}

#[test]
fn sup_24_a_child_is_administered_from_the_command_line() -> Tested {
    let application = Application::counter_and("")?;
    let host = Host::start(&application)?;
    let table = r#"child.guest = { behaviour = "counter", restart = "transient" }"#;
    assert_eq!(host.tomte(&["start-child", "root", "--as", table])?.exits(0).stdout, "guest\n");
    host.tomte(&["start-child", "root", "--as", "child.guest = { behaviour = \"countre\" }"])?
        .exits(2)
        .says(&["did you mean `counter`?"]);
    host.tomte(&["start-child", "root"])?.exits(2);
    host.tomte(&["delete-child", "root", "guest"])?.exits(3).says(&["it runs"]);
    host.tomte(&["stop-child", "root", "guest"])?.exits(0);
    host.tomte(&["restart-child", "root", "guest"])?.exits(0);
    host.tomte(&["children", "root"])?.exits(0).prints(&["guest", "running", "2 specified, 2 active"]);
    host.tomte(&["stop-child", "root", "guest"])?.exits(0);
    let json = host.tomte(&["children", "root", "--json"])?.exits(0).json();
    assert_eq!((json["children"][0]["state"].as_str(), json["counts"]["active"].as_u64()), (Some("none"), Some(1)));
    host.tomte(&["delete-child", "root", "guest"])?.exits(0);
    host.tomte(&["restart-child", "root", "guest"])?
        .exits(7)
        .says(&["root has no child guest", "`tomte children root`"]);
    host.tomte(&["reload"])?.exits(0).prints(&["nothing has changed"]);
    Ok(())
}

#[test]
fn a_dynamic_child_is_started_called_shown_and_stopped_by_its_address() -> Tested {
    let calls = "[supervisor.calls]\nstrategy = \"simple_one_for_one\"\n\
        [child.calls]\nunder = \"root\"\nsupervisor = \"calls\"\n\
        [child.call]\nunder = \"calls\"\nbehaviour = \"counter\"\n";
    let application = Application::counter_and(calls)?;
    let host = Host::start(&application)?;
    let started = host.tomte(&["start-child", "calls", "7"])?.exits(0);
    assert_eq!(started.stdout, "calls/7\n");
    assert_eq!(host.tomte(&["start-child", "calls", "8", "{}", "--json"])?.exits(0).json()["worker"], "calls/8");
    host.tomte(&["call", "calls/7", r#""Increment""#])?.exits(0);
    assert_eq!(host.tomte(&["call", "calls/7", r#""Read""#])?.exits(0).stdout, r#"{"Value":1}"#);
    host.tomte(&["tree"])?.exits(0).prints(&["simple_one_for_one", "2 children", "calls/7", "calls/8"]);
    host.tomte(&["inspect", "calls/7", "--state"])?.exits(0).prints(&["calls/7", "under calls", "counter/1"]);
    host.tomte(&["start-child", "calls", "7"])?.exits(3).says(&["error[refused]", "is there and runs"]);
    host.tomte(&["start-child", "counter", "7"])?.exits(7).says(&["no supervisor is named counter"]);
    host.tomte(&["start-child", "root", "7"])?.exits(3).says(&["not simple_one_for_one"]);
    host.tomte(&["start-child", "calls", "a/b"])?.exits(2).says(&["no key"]);
    host.tomte(&["start-child", "calls", "9", "{"])?.exits(2).says(&["not JSON"]);
    host.tomte(&["restart", "calls/7"])?.exits(0);
    assert_eq!(host.tomte(&["call", "calls/7", r#""Read""#])?.exits(0).stdout, r#"{"Value":0}"#);
    host.tomte(&["restart-child", "calls", "7"])?.exits(3).says(&["simple_one_for_one"]);
    host.tomte(&["stop", "calls/7"])?.exits(0);
    host.tomte(&["call", "calls/7", r#""Read""#])?.exits(7).says(&["no worker is named `calls/7`"]);
    Ok(())
}

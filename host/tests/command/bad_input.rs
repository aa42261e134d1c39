//! Manifests, places and arguments that are wrong: each with its own words and its own exit code, and
//! with nothing left behind.

use std::net::TcpListener;

use crate::support::{Application, Host, Tested, manifest, tomte};

/// `run` and `check` of an application with this manifest both end so; nothing is created.
#[track_caller]
fn manifest_is_refused(text: &str, why: &[&str]) -> Tested {
    let application = Application::new(text)?;
    for verb in ["run", "check"] {
        tomte(application.directory(), &[verb])?.exits(78).says(why).says(&["tomte.toml:"]);
    }
    assert!(!application.path(".tomte").exists(), "a wrong manifest leaves nothing behind");
    Ok(())
}

#[test]
fn a_manifest_that_is_no_toml_is_refused_with_its_line() -> Tested {
    manifest_is_refused("manifest_version = 1\n[application\n", &["not TOML from here on", "tomte.toml:2"])
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() -> Tested {
    let text = manifest("").replace("intensity", "intensitty");
    manifest_is_refused(&text, &["unknown key `intensitty` in [supervisor.root]", "did you mean `intensity`?"])
}

#[test]
fn a_duration_that_is_none_is_refused_with_an_example() -> Tested {
    let text = manifest("").replace("5s", "5 parsecs");
    manifest_is_refused(&text, &["`period` in [supervisor.root] is not a duration", "for example \"5s\""])
}

#[test]
fn a_child_of_an_unknown_behaviour_is_refused() -> Tested {
    let text = manifest("").replace("behaviour = \"counter\"", "behaviour = \"countr\"");
    manifest_is_refused(&text, &["countr", "did you mean `counter`?"])
}

#[test]
fn two_listeners_on_one_address_are_refused() -> Tested {
    let listen = "[[listen]]\nprotocol = \"http\"\naddress = \"127.0.0.1:7999\"\n";
    manifest_is_refused(&manifest(&listen.repeat(2)), &["two listeners want 127.0.0.1:7999"])
}

#[test]
fn a_missing_component_is_named_with_what_makes_it() -> Tested {
    let build = "component = \"counter.wasm\"\nbuild = { command = \"cargo build\" }";
    let application = Application::new(&manifest("").replace("component = \"counter.wasm\"", build))?;
    std::fs::remove_file(application.path("counter.wasm"))?;
    tomte(application.directory(), &["run"])?.exits(78).says(&["counter.wasm", "tomte build"]);
    tomte(application.directory(), &["check"])?.exits(3).says(&["counter.wasm is missing", "tomte build"]);
    Ok(())
}

#[test]
fn wrong_host_settings_are_refused() -> Tested {
    let application = Application::new(&manifest(""))?;
    application.write("host.toml", b"host_version = 1\n[relases]\n")?;
    tomte(application.directory(), &["run"])?.exits(78).says(&["host.toml:2", "did you mean `releases`?"]);
    Ok(())
}

#[test]
fn a_directory_without_a_manifest_is_no_application() -> Tested {
    let empty = tempfile::tempdir()?;
    for verb in ["run", "build", "check"] {
        tomte(empty.path(), &[verb])?.exits(78).says(&["there is no tomte.toml in", "tomte new NAME"]);
    }
    Ok(())
}

#[test]
fn an_address_in_use_is_named() -> Tested {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let listen = format!("[[listen]]\nprotocol = \"http\"\naddress = \"{address}\"\n");
    let application = Application::new(&manifest(&listen))?;
    tomte(application.directory(), &["run"])?.exits(69).says(&[&address, "(http)", "the address is in use"]);
    Ok(())
}

#[test]
fn a_second_host_of_one_application_is_turned_away() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let second = host.tomte(&["run"])?.exits(69);
    second.says(&["a host already answers on ./.tomte/host.sock", "shutdown"]);
    host.is_undisturbed()
}

#[test]
fn a24_a_second_host_on_one_state_directory_is_turned_away() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let second = host.tomte(&["run", "--admin", "elsewhere/host.sock"])?.exits(69);
    second.says(&[&format!("another host (process {})", host.pid()), "./.tomte", "--state DIR"]);
    host.is_undisturbed()
}

#[test]
fn an_admin_socket_in_an_open_directory_is_refused() -> Tested {
    let application = Application::counter()?;
    let refused = tomte(application.directory(), &["run", "--admin", "releases/host.sock"])?.exits(78);
    refused.says(&["may be opened by others", "chmod 700 releases"]);
    Ok(())
}

#[test]
fn a_named_releases_folder_must_be_there() -> Tested {
    let application = Application::counter()?;
    let refused = tomte(application.directory(), &["run", "--releases", "inbox"])?.exits(78);
    refused.says(&["inbox does not exist", "mkdir -p inbox"]);
    Ok(())
}

#[test]
fn wrong_usage_is_told_with_the_way_to_help() -> Tested {
    let empty = tempfile::tempdir()?;
    let lines: [(&[&str], &str); 6] = [
        (&["frobnicate"], "frobnicate"),
        (&["call"], "<WORKER>"),
        (&["call", "counter", "--timeout", "5 parsecs"], "one as in 250ms, 5s, 2m or 1h"),
        (&["call", "counter", "@nowhere.json"], "nowhere.json"),
        (&["new", "Hello World"], "tomte new hello-world"),
        (&["new", "hello", "--lang", "cobol"], "rust"),
    ];
    for (arguments, words) in lines {
        tomte(empty.path(), arguments)?.exits(2).says(&[words]);
    }
    Ok(())
}

#[test]
fn a_new_project_overwrites_nothing() -> Tested {
    let here = tempfile::tempdir()?;
    std::fs::create_dir(here.path().join("hello"))?;
    std::fs::write(here.path().join("hello/precious"), "mine")?;
    tomte(here.path(), &["new", "hello"])?.exits(1).says(&["hello exists already", "tomte new hello-2"]);
    assert_eq!(std::fs::read_dir(here.path().join("hello"))?.count(), 1);
    Ok(())
}

#[test]
fn an_unknown_worker_is_named_with_the_nearest_known_one() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    for verb in ["call", "cast", "inspect", "suspend", "resume", "restart", "stop"] {
        let unknown = host.tomte(&[verb, "countr"])?.exits(7);
        unknown.says(&["no worker is named `countr`; did you mean `counter`?", "tomte tree"]);
    }
    host.is_undisturbed()
}

#[test]
fn a_supervisor_is_told_from_a_worker_and_a_misspelt_one_is_guessed() -> Tested {
    let team = "[supervisor.team]\n[child.team]\nsupervisor = \"team\"\n";
    let application = Application::counter_and(team)?;
    let host = Host::counted(&application)?;
    for verb in ["call", "cast", "inspect", "suspend", "trace"] {
        host.tomte(&[verb, "team"])?.exits(2).says(&["`team` is a supervisor and no worker; `tomte children team`"]);
    }
    for verb in ["call", "inspect", "restart", "stop"] {
        host.tomte(&[verb, "taem"])?.exits(7).says(&["no worker is named `taem`; did you mean `team`?"]);
    }
    for verb in [&["children", "taem"][..], &["start-child", "taem", "7"], &["stop-child", "taem", "x"]] {
        host.tomte(verb)?.exits(7).says(&["no supervisor is named taem", "did you mean `team`?"]);
    }
    let table = "child.x = { behaviour = \"counter\", restart = \"transient\", significant = true }";
    let named = host.tomte(&["start-child", "team", "--as", table])?.exits(3);
    assert!(named.stderr.contains("team") && !named.stderr.contains("root"), "{named:?}");
    host.is_undisturbed()
}

#[test]
fn sup_39_what_run_refuses_check_and_doctor_refuse_in_the_same_words() -> Tested {
    let settings = [
        "host_version = 2",
        "nonsense",
        "host_version = 1\n[releases]\nrescan = \"1ns\"",
        "host_version = 1\n[releases]\nrescann = \"5s\"",
        "host_version = 1\n[host]\nshards = 0",
        "host_version = 1\n[drain]\ndeadline = \"99999999h\"",
        "host_version = 1\n[config.shop]\nx = nan",
    ];
    let template = "[child.calls]\nsupervisor = \"calls\"\n[supervisor.calls]\nstrategy = \"simple_one_for_one\"\n";
    let child = |name: &str| format!("[child.{name}]\nunder = \"calls\"\nbehaviour = \"counter\"\n");
    let trees = [template.to_owned(), format!("{template}{}{}", child("x"), child("y"))];
    let bad =
        settings.map(|text| (String::new(), text)).into_iter().chain(trees.map(|tree| (tree, "host_version = 1")));
    for (more, text) in bad {
        let application = Application::new(&manifest(&more))?;
        application.write("host.toml", text.as_bytes())?;
        let run = tomte(application.directory(), &["run"])?.exits(78);
        assert_eq!(tomte(application.directory(), &["check"])?.exits(78).stderr, run.stderr, "{text}{more}");
        let found = tomte(application.directory(), &["doctor", "--json"])?.exits(1).json();
        let all = found.as_array().cloned().unwrap_or_default();
        assert!(all.iter().any(|found| found["subject"] == "application" && found["level"] == "error"), "{all:?}");
    }
    Ok(())
}

//! A release that goes wrong: its host ends, it has to be taken back, or there is no disk to record it on.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::{Application, Host, Tested, guest, manifest, saving_loops, says, tomte, until};

/// Takes a compiler minutes.
const SLOW: usize = 50_000;

/// The counter under a root that gives up as soon as it has crashed four times.
fn fragile() -> std::io::Result<Application> {
    Application::new(&manifest("backoff = { first = \"0ms\", max = \"0ms\", jitter = 0.0 }\n"))
}

/// Upgrades to a version with a bug, which ends the host with exit 10.
fn ends_by_a_bad_release(application: &Application) -> Tested {
    let host = Host::start(application)?;
    let bad = guest("counter-0.4.0").display().to_string();
    host.tomte(&["upgrade", &bad])?.exits(0);
    until("the root gives up", || host.tomte(&["call", "counter", r#""Read""#]).is_ok_and(|ran| ran.code == Some(5)));
    let (code, log) = host.ended()?;
    assert_eq!(code, Some(10), "{log}");
    Ok(())
}

/// The versions that ran one after the other, the last one first, as the history without a host tells them.
fn changes(application: &Application) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let rows = tomte(application.directory(), &["history", "--json"])?.exits(0).json();
    let rows = rows.as_array().cloned().unwrap_or_default();
    let word = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| format!("{} {} via {}", word(row, "to"), word(row, "result"), word(row, "via"))).collect())
}

#[test]
fn a_release_that_ended_its_host_is_not_run_again_and_the_next_start_says_so() -> Tested {
    let application = fragile()?;
    ends_by_a_bad_release(&application)?;
    let upgraded = "0.4.0 permanent via cli".to_owned();
    assert_eq!(changes(&application)?, [&*upgraded]);
    let gone_back = "0.1.0 permanent via rollback by the host".to_owned();
    for start in 0..2 {
        let host = Host::start(&application)?;
        host.tomte(&["tree"])?.exits(0).prints(&["counter 0.1.0"]);
        host.tomte(&["call", "counter", r#""Read""#])?.exits(0);
        let told = host.log().contains("revision 1 is not run again: a root supervisor gave up");
        assert_eq!(told, start == 0, "{}", host.log());
        assert_eq!(changes(&application)?, [&*gone_back, &upgraded]);
        host.tomte(&["history"])?.exits(0).prints(&["0.4.0 is not run again: a root supervisor gave up"]);
        host.signal("KILL");
    }
    Ok(())
}

#[test]
fn a_death_from_outside_counts_against_a_release_from_the_third_on() -> Tested {
    let application = Application::counter()?;
    let mut host = Host::start(&application)?;
    let newer = guest("counter-0.2.0").display().to_string();
    host.tomte(&["upgrade", &newer])?.exits(0);
    for version in ["0.2.0", "0.2.0", "0.1.0", "0.1.0"] {
        host.signal("KILL");
        host.ended()?;
        host = Host::start(&application)?;
        host.tomte(&["tree"])?.exits(0).prints(&[&format!("counter {version}")]);
    }
    assert_eq!(changes(&application)?, ["0.1.0 permanent via rollback by the host", "0.2.0 permanent via cli"]);
    let history = host.tomte(&["history", "--json"])?.exits(0).json();
    says(history[0]["reason"].as_str().unwrap_or_default(), &["3 hosts that ran it were killed or aborted"]);
    Ok(())
}

#[test]
fn a_rollback_without_a_host_is_what_the_next_start_runs() -> Tested {
    let application = Application::counter()?;
    let at = application.directory();
    let host = Host::start(&application)?;
    tomte(at, &["rollback"])?.exits(3).prints(&["nothing was upgraded yet"]);
    let newer = guest("counter-0.2.0").display().to_string();
    host.tomte(&["upgrade", &newer])?.exits(0);
    host.tomte(&["shutdown"])?.exits(0);
    assert_eq!(host.ended()?.0, Some(0));

    tomte(at, &["rollback", "--dry-run"])?.exits(0).prints(&["counter 0.2.0 -> 0.1.0", "nothing was changed"]);
    assert_eq!(changes(&application)?.len(), 1);
    let nobody = tomte(at, &["rollback", "--behaviour", "pager"])?.exits(3);
    nobody.says(&["no host answers, and nothing was rolled back: `pager` was not upgraded yet", "fix"]);
    let back = tomte(at, &["rollback"])?.exits(0);
    back.prints(&["#2 counter 0.2.0 -> 0.1.0   recorded; no host ran; the next start runs it"]);
    let host = Host::start(&application)?;
    host.tomte(&["tree"])?.exits(0).prints(&["counter 0.1.0"]);
    assert_eq!(changes(&application)?, ["0.1.0 permanent via rollback", "0.2.0 permanent via cli"]);
    drop(host);
    tomte(at, &["rollback"])?.exits(3).says(&["knows no version before"]);
    Ok(())
}

#[test]
fn a_rollback_without_a_host_that_would_change_nothing_is_refused_in_words() -> Tested {
    let application = Application::counter()?;
    let at = application.directory();
    let host = Host::start(&application)?;
    let newer = guest("counter-0.2.0").display().to_string();
    host.tomte(&["upgrade", &newer])?.exits(0);
    // Its socket is gone, and yet it runs.
    std::fs::remove_file(application.path(".tomte/host.sock"))?;
    tomte(at, &["rollback"])?.exits(69).says(&["another host", "uses the state directory"]);
    drop(host);
    let kept = std::fs::read_dir(application.path(".tomte/components"))?;
    kept.for_each(|file| drop(file.map(|file| std::fs::remove_file(file.path()))));
    application.bring("counter-0.3.0", "counter.wasm")?;
    tomte(at, &["rollback"])?.exits(3).says(&["the manifest has another component of `counter`", "tomte history"]);
    assert_eq!(changes(&application)?.len(), 1);
    Ok(())
}

/// An upgrade as somebody types it, in the background.
fn upgrading(application: &Application, file: &str) -> std::io::Result<std::process::Child> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tomte"));
    command.current_dir(application.directory()).args(["upgrade", file]).env_remove("TOMTE_HOST");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

#[test]
fn an_upgrade_that_nobody_waits_for_any_more_is_shown_and_taken_back() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    host.tomte(&["upgrade", "--cancel"])?.exits(3).says(&["no release waits or is under way", "tomte history"]);
    host.tomte(&["upgrade"])?.exits(2);
    application.write("counter-0.8.0.wasm", &saving_loops(SLOW))?;
    application.write("counter-0.9.0.wasm", &saving_loops(SLOW))?;
    let pending = || host.tomte(&["tree", "--json"]).map(|ran| ran.json()["pending"].clone());
    let mut first = upgrading(&application, "counter-0.8.0.wasm")?;
    until("the first is under way", || pending().is_ok_and(|pending| pending[0]["result"] == json!("begun")));
    let mut second = upgrading(&application, "counter-0.9.0.wasm")?;
    until("the second waits", || pending().is_ok_and(|pending| pending[1]["result"] == json!("waiting")));
    // As Ctrl-C does.
    first.kill()?;
    first.wait()?;
    let deserted = "whoever ordered it waits no longer: `tomte upgrade --cancel` takes it back";
    until("that is noticed", || host.tomte(&["tree"]).is_ok_and(|ran| ran.stdout.contains(deserted)));
    host.tomte(&["tree"])?.exits(0).prints(&[
        "release",
        "counter 0.1.0 -> 0.8.0",
        "begun",
        "via cli",
        "waits for its turn",
    ]);
    host.tomte(&["history"])?.exits(0).prints(&["0.1.0 -> 0.8.0", "0.1.0 -> 0.9.0", "waiting", deserted]);

    host.tomte(&["upgrade", "--cancel", "counter-0.9.0.wasm"])?.exits(0).prints(&[
        "0.9.0",
        "REFUSED",
        "it was taken back",
    ]);
    assert_eq!(second.wait()?.code(), Some(3), "whoever waits is told");
    let cancelled = host.tomte(&["upgrade", "--cancel", "--json"])?.exits(0).json();
    assert_eq!(cancelled["taken_back"][0]["to"], json!("0.8.0"));
    assert_eq!(pending()?, json!(null));
    let newer = guest("counter-0.2.0").display().to_string();
    host.tomte(&["upgrade", &newer])?.exits(0);
    Ok(())
}

#[test]
fn a_release_is_refused_where_the_state_directory_is_gone_and_the_host_goes_on() -> Tested {
    for made_again in [false, true] {
        let application = Application::counter()?;
        let host = Host::counted(&application)?;
        std::fs::rename(application.path(".tomte"), application.path("away"))?;
        if made_again {
            std::fs::create_dir_all(application.path(".tomte/components"))?;
            std::fs::create_dir_all(application.path(".tomte/swaps"))?;
            std::fs::write(application.path(".tomte/history.jsonl"), "")?;
        }
        application.drop_guest("counter-0.2.0")?;
        let refused = application.outcome("counter-0.2.0.wasm", "refused");
        says(
            &refused,
            &["it could not be recorded, so nothing was changed", "was removed or replaced while the host ran"],
        );
        assert_eq!(host.http()?.post("/call/counter", br#""Read""#)?, (200, r#"{"Value":3}"#.to_owned()));
        if !made_again {
            std::fs::rename(application.path("away"), application.path(".tomte"))?;
            let newer = guest("counter-0.2.0").display().to_string();
            host.tomte(&["upgrade", &newer])?.exits(0).prints(&["counter 0.2.0 serves"]);
        }
    }
    Ok(())
}

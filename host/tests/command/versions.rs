//! Upgrades and rollbacks through the command and through the watched folder.

use serde_json::json;

use crate::support::{Application, Host, Tested, guest, says, tomte, until};

/// The verb to upgrade to one of the repository's guests.
fn upgrade(host: &Host, name: &str, more: &[&str]) -> std::io::Result<crate::support::Ran> {
    let file = guest(name).display().to_string();
    host.tomte(&[&["upgrade", &file], more].concat())
}

#[test]
fn a_dry_run_tells_the_plan_and_changes_nothing() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let planned = upgrade(&host, "counter-0.2.0", &["--dry-run"])?.exits(0);
    planned.prints(&[
        "counter 0.1.0 -> 0.2.0",
        "PLANNED",
        "  1. load component",
        "  3. suspend counter",
        "  7. point of no return",
    ]);
    let planned = upgrade(&host, "counter-0.2.0", &["--dry-run", "--json"])?.exits(0).json();
    assert_eq!((&planned["result"], &planned["revision"]), (&json!("planned"), &json!(0)));
    assert!(planned["plan"].as_array().is_some_and(|plan| plan.len() > 3), "{planned}");
    assert_eq!(host.tomte(&["history", "--json"])?.exits(0).json(), json!([]));
    host.is_undisturbed()
}

#[test]
fn an_upgrade_keeps_the_count_and_a_rollback_goes_back() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let nowhere = host.tomte(&["rollback"])?.exits(3);
    assert_eq!(nowhere.stdout.lines().next(), Some("via rollback"), "{nowhere:?}");
    nowhere.prints(&["REFUSED", "nothing was upgraded yet"]);

    let done = upgrade(&host, "counter-0.2.0", &[])?.exits(0);
    done.prints(&["#1 counter 0.1.0 -> 0.2.0", "via cli", "1, longest pause", "PERMANENT", "counter 0.2.0 serves"]);
    host.tomte(&["call", "counter", r#""Read""#])?.exits(0).prints(&[r#"{"Value":3}"#]);
    let again = upgrade(&host, "counter-0.2.0", &[])?.exits(0);
    again.prints(&["ALREADY RUNNING  counter 0.2.0 with these very bytes is running already\n"]);

    let back = host.tomte(&["rollback", "--json"])?.exits(0).json();
    assert_eq!((&back["from"], &back["to"], &back["result"]), (&json!("0.2.0"), &json!("0.1.0"), &json!("permanent")));
    host.tomte(&["call", "counter", r#""Read""#])?.exits(0).prints(&[r#"{"Value":3}"#]);
    let history = host.tomte(&["history"])?.exits(0);
    let lines: Vec<&str> = history.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{history:?}");
    says(lines[0], &["REV", "WHEN", "CHANGE", "RESULT"]);
    says(lines[1], &["2", "0.2.0 -> 0.1.0", "rollback"]);
    says(lines[2], &["1", "0.1.0 -> 0.2.0", "cli"]);
    Ok(())
}

#[test]
fn a_refused_version_is_told_and_the_old_one_serves() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let refused = upgrade(&host, "counter-0.3.0", &["--json"])?.exits(3).json();
    assert_eq!(
        (&refused["result"], &refused["from"], &refused["to"]),
        (&json!("refused"), &json!("0.1.0"), &json!("0.3.0"))
    );
    says(refused["reason"].as_str().unwrap_or_default(), &["init", "counter/1"]);
    host.is_undisturbed()
}

#[test]
fn a_drop_does_what_the_verb_does() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    application.drop_guest("counter-0.3.0")?;
    says(&application.outcome("counter-0.3.0.wasm", "refused"), &["init", "counter/1", "sha256:"]);
    host.is_undisturbed()?;
    application.drop_guest("counter-0.2.0")?;
    says(&application.outcome("counter-0.2.0.wasm", "accepted"), &["counter 0.2.0 runs since revision 2"]);
    host.tomte(&["call", "counter", r#""Read""#])?.exits(0).prints(&[r#"{"Value":3}"#]);
    let history = host.tomte(&["history", "--json"])?.exits(0).json();
    assert_eq!(history[0]["via"], json!("folder ./releases/counter-0.2.0.wasm"));
    Ok(())
}

#[test]
fn a_folder_that_is_made_later_is_watched_from_then_on() -> Tested {
    let application = Application::counter()?;
    std::fs::remove_dir(application.path("releases"))?;
    let host = Host::start(&application)?;
    let log = host.log();
    says(&log, &["INFO there is no folder ./releases yet; it is watched as soon as there is"]);
    assert!(!log.contains("WARN") && log.matches("./releases").count() == 2, "one line and one of the banner:\n{log}");
    assert!(!application.path("releases").exists(), "it is not the host's to make");
    std::fs::create_dir(application.path("releases"))?;
    application.drop_guest("counter-0.2.0")?;
    says(&application.outcome("counter-0.2.0.wasm", "accepted"), &["counter 0.2.0 runs"]);
    host.wait_for("INFO ./releases is there and watched");
    Ok(())
}

#[test]
fn an_upgraded_version_comes_back_when_the_host_does() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    upgrade(&host, "counter-0.2.0", &[])?.exits(0);
    host.tomte(&["shutdown"])?.exits(0);
    assert_eq!(host.ended()?.0, Some(0));
    let host = Host::start(&application)?;
    host.tomte(&["tree"])?.exits(0).prints(&["counter 0.2.0"]);
    Ok(())
}

/// Descriptors of the host that hold the image of a component's memory.
fn images(host: &Host) -> usize {
    let entries = std::fs::read_dir(format!("/proc/{}/fd", host.pid())).into_iter().flatten();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().contains("memfd")).count()
}

#[test]
fn swaps_leave_no_image_of_the_code_that_is_gone_behind() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let before = images(&host);
    for _ in 0..4 {
        upgrade(&host, "counter-0.2.0", &[])?.exits(0);
        host.tomte(&["rollback"])?.exits(0);
    }
    // Whoever ordered the last swap is told before its old code is dropped.
    until("the images of eight swaps are gone", || images(&host) <= before + 1);
    Ok(())
}

#[test]
fn a_start_on_another_component_is_a_row_and_can_be_rolled_back() -> Tested {
    let application = Application::counter()?;
    application.bring("counter-0.2.0", "counter.wasm")?;
    let ended = |host: Host| {
        host.signal("TERM");
        host.ended()
    };
    ended(Host::start(&application)?)?;
    application.bring("counter-0.1.0", "counter.wasm")?;
    let host = Host::start(&application)?;
    let history = host.tomte(&["history", "--json"])?.exits(0).json();
    let row = &history[0];
    assert_eq!(
        (&row["from"], &row["to"], &row["via"]),
        (&"0.2.0".into(), &"0.1.0".into(), &"start".into()),
        "{history}"
    );
    host.tomte(&["rollback"])?.exits(0).prints(&["counter 0.1.0 -> 0.2.0", "PERMANENT"]);
    ended(host)?;
    tomte(application.directory(), &["history"])?.exits(0).prints(&["start", "rollback"]);
    let host = Host::start(&application)?;
    assert_eq!(host.tomte(&["inspect", "counter", "--json"])?.exits(0).json()["version"], "0.2.0");
    assert_eq!(host.tomte(&["history", "--json"])?.exits(0).json().as_array().map(Vec::len), Some(2));
    Ok(())
}

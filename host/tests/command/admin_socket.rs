//! The admin socket as `curl --unix-socket` sees it, and who may open it.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use serde_json::Value;

use crate::support::{Application, Host, Tested, says, until};

#[test]
fn the_interface_answers_in_json() -> Tested {
    let application = Application::counter()?;
    let _host = Host::start(&application)?;
    let call = |body| application.ask("POST", "/v1/workers/counter/call", body);
    assert_eq!(call(r#""Increment""#)?, (200, r#""Ack""#.to_owned()));
    assert_eq!(application.ask("POST", "/v1/workers/counter/cast", r#""Increment""#)?.0, 202);
    assert_eq!(application.ask("POST", "/v1/workers/counter/suspend", "")?, (204, String::new()));
    let (status, tree) = application.ask("GET", "/v1/tree", "")?;
    let tree: Value = serde_json::from_str(&tree)?;
    assert_eq!((status, &tree["children"][0]["status"]), (200, &"suspended".into()), "{tree}");
    assert_eq!(application.ask("POST", "/v1/workers/counter/resume", "")?.0, 204);
    let (status, worker) = application.ask("GET", "/v1/workers/counter?state=true", "")?;
    let worker: Value = serde_json::from_str(&worker)?;
    assert_eq!((status, &worker["schema"]), (200, &"counter/1".into()), "{worker}");
    assert_eq!(application.ask("GET", "/v1/workers/counter?stat=true", "")?.0, 400);
    assert_eq!(application.ask("GET", "/v1/history", "")?, (200, "[]".to_owned()));
    Ok(())
}

#[test]
fn what_is_wrong_is_told_with_its_kind_and_a_status() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let long = "x".repeat((1 << 20) + 1);
    let cases = [
        ("GET", "/v1/workers/countr", "", 404, "no-worker", "did you mean `counter`?"),
        ("POST", "/v1/workers/counter/call", "zzz", 422, "refused", "not an input of this behaviour"),
        ("POST", "/v1/workers/counter/call", &long, 413, "bad-request", "too long"),
        ("DELETE", "/v1/tree", "", 405, "bad-request", "/v1/tree does not take DELETE"),
        ("GET", "/v2/tree", "", 404, "bad-request", "there is no GET /v2/tree"),
    ];
    for (method, path, body, status, kind, words) in cases {
        let (found, text) = application.ask(method, path, body)?;
        says(&text, &[words]);
        let error: Value = serde_json::from_str(&text)?;
        assert_eq!((found, &error["error"]["kind"]), (status, &kind.into()), "{method} {path}");
    }
    host.is_undisturbed()
}

#[test]
fn only_the_owner_may_open_it_and_it_goes_with_its_host() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    let socket = application.path(".tomte/host.sock");
    let mode = |path: &std::path::Path| fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
    assert_eq!(mode(&application.path(".tomte"))?, 0o700);
    assert_eq!(mode(&socket)?, 0o600);
    assert!(fs::metadata(&socket)?.file_type().is_socket());
    assert_eq!(application.ask("POST", "/v1/shutdown", "")?.0, 202);
    assert_eq!(host.ended()?.0, Some(0));
    assert!(!socket.exists());
    Ok(())
}

#[test]
fn a_host_that_was_killed_leaves_a_socket_that_the_next_replaces() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    host.signal("KILL");
    assert_eq!(host.ended()?.0, None);
    assert!(application.path(".tomte/host.sock").exists());
    let next = Host::start(&application)?;
    until("it answers", || next.tomte(&["tree"]).is_ok_and(|ran| ran.code == Some(0)));
    Ok(())
}

#[test]
fn settings_may_name_another_socket_and_the_verbs_find_it() -> Tested {
    let application = Application::counter()?;
    application.write("host.toml", b"host_version = 1\n[admin]\nsocket = \"run/a.sock\"\n")?;
    let host = Host::start(&application)?;
    assert!(application.path("run/a.sock").exists(), "{}", host.log());
    host.tomte(&["tree"])?.exits(0).prints(&["counter"]);
    Ok(())
}

#[test]
fn a26_clients_cannot_take_the_descriptors_that_an_operator_and_a_release_need() -> Tested {
    let application = Application::counter()?;
    let host = Host::with_descriptors(&application, 320)?;
    host.wait_for("connections at most");
    let mut idle = vec![];
    for protocol in ["http", "frames", "lines"] {
        for _ in 0..60 {
            idle.push(std::net::TcpStream::connect(host.address(protocol))?);
        }
    }
    host.tomte(&["tree"])?.exits(0).prints(&["counter 0.1.0"]);
    application.drop_guest("counter-0.2.0")?;
    application.outcome("counter-0.2.0.wasm", "accepted");
    host.tomte(&["rollback"])?.exits(0);
    drop(idle);
    host.tomte(&["shutdown"])?.exits(0);
    Ok(())
}

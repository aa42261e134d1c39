//! `examples/alarms`: what its README tells people to type does what it says. And handlers from the
//! command line, for better or worse.

use std::path::Path;

use super::support::{Application, Host, Tested};

const README: &str = include_str!("../../../examples/alarms/README.md");
const MANIFEST: &str = include_str!("../../../examples/alarms/tomte.toml");

fn application() -> std::io::Result<Application> {
    let application = Application::new(&MANIFEST.replace("127.0.0.1:7082", "127.0.0.1:0"))?;
    for guest in ["alarm-log", "alarm-count", "pager"] {
        application.bring(&format!("{guest}-0.1.0"), &format!("{guest}.wasm"))?;
    }
    assert!(Path::new(&application.path("pager.wasm")).exists());
    Ok(application)
}

/// Every command of the README with what it prints.
fn commands() -> Vec<(&'static str, String)> {
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let mut commands: Vec<(&str, String)> = vec![];
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, String::new())),
            (None, Some((_, output))) => *output += &format!("{line}\n"),
            (None, None) => panic!("output before any command: {line}"),
        }
    }
    commands
}

/// The words of a command line; one in single quotes is one word.
fn words(line: &str) -> Vec<&str> {
    let quoted = line.split('\'').enumerate();
    quoted.flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }).collect()
}

#[test]
fn what_the_readme_says_is_what_happens() -> Tested {
    let application = application()?;
    let host = Host::start(&application)?;
    let mut played = 0;
    for (command, output) in commands() {
        match &words(command)[..] {
            ["cd", ..] | ["tomte", "build" | "run", ..] => continue,
            ["tomte", "tree"] => {
                let ran = host.tomte(&["tree"])?.exits(0);
                ran.prints(&["alarms", "event manager", "q 0/1024", "alarms/log", "alarms/count"]);
            }
            ["tomte", arguments @ ..] => {
                let ran = host.tomte(arguments)?.exits(0);
                assert_eq!(ran.stdout.trim_end(), output.trim_end(), "{command}");
            }
            ["curl", "-d", body, url] => {
                let path = url.strip_prefix("localhost:7082").expect("the listener of the example");
                assert_eq!(host.http()?.post(path, body.as_bytes())?, (200, output), "{command}");
            }
            other => panic!("nobody plays {other:?}"),
        }
        played += 1;
    }
    assert!(played > 10, "the README lost its commands");
    Ok(())
}

#[test]
fn handlers_that_cannot_come_or_go_are_refused_with_a_reason() -> Tested {
    let application = application()?;
    let host = Host::start(&application)?;
    let add = ["add-handler", "alarms", "log", "--behaviour"];
    host.tomte(&[&add[..], &["pager"]].concat())?
        .exits(3)
        .says(&["alarms/log is there already", "tomte swap-handler alarms log"]);
    host.tomte(&["add-handler", "alarms", "x", "--behaviour", "none"])?
        .exits(3)
        .says(&["there is no behaviour `none`"]);
    host.tomte(&["add-handler", "alarms", "x", "--behaviour", "pager", "{"])?.exits(2).says(&["not JSON"]);
    host.tomte(&["add-handler", "alarm", "x", "--behaviour", "pager"])?.exits(7).says(&["no event manager is named"]);
    host.tomte(&["delete-handler", "alarms", "x"])?.exits(3).says(&["alarms has no handler x"]);
    host.tomte(&["call", "alarms/x", "1"])?.exits(7);
    host.tomte(&["cast", "alarms", r#"{"severity":"odd","text":"x"}"#])?.exits(0);
    host.wait_for("no alarm is");
    let tree = host.tomte(&["tree", "--json"])?.exits(0).json();
    let manager = &tree["children"][0];
    assert_eq!((&manager["kind"], &manager["capacity"]), (&"manager".into(), &1024.into()), "{tree}");
    Ok(())
}

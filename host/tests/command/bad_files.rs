//! Files that cannot run, however they come: declared, checked, sent or dropped. A running host goes
//! on as if nothing had come.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Application, Host, Tested, core_module, guest, manifest, needy, says, stranger, tomte, until};

/// The same file is checked, sent to a running host and made the component of another; each says why.
#[track_caller]
pub(crate) fn is_refused_everywhere(bytes: &[u8], why: &[&str]) -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    application.write("bad-1.0.0.wasm", bytes)?;
    host.tomte(&["check", "bad-1.0.0.wasm"])?.exits(3).says(why);
    host.tomte(&["upgrade", "bad-1.0.0.wasm"])?.exits(3).prints(why).prints(&["REFUSED"]);
    application.drop_bytes("bad-1.0.0", bytes)?;
    says(&application.outcome("bad-1.0.0.wasm", "refused"), why);
    let other = Application::new(&manifest(""))?;
    other.write("counter.wasm", bytes)?;
    tomte(other.directory(), &["run"])?.exits(78).says(why).says(&["counter.wasm"]);
    tomte(other.directory(), &["check"])?.exits(3).says(why);
    host.is_undisturbed()
}

#[test]
fn a_state_that_cannot_be_saved_is_found_by_check() -> Tested {
    let doer = |config: &str| {
        let behaviour = "[behaviour.hostile]\ncomponent = \"hostile.wasm\"";
        let application = Application::new(&manifest(&format!(
            "{behaviour}\n[child.bad]\nunder = \"root\"\nbehaviour = \"hostile\"\nconfig = {config}\n"
        )))?;
        application.bring("hostile-0.1.0", "hostile.wasm")?;
        tomte(application.directory(), &["check"])
    };
    let told = ["hostile.wasm: its state cannot be saved: started as `bad`, it ended in its `save`", "no such thing"];
    doer(r#"{ save = { panic = "no such thing" } }"#)?.exits(3).says(&told);
    doer(r#"{ save = "spin" }"#)?.exits(3).says(&["save took longer than 500ms"]);
    // What only a node could tell is no mistake.
    let untried = doer(r#"{ init = { refuse = "no neighbours" }, save = "trap" }"#)?.exits(0);
    untried.prints(&["NOTE", "was not found out: as `bad` its `init` did not start it", "no neighbours"]);
    doer(r#"{ init = "spin" }"#)?.exits(0).prints(&["NOTE", "was not found out"]);
    Ok(())
}

#[test]
fn a_core_module_is_told_from_a_component() -> Tested {
    is_refused_everywhere(&core_module(), &["core module", "tomte build"])
}

#[test]
fn a_component_of_another_world_is_refused() -> Tested {
    is_refused_everywhere(&stranger(), &["exports no tomte:behaviour/callbacks@0.1.0"])
}

#[test]
fn b15_an_import_that_no_host_has_is_named() -> Tested {
    is_refused_everywhere(&needy(), &["imports test:guests/shop, which this host does not provide"])
}

#[test]
fn half_a_component_is_refused() -> Tested {
    let whole = fs::read(guest("counter-0.2.0"))?;
    is_refused_everywhere(&whole[..whole.len() / 2], &["not a valid component", "copied completely?"])
}

#[test]
fn what_is_no_webassembly_is_refused() -> Tested {
    is_refused_everywhere(b"#!/bin/sh\n", &["not WebAssembly"])
}

/// Drops something that is never read as a component; answers what is written beside it.
fn dropped(make: impl FnOnce(&Application) -> std::io::Result<()>) -> Result<String, Box<dyn std::error::Error>> {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    make(&application)?;
    let text = application.outcome("odd-1.0.0.wasm", "refused");
    host.is_undisturbed()?;
    let mut history = serde_json::Value::Null;
    until("the history has a row", || {
        history = host.tomte(&["history", "--json"]).expect("it runs").exits(0).json();
        history.as_array().is_some_and(|rows| !rows.is_empty())
    });
    let row = [&history[0]["behaviour"], &history[0]["result"], &history[0]["digest"]];
    assert_eq!(row, ["odd-1.0.0.wasm", "refused", ""], "nothing was tried: {history}");
    assert!(text.starts_with(history[0]["reason"].as_str().unwrap_or("none")), "{history}");
    assert!(application.path("releases/odd-1.0.0.wasm").symlink_metadata().is_ok(), "nothing dropped is deleted");
    Ok(text)
}

#[test]
fn a_dropped_file_of_no_bytes_is_refused() -> Tested {
    let text = dropped(|application| application.write("releases/odd-1.0.0.wasm", b""))?;
    says(&text, &["the file is empty", "copy it again"]);
    Ok(())
}

#[test]
fn a_dropped_symbolic_link_is_refused_though_its_target_is_good() -> Tested {
    let text = dropped(|application| {
        application.bring("counter-0.2.0", "good.wasm")?;
        symlink(application.path("good.wasm"), application.path("releases/odd-1.0.0.wasm"))
    })?;
    says(&text, &["a symbolic link", "copy the file itself"]);
    Ok(())
}

#[test]
fn a_dropped_directory_is_refused() -> Tested {
    let text = dropped(|application| fs::create_dir(application.path("releases/odd-1.0.0.wasm")))?;
    says(&text, &["a directory, not a component"]);
    Ok(())
}

#[test]
fn a_dropped_release_folder_is_refused_as_not_built_yet() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    fs::create_dir(application.path("releases/shop-2.0.0"))?;
    application.write("releases/shop-2.0.0/release.toml", b"")?;
    says(&application.outcome("shop-2.0.0", "refused"), &["drop each .wasm file by itself"]);
    host.is_undisturbed()
}

#[test]
fn a_component_that_no_behaviour_runs_is_refused() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let kv = guest("kv-0.1.0");
    let refused = host.tomte(&["upgrade", &kv.display().to_string()])?.exits(3);
    refused.prints(&["kv", "REFUSED", "counter"]);
    host.is_undisturbed()
}

#[test]
fn a_file_that_is_not_there_is_named() -> Tested {
    let application = Application::counter()?;
    for verb in ["check", "upgrade"] {
        tomte(application.directory(), &[verb, "nowhere.wasm"])?.exits(1).says(&["nowhere.wasm", "tomte build"]);
    }
    Ok(())
}

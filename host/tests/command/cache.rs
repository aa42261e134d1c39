//! What a host keeps of its compilations from one start to the next.

use std::fs;
use std::path::PathBuf;

use crate::support::{Application, Host, Tested, until};

/// A host in which no compiler is fast enough.
const HURRIED: &str = "host_version = 1\n[compile]\ntime = \"1ms\"\n";

fn entries(application: &Application) -> std::io::Result<Vec<PathBuf>> {
    let listed = fs::read_dir(application.path(".tomte/compiled"))?;
    let paths = listed.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "kept")).collect())
}

fn counts(host: &Host) -> Tested {
    host.tomte(&["call", "counter", r#""Increment""#])?.exits(0).prints(&["Ack"]);
    Ok(())
}

#[test]
fn a_host_that_has_seen_its_components_before_compiles_nothing() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    counts(&host)?;
    host.signal("TERM");
    host.ended()?;
    assert_eq!(entries(&application)?.len(), 2, "what it is, and its machine code");
    application.write("host.toml", HURRIED.as_bytes())?;
    let host = Host::start(&application)?;
    counts(&host)?;
    host.signal("TERM");
    host.ended()?;
    for path in entries(&application)? {
        fs::remove_file(path)?;
    }
    let host = Host::launch(application.directory(), &["run"], &[])?;
    let (code, log) = host.ended()?;
    assert_ne!(code, Some(0), "without them it has to compile, and cannot: {log}");
    Ok(())
}

#[test]
fn damaged_and_truncated_compilations_are_done_anew_and_told() -> Tested {
    let application = Application::counter()?;
    let host = Host::start(&application)?;
    host.signal("TERM");
    host.ended()?;
    for harm in [truncate as fn(&[u8]) -> Vec<u8>, damage, |_| vec![0; 100], |_| vec![]] {
        for path in entries(&application)? {
            let bytes = fs::read(&path)?;
            fs::write(&path, harm(&bytes))?;
        }
        let host = Host::start(&application)?;
        counts(&host)?;
        until("it says so", || host.log().contains("is damaged or not this host's; it is done anew"));
        host.signal("TERM");
        host.ended()?;
    }
    let host = Host::start(&application)?;
    counts(&host)?;
    assert!(!host.log().contains("done anew"), "{}", host.log());
    Ok(())
}

fn truncate(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

fn damage(bytes: &[u8]) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    if let Some(byte) = damaged.get_mut(bytes.len() / 2) {
        *byte ^= 0x10;
    }
    damaged
}

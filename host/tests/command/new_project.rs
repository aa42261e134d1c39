//! A new project, outside the repository, the way its README goes.

use std::fs;
use std::path::Path;

use crate::support::{Host, Tested, tomte};

/// Where the project's dependencies stay built between runs.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/new-project");

/// Takes the project's own parts out of there again: the next run's have other paths, so nobody would
/// use them.
fn forget_own_parts() {
    let release = Path::new(TARGET).join("wasm32-wasip2/release");
    let folders = ["deps", ".fingerprint", "build", ""].map(|folder| fs::read_dir(release.join(folder)));
    for entry in folders.into_iter().flatten().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().replace('_', "-");
        if name.contains("hello") || name.contains("tomte-guest") {
            // What stays only takes room.
            let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
        }
    }
}

/// Lets cargo build there, by a setting of the directory around the project: a build takes no folder
/// from its surroundings' variables.
fn build_there(around: &Path) -> std::io::Result<()> {
    fs::create_dir(around.join(".cargo"))?;
    fs::write(around.join(".cargo/config.toml"), format!("[build]\ntarget-dir = {TARGET:?}\n"))
}

/// Lets the system choose the ports: those of the template may be in use here.
fn any_ports(manifest: &Path) -> std::io::Result<()> {
    let text = fs::read_to_string(manifest)?;
    assert!(text.contains("127.0.0.1:7080") && text.contains("127.0.0.1:7001"), "{text}");
    fs::write(manifest, text.replace("127.0.0.1:7080", "127.0.0.1:0").replace("127.0.0.1:7001", "127.0.0.1:0"))
}

#[test]
fn a_new_project_is_built_run_and_upgraded_as_its_readme_says() -> Tested {
    let here = tempfile::tempdir()?;
    build_there(here.path())?;
    tomte(here.path(), &["new", "hello"])?.exits(0).says(&["created hello/"]);
    let project = here.path().join("hello");
    any_ports(&project.join("tomte.toml"))?;
    tomte(&project, &["run"])?.exits(78).says(&["hello.wasm", "tomte build"]);

    let built = tomte(&project, &["build"])?.exits(0);
    built.prints(&["hello  0.1.0  built", "hello.wasm"]);
    tomte(&project, &["check"])?.exits(0).prints(&["hello 0.1.0", "saves its state"]);
    let host = Host::start_with(&project, &[], &[])?;
    let ran = host.tomte(&["call", "hello", r#""Increment""#])?.exits(0);
    assert_eq!(ran.stdout, r#""Ack""#);
    assert_eq!(host.http()?.post("/call/hello", br#""Read""#)?, (200, r#"{"Value":1}"#.to_owned()));
    assert_eq!(host.frames()?.call(br#""Increment""#)?, (0, r#""Ack""#.to_owned()));

    let cargo = fs::read_to_string(project.join("Cargo.toml"))?;
    fs::write(project.join("Cargo.toml"), cargo.replace("version = \"0.1.0\"", "version = \"0.2.0\""))?;
    tomte(&project, &["build"])?.exits(0).prints(&["hello  0.2.0  built"]);
    host.tomte(&["upgrade", "hello.wasm"])?.exits(0).prints(&["hello 0.1.0 -> 0.2.0", "PERMANENT"]);
    assert_eq!(host.http()?.post("/call/hello", br#""Read""#)?, (200, r#"{"Value":2}"#.to_owned()));
    forget_own_parts();
    Ok(())
}

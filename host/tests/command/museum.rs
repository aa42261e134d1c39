//! The museum: what hosts of earlier versions have left is booted by this one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use crate::support::{Host, Tested, says, tomte};

/// An exhibit as it was: `cargo xtask museum` has cut the zeros at the end of each file.
fn restored(exhibit: &Path, dir: &Path) -> Tested {
    let lengths: BTreeMap<String, u64> = serde_json::from_slice(&fs::read(exhibit.join("lengths.json"))?)?;
    for (name, length) in lengths {
        let to = dir.join(name.replacen("state/", ".tomte/", 1));
        fs::create_dir_all(to.parent().ok_or("it has a folder")?)?;
        fs::copy(exhibit.join(&name), &to)?;
        File::options().write(true).open(&to)?.set_len(length)?;
    }
    Ok(())
}

#[test]
fn the_state_directory_of_every_version_boots_and_its_worker_goes_on() -> Tested {
    let museum = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/museum");
    let mut exhibits = 0;
    for exhibit in fs::read_dir(museum)? {
        let dir = tempfile::tempdir()?;
        restored(&exhibit?.path(), dir.path())?;
        let host = Host::start_with(dir.path(), &[], &[])?;
        let read = |host: &Host| host.tomte(&["call", "counter", r#""Read""#]);
        read(&host)?.exits(0).prints(&[r#"{"Value":5}"#]);
        host.tomte(&["call", "counter", r#""Increment""#])?.exits(0);
        let history = host.tomte(&["history", "--json"])?.exits(0).json();
        assert_eq!((&history[0]["to"], &history[0]["result"]), (&"0.2.0".into(), &"permanent".into()), "{history}");
        host.tomte(&["rollback"])?.exits(0);
        read(&host)?.exits(0).prints(&[r#"{"Value":6}"#]);
        exhibits += 1;
    }
    assert!(exhibits > 0, "the museum is empty: cargo xtask museum");
    Ok(())
}

#[test]
fn a_state_directory_of_a_later_version_is_left_alone() -> Tested {
    let dir = tempfile::tempdir()?;
    restored(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/museum/0.1.0"), dir.path())?;
    fs::write(dir.path().join(".tomte/format.json"), r#"{"format":1000,"tomte":"9.9.9"}"#)?;
    tomte(dir.path(), &["run"])?.exits(78).says(&["was written by tomte 9.9.9", "--state DIR"]);
    fs::remove_file(dir.path().join(".tomte/format.json"))?;
    says(&Host::start_with(dir.path(), &[], &[])?.log(), &["the journal is read"]);
    Ok(())
}

//! What a guest can try with files.

use std::fs;
use std::io::Write;

use serde::Deserialize;
use tomte_guest::to_json;

/// One attempt at a path; as JSON `{"file":["read","/assets/x"]}`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempt {
    /// Answers with the text in it.
    Read,
    /// Answers with the sorted names in a directory.
    List,
    /// Writes over what is in it.
    Write,
    /// Writes behind what is in it.
    Append,
    /// Makes a new file.
    Create,
    /// Makes a directory.
    MakeDir,
    /// Removes a file.
    Remove,
    /// Removes a directory.
    RemoveDir,
    /// Gives it the name `new` in its directory.
    Rename,
    /// Gives it a second name, `new`, in its directory.
    Link,
}

impl Attempt {
    /// The answer: what was found, `"done"`, or `"refused: "` and why.
    pub fn at(self, path: &str) -> Vec<u8> {
        to_json(&self.tried(path).unwrap_or_else(|error| format!("refused: {error}")))
    }

    fn tried(self, path: &str) -> std::io::Result<String> {
        let new = || format!("{}/new", path.rsplit_once('/').map_or("", |(dir, _)| dir));
        match self {
            Attempt::Read => return fs::read_to_string(path),
            Attempt::List => return list(path),
            Attempt::Write => fs::write(path, "spoilt")?,
            Attempt::Append => fs::OpenOptions::new().append(true).open(path)?.write_all(b"spoilt")?,
            Attempt::Create => drop(fs::File::create_new(path)?),
            Attempt::MakeDir => fs::create_dir(path)?,
            Attempt::Remove => fs::remove_file(path)?,
            Attempt::RemoveDir => fs::remove_dir(path)?,
            Attempt::Rename => fs::rename(path, new())?,
            Attempt::Link => fs::hard_link(path, new())?,
        }
        Ok("done".to_owned())
    }
}

fn list(path: &str) -> std::io::Result<String> {
    let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names.join(" "))
}

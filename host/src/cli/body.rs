//! The body of a call or cast: text, `@FILE`, or `-` for standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::exit::Exit;
use super::problem::Problem;
use crate::base::limits::BODY_BYTES_MAX;

/// Where a body comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// The argument itself.
    Text(String),
    /// The content of a file.
    File(PathBuf),
    /// Standard input to its end.
    Input,
}

impl From<&str> for Body {
    fn from(argument: &str) -> Body {
        match argument.strip_prefix('@') {
            Some(path) => Body::File(PathBuf::from(path)),
            None if argument == "-" => Body::Input,
            None => Body::Text(argument.to_owned()),
        }
    }
}

impl Body {
    /// The bytes of a request, as they are.
    pub(super) fn read(self) -> Result<Vec<u8>, Problem> {
        self.read_within(BODY_BYTES_MAX).map_err(|problem| match problem.fix {
            None => problem.fix("send it in parts"),
            Some(_) => problem,
        })
    }

    /// The bytes, as they are, if they are not more than this.
    pub(super) fn read_within(self, most: usize) -> Result<Vec<u8>, Problem> {
        match self {
            Body::Text(text) => bounded(text.as_bytes(), Path::new("the argument"), most),
            Body::Input => bounded(io::stdin().lock(), Path::new("standard input"), most),
            Body::File(path) => {
                let file = File::open(&path).with_context(|| unread(&path)).map_err(|error| {
                    Problem::from(error)
                        .exit(Exit::USAGE)
                        .fix("@FILE names a file; to send a text that begins with @, pipe it to -")
                })?;
                bounded(file, &path, most)
            }
        }
    }
}

fn bounded(source: impl Read, name: &Path, most: usize) -> Result<Vec<u8>, Problem> {
    let mut body = vec![];
    let more = most as u64 + 1;
    source.take(more).read_to_end(&mut body).with_context(|| unread(name))?;
    if body.len() > most {
        return Err(Problem::new(Exit::USAGE, format!("{} is longer than {most} bytes", name.display())));
    }
    Ok(body)
}

fn unread(name: &Path) -> String {
    format!("cannot read {}", name.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_text_a_file_or_standard_input() {
        assert_eq!(Body::from(r#"{"a":"-"}"#), Body::Text(r#"{"a":"-"}"#.into()));
        assert_eq!(Body::from("@dir/f.json"), Body::File("dir/f.json".into()));
        assert_eq!(Body::from("-"), Body::Input);
        assert_eq!(Body::from("-1"), Body::Text("-1".into()));
        assert_eq!(Body::from(""), Body::Text(String::new()));
    }

    #[test]
    fn a_body_of_the_largest_size_passes_and_one_byte_more_does_not() {
        let body = |size| bounded(io::repeat(7).take(size), Path::new("x"), BODY_BYTES_MAX);
        assert_eq!(body(BODY_BYTES_MAX as u64).map(|body| body.len()), Ok(BODY_BYTES_MAX));
        assert_eq!(body(BODY_BYTES_MAX as u64 + 1).map_err(|e| e.exit), Err(Exit::USAGE));
    }

    #[test]
    fn a_missing_file_is_wrong_usage_and_named() {
        let problem = Body::from("@no/such/file").read().expect_err("there is no such file");
        assert_eq!(problem.exit, Exit::USAGE);
        assert!(problem.text.contains("no/such/file"), "{problem:?}");
    }
}

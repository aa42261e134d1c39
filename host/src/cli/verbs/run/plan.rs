//! Which directories and files a host uses.

use std::path::PathBuf;

use crate::cli::arguments::RunArguments;
use crate::cli::exit::Exit;
use crate::cli::locate::{self, STATE};
use crate::cli::problem::Problem;
use crate::node::Options;

/// Everything `run` was told, settled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// At least one.
    pub(super) applications: Vec<PathBuf>,
    pub(super) state: PathBuf,
    /// None: the node knows where.
    pub(super) releases: Option<PathBuf>,
    pub(super) admin: PathBuf,
    pub(super) config: Vec<String>,
    /// Whether `--host` can be left out inside the application.
    pub(super) admin_is_default: bool,
}

impl Plan {
    pub(super) fn new(arguments: RunArguments) -> Result<Plan, Problem> {
        let applications: Vec<PathBuf> =
            arguments.directories.iter().map(|directory| locate::application(directory)).collect::<Result<_, _>>()?;
        let application = applications.first().cloned().unwrap_or_default();
        let state = arguments.state.unwrap_or_else(|| application.join(STATE));
        let admin = match arguments.admin {
            Some(admin) => admin,
            None => locate::socket_of(&application, &state)?,
        };
        let releases = arguments.releases.map(existing).transpose()?;
        let found = locate::socket_of(&application, &application.join(STATE))?;
        let admin_is_default = admin == found;
        Ok(Plan { applications, state, releases, admin, config: arguments.config, admin_is_default })
    }

    pub(super) fn options(&self) -> Options {
        Options {
            apps: self.applications.clone(),
            state: self.state.clone(),
            releases: self.releases.clone(),
            config: self.config.clone(),
            shards: None,
            compiler: Some(locate::THIS_PROGRAM.into()),
        }
    }
}

fn existing(folder: PathBuf) -> Result<PathBuf, Problem> {
    if folder.is_dir() {
        return Ok(folder);
    }
    let text = format!("the releases folder {} does not exist", folder.display());
    Err(Problem::new(Exit::CONFIG, text).fix(format!("mkdir -p {}", folder.display())))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn arguments(directory: &Path) -> RunArguments {
        let directories = vec![directory.to_owned()];
        RunArguments { directories, state: None, releases: None, admin: None, config: vec![] }
    }

    #[test]
    fn the_socket_lies_in_the_state_directory_and_the_folder_must_exist() -> Tested {
        let root = tempfile::tempdir()?;
        assert_eq!(Plan::new(arguments(root.path())).map_err(|p| p.exit), Err(Exit::CONFIG));
        std::fs::write(root.path().join("tomte.toml"), "")?;
        let plan = Plan::new(arguments(root.path())).map_err(|problem| problem.text)?;
        assert_eq!(plan.admin, root.path().join(".tomte/host.sock"));
        assert!(plan.admin_is_default);

        let other = RunArguments { state: Some("/s".into()), ..arguments(root.path()) };
        let plan = Plan::new(other).map_err(|problem| problem.text)?;
        assert_eq!(plan.admin, Path::new("/s/host.sock"));
        assert!(!plan.admin_is_default);

        let missing = RunArguments { releases: Some("/no/such".into()), ..arguments(root.path()) };
        assert_eq!(Plan::new(missing).map_err(|problem| problem.exit), Err(Exit::CONFIG));
        Ok(())
    }
}

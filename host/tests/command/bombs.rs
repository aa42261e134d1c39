//! Components that are made to be a burden on a compiler: whatever they do to it, the host goes on, and says
//! which limit they have met.

use std::fs;
use std::process::Command;

use crate::bad_files::is_refused_everywhere;
use crate::support::{Application, Host, Tested, guest, loops, nested_types, saving_loops, says, tomte, until};

/// Takes a compiler minutes.
const SLOW: usize = 50_000;

/// The settings of [`Application::counter`], and how much compiling may take.
fn limited(application: &Application, compile: &str) -> Tested {
    let settings = fs::read_to_string(application.path("host.toml"))?;
    application.write("host.toml", format!("{settings}[compile]\n{compile}\n").as_bytes())?;
    Ok(())
}

/// The processes that compile for this host.
fn compilers(host: &Host) -> usize {
    let listed = Command::new("pgrep").args(["-P", &host.pid().to_string()]).output().expect("pgrep runs");
    String::from_utf8_lossy(&listed.stdout).lines().count()
}

#[test]
fn types_that_are_nested_too_deeply_are_refused() -> Tested {
    is_refused_everywhere(&nested_types(50_000), &["nested too deeply", "8 MiB of stack"])
}

#[test]
fn compiling_has_a_limit_of_time_that_is_named() -> Tested {
    let application = Application::counter()?;
    limited(&application, "time = \"1ms\"")?;
    let why = &["counter.wasm", "takes longer than 1ms", "raise `time` in [compile] of host.toml"];
    tomte(application.directory(), &["run"])?.exits(78).says(why);
    tomte(application.directory(), &["check"])?.exits(3).says(why);
    Ok(())
}

#[test]
fn compiling_has_a_limit_of_memory_that_is_named() -> Tested {
    let application = Application::counter()?;
    limited(&application, "memory = \"256MiB\"")?;
    let host = Host::counted(&application)?;
    application.write("counter-0.2.0.wasm", &saving_loops(SLOW))?;
    let refused = host.tomte(&["upgrade", "counter-0.2.0.wasm"])?.exits(3);
    refused.prints(&["more than 256 MiB of memory", "raise `memory` in [compile] of host.toml"]);
    host.is_undisturbed()
}

#[test]
fn an_operator_does_not_wait_for_a_slow_file_and_neither_does_a_stop() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    application.drop_bytes("counter-0.4.0", &saving_loops(SLOW))?;
    until("it compiles", || compilers(&host) == 1);
    let newer = guest("counter-0.2.0").display().to_string();
    host.tomte(&["upgrade", &newer])?.exits(0).prints(&["0.2.0"]);
    until("it compiles again", || compilers(&host) == 1);
    host.signal("TERM");
    let (code, log) = host.ended()?;
    assert_eq!(code, Some(0), "{log}");
    Ok(())
}

#[test]
fn what_is_refused_anyhow_is_not_compiled() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    // It saves no state, as the one that runs does.
    application.write("counter-0.2.0.wasm", &loops(SLOW))?;
    host.tomte(&["upgrade", "counter-0.2.0.wasm"])?.exits(3).prints(&["exports no `save`"]);
    host.is_undisturbed()
}

#[test]
fn a_compiler_that_is_killed_is_told_as_such() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    application.drop_bytes("counter-0.4.0", &saving_loops(SLOW))?;
    let refused = application.path("releases/counter-0.4.0.wasm.refused");
    until("one was killed", || {
        Command::new("pkill").args(["-KILL", "-P", &host.pid().to_string()]).status().expect("pkill runs");
        refused.exists()
    });
    says(&application.outcome("counter-0.4.0.wasm", "refused"), &["was killed by signal 9"]);
    host.is_undisturbed()
}

//! The last act: a shutdown, or a host to play with.

use anyhow::Result;

use super::stage::Stage;

/// Shuts the host down; comes back with the number of claims that held.
///
/// # Errors
/// It does not end, or not well.
pub(super) fn shut_down(mut stage: Stage) -> Result<u32> {
    stage.out.section("9. Shut down");
    let output = stage.tomte.output(&["shutdown"])?;
    stage.out.command("tomte shutdown");
    stage.claim(output.status.success(), "the host drained and stopped", &output)?;
    let Stage { out, host, held, .. } = stage;
    let status = host.wait()?;
    anyhow::ensure!(status.success(), "the host ended with {status}, not with exit code 0");
    out.held("its exit code is 0");
    Ok(held + 1)
}

/// Leaves the host running and says what to do with it; comes back with the number of claims.
pub(super) fn keep(stage: Stage) -> u32 {
    let Stage { out, host, listeners, tomte, held, .. } = stage;
    let program = tomte.program().display();
    let program = program.to_string();
    let here = std::env::current_dir().map(|here| format!("{}/", here.display())).unwrap_or_default();
    let short = program.strip_prefix(&here).unwrap_or(&program);
    out.section(&format!("9. The host is yours (pid {})", host.pid()));
    for line in [
        format!("export TOMTE_HOST={}", tomte.socket().display()),
        format!("curl -d '\"Increment\"' {}/call/counter", listeners.http),
        format!("curl -d '\"Reset\"' {}/call/sibling      # twice: the second one crashes it", listeners.http),
        format!("echo '\"Read\"' | nc -N {} {}", listeners.lines.ip(), listeners.lines.port()),
        format!("{short} tree"),
        format!("{short} upgrade guests/dist/counter-0.2.0.wasm"),
        format!("{short} history"),
        format!("{short} shutdown                     # the end of it"),
    ] {
        out.command(&line);
    }
    host.keep();
    held
}

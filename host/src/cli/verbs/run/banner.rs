//! What a host says when it is up.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::plan::Plan;
use crate::cli::render::{Cell, Paint, Tone, duration, table, tree};
use crate::node::TreeView;

/// The engine's version; a test compares it with the lock file.
const WASMTIME: &str = "48.0.8";

/// What the banner tells beside the plan.
pub(super) struct Facts<'a> {
    pub(super) name: &'a str,
    pub(super) pid: u32,
    pub(super) releases: &'a Path,
    pub(super) listeners: &'a [(String, SocketAddr, Option<String>)],
    pub(super) tree: &'a TreeView,
    pub(super) took: Duration,
}

/// The first line, the places, the tree, and how long it took.
pub(super) fn banner(plan: &Plan, facts: &Facts<'_>, paint: Paint) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = format!("tomte {version} · wasmtime {WASMTIME} · pid {} · {}\n", facts.pid, facts.name);
    let mut rows = vec![
        row("releases", facts.releases.display().to_string()),
        row("state", plan.state.display().to_string()),
        row("admin", format!("unix:{}", plan.admin.display())),
    ];
    rows.extend(facts.listeners.iter().map(|(protocol, address, to)| {
        let to = to.as_ref().map_or_else(String::new, |worker| format!(" -> {worker}"));
        row("listen", format!("{protocol} {address}{to}"))
    }));
    lines.push_str(&table(&rows, paint));
    for line in tree(facts.tree, paint).lines() {
        lines.push_str(&format!(" {line}\n"));
    }
    lines.push_str(&format!("ready in {}", duration(facts.took)));
    lines
}

fn row(name: &str, value: String) -> Vec<Cell> {
    vec![Cell::new(format!(" {name}")).tone(Tone::Quiet), Cell::new(value)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::sample_tree;

    #[test]
    fn the_banner_tells_where_everything_is() {
        let plan = Plan {
            applications: vec![".".into()],
            state: "./.tomte".into(),
            releases: None,
            admin: "./.tomte/host.sock".into(),
            config: vec![],
            admin_is_default: true,
        };
        let listeners = [
            ("http".to_owned(), SocketAddr::from(([127, 0, 0, 1], 8080)), None),
            ("frames".to_owned(), SocketAddr::from(([127, 0, 0, 1], 7001)), Some("counter".into())),
        ];
        let tree = TreeView { children: vec![], ..sample_tree() };
        let (took, releases) = (Duration::from_millis(84), Path::new("./releases"));
        let facts = Facts { name: "counter", pid: 4711, releases, listeners: &listeners, tree: &tree, took };
        let expected = "\u{20}releases  ./releases
 state     ./.tomte
 admin     unix:./.tomte/host.sock
 listen    http 127.0.0.1:8080
 listen    frames 127.0.0.1:7001 -> counter
 root  one_for_one  running
ready in 84 ms";
        let text = banner(&plan, &facts, Paint::new(false));
        let (head, rest) = text.split_once('\n').expect("it has lines");
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(head, format!("tomte {version} · wasmtime {WASMTIME} · pid 4711 · counter"));
        assert_eq!(rest, expected);
    }

    #[test]
    fn the_engine_is_the_one_in_the_lock_file() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let lock = here.ancestors().map(|directory| directory.join("Cargo.lock"));
        let lock = lock.filter(|file| file.exists()).find_map(|file| std::fs::read_to_string(file).ok());
        let locked = format!("name = \"wasmtime\"\nversion = \"{WASMTIME}\"\n");
        assert!(lock.is_some_and(|text| text.contains(&locked)), "update WASMTIME");
    }
}

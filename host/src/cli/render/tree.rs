//! The supervision tree.

use super::releases::pending;
use super::table::{Cell, table};
use super::text::{Paint, Tone, line};
use crate::node::TreeView;

/// The tree, one line for each supervisor and worker, and one for each release that waits or is under way.
pub(in crate::cli) fn tree(root: &TreeView, paint: Paint) -> String {
    let pending = pending(&root.pending, paint);
    if root.kind == HOST {
        return root.children.iter().map(|root| application(root, paint)).chain([pending]).collect();
    }
    let mut rows = vec![row(root, "")];
    branches(root, "", &mut rows);
    table(&rows, paint) + &pending
}

/// What stands above several applications. It is no supervisor of anybody's.
const HOST: &str = "host";

/// One of several applications, under its name; its root is called after it.
fn application(root: &TreeView, paint: Paint) -> String {
    let name = root.name.rsplit_once('/').map_or(root.name.as_str(), |(name, _)| name);
    format!("{}\n{}", paint.tone(Tone::Quiet, &format!("application {}", line(name))), tree(root, paint))
}

fn branches(parent: &TreeView, indent: &str, rows: &mut Vec<Vec<Cell>>) {
    let last = parent.children.len().saturating_sub(1);
    for (at, child) in parent.children.iter().enumerate() {
        let (branch, below) = if at == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        rows.push(row(child, &format!("{indent}{branch}")));
        branches(child, &format!("{indent}{below}"), rows);
    }
}

fn row(view: &TreeView, branch: &str) -> Vec<Cell> {
    let code = [&view.behaviour, &view.version].map(|part| part.as_deref().unwrap_or_default());
    let what = match (&view.strategy, view.kind.as_str()) {
        (Some(strategy), _) => strategy.clone(),
        (None, "manager") => "event manager".to_owned(),
        (None, _) => code.join(" ").trim().to_owned(),
    };
    let queue = match (view.queued, view.capacity, view.dynamic) {
        (Some(queued), Some(capacity), _) => format!("q {queued}/{capacity}"),
        (_, _, Some(count)) if count > view.children.len() => {
            format!("{count} children, {} shown", view.children.len())
        }
        (_, _, Some(1)) => "1 child".to_owned(),
        (_, _, Some(count)) => format!("{count} children"),
        _ => String::new(),
    };
    let status = Cell::new(&view.status).tone(status_tone(&view.status));
    let doing = view.doing.as_ref().map(super::sys::doing);
    let overloads = (view.overloads > 0).then(|| format!("{} turned away", view.overloads));
    let restarts = Some(restarts(view)).filter(|text| !text.is_empty());
    let odd = doing.into_iter().chain(overloads).chain(restarts).collect::<Vec<_>>().join(", ");
    let restarts = Cell::new(odd).tone(Tone::Odd);
    vec![Cell::new(format!("{branch}{}", view.name)), Cell::new(what), status, Cell::new(queue), restarts]
}

fn restarts(view: &TreeView) -> String {
    let many = if view.restarts == 1 { "" } else { "s" };
    match view.restarts {
        0 => String::new(),
        number => format!("{number} restart{many}"),
    }
}

/// The tone of a status.
pub(super) fn status_tone(status: &str) -> Tone {
    match status {
        "running" => Tone::Good,
        "stopped" | "ignored" => Tone::Quiet,
        _ => Tone::Odd,
    }
}

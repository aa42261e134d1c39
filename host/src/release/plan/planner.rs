//! The decision.

use super::super::document::did_you_mean;
use super::{Direction, Instruction, NewComponent, Plan, PlanRefusal, Running, Workers};

/// The instructions that bring `new` into what runs.
///
/// # Errors
/// There is nothing to do, or it may not be done; nothing has been touched.
pub fn plan(running: &[Running], new: &NewComponent, direction: Direction) -> Result<Plan, PlanRefusal> {
    let old = running.iter().find(|old| old.behaviour == new.behaviour).ok_or_else(|| unknown(running, new))?;
    let behaviour = || old.behaviour.clone();
    if old.digest == new.digest {
        return Err(PlanRefusal::AlreadyRunning { behaviour: behaviour(), version: old.version });
    }
    if direction == Direction::Up {
        may_follow(old, new)?;
    }
    Ok(Plan {
        behaviour: behaviour(),
        from: old.version,
        from_digest: old.digest,
        to: new.version,
        digest: new.digest,
        workers: old.workers.clone(),
        instructions: instructions(old, new),
    })
}

fn may_follow(old: &Running, new: &NewComponent) -> Result<(), PlanRefusal> {
    let (behaviour, running) = (old.behaviour.clone(), old.version);
    if running == new.version {
        let (running, new_digest) = (old.digest.short(), new.digest.short());
        return Err(PlanRefusal::SameVersion { behaviour, version: new.version, running, new: new_digest });
    }
    if new.version < running {
        return Err(PlanRefusal::OlderVersion { behaviour, running, new: new.version });
    }
    if old.saves_state && !new.saves_state {
        return Err(PlanRefusal::LosesState { behaviour, running, new: new.version });
    }
    Ok(())
}

/// The same in both directions. What starts first is leant upon by what starts later: it is suspended
/// last and resumed first.
fn instructions(old: &Running, new: &NewComponent) -> Vec<Instruction> {
    let carries_state = old.saves_state && new.saves_state;
    let workers = || Workers { names: old.workers.clone(), templates: old.templates.clone() };
    let saved = |instruction| Some(instruction).filter(|_| carries_state);
    let all = [
        Some(Instruction::LoadComponent(new.digest)),
        Some(Instruction::RecordIntent(new.version)),
        Some(Instruction::Suspend(last_first(workers()))),
        saved(Instruction::Save(workers())),
        Some(Instruction::CodeChange { workers: workers(), carries_state }),
        saved(Instruction::WriteStates),
        Some(Instruction::PointOfNoReturn),
        Some(Instruction::Resume(workers())),
        Some(Instruction::RecordRunning(new.version)),
        Some(Instruction::Purge(old.digest)),
    ];
    all.into_iter().flatten().collect()
}

fn last_first(mut workers: Workers) -> Workers {
    workers.names.reverse();
    workers.templates.reverse();
    workers
}

fn unknown(running: &[Running], new: &NewComponent) -> PlanRefusal {
    let names = || running.iter().map(|old| old.behaviour.as_str());
    let hint = match did_you_mean(new.behaviour.as_str(), names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if running.is_empty() => "nothing does".to_owned(),
        None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
    };
    PlanRefusal::UnknownBehaviour { behaviour: new.behaviour.clone(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Digest, Name, Version};

    fn name(text: &str) -> Name {
        Name::new(text).expect("a name")
    }

    fn counter(workers: &[&str]) -> Running {
        let workers = workers.iter().map(|worker| name(worker)).collect();
        let version = Version { major: 0, minor: 2, patch: 0 };
        Running {
            behaviour: name("counter"),
            version,
            digest: Digest([1; 32]),
            saves_state: true,
            workers,
            templates: vec![],
        }
    }

    fn new(behaviour: &str, version: &str, digest: u8, saves_state: bool) -> NewComponent {
        let version = version.parse().expect("a version");
        NewComponent { behaviour: name(behaviour), version, digest: Digest([digest; 32]), saves_state }
    }

    fn lines(plan: &Plan) -> Vec<String> {
        plan.instructions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_workers_change_before_the_point_of_no_return_and_none_resumes_before_it() {
        let plan = plan(&[counter(&["a", "b"])], &new("counter", "0.3.0", 2, true), Direction::Up).expect("a plan");
        assert_eq!(
            lines(&plan),
            [
                "load component 02020202",
                "record the intent to run 0.3.0, with room on disk for its completion",
                "suspend b and a",
                "save the states of a and b",
                "code change of a and b with their states",
                "write what was saved to disk",
                "point of no return: until here all is undone if a step fails",
                "resume a and b",
                "record that 0.3.0 runs, then tell so",
                "purge component 01010101",
            ]
        );
    }

    #[test]
    fn a_version_without_saved_state_starts_afresh_and_says_so() {
        let old = Running { saves_state: false, ..counter(&["a"]) };
        let plan = plan(&[old], &new("counter", "0.3.0", 2, true), Direction::Up).expect("a plan");
        assert!(lines(&plan).contains(&"code change of a, starting afresh".to_owned()));
        assert!(!lines(&plan).iter().any(|line| line.starts_with("save") || line.starts_with("write")));
    }

    #[test]
    fn a_way_back_is_the_same_list_in_the_other_direction() {
        let up = plan(&[counter(&["a", "b"])], &new("counter", "0.3.0", 2, true), Direction::Up).expect("a plan");
        let newer =
            Running { version: "0.3.0".parse().expect("a version"), digest: Digest([2; 32]), ..counter(&["a", "b"]) };
        let down = plan(&[newer], &new("counter", "0.2.0", 1, true), Direction::Down).expect("a plan");
        let swapped = lines(&up).into_iter().map(|line| match &*line {
            "load component 02020202" => line.replace("02", "01"),
            "purge component 01010101" => line.replace("01", "02"),
            _ => line.replace("0.3.0", "0.2.0"),
        });
        assert_eq!(lines(&down), swapped.collect::<Vec<_>>());
    }

    #[test]
    fn a_line_names_its_workers_and_stays_short() {
        let shown = |workers: &[&str], templates: &[&str]| {
            let all = |names: &[&str]| names.iter().map(|text| name(text)).collect();
            Workers { names: all(workers), templates: all(templates) }.to_string()
        };
        assert_eq!(shown(&["a"], &[]), "a");
        assert_eq!(shown(&["a", "b"], &["calls", "chats"]), "a, b, every child of calls and every child of chats");
        assert_eq!(shown(&[], &["calls"]), "every child of calls");
        assert_eq!(shown(&[], &[]), "whoever runs it");
        let many: Vec<String> = (0..10).map(|at| format!("w{at}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(shown(&many[..8], &[]), "w0, w1, w2, w3, w4, w5, w6 and w7");
        assert_eq!(shown(&many, &[]), "w0, w1, w2, w3, w4, w5, w6, w7 and 2 others");
    }

    #[test]
    fn each_refusal_says_why_and_what_to_do() {
        let refused = |new: NewComponent, direction| {
            plan(&[counter(&["a"])], &new, direction)
                .map_or_else(|refusal| refusal.to_string(), |_| "planned".to_owned())
        };
        let cases = [
            (new("conter", "0.3.0", 2, true), "no behaviour `conter` runs here; did you mean `counter`?"),
            (new("orders", "0.3.0", 2, true), "no behaviour `orders` runs here; there are: counter"),
            (new("counter", "0.3.0", 1, true), "counter 0.2.0 with these very bytes is running already"),
            (
                new("counter", "0.1.0", 2, true),
                "counter 0.2.0 is running, and 0.1.0 is older; to go back use `tomte rollback`",
            ),
        ];
        for (new, expected) in cases {
            assert_eq!(refused(new, Direction::Up), expected);
        }
        let nothing = plan(&[], &new("counter", "0.3.0", 2, true), Direction::Up).expect_err("nothing runs");
        assert_eq!(nothing.to_string(), "no behaviour `counter` runs here; nothing does");
        assert!(
            refused(new("counter", "0.2.0", 2, true), Direction::Up)
                .contains("other bytes (01010101, this is 02020202)")
        );
        assert!(refused(new("counter", "0.3.0", 2, false), Direction::Up).contains("exports no `save`"));
        assert_eq!(refused(new("counter", "0.1.0", 2, true), Direction::Down), "planned", "a rollback may go down");
    }
}

//! The verbs and their arguments. Pure.

use std::time::Duration;

use crate::bombs::{Extent, Fuzz};
use crate::languages::Language;
use crate::simulate::Simulate;
use crate::soak::Length;
use crate::torture::Torture;

/// What `cargo xtask help` says.
pub(crate) const HELP: &str = include_str!("help.txt");

/// Calls of one switchboard: dynamic children of one node, with some room for its own.
const CALLS_MAX: u32 = 999_000;

/// Pairs of one benchmark: a night's worth.
const PAIRS_MAX: u32 = 1000;

/// Minutes of one soak: a week.
const SOAK_MINUTES_MAX: u64 = 7 * 24 * 60;

/// Swaps of one soak.
const SWAPS_MAX: u64 = 1_000_000;

/// Kills or cuts of one torture.
const TORTURE_MAX: u32 = 1_000_000;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Tell the story.
    Demo {
        /// Leave the host running.
        keep: bool,
    },
    /// Run the tests, with these arguments for `cargo test`.
    Test(Vec<String>),
    /// Run the tests of the rows of OTP's semantics.
    Conformance {
        /// Write the page of the docs.
        write: bool,
    },
    /// Measure.
    Bench {
        /// One short round.
        quick: bool,
    },
    /// Measure this tree against a commit.
    Against {
        /// The commit.
        commit: String,
        /// How often each.
        pairs: u32,
    },
    /// Measure so many telephone calls at once.
    Switchboard {
        /// Calls.
        calls: u32,
    },
    /// Measure what durable answers cost.
    Durable,
    /// Make the exhibit of this version.
    Museum,
    /// Measure what could carry a journal.
    Journals,
    /// Have a host bear everything at once.
    Soak(Length),
    /// Swap one behaviour very often.
    Swaps(u32),
    /// Have a host bear files that are a burden.
    Bombs(Extent),
    /// Have `check` say what it thinks of files that nobody thought of.
    Fuzz(Fuzz),
    /// Kill a process and cut its power.
    Torture(Torture),
    /// Play seeds of the simulation.
    Simulate(Simulate),
    /// Try these languages from their packages on.
    Languages(Vec<Language>),
    /// Break rooms and see whether their tests notice.
    Mutants {
        /// These; all that can be if there is none.
        rooms: Vec<String>,
        /// Arguments for `cargo mutants`.
        more: Vec<String>,
    },
    /// Show who imports whom.
    Imports,
    /// Look for what a reader would object to.
    Lint,
    /// Everything a change must pass.
    Ci,
    /// Build the guests.
    Guests,
    /// Find or make the toolchain.
    Toolchain,
    /// Say what there is.
    Help,
}

impl Verb {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// What is wrong with them and what to try, for a person.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Verb, String> {
        let mut arguments = arguments.into_iter();
        let name = arguments.next().unwrap_or_else(|| "help".to_owned());
        let rest: Vec<String> = arguments.collect();
        match name.as_str() {
            "test" => Ok(Verb::Test(rest)),
            "demo" => Ok(Verb::Demo { keep: flag(&name, &rest, "--keep")? }),
            "conformance" => Ok(Verb::Conformance { write: flag(&name, &rest, "--write")? }),
            "bench" if rest.first().is_some_and(|word| word == "switchboard") => switchboard(&rest[1..]),
            "bench" if rest.first().is_some_and(|word| word == "against") => against(&rest[1..]),
            "bench" if rest.first().is_some_and(|word| word == "durable") => {
                bare("bench durable", &rest[1..], Verb::Durable)
            }
            "bench" if rest.first().is_some_and(|word| word == "journal") => {
                bare("bench journal", &rest[1..], Verb::Journals)
            }
            "bench" => Ok(Verb::Bench { quick: flag(&name, &rest, "--quick")? }),
            "soak" => soak(&rest),
            "fuzz-check" => fuzz(&rest),
            "bombs" => {
                let only = rest.strip_prefix(&["--only".to_owned()]).and_then(|kind| Extent::only(kind.first()?));
                let usual = |quick| if quick { Extent::Quick } else { Extent::Whole };
                only.map_or_else(|| flag(&name, &rest, "--quick").map(usual), Ok).map(Verb::Bombs)
            }
            "torture" => torture(&rest),
            "simulate" => simulate(&rest),
            "languages" => languages(&rest),
            "mutants" => mutants(&rest),
            "imports" => bare(&name, &rest, Verb::Imports),
            "lint" => bare(&name, &rest, Verb::Lint),
            "ci" => bare(&name, &rest, Verb::Ci),
            "museum" => bare(&name, &rest, Verb::Museum),
            "guests" => bare(&name, &rest, Verb::Guests),
            "toolchain" => bare(&name, &rest, Verb::Toolchain),
            "help" | "--help" | "-h" => Ok(Verb::Help),
            _ => Err(format!("there is no verb {name}\ntry: cargo xtask help")),
        }
    }
}

fn bare(name: &str, rest: &[String], verb: Verb) -> Result<Verb, String> {
    match rest {
        [] => Ok(verb),
        [first, ..] => Err(format!("{name} takes no argument {first}\ntry: cargo xtask {name}")),
    }
}

fn switchboard(rest: &[String]) -> Result<Verb, String> {
    let calls = match rest {
        [] => Some(100_000),
        [calls] => calls.parse().ok().filter(|calls| (1..=CALLS_MAX).contains(calls)),
        _ => None,
    };
    let wrong = || {
        let said = rest.join(" ");
        format!(
            "bench switchboard takes a number of calls, at most {CALLS_MAX}, not {said}\ntry: cargo xtask bench switchboard 2000"
        )
    };
    calls.map(|calls| Verb::Switchboard { calls }).ok_or_else(wrong)
}

fn soak(rest: &[String]) -> Result<Verb, String> {
    let number = |text: &str, most: u64| text.parse().ok().filter(|number| (1..=most).contains(number));
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let minutes = |minutes: u64| Verb::Soak(Length(Duration::from_secs(60 * minutes)));
    let verb = match words.as_slice() {
        [] => Some(minutes(45)),
        ["--minutes", text] => number(text, SOAK_MINUTES_MAX).map(minutes),
        ["--swaps", text] => number(text, SWAPS_MAX).and_then(|swaps| Some(Verb::Swaps(swaps.try_into().ok()?))),
        _ => None,
    };
    let said = words.join(" ");
    verb.ok_or_else(|| {
        format!(
            "soak takes --minutes and at most {SOAK_MINUTES_MAX}, or --swaps and at most {SWAPS_MAX}, not {said}\ntry: cargo xtask soak --minutes 45"
        )
    })
}

fn fuzz(rest: &[String]) -> Result<Verb, String> {
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let minutes = |text: &str| text.parse().ok().filter(|minutes| (1..=SOAK_MINUTES_MAX).contains(minutes));
    let of = |minutes: u64, seed: u64| Fuzz { time: Duration::from_secs(60 * minutes), seed };
    let found = match words.as_slice() {
        [] => Some(of(60, 0)),
        ["--minutes", text] => minutes(text).map(|minutes| of(minutes, 0)),
        // One seed alone, to see again what it does.
        ["--seed", seed] => seed.parse().ok().map(|seed| of(0, seed)),
        ["--minutes", text, "--seed", seed] => {
            minutes(text).zip(seed.parse().ok()).map(|(minutes, seed)| of(minutes, seed))
        }
        _ => None,
    };
    let said = words.join(" ");
    let wrong = || {
        format!("fuzz-check takes --minutes and --seed, not {said}\ntry: cargo xtask fuzz-check --minutes 5 --seed 1")
    };
    found.map(Verb::Fuzz).ok_or_else(wrong)
}

fn against(rest: &[String]) -> Result<Verb, String> {
    let (commit, pairs) = match rest {
        [commit] => (commit, Some(10)),
        [commit, pairs] => (commit, pairs.parse().ok().filter(|pairs| (1..=PAIRS_MAX).contains(pairs))),
        _ => return Err("bench against takes a commit\ntry: cargo xtask bench against HEAD~1".to_owned()),
    };
    let wrong = || {
        let said = rest.join(" ");
        format!(
            "bench against takes a commit and at most {PAIRS_MAX} pairs, not {said}\ntry: cargo xtask bench against HEAD~1 10"
        )
    };
    pairs.map(|pairs| Verb::Against { commit: commit.clone(), pairs }).ok_or_else(wrong)
}

fn torture(rest: &[String]) -> Result<Verb, String> {
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse().ok().filter(|number| *number <= TORTURE_MAX);
    let of = |kills, cuts| Verb::Torture(Torture { kills, cuts });
    let found = match words.as_slice() {
        [] => Some(of(1000, 200)),
        ["--kills", kills] => number(kills).map(|kills| of(kills, 200)),
        ["--cuts", cuts] => number(cuts).map(|cuts| of(1000, cuts)),
        ["--kills", kills, "--cuts", cuts] => number(kills).zip(number(cuts)).map(|(kills, cuts)| of(kills, cuts)),
        _ => None,
    };
    let said = words.join(" ");
    found.ok_or_else(|| {
        format!("torture takes --kills and --cuts, at most {TORTURE_MAX}, not {said}\ntry: cargo xtask torture --kills 100 --cuts 20")
    })
}

fn simulate(rest: &[String]) -> Result<Verb, String> {
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let of = |first, seeds| Verb::Simulate(Simulate { first, seeds });
    let found = match words.as_slice() {
        [] => Some(Verb::Simulate(Simulate::USUAL)),
        ["--seeds", seeds] => seeds.parse().ok().map(|seeds| of(0, seeds)),
        ["--seed", first] => first.parse().ok().map(|first| of(first, 1)),
        ["--seeds", seeds, "--seed", first] => seeds.parse().ok().zip(first.parse().ok()).map(|(n, from)| of(from, n)),
        _ => None,
    };
    let said = words.join(" ");
    found.ok_or_else(|| format!("simulate takes --seeds and --seed, not {said}\ntry: cargo xtask simulate --seeds 100"))
}

fn languages(rest: &[String]) -> Result<Verb, String> {
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let found = match words.as_slice() {
        [] => Some(Language::ALL.to_vec()),
        ["--only", names] => names.split(',').map(Language::named).collect(),
        _ => None,
    };
    found.map(Verb::Languages).ok_or_else(|| {
        let known = Language::ALL.map(Language::name).join(",");
        format!(
            "languages takes --only and some of {known}, not {}\ntry: cargo xtask languages --only js,python,c",
            words.join(" ")
        )
    })
}

fn mutants(rest: &[String]) -> Result<Verb, String> {
    let rooms: Vec<String> = rest.iter().take_while(|word| *word != "--").cloned().collect();
    let more = rest.iter().skip(rooms.len() + 1).cloned().collect();
    let known: Vec<&str> = crate::mutants::rooms().collect();
    match rooms.iter().find(|room| !known.contains(&room.as_str())) {
        None => Ok(Verb::Mutants { rooms, more }),
        Some(room) => Err(format!(
            "mutants takes rooms, which are {}, not {room}\ntry: cargo xtask mutants {}",
            known.join(", "),
            known[0]
        )),
    }
}

fn flag(name: &str, rest: &[String], flag: &str) -> Result<bool, String> {
    match rest {
        [] => Ok(false),
        [only] if only == flag => Ok(true),
        _ => Err(format!("{name} takes {flag} or nothing, not {}\ntry: cargo xtask {name} {flag}", rest.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Verb, String> {
        Verb::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn every_verb_of_the_help_is_understood() {
        let verbs = HELP.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        let verbs: Vec<&str> = verbs.filter(|verb| !verb.is_empty()).collect();
        assert_eq!(verbs.len(), 23);
        for verb in verbs {
            assert!(parsed(verb).is_ok(), "{verb}");
        }
    }

    #[test]
    fn flags_and_arguments_arrive() {
        assert_eq!(parsed("demo --keep"), Ok(Verb::Demo { keep: true }));
        assert_eq!(parsed("conformance --write"), Ok(Verb::Conformance { write: true }));
        assert_eq!(parsed("bench"), Ok(Verb::Bench { quick: false }));
        assert_eq!(parsed("bench switchboard"), Ok(Verb::Switchboard { calls: 100_000 }));
        assert_eq!(parsed("bench switchboard 2000"), Ok(Verb::Switchboard { calls: 2000 }));
        assert_eq!(parsed("bench journal"), Ok(Verb::Journals));
        assert_eq!(parsed("bench durable"), Ok(Verb::Durable));
        let against = |pairs| Ok(Verb::Against { commit: "v1".to_owned(), pairs });
        assert_eq!((parsed("bench against v1"), parsed("bench against v1 3")), (against(10), against(3)));
        let arguments = ["--", "--nocapture"].map(str::to_owned).to_vec();
        assert_eq!(parsed("test -- --nocapture"), Ok(Verb::Test(arguments)));
        let (rooms, more) = (vec!["worker".to_owned(), "release/plan".to_owned()], vec!["--list".to_owned()]);
        assert_eq!(parsed("mutants worker release/plan -- --list"), Ok(Verb::Mutants { rooms, more }));
        assert_eq!(parsed("mutants"), Ok(Verb::Mutants { rooms: vec![], more: vec![] }));
        let minutes = |minutes: u64| Ok(Verb::Soak(Length(Duration::from_secs(60 * minutes))));
        assert_eq!((parsed("soak"), parsed("soak --minutes 2")), (minutes(45), minutes(2)));
        assert_eq!(parsed("soak --swaps 10000"), Ok(Verb::Swaps(10_000)));
        assert_eq!(parsed("languages"), Ok(Verb::Languages(Language::ALL.to_vec())));
        assert_eq!(parsed("languages --only c,js"), Ok(Verb::Languages(vec![Language::C, Language::JavaScript])));
        let simulate = |first, seeds| Ok(Verb::Simulate(Simulate { first, seeds }));
        assert_eq!((parsed("simulate"), parsed("simulate --seed 3")), (simulate(0, 1000), simulate(3, 1)));
        assert_eq!(parsed("simulate --seeds 5 --seed 7"), simulate(7, 5));
        let torture = |kills, cuts| Ok(Verb::Torture(Torture { kills, cuts }));
        assert_eq!((parsed("torture"), parsed("torture --cuts 3")), (torture(1000, 200), torture(1000, 3)));
        assert_eq!(parsed("torture --kills 5 --cuts 0"), torture(5, 0));
        assert_eq!(parsed("bombs --quick"), Ok(Verb::Bombs(Extent::Quick)));
        let fuzz = |minutes: u64, seed| Ok(Verb::Fuzz(Fuzz { time: Duration::from_secs(60 * minutes), seed }));
        assert_eq!((parsed("fuzz-check"), parsed("fuzz-check --seed 7")), (fuzz(60, 0), fuzz(0, 7)));
        assert_eq!(parsed("fuzz-check --minutes 5 --seed 7"), fuzz(5, 7));
        assert_eq!(parsed(""), Ok(Verb::Help));
    }

    #[test]
    fn mistakes_name_what_to_try() {
        let lines = ["frobnicate", "demo --kep", "demo --keep --keep", "bench quick", "bench switchboard 0", "ci now"];
        for line in lines.into_iter().chain([
            "mutants shard",
            "bench against",
            "bench against v1 0",
            "bench journal 3",
            "soak 1",
            "soak --minutes 0",
            "fuzz-check --seed",
            "languages --only cobol",
            "languages js",
            "bombs 1",
            "simulate --seeds",
            "torture --kills",
        ]) {
            let told = parsed(line).err().unwrap_or_default();
            assert!(told.contains("\ntry: cargo xtask "), "{line}: {told}");
        }
    }
}

//! What a manifest means.

mod mistakes;

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::{Manifest, OnDifference};
use crate::base::Protocol;
use crate::base::{AutoShutdown, ChildKind, Restart, Shutdown, Strategy, WhenFull};

/// The example of the interfaces, whole.
const WHOLE: &str = r##"manifest_version = 1

[application]
name = "counter"
version = "0.1.0"
start_after = []                 # applications that must run first
restart = "permanent"
config = { }
assets = "assets"

[behaviour.counter]
component = "counter.wasm"
build = { command = "cargo build --release --target wasm32-wasip2", dir = "guest", watch = ["src/**"] }
migrate = "counter-1-to-2.wasm"
limits = { memory = "16MiB", step = "50ms", init = "500ms", effects = 1024, reply = "1MiB" }
grants = { assets = "read" }

[supervisor.root]
strategy = "one_for_one"
intensity = 3
period = "5s"
auto_shutdown = "never"

[child.counter]
under = "root"
behaviour = "counter"
restart = "permanent"
backoff = { first = "10ms", max = "30s", jitter = 0.2, reset_after = "60s" }
shutdown = "5s"
significant = false
queue = { capacity = 1024, when_full = "reject" }
durable = true
hibernate_after = "30s"
config = { start_at = 0 }

[[listen]]
protocol = "frames"
address = "127.0.0.1:7001"
to = "counter"

[upgrade]
probation = { time = "60s", inputs = 1000, crashes = 1 }
rehearse = { inputs = 200, on_difference = "report" }
"##;

const SMALL: &str =
    "manifest_version = 1\n[application]\nname = \"hello\"\n[behaviour.hello]\ncomponent = \"hello.wasm\"\n";

fn parse(text: &str) -> Manifest {
    Manifest::parse(text, Path::new("/app/tomte.toml")).unwrap_or_else(|error| panic!("{error}"))
}

/// Everything said about a text.
fn said(text: &str) -> String {
    Manifest::parse(text, Path::new("tomte.toml")).map_or_else(|error| error.to_string(), |_| "nothing".to_owned())
}

fn small(more: &str) -> String {
    format!("{SMALL}{more}")
}

#[test]
fn the_whole_example_is_understood() {
    let manifest = parse(WHOLE);
    let (name, behaviour) = manifest.behaviours.first_key_value().expect("one behaviour");
    assert_eq!((name.as_str(), behaviour.component.as_path()), ("counter", Path::new("/app/counter.wasm")));
    let build = behaviour.build.as_ref().expect("a build");
    assert_eq!((build.dir.as_path(), build.watch.len()), (Path::new("/app/guest"), 1));
    assert_eq!((behaviour.limits.memory, behaviour.limits.step), (16 << 20, Duration::from_millis(50)));
    let (root, spec) = &manifest.tree.supervisors[0];
    assert_eq!((root.as_str(), spec.intensity.restarts), ("root", 3));
    let child = &manifest.tree.children[0];
    assert!(child.durable);
    assert_eq!((&*child.config, child.queue.capacity), (&b"{\"start_at\":0}"[..], 1024));
    assert_eq!(child.backoff.reset_after, Duration::from_secs(60));
    assert_eq!((manifest.listens[0].protocol, manifest.listens[0].address.port()), (Protocol::Frames, 7001));
    let rehearse = manifest.upgrade.rehearse.as_ref().map(|rehearse| rehearse.on_difference);
    assert_eq!(rehearse, Some(OnDifference::Report));
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let error = parse(WHOLE).unsupported().expect_err("the example asks for more than there is").to_string();
    for key in ["behaviour.counter.migrate", "upgrade.probation", "upgrade.rehearse"] {
        assert!(error.contains(&format!("`{key}` is not built yet in this version")), "{key}: {error}");
    }
    assert!(error.contains("tomte.toml:14:1\n       | migrate = "), "{error}");
    assert!(!error.contains("start_after") && !error.contains("grants"), "empty asks for nothing: {error}");
}

#[test]
fn the_example_without_the_unbuilt_keys_is_supported() {
    let unbuilt = ["migrate =", "probation =", "rehearse ="];
    let lines = WHOLE.lines().filter(|line| !unbuilt.iter().any(|key| line.starts_with(key)));
    let manifest = parse(&lines.collect::<Vec<_>>().join("\n"));
    assert_eq!(manifest.unsupported(), Ok(()));
    assert_eq!(manifest.application.assets.as_deref(), Some(Path::new("/app/assets")));
    assert!(manifest.behaviours.values().all(|behaviour| behaviour.grants.assets));
}

#[test]
fn unbuilt_values_are_refused_and_their_harmless_siblings_are_not() {
    let asks = |text: &str| parse(text).unsupported().map_or_else(|error| error.to_string(), |()| String::new());
    assert!(asks(&small("grants = { env = [\"HOME\"] }\n")).contains("behaviour.hello.grants.env"));
    assert!(asks(&small("grants = { dir = { data = \"/srv\" } }\n")).contains("behaviour.hello.grants.dir"));
    assert_eq!(asks(&small("grants = { }\n")), "");
    let built = "start_after = [\"db\"]\nrestart = \"transient\"\n[behaviour";
    assert_eq!(asks(&SMALL.replace("[behaviour", built)), "");
}

#[test]
fn sup_05_defaults_are_otps() {
    let manifest = parse(&small("[child.hello]\nbehaviour = \"hello\"\n"));
    let (root, spec) = &manifest.tree.supervisors[0];
    assert_eq!((root.as_str(), spec.strategy, spec.auto_shutdown), ("root", Strategy::OneForOne, AutoShutdown::Never));
    assert_eq!((spec.intensity.restarts, spec.intensity.period), (1, Duration::from_secs(5)));
    let child = &manifest.tree.children[0];
    assert_eq!(
        (child.under.as_str(), child.restart, child.queue.when_full),
        ("root", Restart::Permanent, WhenFull::Reject)
    );
    assert_eq!(child.shutdown, Shutdown::Timeout(Duration::from_secs(5)));
    assert_eq!((&*child.config, manifest.application.version.to_string().as_str()), (&b"{}"[..], "0.1.0"));
    assert!(manifest.unsupported().is_ok());
}

#[test]
fn children_start_in_file_order_unless_after_says_otherwise() {
    let children = "[child.zeta]\nbehaviour = \"hello\"\nafter = [\"mid\"]\n[child.alpha]\nbehaviour = \"hello\"\n\
                    [child.mid]\nbehaviour = \"hello\"\n";
    let manifest = parse(&small(children));
    let names: Vec<&str> = manifest.tree.children.iter().map(|child| child.name.as_str()).collect();
    assert_eq!(names, ["alpha", "mid", "zeta"]);
}

#[test]
fn supervisors_nest_and_the_root_stands_first() {
    let manifest = parse(&small(
        "[supervisor.b]\n[supervisor.a]\nstrategy = \"rest_for_one\"\n[supervisor.root]\n\
         [child.sa]\nsupervisor = \"a\"\n[child.sb]\nsupervisor = \"b\"\nunder = \"a\"\n",
    ));
    let names: Vec<&str> = manifest.tree.supervisors.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["root", "b", "a"]);
    let first = &manifest.tree.children[0];
    assert!(matches!(&first.kind, ChildKind::Supervisor(name) if name.as_str() == "a"));
    assert_eq!(first.shutdown, Shutdown::Infinity, "a supervisor has all the time its children need");
}

#[test]
fn a_manager_is_a_child_with_a_queue_and_its_handlers_are_temporary() {
    let manifest = parse(&small(
        "[manager.alarms]\nqueue = { capacity = 7 }\n[child.alarms]\nmanager = \"alarms\"\n\
         [child.log]\nunder = \"alarms\"\nbehaviour = \"hello\"\n\
         [[listen]]\nprotocol = \"lines\"\naddress = \"127.0.0.1:0\"\nto = \"alarms\"\n",
    ));
    let (name, spec) = &manifest.tree.supervisors[1];
    assert_eq!((name.as_str(), spec.manager.map(|queue| queue.capacity)), ("alarms", Some(7)));
    let [manager, handler] = &manifest.tree.children[..] else { panic!("two children") };
    assert_eq!((manager.restart, handler.restart), (Restart::Permanent, Restart::Temporary));
    assert_eq!(handler.under.as_str(), "alarms");
}

#[test]
fn a_childs_config_stands_over_the_applications() {
    let text =
        SMALL.replace("[behaviour", "config = { currency = \"EUR\", when = 2020-01-01, n = [0x10, 1.5] }\n[behaviour");
    let manifest = parse(&format!("{text}[child.hello]\nbehaviour = \"hello\"\nconfig = {{ currency = \"CHF\" }}\n"));
    let config: serde_json::Value = serde_json::from_slice(&manifest.tree.children[0].config).expect("JSON");
    assert_eq!(config, serde_json::json!({ "currency": "CHF", "when": "2020-01-01", "n": [16, 1.5] }));
}

#[test]
fn a_missing_manifest_and_a_missing_component_are_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let error = Manifest::load(dir.path()).expect_err("nothing there").to_string();
    assert!(error.contains("there is no ") && error.contains("tomte new NAME"), "{error}");
    std::fs::write(dir.path().join("tomte.toml"), SMALL).expect("written");
    let manifest = Manifest::load(dir.path()).expect("a manifest");
    let error = manifest.check_files().expect_err("no component").to_string();
    assert!(error.contains("behaviour `hello` has no component") && error.contains(":4:12"), "{error}");
    assert!(error.contains("hello.wasm: ") && error.contains("tomte build"), "{error}");
    std::fs::create_dir(dir.path().join("hello.wasm")).expect("made");
    assert!(manifest.check_files().expect_err("a directory").to_string().contains("not a regular file"));
    std::fs::remove_dir(dir.path().join("hello.wasm")).expect("removed");
    std::fs::write(dir.path().join("hello.wasm"), "x").expect("written");
    assert_eq!(manifest.check_files(), Ok(()));
}

#[test]
fn assets_that_are_missing_or_no_directory_are_told() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("hello.wasm"), "x").expect("written");
    let text = SMALL.replace("[behaviour", "assets = \"static\"\n[behaviour");
    let manifest = Manifest::parse(&text, &dir.path().join("tomte.toml")).expect("a manifest");
    let error = manifest.check_files().expect_err("no assets").to_string();
    assert!(error.contains("assets cannot be read") && error.contains("tomte.toml:4:1"), "{error}");
    assert!(error.contains("static: ") && error.contains("make it"), "{error}");
    std::fs::write(dir.path().join("static"), "x").expect("written");
    assert!(manifest.check_files().expect_err("a file").to_string().contains("static: "));
    std::fs::remove_file(dir.path().join("static")).expect("removed");
    std::fs::create_dir(dir.path().join("static")).expect("made");
    assert_eq!(manifest.check_files(), Ok(()));
}

#[test]
fn a_manifest_that_is_no_text_or_too_large_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("tomte.toml");
    std::fs::write(&file, [0xff, 0xfe]).expect("written");
    assert!(Manifest::load(dir.path()).expect_err("not UTF-8").to_string().contains("not text"));
    std::fs::write(&file, "#".repeat(2 << 20)).expect("written");
    assert!(Manifest::load(dir.path()).expect_err("huge").to_string().contains("too large"));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}|[\\[\\]a-z.=\"0-9\n{}, ]{0,200}") {
        let _ = said(&text);
    }

    #[test]
    fn no_damage_to_a_good_manifest_makes_the_parser_panic(at in 0..WHOLE.len(), len in 0..40_usize, with in "\\PC{0,8}") {
        let end = (at + len).min(WHOLE.len());
        if WHOLE.is_char_boundary(at) && WHOLE.is_char_boundary(end) {
            let _ = said(&format!("{}{with}{}", &WHOLE[..at], &WHOLE[end..]));
        }
    }
}

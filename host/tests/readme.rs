//! What the README shows is what the parsers take: its manifest, its host settings, its limits.

use std::path::Path;

use tomte::release::{HostSettings, Manifest};

const README: &str = include_str!("../../README.md");

/// The blocks of one language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    README.split(open.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn the_manifest_is_taken_and_asks_for_nothing_that_is_not_built() {
    let text = blocks("toml").into_iter().find(|text| text.contains("manifest_version")).expect("a manifest");
    let manifest = Manifest::parse(text, Path::new("tomte.toml")).unwrap_or_else(|error| panic!("{error}"));
    manifest.unsupported().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((manifest.tree.children.len(), manifest.listens.len()), (6, 3));
}

#[test]
fn the_host_settings_are_taken_and_their_times_are_the_defaults() {
    let text = blocks("toml").into_iter().find(|text| text.contains("host_version")).expect("host settings");
    let file = Path::new("app/host.toml");
    let shown = HostSettings::parse(text, file).unwrap_or_else(|error| panic!("{error}"));
    let default = HostSettings::defaults(Path::new("app"));
    let times = |settings: &HostSettings| (settings.settle, settings.settle_max, settings.rescan, settings.drain);
    assert_eq!(times(&shown), times(&default));
    assert_eq!(shown.releases, default.releases);
}

#[test]
fn what_is_not_built_is_listed_and_refused() {
    let listed = README.split("## Not built yet").nth(1).expect("the section");
    let base = "manifest_version = 1\n[application]\nname = \"a\"\nversion = \"0.1.0\"\n";
    for (key, text) in [
        ("grants", "[behaviour.b]\ncomponent = \"b.wasm\"\ngrants = { env = [\"HOME\"] }\n"),
        ("migrate", "[behaviour.b]\ncomponent = \"b.wasm\"\nmigrate = \"m.wasm\"\n"),
        ("probation", "[upgrade]\nprobation = {}\n"),
        ("rehearse", "[upgrade]\nrehearse = {}\n"),
    ] {
        assert!(listed.contains(key), "{key} is not listed");
        let manifest = Manifest::parse(&format!("{base}{text}"), Path::new("tomte.toml")).expect(key);
        assert!(manifest.unsupported().is_err(), "{key} is not refused");
    }
}

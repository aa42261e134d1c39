//! What several manifests come to.

use std::path::Path;

use super::super::manifest::Manifest;
use super::Applications;
use crate::base::Name;

/// A manifest of this name with a worker and a behaviour of its own, and `more` in [application].
fn manifest(name: &str, more: &str) -> Manifest {
    let text = format!(
        "manifest_version = 1\n[application]\nname = \"{name}\"\n{more}\n[behaviour.{name}-b]\ncomponent = \"x.wasm\"\n\
         [child.{name}]\nbehaviour = \"{name}-b\"\n"
    );
    parse(name, &text)
}

fn parse(name: &str, text: &str) -> Manifest {
    Manifest::parse(text, Path::new(&format!("/{name}/tomte.toml"))).unwrap_or_else(|error| panic!("{error}"))
}

fn order(manifests: Vec<Manifest>) -> Result<String, String> {
    let applications = Applications::new(manifests).map_err(|error| error.to_string())?;
    let names = applications.manifests.iter().map(|manifest| manifest.application.name.as_str());
    let after = applications.after.iter().map(|after| format!("{after:?}"));
    Ok(names.zip(after).map(|(name, after)| format!("{name}{after}")).collect::<Vec<_>>().join(" "))
}

#[test]
fn what_depends_on_nothing_starts_in_the_order_of_the_command_line_and_the_rest_after_what_it_needs() {
    let db = || manifest("db", "");
    let shop = || manifest("shop", "start_after = [\"db\", \"mail\"]");
    let mail = || manifest("mail", "start_after = [\"db\"]");
    let web = || manifest("web", "");
    assert_eq!(order(vec![shop(), web(), mail(), db()]), Ok("web[] db[] mail[1] shop[1, 2]".into()));
    assert_eq!(order(vec![web(), db(), mail(), shop()]), Ok("web[] db[] mail[1] shop[1, 2]".into()));
    assert_eq!(order(vec![db()]), Ok("db[]".into()));
}

#[test]
fn app_03_an_optional_application_starts_first_if_it_is_there_and_may_be_missing() {
    let shop = || manifest("shop", "start_after = [\"db\"]\nstart_after_if_present = [\"mail\", \"log\"]");
    let (db, mail) = (|| manifest("db", ""), || manifest("mail", ""));
    assert_eq!(order(vec![shop(), db()]), Ok("db[] shop[0]".into()));
    assert_eq!(order(vec![shop(), db(), mail()]), Ok("db[] mail[] shop[0, 1]".into()));
    let said = order(vec![shop(), mail()]).expect_err("what is not optional is missing");
    assert!(said.contains("`shop` needs the application `db`"), "{said}");
    let circle = vec![manifest("a", "start_after_if_present = [\"b\"]"), manifest("b", "start_after = [\"a\"]")];
    let said = order(circle).expect_err("a circle");
    assert!(said.contains("in a circle: a, b") && said.contains("/a/tomte.toml:4:27"), "{said}");
}

#[test]
fn a_missing_application_is_told_with_its_place() {
    let said = order(vec![manifest("shop", "start_after = [\"bd\"]"), manifest("bdx", "")]).expect_err("it is missing");
    assert!(said.contains("`shop` needs the application `bd`, which is not there (not_started)"), "{said}");
    assert!(said.contains("/shop/tomte.toml:4:16\n       | start_after = [\"bd\"]"), "{said}");
    assert!(said.contains("did you mean `bdx`?"), "{said}");
    let said = order(vec![manifest("shop", "start_after = [\"db\"]")]).expect_err("it is missing");
    assert!(said.contains("name the directory of `db` too"), "{said}");
}

#[test]
fn a_circle_is_told_with_its_place_and_its_members() {
    let all = vec![
        manifest("web", "start_after = [\"a\"]"),
        manifest("a", "start_after = [\"b\"]"),
        manifest("b", "start_after = [\"a\"]"),
    ];
    let said = order(all).expect_err("a circle");
    assert!(said.contains("leads in a circle: web, a, b") && said.contains("/web/tomte.toml:4:16"), "{said}");
    let said = order(vec![manifest("a", "start_after = [\"a\"]")]).expect_err("a circle");
    assert!(said.contains("`a` would have to start before itself"), "{said}");
}

#[test]
fn the_same_name_or_address_twice_is_refused_with_both_files() {
    let other = |text: &str| {
        let small = "manifest_version = 1\n[application]\nname = \"two\"\n[behaviour.b]\ncomponent = \"x.wasm\"\n";
        parse("two", &format!("{small}{text}"))
    };
    let one = || {
        let listen = "[[listen]]\nprotocol = \"http\"\naddress = \"127.0.0.1:7001\"\n[supervisor.team]\n[child.team]\nsupervisor = \"team\"\n";
        let text = format!(
            "manifest_version = 1\n[application]\nname = \"one\"\n[behaviour.c]\ncomponent = \"x.wasm\"\n[child.w]\nbehaviour = \"c\"\n{listen}"
        );
        parse("one", &text)
    };
    for (two, what) in [
        (manifest("one", ""), "application `one` is also in /one/tomte.toml"),
        (other("[child.w]\nbehaviour = \"b\"\n"), "`w` is also in /one/tomte.toml\n  at   /two/tomte.toml:6:8"),
        (other("[child.team]\nbehaviour = \"b\"\n"), "`team` is also in /one/tomte.toml"),
        (other("[behaviour.c]\ncomponent = \"x.wasm\"\n"), "behaviour `c` is also in /one/tomte.toml"),
        (
            other("[[listen]]\nprotocol = \"http\"\naddress = \"127.0.0.1:7001\"\n"),
            "the listener on 127.0.0.1:7001 is also in /one/tomte.toml",
        ),
    ] {
        let said = order(vec![one(), two]).expect_err(what);
        assert!(said.contains(what), "expected {what:?} in {said}");
    }
    let free = "[[listen]]\nprotocol = \"http\"\naddress = \"127.0.0.1:0\"\n";
    assert!(order(vec![one(), other(free)]).is_ok(), "port 0 is never taken, and every application has a root");
}

#[test]
fn one_application_keeps_its_root_and_several_have_one_each() {
    let names = |manifests| {
        let spec = Applications::new(manifests).expect("they fit").tree();
        assert_eq!(spec.supervisors[0].0, Name::host());
        let children = spec.children.iter().map(|child| format!("{} under {}", child.name, child.under));
        children.collect::<Vec<_>>()
    };
    assert_eq!(names(vec![manifest("shop", "")]), ["root under /", "shop under root"]);
    let two = vec![manifest("shop", "start_after = [\"db\"]"), manifest("db", "")];
    assert_eq!(names(two), ["db/root under /", "db under db/root", "shop/root under /", "shop under shop/root"]);
}

//! What each mistake in a manifest is answered with.

use super::{said, small};

#[test]
fn a_mistake_is_shown_with_its_place_its_reason_and_a_fix() {
    let shown = said(&small("[child.hello]\nbehavior = \"hello\"\n"));
    let unknown = "unknown key `behavior` in [child.hello]\n  at   tomte.toml:7:1\n       | behavior = \"hello\"\n       \
                   | ^^^^^^^^\n  why  a misspelt key must not be ignored silently\n  try  did you mean `behaviour`?";
    assert!(shown.contains(unknown), "{shown}");
    assert!(shown.contains("a child with neither `behaviour` nor `supervisor`"), "the second problem too: {shown}");
}

#[test]
fn a_grant_of_nothing_or_of_more_than_there_is_is_named() {
    let shown = said(&small("grants = { assets = \"read\" }\n"));
    assert!(shown.contains("`behaviour.hello.grants.assets` without `assets` in [application]"), "{shown}");
    assert!(shown.contains("tomte.toml:6:12") && shown.contains("add a line `assets = \"DIR\"`"), "{shown}");
    let shown = said(&small("grants = { assets = \"write\" }\n"));
    assert!(shown.contains("`assets` in [behaviour.hello.grants]") && shown.contains("read"), "{shown}");
}

#[test]
fn an_application_that_is_needed_cannot_be_optional() {
    let more = "start_after = [\"db\"]\nstart_after_if_present = [\"mail\", \"db\"]\n[behaviour";
    let shown = said(&small("").replace("[behaviour", more));
    for part in
        ["`db` is in `start_after` and in `start_after_if_present`", "tomte.toml:5:35", "keep `db` in one of them"]
    {
        assert!(shown.contains(part), "expected {part:?} in {shown}");
    }
}

#[test]
fn every_mistake_is_named() {
    let child = |more: &str| small(&format!("[child.hello]\nbehaviour = \"hello\"\n{more}\n"));
    let supervisor = |more: &str| small(&format!("[supervisor.root]\n{more}\n"));
    let two = "[child.hello]\nbehaviour = \"hello\"\n[child.two]\nbehaviour = \"hello\"\n";
    let application = |more: &str| small(two).replace("[behaviour", &format!("{more}\n[behaviour"));
    let cases: Vec<(String, &[&str])> = vec![
        (String::new(), &["`manifest_version` is missing"]),
        ("manifest_version = 2".into(), &["`manifest_version` is out of bounds", "it may be 1 alone"]),
        ("manifest_version = 1".into(), &["`name` is missing in [application]"]),
        ("manifest_version = ".into(), &["tomte.toml:1:", "not TOML"]),
        (small("[behaviour.hello]\n"), &["duplicate key"]),
        (small("[chidl.a]\n"), &["unknown key `chidl`", "did you mean `child`?"]),
        (
            small("[behaviour.two]\n"),
            &["`component` is missing in [behaviour.two]", "[behaviour.two]\n       |            ^^^"],
        ),
        (small("limits = { memory = \"64MB\" }\n"), &["`memory` in [behaviour.hello.limits] is not a size", "64MiB"]),
        (small("limits = { memory = \"2GiB\" }\n"), &["out of bounds", "to 1GiB"]),
        (small("limits = { memroy = \"1MiB\" }\n"), &["did you mean `memory`?"]),
        (small("limits = { step = \"0s\" }\n"), &["`step`", "from 1ms to 30s"]),
        (small("limits = { effects = 0 }\n"), &["`effects`", "from 1 to 65536"]),
        (small("limits = 3\n"), &["`limits` is not a table", "found a whole number"]),
        (small("build = { dir = \"x\" }\n"), &["`command` is missing in [behaviour.hello.build]"]),
        (
            child("shutdown = \"5 s\""),
            &["`shutdown` in [child.hello] is not a duration", "\"brutal_kill\" or \"infinity\""],
        ),
        (child("shutdown = 5"), &["is not a duration", "found a whole number"]),
        (child("restart = \"permanant\""), &["cannot be \"permanant\"", "did you mean `permanent`?"]),
        (child("queue = { capacity = 0 }"), &["`capacity` in [child.hello.queue] is out of bounds"]),
        (child("queue = { capacity = 9999999 }"), &["out of bounds", "to 1048576"]),
        (child("queue = { capacity = -1 }"), &["out of bounds"]),
        (child("backoff = { jitter = 1.5 }"), &["a share, from 0 to 1"]),
        (child("backoff = { jitter = nan }"), &["a share, from 0 to 1"]),
        (child("backoff = { first = \"1m\", max = \"1s\" }"), &["`max` is below its `first`"]),
        (child("config = 3"), &["`config` in [child.hello] is not a table"]),
        (child("config = { x = inf }"), &["cannot be told in JSON"]),
        (child("under = \"roto\""), &["there is no supervisor `roto`", "did you mean `root`?"]),
        (child("after = [\"helo\"]"), &["there is no child `helo`", "did you mean `hello`?"]),
        (child("after = [\"hello\"]"), &["`hello` comes after itself"]),
        (child("after = [1]"), &["`after` in [child.hello] is not a name"]),
        (child("supervisor = \"root\""), &["a child with both `behaviour` and `supervisor`"]),
        (child("significant = true"), &["significant and permanent"]),
        (child("significant = true\nrestart = \"transient\""), &["never ends with its children"]),
        (small("[child.a]\nbehaviour = \"helo\"\n"), &["there is no behaviour `helo`", "did you mean `hello`?"]),
        (small("[child.\"a/b\"]\nbehaviour = \"hello\"\n"), &["`a/b` cannot be the name of a child", "not '/'"]),
        (small("[manager.m]\n"), &["manager `m` is nobody's child", "`manager = \"m\"`"]),
        (small("[manager.root]\n"), &["`root` is the name of a supervisor and of a manager"]),
        (small("[manager.m]\nstrategy = \"one_for_one\"\n"), &["unknown key `strategy` in [manager.m]"]),
        (small("[manager.m]\n[child.m]\nsupervisor = \"m\"\n"), &["there is no supervisor `m`"]),
        (small("[child.m]\nmanager = \"root\"\n"), &["there is no manager `root`"]),
        (small("[manager.m]\n[child.m]\nmanager = \"m\"\nqueue = {}\n"), &["`queue` has no meaning", "a manager"]),
        (
            small(
                "[manager.m]\n[child.m]\nmanager = \"m\"\n[child.h]\nunder = \"m\"\nbehaviour = \"hello\"\n\
                   restart = \"transient\"\n",
            ),
            &["`h` is a handler of `m` and is to be restarted", "take the line `restart` out"],
        ),
        (
            small(
                "[manager.m]\n[child.m]\nmanager = \"m\"\n[supervisor.s]\n[child.s]\nunder = \"m\"\nsupervisor = \"s\"\n",
            ),
            &["`s` stands under the manager `m` and is no worker"],
        ),
        (small("[child.root]\nbehaviour = \"hello\"\n"), &["`root` is the name of a supervisor and of another child"]),
        (small("[child.a]\nsupervisor = \"root\"\n"), &["the root is nobody's child"]),
        (small("[supervisor.x]\n"), &["supervisor `x` is nobody's child", "add [child.x]"]),
        (small("[supervisor.x]\n[child.x]\nsupervisor = \"x\"\nqueue = {}\n"), &["`queue` has no meaning"]),
        (
            small("[supervisor.x]\n[child.a]\nsupervisor = \"x\"\n[child.b]\nsupervisor = \"x\"\n"),
            &["`x` is a child twice"],
        ),
        (
            small("[supervisor.x]\n[supervisor.y]\n[child.y]\nsupervisor = \"x\"\n[child.x]\nsupervisor = \"y\"\n"),
            &["`y` is the name of a supervisor and of another child"],
        ),
        (small("[supervisor.x]\n[child.x]\nsupervisor = \"x\"\nunder = \"x\"\n"), &["does not hang from the root"]),
        (supervisor("period = \"0s\""), &["`period` in [supervisor.root] is out of bounds"]),
        (supervisor("intensity = 9999999"), &["`intensity`", "to 1000000"]),
        (supervisor("strategy = \"one-for-one\""), &["did you mean `one_for_one`?"]),
        (application("callback = \"helo\""), &["there is no child `helo`", "did you mean `hello`?"]),
        (application("callback = \"two\""), &["the callback `two` is not the first worker under the root"]),
        (application("start_phases = [\"go\"]"), &["`start_phases` without a `callback`"]),
        (
            application(&format!("callback = \"hello\"\nstart_phases = [\"{}\"]", "x".repeat(129))),
            &["`start_phases` in [application] are too many or too long"],
        ),
        (small("[upgrade]\nprobation = { tme = \"1s\" }\n"), &["unknown key `tme` in [upgrade.probation]"]),
    ];
    for (text, expected) in cases {
        let said = said(&text);
        for part in expected {
            assert!(said.contains(part), "for\n{text}\nexpected {part:?} in\n{said}");
        }
    }
}

#[test]
fn supervisors_stand_only_so_deep() {
    let nested = |deep: usize| {
        let one = |n: usize| match n {
            1 => "[supervisor.s1]\n[child.s1]\nsupervisor = \"s1\"\n".to_owned(),
            n => format!("[supervisor.s{n}]\n[child.s{n}]\nsupervisor = \"s{n}\"\nunder = \"s{}\"\n", n - 1),
        };
        said(&small(&(1..=deep).map(one).collect::<String>()))
    };
    assert_eq!(nested(63), "nothing", "with the root, 64");
    assert!(nested(64).contains("supervisor `s64` stands too deep"), "{}", nested(64));
}

#[test]
fn every_mistake_of_a_listener_is_named() {
    let cases = [
        ("protocol = \"frames\"\naddress = \"127.0.0.1\"\nto = \"w\"", "has no port"),
        ("protocol = \"frames\"\naddress = \"::1\"\nto = \"w\"", "\"[::1]:7001\""),
        ("protocol = \"frames\"\naddress = \"localhost:1\"\nto = \"w\"", "not an IP address and a port"),
        ("protocol = \"frames\"\naddress = \"127.0.0.1:1\"", "`to` is missing"),
        ("protocol = \"frames\"\naddress = \"127.0.0.1:1\"\nto = \"W2\"", "there is no child `W2`"),
        ("protocol = \"frame\"\naddress = \"127.0.0.1:1\"\nto = \"w\"", "did you mean `frames`?"),
        (
            "protocol = \"lines\"\naddress = \"127.0.0.1:1\"\nto = \"w\"\npage = \"a.html\"",
            "`page` in a [[listen]] that",
        ),
        ("protocol = \"http\"\nadress = \"127.0.0.1:1\"", "unknown key `adress` in [[listen]]"),
        (
            "protocol = \"frames\"\naddress = \"127.0.0.1:1\"\nto = \"w\"\nrequest_ids = true",
            "`request_ids` for a worker that is not durable",
        ),
        (
            "protocol = \"http\"\naddress = \"127.0.0.1:1\"\nrequest_ids = true",
            "`request_ids` in a [[listen]] that does not speak frames",
        ),
    ];
    for (listen, expected) in cases {
        let said = said(&small(&format!("[child.w]\nbehaviour = \"hello\"\n[[listen]]\n{listen}\n")));
        assert!(said.contains(expected), "for {listen}: {said}");
    }
    let http = "[[listen]]\nprotocol = \"http\"\naddress = \"127.0.0.1:80\"\n";
    assert!(said(&small(&http.repeat(2))).contains("two listeners want 127.0.0.1:80"));
    assert_eq!(said(&small(&http.replace(":80", ":0").repeat(2))), "nothing", "port 0 is never taken");
    assert!(said(&small(&http.replace("[[listen]]", "[listen]"))).contains("write [[listen]] instead"));
}

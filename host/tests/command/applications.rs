//! Several applications in one host, from the command line.

use serde_json::json;

use crate::support::{Application, Host, Tested, tomte};

/// An application that needs the shop.
fn desk(more: &str) -> std::io::Result<Application> {
    let desk = Application::new(&format!(
        "manifest_version = 1\n[application]\nname = \"desk\"\nversion = \"2.0.0\"\nstart_after = [\"shop\"]\n{more}\n\
         [behaviour.relay]\ncomponent = \"relay.wasm\"\n[child.front]\nbehaviour = \"relay\"\n"
    ))?;
    desk.bring("relay-0.1.0", "relay.wasm")?;
    Ok(desk)
}

#[test]
fn two_applications_are_checked_run_shown_stopped_and_started() -> Tested {
    let (shop, desk) = (Application::counter()?, desk("config = { currency = \"EUR\" }")?);
    let other = desk.directory().display().to_string();
    let checked = tomte(shop.directory(), &["check", &other, "."])?.exits(0);
    checked.prints(&["desk 2.0.0", "shop 0.1.0", "they start in this order: shop, desk"]);
    let host = Host::start_with(shop.directory(), &[&other, ".", "--state", ".tomte"], &[])?;
    let all = host.tomte(&["applications"])?.exits(0);
    assert_eq!(
        all.stdout,
        "APPLICATION  VERSION  STATUS   RESTART    AFTER\nshop         0.1.0    running  permanent\n\
         desk         2.0.0    running  permanent  shop\n"
    );
    let tree = host.tomte(&["tree"])?.exits(0);
    assert_eq!(
        tree.stdout,
        "application shop\nshop/root   one_for_one    running\n└─ counter  counter 0.1.0  running  q 0/1024\n\
         application desk\ndesk/root  one_for_one  running\n└─ front   relay 0.1.0  running  q 0/1024\n"
    );
    host.tomte(&["stop-application", "shop"])?.exits(0).says(&["warning: desk needs shop and still runs"]);
    host.tomte(&["call", "counter", "\"Read\""])?.exits(5);
    assert_eq!(host.tomte(&["applications", "--json"])?.exits(0).json()[0]["status"], json!("stopped"));
    host.tomte(&["stop-application", "shop"])?.exits(3).says(&["not_started"]);
    host.tomte(&["stop-application", "desk"])?.exits(0);
    host.tomte(&["start-application", "desk"])?.exits(0).says(&["started first, since desk needs it: shop"]);
    host.tomte(&["call", "counter", "\"Read\""])?.exits(0);
    host.tomte(&["start-application", "shup"])?.exits(7).says(&["no application is named `shup`"]);
    host.tomte(&["shutdown"])?.exits(0);
    assert_eq!(host.ended()?.0, Some(0));
    Ok(())
}

#[test]
fn an_application_is_configured_when_it_starts_and_while_it_runs() -> Tested {
    let (shop, desk) = (Application::counter()?, desk("config = { currency = \"EUR\" }")?);
    let other = desk.directory().display().to_string();
    let host = Host::start_with(shop.directory(), &[".", &other, "--config", "desk.limit=3"], &[])?;
    let shown = host.tomte(&["config", "desk"])?.exits(0);
    assert_eq!(shown.stdout, "KEY       VALUE  FROM\ncurrency  \"EUR\"  manifest\nlimit     3      command line\n");
    host.tomte(&["config", "desk", "limit=4"])?.exits(0).says(&["1 worker was told"]);
    let heard = host.tomte(&["call", "front", "\"Heard\""])?.exits(0).json();
    assert_eq!(heard, json!([{ "currency": "EUR", "limit": 4 }]));
    host.tomte(&["config", "desk", "limit=four"])?.exits(2).says(&["is not JSON", "'currency=\"EUR\"'"]);
    host.tomte(&["config", "dask"])?.exits(7).says(&["`tomte applications` lists them"]);
    Ok(())
}

#[test]
fn applications_that_do_not_fit_together_are_refused_with_their_file_and_line() -> Tested {
    let (shop, desk) = (Application::counter()?, desk("")?);
    let other = desk.directory().display().to_string();
    let missing = tomte(desk.directory(), &["run"])?.exits(78);
    missing.says(&["`desk` needs the application `shop`", "tomte.toml:5:16", "tomte run DIR DIR"]);
    assert!(!desk.path(".tomte").exists(), "nothing was made");
    tomte(shop.directory(), &["check", ".", "."])?.exits(78).says(&["application `shop` is also in"]);
    tomte(shop.directory(), &["run", ".", &other, "--config", "dsk.limit=3"])?.exits(78).says(&["`dsk.limit`"]);
    Ok(())
}

//! Starts that bring up what they need, and take it down again.

use tokio::sync::oneshot;

use super::{ALONE, Desk, name};
use crate::base::{Failure, Kind, Name, Restart::Permanent};

/// A shop that needs a mail that needs a database, and beside them a web that needs the database. All
/// have run; these are down again.
fn stopped(names: &[&str]) -> Desk {
    let mut desk = Desk::new(&[
        ("db", Permanent, ALONE),
        ("mail", Permanent, &[0]),
        ("web", Permanent, &[0]),
        ("shop", Permanent, &[1]),
    ]);
    desk.steps();
    for name in ["db", "mail", "web", "shop"] {
        desk.up(name);
    }
    for name in names {
        desk.order(false, name);
        desk.down(name, "ordered");
    }
    desk
}

fn told(told: &mut oneshot::Receiver<Result<Vec<Name>, Failure>>) -> Result<Vec<Name>, String> {
    told.try_recv().expect("told").map_err(|failure| failure.text)
}

fn nothing(told: &mut oneshot::Receiver<Result<Vec<Name>, Failure>>) -> bool {
    told.try_recv() == Err(oneshot::error::TryRecvError::Empty)
}

#[test]
fn app_01_two_starts_at_once_are_one_and_both_are_told_what_it_comes_to() {
    let mut desk = stopped(&["web"]);
    let (step, mut first) = desk.order(true, "web");
    assert_eq!(step, "start web");
    let (step, mut second) = desk.order(true, "web");
    assert_eq!((step.as_str(), nothing(&mut first)), ("", true));
    desk.up("web");
    assert_eq!((told(&mut first), told(&mut second)), (Ok(vec![]), Ok(vec![])));

    let mut desk = stopped(&["web"]);
    let ((_, mut first), (_, mut second)) = (desk.order(true, "web"), desk.order(true, "web"));
    desk.down("web", "no disk");
    let why = Err("it did not start: no disk".to_owned());
    assert_eq!((told(&mut first), told(&mut second), desk.all.is_doomed()), (why.clone(), why, false));
}

#[test]
fn app_01_a_start_during_the_boot_is_that_of_the_boot() {
    let mut desk = Desk::new(&[("db", Permanent, ALONE), ("shop", Permanent, &[0])]);
    assert_eq!(desk.steps(), "start db");
    let ((step, mut db), (_, mut shop)) = (desk.order(true, "db"), desk.order(true, "shop"));
    assert_eq!((step.as_str(), desk.stands().as_str()), ("", "db starting, shop starting"));
    assert_eq!(desk.up("db"), "start shop");
    assert_eq!((told(&mut db), nothing(&mut shop)), (Ok(vec![]), true));
    assert_eq!(desk.down("shop", "no disk"), "stop db");
    assert_eq!(told(&mut shop), Err("it did not start: no disk".to_owned()));
    assert!(desk.all.is_doomed(), "the boot has started it");
}

#[test]
fn app_02_a_start_brings_up_what_is_needed_in_start_order_and_names_it() {
    let mut desk = stopped(&["shop", "mail", "db"]);
    let (step, mut order) = desk.order(true, "shop");
    assert_eq!(
        (step.as_str(), desk.stands().as_str()),
        ("start db", "db starting, mail stopped, web running, shop starting")
    );
    assert_eq!((desk.up("db"), desk.up("mail")), ("start mail".into(), "start shop".into()));
    assert!(nothing(&mut order));
    desk.up("shop");
    assert_eq!(told(&mut order), Ok(vec![name("db"), name("mail")]));
    let (step, mut order) = desk.order(true, "shop");
    assert_eq!((step.as_str(), told(&mut order)), ("", Err("already_started: `shop` is running".to_owned())));
}

#[test]
fn app_02_what_a_failed_start_brought_up_goes_down_again_in_reverse_and_nothing_else() {
    let mut desk = stopped(&["shop", "mail", "web", "db"]);
    let (_, mut order) = desk.order(true, "shop");
    assert_eq!((desk.up("db"), desk.up("mail")), ("start mail".into(), "start shop".into()));
    assert_eq!(desk.down("shop", "no disk"), "stop mail");
    assert_eq!((desk.down("mail", "ordered"), nothing(&mut order)), ("stop db".into(), true));
    assert_eq!(desk.down("db", "ordered"), "");
    assert_eq!(told(&mut order), Err("it did not start: no disk".to_owned()));

    let mut desk = stopped(&["shop", "mail"]);
    let (step, mut order) = desk.order(true, "shop");
    assert_eq!((step.as_str(), desk.down("mail", "no disk").as_str()), ("start mail", ""));
    assert_eq!(told(&mut order), Err("it needs `mail`, which did not start: no disk".to_owned()));
    assert_eq!(desk.stands(), "db running, mail stopped, web running, shop stopped", "the database ran before");
}

#[test]
fn app_02_what_somebody_else_has_asked_for_or_needs_by_now_stays() {
    let mut desk = stopped(&["shop", "mail", "web", "db"]);
    let (_, mut shop) = desk.order(true, "shop");
    let (step, mut web) = desk.order(true, "web");
    assert_eq!((step.as_str(), desk.up("db").as_str()), ("", "start mail, start web"), "both wait for one database");
    assert_eq!(desk.down("mail", "no disk"), "", "the web needs the database");
    assert!(told(&mut shop).is_err());
    desk.up("web");
    assert_eq!(
        (told(&mut web), desk.stands().as_str()),
        (Ok(vec![]), "db running, mail stopped, web running, shop stopped")
    );

    let mut desk = stopped(&["shop", "mail", "web", "db"]);
    let (_, mut shop) = desk.order(true, "shop");
    let (_, mut db) = desk.order(true, "db");
    desk.up("db");
    assert_eq!((told(&mut db), desk.down("mail", "no disk").as_str()), (Ok(vec![]), ""), "it was asked for by name");
    assert_eq!((told(&mut shop).is_err(), desk.stands().starts_with("db running")), (true, true));
}

#[test]
fn app_02_a_start_is_taken_back_by_a_stop_of_what_it_waits_for() {
    let mut desk = stopped(&["shop", "mail", "web", "db"]);
    let (_, mut order) = desk.order(true, "shop");
    assert_eq!(desk.order(false, "shop").0, "stop db", "it has not started, but what it needs has begun to");
    desk.down("db", "ordered");
    assert_eq!(told(&mut order), Err("it was stopped".to_owned()));

    let mut desk = stopped(&["shop", "mail"]);
    let (_, mut order) = desk.order(true, "shop");
    desk.order(false, "db");
    assert!(nothing(&mut order));
    assert_eq!(desk.down("db", "ordered"), "stop mail");
    desk.down("mail", "ordered");
    assert_eq!(told(&mut order), Err("it needs `db`, which was stopped".to_owned()));

    let mut desk = stopped(&["shop", "mail"]);
    let _ = desk.order(false, "db");
    let (step, mut order) = desk.order(true, "shop");
    assert_eq!((step.as_str(), told(&mut order).expect_err("refused").contains("`db`, which is stopping")), ("", true));
}

#[test]
fn app_02_whoever_waits_for_a_start_is_told_when_the_host_stops() {
    let mut desk = stopped(&["shop", "mail"]);
    let (_, mut order) = desk.order(true, "shop");
    desk.all.end();
    assert_eq!(desk.steps(), "stop web");
    assert_eq!(order.try_recv().expect("told").expect_err("it stops").kind, Kind::Stopped);
    assert_eq!((desk.down("web", "ordered"), desk.down("mail", "ordered")), ("stop mail".into(), "stop db".into()));
    assert_eq!(desk.down("db", "ordered"), "shutdown");
}

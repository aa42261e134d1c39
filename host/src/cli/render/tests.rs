//! Exact texts: what people see is an interface too.

use super::*;
use crate::node::{ApplicationReport, ComponentReport};
use crate::node::{
    DoingView, DueView, DurableView, HeadView, InputView, PostponedView, ReplacedView, StatisticsView, TraceEventView,
    TraceView, TreeView, UpgradeReport, UpgradeResult, WorkerView,
};

fn worker(name: &str, status: &str, queued: usize, restarts: u64) -> TreeView {
    TreeView {
        name: name.into(),
        kind: "worker".into(),
        status: status.into(),
        strategy: None,
        behaviour: Some("counter".into()),
        version: Some("0.2.0".into()),
        queued: Some(queued),
        capacity: Some(1024),
        overloads: 0,
        doing: None,
        restarts,
        pending: vec![],
        dynamic: None,
        children: vec![],
    }
}

fn supervisor(name: &str, strategy: &str, restarts: u64, children: Vec<TreeView>) -> TreeView {
    TreeView {
        name: name.into(),
        kind: "supervisor".into(),
        status: "running".into(),
        strategy: Some(strategy.into()),
        behaviour: None,
        version: None,
        queued: None,
        capacity: None,
        overloads: 0,
        doing: None,
        restarts,
        pending: vec![],
        dynamic: None,
        children,
    }
}

pub(in crate::cli) fn sample_tree() -> TreeView {
    let pair = vec![worker("left", "waiting", 7, 3), worker("right", "suspended", 12, 0)];
    let pair = supervisor("pair", "rest_for_one", 3, pair);
    let bye = worker("bye\u{1b}[2J\n", "stopped", 0, 1);
    supervisor("root", "one_for_one", 0, vec![worker("counter", "running", 0, 0), pair, bye])
}

fn sample_worker() -> WorkerView {
    WorkerView {
        name: "counter".into(),
        under: "root".into(),
        status: "running".into(),
        behaviour: "counter".into(),
        version: "0.2.0".into(),
        digest: "9f2c6b1e".repeat(8),
        generation: 2,
        shard: 1,
        queued: 3,
        capacity: 1024,
        steps: 12_345,
        restarts: 2,
        pending_replies: 1,
        timers: 0,
        due: vec![],
        machine: None,
        postponed: 0,
        postponed_inputs: vec![],
        monitors: 0,
        memory: 1_114_112,
        memory_limit: 16 << 20,
        hibernates: false,
        durable: None,
        doing: None,
        schema: Some("counter/2".into()),
        state: Some(r#"{"value":2}"#.into()),
        last_crash: Some("crash: reset at zero".into()),
        state_bytes: Some(11),
        state_withheld: None,
        redacted: false,
        statistics: StatisticsView {
            started_at_ms: Some(1_795_183_323_000),
            instance_started_at_ms: Some(1_795_183_325_000),
            calls: 12_340,
            casts: 5,
            replies: 12_338,
            crashes: 2,
            queued_most: 17,
            overloads: 0,
            ..StatisticsView::default()
        },
        recent: vec![
            input(12_344, "call", None, HeadView { bytes: 2000, text: Some("{\"a\":".into()), hex: None, cut: true }),
            input(
                12_343,
                "cast",
                Some("crashed"),
                HeadView { bytes: 2, hex: Some("ff00".into()), ..HeadView::default() },
            ),
        ],
    }
}

fn input(seq: u64, kind: &str, outcome: Option<&str>, head: HeadView) -> InputView {
    InputView { seq, at_ms: 1_795_183_325_020, kind: kind.into(), head, outcome: outcome.map(str::to_owned) }
}

fn sample_report(result: UpgradeResult) -> UpgradeReport {
    UpgradeReport {
        revision: 9,
        at_ms: 1_795_183_323_000,
        behaviour: "counter".into(),
        from: Some("0.1.0".into()),
        to: "0.2.0".into(),
        digest: "41aa07d3".repeat(8),
        result,
        via: "cli".into(),
        workers: 1,
        pause_us: 870,
        reason: String::new(),
        plan: vec![],
    }
}

fn plain<T: ?Sized>(render: impl Fn(&T, Paint) -> String, value: &T) -> String {
    render(value, Paint::new(false))
}

#[test]
fn a_tree_has_branches_columns_and_no_surprises_for_the_terminal() {
    let expected = r"root               one_for_one    running
├─ counter         counter 0.2.0  running    q 0/1024
├─ pair            rest_for_one   running               3 restarts
│  ├─ left         counter 0.2.0  waiting    q 7/1024   3 restarts
│  └─ right        counter 0.2.0  suspended  q 12/1024
└─ bye\u{1b}[2J\n  counter 0.2.0  stopped    q 0/1024   1 restart
";
    assert_eq!(plain(tree, &sample_tree()), expected);
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let coloured = tree(&sample_tree(), Paint::new(true));
    assert!(coloured.contains("\u{1b}[32mrunning\u{1b}[0m"), "{coloured:?}");
    let mut bare = String::new();
    for (at, part) in coloured.split('\u{1b}').enumerate() {
        bare.push_str(if at == 0 { part } else { part.split_once('m').map_or("", |cut| cut.1) });
    }
    assert_eq!(bare, plain(tree, &sample_tree()));
}

#[test]
fn a_worker_is_told_in_a_few_lines() {
    let expected = r#"counter   running   behaviour counter 0.2.0 (9f2c6b1e)   under root
 state     counter/2   {"value":2}
 queue     3 of 1024, at most 17 so far
 steps     12345, generation 2, shard 1
 waiting   0 timers, 1 delayed replies
 memory    1.1 MiB of 16 MiB
 restarts  2   last crash: crash: reset at zero
 inputs    12340 calls, 5 casts, 0 timers, 0 responses, 0 other
 outcomes  12338 replies, 0 refusals, 2 crashes, 0 sent
 since     2026-11-20 14:02:03, this instance 2026-11-20 14:02:05
 last      14:02:05.020  #12344  call  open     2 KiB  {"a":...
           14:02:05.020  #12343  cast  crashed  2 B  0xff00
"#;
    assert_eq!(plain(inspect, &sample_worker()), expected);
}

#[test]
fn a_state_is_cut_where_a_terminal_ends_and_may_be_missing() {
    let state = |schema: Option<&str>, state: Option<String>| {
        let schema = schema.map(str::to_owned);
        let text = plain(inspect, &WorkerView { schema, state, ..sample_worker() });
        text.lines().nth(1).unwrap_or_default().to_owned()
    };
    let long = state(Some("s/1"), Some("é".repeat(161)));
    assert!(long.ends_with("é ... (--json shows all)") && long.matches('é').count() == 160);
    assert_eq!(state(Some("s/1"), None), " state     s/1, 11 B, not text");
    let redacted = WorkerView { redacted: true, state: None, ..sample_worker() };
    assert!(plain(inspect, &redacted).contains(" state     counter/2, 11 B, redacted\n"));
    assert_eq!(state(None, None), " state     not saved");
    let withheld = WorkerView { state_withheld: Some("`a` was lost".into()), schema: None, ..sample_worker() };
    assert!(plain(inspect, &withheld).contains(" state     not shown: `a` was lost\n"));
    let rests = DurableView { inputs: 12, bytes: 2048, waiting: 0, stands: false };
    for (waiting, stands, more) in [
        (0, false, ""),
        (3, false, "; 3 answers wait for the disk"),
        (3, true, "; 3 answers wait for the disk, and so does it"),
    ] {
        let durable = Some(DurableView { waiting, stands, ..rests.clone() });
        let shown = plain(inspect, &WorkerView { durable, ..sample_worker() });
        let said = format!(" durable   12 inputs since its last saved state, 2 KiB in all{more}\n");
        assert!(shown.contains(&said), "{shown}");
    }
    let asleep = WorkerView { hibernates: true, ..sample_worker() };
    assert!(plain(inspect, &asleep).contains(" memory    none: it hibernates, with 11 B of state kept\n"));
}

#[test]
fn a_history_keeps_its_order_and_in_a_terminal_its_width() {
    let refused = UpgradeReport {
        revision: 10,
        from: None,
        to: "0.3.0".into(),
        result: UpgradeResult::Refused,
        via: "folder releases/x.wasm".into(),
        pause_us: 0,
        reason: "init refused\nthe state".into(),
        ..sample_report(UpgradeResult::Refused)
    };
    let expected = r"REV  WHEN (UTC)           BEHAVIOUR  CHANGE          DIGEST    RESULT     PAUSE   VIA                     WHY
 10  2026-11-20 14:02:03  counter    0.3.0           41aa07d3  refused    -       folder releases/x.wasm  init refused\nthe state
  9  2026-11-20 14:02:03  counter    0.1.0 -> 0.2.0  41aa07d3  permanent  870 µs  cli                     -
";
    let reports = [refused, sample_report(UpgradeResult::Permanent)];
    assert_eq!(plain(history, &reports[..]), expected);
    let narrow = history(&reports, Paint::new(false).within(Some(80)));
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    let first = narrow.lines().skip(2).take(2).collect::<Vec<_>>();
    let row = " 10  2026-11-20 14:02:03  counter    0.3.0           41aa07d3  refused    -";
    assert_eq!(first, [row, r"    folder releases/x.wasm  init refused\nthe state"]);
}

#[test]
fn a_release_says_what_serves_now() {
    let told = |result| plain(report, &sample_report(result));
    let permanent = r"#9 counter 0.1.0 -> 0.2.0   via cli
  digest     sha256:41aa07d3
  workers    1, longest pause 870 µs
  PERMANENT  counter 0.2.0 serves
";
    assert_eq!(told(UpgradeResult::Permanent), permanent);
    assert!(told(UpgradeResult::RolledBack).ends_with("ROLLED BACK  counter 0.1.0 serves\n"));
    let again = told(UpgradeResult::AlreadyRunning);
    assert!(again.ends_with("ALREADY RUNNING  these very bytes run already\n"), "{again}");
    let reason = "its init refused the state of 0.1.0".to_owned();
    let refused = UpgradeReport { reason, ..sample_report(UpgradeResult::Refused) };
    let line = "  REFUSED  its init refused the state of 0.1.0; counter 0.1.0 serves as before\n";
    assert!(plain(report, &refused).ends_with(line));
}

#[test]
fn a_dry_run_numbers_its_instructions() {
    let planned = UpgradeReport {
        revision: 0,
        plan: vec!["suspend counter".into(), "code change of counter, starting afresh".into()],
        ..sample_report(UpgradeResult::Planned)
    };
    let expected = r"counter 0.1.0 -> 0.2.0   via cli
  digest   sha256:41aa07d3
  PLANNED  nothing was changed; it would be done so:
    1. suspend counter
    2. code change of counter, starting afresh
";
    assert_eq!(plain(report, &planned), expected);
}

#[test]
fn a_check_names_what_it_found() {
    let component = ComponentReport {
        name: Some("counter".into()),
        version: Some("0.2.0".into()),
        digest: "9f2c6b1e".repeat(8),
        size: 31_950,
        saves_state: true,
        imports: vec!["wasi:cli/stdout@0.2.6".into(), "wasi:io/streams@0.2.6".into()],
        notes: vec!["it has no names for its functions".into()],
    };
    let listeners = vec!["frames 127.0.0.1:7001".into()];
    let expected = r"shop 1.0.0
 ok    counter 0.2.0   31.2 KiB   sha256:9f2c6b1e   saves its state
 ok    imports: wasi:cli/stdout@0.2.6, wasi:io/streams@0.2.6
 NOTE  it has no names for its functions
 ok    assets are read by: counter
 ok    2 workers; listeners: frames 127.0.0.1:7001
";
    let behaviours = vec![("counter".into(), component)];
    let (name, version, assets_for) = ("shop".into(), "1.0.0".into(), vec!["counter".into()]);
    let report = ApplicationReport { name, version, behaviours, workers: 2, assets_for, listeners };
    assert_eq!(plain(application, &report), expected);
}

#[test]
fn texts_of_others_cannot_steer_the_terminal() {
    assert_eq!(printable("a\u{1b}]0;x\u{7}\r\nb\u{202e}c"), "a\\u{1b}]0;x\\u{7}\\r\nb\\u{202e}c");
    assert_eq!(printable("größe ✓"), "größe ✓");
}

#[test]
fn a_trace_has_a_line_for_each_event_and_says_what_was_lost() {
    let told = |lost, event| plain(trace, &TraceView { at_ms: 1_795_183_323_004, lost, event });
    let body = |text: &str| HeadView { bytes: text.len(), text: Some(text.into()), ..HeadView::default() };
    let given = TraceEventView::Input { seq: 7, kind: "call".into(), head: body("\"Read\"") };
    assert_eq!(told(0, given), r#"14:02:03.004  #7      call       6 B  "Read""#);
    let effects = vec![("reply".to_owned(), 1), ("cast".to_owned(), 3)];
    let done = TraceEventView::Done { seq: 7, us: 120, effects, reply: Some(body("7")) };
    assert_eq!(told(0, done), r#"14:02:03.004  #7      ok         reply, 3 x cast   1 B  7   120 µs"#);
    let none = TraceEventView::Done { seq: 8, us: 1, effects: vec![], reply: None };
    assert_eq!(told(0, none), "14:02:03.004  #8      ok         no effects   1 µs");
    let secret = HeadView { bytes: 9, ..HeadView::default() };
    let refused = TraceEventView::Refused { seq: 9, us: 2, reason: secret };
    assert_eq!(told(0, refused), "14:02:03.004  #9      refused    9 B   2 µs");
    let crashed = TraceEventView::Crashed { seq: None, reason: "trap: a\u{1b}\nb".into() };
    let lost = "... 3 lines lost: this reader is too slow\n";
    assert_eq!(told(3, crashed), format!("{lost}14:02:03.004          crashed    trap: a\\u{{1b}}\\nb"));
    let ended = TraceEventView::Ended { why: "stopped".into() };
    assert_eq!(told(0, ended), "14:02:03.004          ended      the worker is stopped");
}

#[test]
fn a_replaced_state_is_told_in_a_line() {
    let view = ReplacedView { schema: "counter/2".into(), bytes: 11, generation: 3 };
    let told = replaced("a", &view, Paint::new(false));
    assert_eq!(told, "a runs on the given 11 B of counter/2, generation 3");
}

#[test]
fn a_worker_in_the_middle_of_something_long_says_what_and_for_how_long() {
    let doing = |function: &str| Some(DoingView { function: function.to_owned(), for_ms: 12_000 });
    let busy = TreeView { doing: doing("step"), ..worker("a", "running", 0, 2) };
    assert!(plain(tree, &busy).contains("in a step for 12 s, 2 restarts"), "{}", plain(tree, &busy));
    let starting = TreeView { doing: doing("init"), ..worker("a", "starting", 0, 0) };
    assert!(plain(tree, &starting).contains("in an init for 12 s"), "{}", plain(tree, &starting));
    let mut view = WorkerView { doing: doing("step"), schema: None, state: None, ..sample_worker() };
    view.recent[0].outcome = None;
    let text = plain(inspect, &view);
    assert!(text.contains("busy      in a step for 12 s: "), "{text}");
    assert!(text.contains("state     not asked for before it has done that"), "{text}");
}

#[test]
fn inputs_that_found_no_place_are_told() {
    let full = TreeView { overloads: 5, ..worker("a", "suspended", 1024, 0) };
    assert!(plain(tree, &full).contains("q 1024/1024  5 turned away"), "{}", plain(tree, &full));
    let mut view = sample_worker();
    view.statistics.overloads = 5;
    assert!(plain(inspect, &view).contains("3 of 1024, at most 17 so far, 5 turned away"));
}

#[test]
fn sm_12_a_state_machine_is_told_with_what_is_postponed_and_when_its_timers_go_off() {
    let head = |text: &str| HeadView { bytes: text.len(), text: Some(text.into()), hex: None, cut: false };
    let mut view = WorkerView {
        timers: 3,
        due: vec![
            DueView { kind: "state".into(), name: head("state_timeout"), in_ms: 9_800 },
            DueView { kind: "named".into(), name: head("tick"), in_ms: 60_000 },
        ],
        machine: Some(head("locked")),
        postponed: 2,
        postponed_inputs: vec![PostponedView { kind: "call".into(), head: head("\"Open\"") }],
        monitors: 4,
        ..sample_worker()
    };
    let text = plain(inspect, &view);
    for row in [
        " waiting   3 timers, 1 delayed replies, 4 monitors\n",
        " machine   in locked   2 postponed: call 6 B  \"Open\", and 1 more\n",
        " timers    state_timeout (state) in 9.8 s, tick in 60 s, and 1 more\n",
    ] {
        assert!(text.contains(row), "{text}");
    }
    let sized = HeadView { bytes: 6, ..HeadView::default() };
    (view.machine, view.postponed, view.postponed_inputs) = (Some(sized), 0, vec![]);
    assert!(plain(inspect, &view).contains(" machine   in 6 B\n"), "redacted, and nothing postponed");
}

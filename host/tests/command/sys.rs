//! `tomte inspect`, `replace-state` and `trace`: a worker watched and changed while it runs.

use serde_json::{Value, json};

use super::support::{Application, Host, Tested, tomte_fed};

#[test]
fn a_worker_shows_its_statistics_and_its_last_inputs() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    host.tomte(&["call", "counter", "zzz"])?.exits(3);
    host.tomte(&["cast", "counter", r#""Read""#])?.exits(0);
    let shown = host.tomte(&["inspect", "counter"])?.exits(0);
    shown.prints(&[
        "0 of 1024, at most 1 so far",
        "4 calls, 1 casts, 0 timers, 0 responses, 0 other",
        "3 replies, 1 refusals, 0 crashes, 0 sent",
        r#"#4  cast  ok       6 B  "Read""#,
        "#3  call  refused  3 B  zzz",
    ]);
    let seen = host.tomte(&["inspect", "counter", "--state", "--json"])?.exits(0).json();
    let statistics = &seen["statistics"];
    assert_eq!((&statistics["calls"], &statistics["refusals"]), (&json!(4), &json!(1)));
    assert!(statistics["started_at_ms"].as_u64().is_some_and(|at| at > 1_700_000_000_000), "{statistics}");
    let newest = &seen["recent"][0];
    assert_eq!(
        (&newest["kind"], &newest["text"], &newest["outcome"]),
        (&json!("cast"), &json!("\"Read\""), &json!("ok"))
    );
    assert_eq!((&seen["state_bytes"], &seen["redacted"]), (&json!(1), &json!(false)));
    host.is_undisturbed()
}

#[test]
fn a_state_is_given_as_text_as_a_file_or_on_standard_input() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let read = || host.tomte(&["call", "counter", r#""Read""#]).map(|ran| ran.exits(0).stdout);
    let told = host.tomte(&["replace-state", "counter", "41"])?.exits(0);
    assert_eq!(told.stdout, "counter runs on the given 2 B of counter/1, generation 1\n");
    assert_eq!(read()?, r#"{"Value":41}"#);
    application.write("state.json", b"7")?;
    let replaced = host.tomte(&["replace-state", "counter", "@state.json", "--schema", "counter/1", "--json"])?;
    assert_eq!(replaced.exits(0).json(), json!({ "schema": "counter/1", "bytes": 1, "generation": 2 }));
    assert_eq!(read()?, r#"{"Value":7}"#);
    tomte_fed(application.directory(), &["replace-state", "counter", "-"], &[], b"9")?.exits(0);
    assert_eq!(read()?, r#"{"Value":9}"#);
    Ok(())
}

#[test]
fn a_state_that_is_not_taken_says_why_and_changes_nothing() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    host.tomte(&["replace-state", "counter", "much"])?
        .exits(3)
        .says(&["error[refused]", "goes on with the state it has"]);
    host.tomte(&["replace-state", "counter", "1", "--schema", "x"])?.exits(3).says(&["cannot read the schema \"x\""]);
    host.tomte(&["replace-state", "countr", "1"])?.exits(7).says(&["did you mean `counter`?"]);
    host.tomte(&["replace-state", "counter", "@nowhere"])?.exits(2).says(&["nowhere"]);
    host.is_undisturbed()
}

#[test]
fn a_trace_prints_a_line_for_each_event_and_ends_by_itself() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let done = std::sync::atomic::AtomicBool::new(false);
    let (text, lines) = std::thread::scope(|scope| {
        // Whoever calls does not know when the traces begin: it calls until they are over.
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(host.http().is_ok_and(|http| http.post("/call/counter", br#""Read""#).is_ok()));
            }
        });
        let text = host.tomte(&["trace", "counter", "--inputs", "2", "--time", "50s"]);
        let lines = host.tomte(&["trace", "counter", "--inputs", "2", "--time", "50s", "--json"]);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (text, lines)
    });
    let text = text?.exits(0).stdout;
    assert_eq!(text.lines().count(), 5, "{text}");
    for (line, words) in text.lines().zip([r#"call       6 B  "Read""#, "reply   11 B"]) {
        assert!(line.contains(words), "`{words}` is not said in {line}");
    }
    assert!(text.ends_with("ended      as many inputs as were asked for\n"), "{text}");
    let lines: Vec<Value> =
        lines?.exits(0).stdout.lines().map(serde_json::from_str).collect::<Result<_, serde_json::Error>>()?;
    let events: Vec<_> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!(events, ["input", "done", "input", "done", "ended"]);
    assert_eq!(lines[1]["reply"]["text"], json!(r#"{"Value":3}"#), "{}", lines[1]);
    host.is_undisturbed()
}

#[test]
fn a_trace_has_limits_and_ends_at_its_time() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    let quiet = host.tomte(&["trace", "counter", "--time", "10ms"])?.exits(0);
    assert!(quiet.stdout.ends_with("ended      the time is over\n"), "{quiet:?}");
    for (flag, value, words) in [
        ("--inputs", "0", "from 1 to 10000 inputs"),
        ("--inputs", "10001", "from 1 to 10000 inputs"),
        ("--time", "2h", "from 1ms to 1h"),
        ("--time", "soon", "not a duration"),
    ] {
        host.tomte(&["trace", "counter", flag, value])?.exits(2).says(&[words]);
    }
    host.tomte(&["trace", "countr"])?.exits(7).says(&["did you mean `counter`?"]);
    host.is_undisturbed()
}

#[test]
fn a_crash_is_logged_with_the_inputs_that_led_to_it() -> Tested {
    let application = Application::counter()?;
    let host = Host::counted(&application)?;
    host.tomte(&["call", "counter", r#""Reset""#])?.exits(0);
    host.tomte(&["call", "counter", r#""Reset""#])?.exits(1);
    host.wait_for("worker crashed worker=counter");
    host.wait_for(r#"inputs=#4 call 7 B "\"Reset\"" crashed; #3 call 7 B "\"Reset\"" ok; "#);
    Ok(())
}

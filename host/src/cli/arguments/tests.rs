//! What a command line means.

use clap::CommandFactory;

use super::*;

fn parsed(line: &str) -> Result<Cli, clap::error::ErrorKind> {
    Cli::try_parse_from(line.split(' ')).map_err(|error| error.kind())
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_verbs_are_those_of_the_interface() {
    let verbs: Vec<String> = Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let expected = "new build wit check run call cast tree inspect suspend resume restart stop \
        start-child restart-child stop-child delete-child children add-handler delete-handler swap-handler reload \
        applications start-application stop-application config replace-state trace upgrade rollback history backup doctor \
        completions shutdown precompile";
    assert_eq!(verbs.join(" "), expected);
}

#[test]
fn the_help_of_every_verb_fits_a_terminal() {
    let mut whole = Cli::command();
    whole.build();
    let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect::<Vec<_>>();
    for mut verb in verbs.into_iter().chain([whole]) {
        for help in [verb.render_help().to_string(), verb.render_long_help().to_string()] {
            let wide: Vec<&str> = help.lines().filter(|line| line.len() > limits::TERMINAL_WIDTH).collect();
            assert_eq!(wide, [""; 0], "{}", verb.get_name());
        }
    }
}

#[test]
fn bodies_may_look_like_flags_and_global_flags_stand_anywhere() {
    let cli = parsed("tomte call counter -1 --json --timeout 250ms").expect("it is fine");
    assert!(cli.json);
    let Verb::Call(call) = cli.verb else { panic!("another verb: {:?}", cli.verb) };
    assert_eq!((call.body, call.timeout), (Body::Text("-1".into()), Duration::from_millis(250)));
    let cli = parsed("tomte --host /run/h.sock call counter -").expect("it is fine");
    let Verb::Call(call) = cli.verb else { panic!("another verb: {:?}", cli.verb) };
    assert_eq!((call.body, cli.host), (Body::Input, Some("/run/h.sock".into())));
}

#[test]
fn a_trace_has_limits_that_nobody_must_name() {
    let limits = |line: &str| match parsed(line).expect("it is fine").verb {
        Verb::Trace(arguments) => arguments.limits(),
        other => panic!("another verb: {other:?}"),
    };
    assert_eq!(limits("tomte trace counter"), TraceLimits::default());
    let some = TraceLimits { inputs: 3, time: Duration::from_secs(60) };
    assert_eq!(limits("tomte trace counter --inputs 3 --time 1m"), some);
    for (inputs, seconds, fine) in [(0, 1, false), (10_000, 3600, true), (10_001, 1, false), (1, 3601, false)] {
        let asked = TraceLimits { inputs, time: Duration::from_secs(seconds) };
        assert_eq!(asked.checked().is_ok(), fine, "{asked:?}");
    }
    assert!(TraceLimits { inputs: 1, time: Duration::ZERO }.checked().is_err());
}

#[test]
fn nonsense_is_refused() {
    for line in [
        "tomte",
        "tomte frobnicate",
        "tomte call",
        "tomte call counter x --timeout 0s",
        "tomte call counter x --timeout 25h",
        "tomte rollback latest",
        "tomte new x --lang cobol",
    ] {
        assert!(parsed(line).is_err(), "{line}");
    }
}

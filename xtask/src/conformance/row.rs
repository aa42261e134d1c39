//! The table, as it is written. Pure.

/// Suites whose rows count; the others are listed as open.
const COUNTED: [&str; 5] = ["SUP", "GS", "SM", "GE", "APP"];
/// Suites in all.
const SUITES: [&str; 6] = ["SUP", "GS", "SM", "GE", "APP", "RH"];

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Suite and number: `SUP-17`.
    pub(crate) id: String,
    /// The case of OTP's own suite.
    pub(crate) case: String,
    /// What happens.
    pub(crate) scenario: String,
    /// What then holds.
    pub(crate) holds: String,
    /// Seen on a running OTP.
    pub(crate) seen: bool,
}

impl Row {
    /// Whether it is one of those that must all be proven.
    pub(crate) fn is_counted(&self) -> bool {
        self.id.split_once('-').is_some_and(|(suite, _)| COUNTED.contains(&suite))
    }
}

/// Where tomte does otherwise on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deviation {
    /// The row.
    pub(crate) id: String,
    /// What, and the reason.
    pub(crate) why: String,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// In the order they are written.
    pub(crate) rows: Vec<Row>,
    /// In the order they are written.
    pub(crate) deviations: Vec<Deviation>,
}

impl Table {
    /// Reads the Markdown: lines `| SUP-01 | case | scenario | holds | X |`, and items
    /// `- SUP-16: text` that may go on indented.
    ///
    /// # Errors
    /// A row of another shape, an id that comes twice, a deviation of no row.
    pub(crate) fn parse(text: &str) -> Result<Table, String> {
        let mut table = Table { rows: vec![], deviations: vec![] };
        for line in text.lines() {
            if let Some(row) = row(line)? {
                table.add(row)?;
            } else if let Some((id, why)) = deviation(line) {
                table.deviations.push(Deviation { id, why });
            } else if let (Some(more), Some(last)) = (line.strip_prefix("  "), table.deviations.last_mut()) {
                last.why = format!("{} {more}", last.why);
            }
        }
        let of_none = table.deviations.iter().find(|deviation| !table.rows.iter().any(|row| row.id == deviation.id));
        match of_none {
            Some(deviation) => Err(format!("the deviation {} is of no row", deviation.id)),
            None => Ok(table),
        }
    }

    fn add(&mut self, row: Row) -> Result<(), String> {
        if self.rows.iter().any(|other| other.id == row.id) {
            return Err(format!("the row {} comes twice", row.id));
        }
        self.rows.push(row);
        Ok(())
    }
}

fn row(line: &str) -> Result<Option<Row>, String> {
    let Some(inner) = line.strip_prefix('|') else { return Ok(None) };
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
    if !is_id(cells[0]) {
        return Ok(None);
    }
    let [id, case, scenario, holds, seen] = cells[..] else {
        return Err(format!("`{line}` has {} cells, not 5", cells.len()));
    };
    if !["", "X"].contains(&seen) {
        return Err(format!("the last cell of {id} is `{seen}`, not X or empty"));
    }
    let [id, case, scenario, holds] = [id, case, scenario, holds].map(str::to_owned);
    Ok(Some(Row { id, case, scenario, holds, seen: seen == "X" }))
}

fn deviation(line: &str) -> Option<(String, String)> {
    let (id, why) = line.strip_prefix("- ")?.split_once(": ")?;
    is_id(id).then(|| (id.to_owned(), why.to_owned()))
}

fn is_id(text: &str) -> bool {
    let Some((suite, number)) = text.split_once('-') else { return false };
    SUITES.contains(&suite) && number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Which row a test claims by its path (`module::sup_17_it_holds`): `None` if it claims none, and
/// the id as it would be written in the table, of a row that may not exist.
pub(crate) fn claimed(test: &str) -> Option<String> {
    let name = test.rsplit("::").next().unwrap_or(test);
    let (suite, rest) = name.split_once('_')?;
    let number = rest.split('_').next()?;
    let suite = SUITES.into_iter().find(|known| known.to_lowercase() == suite)?;
    number.starts_with(|first: char| first.is_ascii_digit()).then(|| format!("{suite}-{number}"))
}

/// Whether a test that claims a row shows what a real OTP does (`sup_17_otp_...`), and nothing of tomte.
pub(crate) fn is_of_otp(test: &str) -> bool {
    let name = test.rsplit("::").next().unwrap_or(test);
    name.splitn(3, '_').nth(2).is_some_and(|rest| rest.starts_with("otp_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = include_str!("../../../host/tests/otp/table.md");

    #[test]
    fn the_table_of_the_repository_has_its_rows_in_order() {
        let table = Table::parse(REAL).expect("a table");
        let place = |row: &Row| SUITES.iter().position(|suite| row.id.starts_with(&format!("{suite}-")));
        let order: Vec<_> = table.rows.iter().map(|row| (place(row), row.id.clone())).collect();
        assert!(order.is_sorted() && order.windows(2).all(|two| two[0] != two[1]), "{order:?}");
        assert_eq!(table.rows.iter().filter(|row| row.is_counted()).count(), 88);
        assert!(table.deviations.iter().any(|deviation| deviation.id == "GS-12"));
    }

    #[test]
    fn cells_marks_and_reasons_arrive() {
        let text = "# Title\n| id | case |\n|---|---|\n| GS-01 | start | it starts | ok | |\n| RH-02 | none | a | b | X |\n\
            - no: deviation\n- GS-01: otherwise,\n  because.\n";
        let table = Table::parse(text).expect("a table");
        let told: Vec<_> = table.rows.iter().map(|row| (row.id.as_str(), row.case.as_str(), row.seen)).collect();
        assert_eq!(told, [("GS-01", "start", false), ("RH-02", "none", true)]);
        assert_eq!(table.deviations, [Deviation { id: "GS-01".into(), why: "otherwise, because.".into() }]);
    }

    #[test]
    fn a_table_that_is_wrong_says_where() {
        let row = "| GS-01 | a | b | c | |\n";
        for (text, expected) in [
            (format!("{row}{row}"), "the row GS-01 comes twice"),
            (format!("{row}- GS-02: why\n"), "the deviation GS-02 is of no row"),
            ("| GS-01 | a | b | c |\n".to_owned(), "has 4 cells, not 5"),
            ("| GS-01 | a | b | c | Y |\n".to_owned(), "is `Y`, not X or empty"),
        ] {
            let told = Table::parse(&text).expect_err("wrong");
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn a_test_claims_the_row_its_name_begins_with() {
        for (test, row) in [
            ("supervisor::tests::strategies::sup_17_one_for_one", Some("SUP-17")),
            ("gs_03_no_late_reply", Some("GS-03")),
            ("rh_01", Some("RH-01")),
            ("sup_1_too_short", Some("SUP-1")),
            ("sup_017_too_long", Some("SUP-017")),
            ("sup_17b_odd", Some("SUP-17b")),
            ("sm_11_otp_gives_this_trace", Some("SM-11")),
            ("sup_11::a_module_is_no_test", None),
            ("sup_port_differs", None),
            ("a_sup_17_inside", None),
            ("plain", None),
        ] {
            assert_eq!(claimed(test).as_deref(), row, "{test}");
        }
    }

    #[test]
    fn a_test_of_otp_is_told_from_a_proof() {
        assert!(is_of_otp("sup_04_otp_gives_this_trace"));
        assert!(!is_of_otp("m::sup_04_gives_the_trace_of_otp_too"));
        assert!(!is_of_otp("sup_04"));
    }
}

//! Columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::text::{Paint, Tone, line};

/// One field of a table.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Cell {
    text: String,
    tone: Option<Tone>,
    right: bool,
}

impl Cell {
    /// A field with this text, made safe for a terminal and put in one line.
    pub(in crate::cli) fn new(text: impl AsRef<str>) -> Cell {
        Cell { text: line(text.as_ref()), ..Cell::default() }
    }

    /// In the colour of this tone.
    pub(in crate::cli) fn tone(mut self, tone: Tone) -> Cell {
        self.tone = Some(tone);
        self
    }

    /// Aligned to the right.
    pub(in crate::cli) fn right(mut self) -> Cell {
        self.right = true;
        self
    }

    fn width(&self) -> usize {
        self.text.width()
    }

    fn painted(&self, text: &str, paint: Paint) -> String {
        self.tone.map_or_else(|| text.to_owned(), |tone| paint.tone(tone, text))
    }

    fn padded(&self, width: usize, paint: Paint) -> String {
        let space = " ".repeat(width.saturating_sub(self.width()));
        let text = self.painted(&self.text, paint);
        if self.right { space + &text } else { text + &space }
    }
}

/// What stands before the columns that found no place in a row's first line.
const INDENT: usize = 4;
/// A last column that has less room than this goes on a line of its own.
const ROOM_MIN: usize = 24;

/// Rows as lines, two spaces between columns, none at the end of a line. Where lines have a width, the
/// columns that do not fit follow below each row, in their order; nothing is left out.
pub(in crate::cli) fn table(rows: &[Vec<Cell>], paint: Paint) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut lines = String::new();
    for row in rows {
        let filled = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
        for line in folded(&row[..filled], &widths, paint) {
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
    }
    lines
}

fn folded(row: &[Cell], widths: &[usize], paint: Paint) -> Vec<String> {
    let Some(most) = paint.width() else { return vec![joined(row, widths, paint)] };
    let mut ends = widths.iter().scan(0, |end, width| {
        *end += width + 2;
        Some(*end)
    });
    let fit = ends.by_ref().take_while(|end| *end <= most + 2).count().max(1).min(widths.len());
    let (first, rest) = row.split_at(fit.min(row.len()));
    let start = widths[..fit].iter().map(|width| width + 2).sum::<usize>();
    match rest {
        [] => vec![joined(first, widths, paint)],
        [last] if fit + 1 == widths.len() && start + ROOM_MIN <= most => {
            let parts = wrapped(&last.text, most - start).into_iter().map(|part| last.painted(&part, paint));
            let mut parts = parts.collect::<Vec<_>>().into_iter();
            let head = joined(&[first, &[Cell::default()]].concat(), widths, paint) + &parts.next().unwrap_or_default();
            std::iter::once(head).chain(parts.map(|part| " ".repeat(start) + &part)).collect()
        }
        rest => {
            let text = rest.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join("  ");
            let below = wrapped(&text, most - INDENT).into_iter().map(|part| " ".repeat(INDENT) + &part);
            std::iter::once(joined(first, widths, paint)).chain(below).collect()
        }
    }
}

fn joined(row: &[Cell], widths: &[usize], paint: Paint) -> String {
    let fields = row.iter().zip(widths).enumerate().map(|(at, (cell, width))| {
        let last = at + 1 == row.len() && !cell.right;
        cell.padded(if last { 0 } else { *width }, paint)
    });
    fields.collect::<Vec<_>>().join("  ")
}

/// A text in lines of this width, broken between words, and within a word that is longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always one");
        if line.is_empty() || line.width() + 1 + word.width() <= width {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        while let Some(at) = cut(lines.last().expect("there is always one"), width) {
            let rest = lines.last_mut().expect("there is always one").split_off(at);
            lines.push(rest);
        }
    }
    lines
}

/// Where a line that is too wide has to break.
fn cut(line: &str, width: usize) -> Option<usize> {
    let mut wide = 0;
    line.char_indices().find_map(|(at, letter)| {
        wide += letter.width().unwrap_or(0);
        (wide > width && at > 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_letters() {
        let row = |name: &str| vec![Cell::new(name), Cell::new("up")];
        let rows = ["counter", "帳簿", "cafe\u{301}", "été"].map(row);
        let expected = "counter  up\n帳簿     up\ncafe\u{301}     up\nété      up\n";
        assert_eq!(table(&rows, Paint::new(false)), expected);
    }

    fn wide(rows: &[&[&str]], width: usize) -> String {
        let rows: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(Cell::new).collect()).collect();
        table(&rows, Paint::new(false).within(Some(width)))
    }

    #[test]
    fn what_does_not_fit_follows_below_in_its_order() {
        let rows: &[&[&str]] =
            &[&["REV", "CHANGE", "WHY"], &["1", "0.1.0 -> 0.2.0", "because it is so and no other way"]];
        let expected =
            "REV  CHANGE          WHY\n1    0.1.0 -> 0.2.0  because it is so and no\n                     other way\n";
        assert_eq!(wide(rows, 46), expected);
        let below = "REV  CHANGE\n    WHY\n1    0.1.0 -> 0.2.0\n    because it is so and\n    no other way\n";
        assert_eq!(wide(rows, 24), below);
        assert_eq!(
            wide(rows, 80),
            "REV  CHANGE          WHY\n1    0.1.0 -> 0.2.0  because it is so and no other way\n"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_nothing_is_lost() {
        let long = "x".repeat(70);
        let rows: &[&[&str]] = &[&["a", "b", "c", "d"], &["帳簿", &long, &long, "the end of it"]];
        for width in 40..120 {
            let told = wide(rows, width);
            let letters = |text: &str| text.chars().filter(|c| *c == 'x').count();
            assert!(told.lines().all(|line| line.width() <= width), "{width}:\n{told}");
            assert_eq!(letters(&told), 140, "{width}:\n{told}");
        }
    }
}

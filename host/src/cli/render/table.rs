//! Columns.

use unicode_width::UnicodeWidthStr;

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

    fn padded(&self, width: usize, paint: Paint) -> String {
        let space = " ".repeat(width.saturating_sub(self.width()));
        let text = self.tone.map_or_else(|| self.text.clone(), |tone| paint.tone(tone, &self.text));
        if self.right { space + &text } else { text + &space }
    }
}

/// Rows as lines, two spaces between columns, none at the end of a line.
pub(in crate::cli) fn table(rows: &[Vec<Cell>], paint: Paint) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut lines = String::new();
    for row in rows {
        let filled = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
        let fields: Vec<String> = row[..filled]
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(at, (cell, width))| {
                let last = at + 1 == filled && !cell.right;
                cell.padded(if last { 0 } else { *width }, paint)
            })
            .collect();
        lines.push_str(&fields.join("  "));
        lines.push('\n');
    }
    lines
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
}

//! Turns lines and columns into byte offsets and back, in the units that the editor counts in.

use lsp_types::{Position, PositionEncodingKind, Range};
use rainwright_diagnostic::Span;

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Units {
    /// Bytes.
    Utf8,
    /// UTF-16 units: what every editor knows.
    Utf16,
}

impl Units {
    /// The best of what the editor offers: bytes need no counting.
    pub(crate) fn choose(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |kind: &PositionEncodingKind| offered.is_some_and(|all| all.contains(kind));
        if offers(&PositionEncodingKind::UTF8) { Units::Utf8 } else { Units::Utf16 }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Units::Utf8 => PositionEncodingKind::UTF8,
            Units::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> u32 {
        match self {
            Units::Utf8 => c.len_utf8() as u32,
            Units::Utf16 => c.len_utf16() as u32,
        }
    }
}

/// The lines of a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    starts: Vec<u32>,
    /// Where each letter beyond ASCII ends, with how many more bytes than UTF-16 units there are up to there: a column of a
    /// long line is found without going through the line.
    wide: Vec<(u32, u32)>,
}

impl Lines {
    /// Finds where lines start; LF, CR LF and a lone CR each end one.
    pub(crate) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut starts, mut wide) = (vec![0], Vec::new());
        let mut more = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let (length, units) = match byte {
                0xf0.. => (4, 2),
                0xe0..0xf0 => (3, 1),
                0xc0..0xe0 => (2, 1),
                _ => (1, 1),
            };
            if length > 1 {
                more += length - units;
                wide.push((at as u32 + length, more));
            }
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at as u32 + 1);
            }
        }
        Self { starts, wide }
    }

    /// The byte offset of a position; one beyond the end of its line or of the text is the end.
    pub(crate) fn offset(&self, text: &str, position: Position, units: Units) -> u32 {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return text.len() as u32 };
        let end = self.starts.get(line + 1).map_or(text.len(), |end| *end as usize);
        let content = text.get(start as usize..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let mut column = 0;
        for (at, c) in content.char_indices() {
            if column >= position.character {
                return start + at as u32;
            }
            column += units.width(c);
        }
        start + content.len() as u32
    }

    /// The position of a byte offset.
    pub(crate) fn position(&self, text: &str, offset: u32, units: Units) -> Position {
        let offset = offset.min(text.len() as u32);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let character = match units {
            Units::Utf8 => offset - start,
            Units::Utf16 => (offset - start).saturating_sub(self.more_bytes(offset) - self.more_bytes(start)),
        };
        Position { line: line as u32, character }
    }

    /// How many more bytes than UTF-16 units there are before an offset.
    fn more_bytes(&self, offset: u32) -> u32 {
        let letters = self.wide.partition_point(|(end, _)| *end <= offset);
        self.wide[..letters].last().map_or(0, |(_, more)| *more)
    }

    pub(crate) fn range(&self, text: &str, span: Span, units: Units) -> Range {
        Range { start: self.position(text, span.start, units), end: self.position(text, span.end, units) }
    }

    pub(crate) fn span(&self, text: &str, range: Range, units: Units) -> Span {
        let start = self.offset(text, range.start, units);
        Span::new(start, self.offset(text, range.end, units).max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Units};
    use lsp_types::Position;

    #[test]
    fn columns_count_what_the_editor_counts() {
        let text = "a€😀b\r\nc\rd\n";
        let lines = Lines::of(text);
        let at = |line, character| Position { line, character };
        for (units, b) in [(Units::Utf8, 8), (Units::Utf16, 4)] {
            assert_eq!(lines.position(text, 8, units), at(0, b), "{units:?}");
            assert_eq!(lines.offset(text, at(0, b), units), 8, "{units:?}");
            assert_eq!(lines.offset(text, at(0, 99), units), 9, "the end of the line, {units:?}");
        }
        assert_eq!(lines.position(text, 11, Units::Utf16), at(1, 0));
        assert_eq!(lines.position(text, 13, Units::Utf16), at(2, 0));
        assert_eq!(lines.offset(text, at(9, 0), Units::Utf16), text.len() as u32);
        let text = "aé€😀b\nécé😀\r\n\u{7ff}\u{800}\u{ffff}\u{10000}x";
        let lines = Lines::of(text);
        for (at, _) in text.char_indices() {
            let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let column = text[start..at].encode_utf16().count() as u32;
            assert_eq!(lines.position(text, at as u32, Units::Utf16).character, column, "{at}");
        }
        let (text, lines) = ("a€😀b\r\nc\rd\n", Lines::of("a€😀b\r\nc\rd\n"));
        // The middle of a pair of surrogates is after the character.
        assert_eq!(lines.offset(text, at(0, 3), Units::Utf16), 8);
    }
}

//! What the databases call differently. Statements are written once, in words that both know, with `?` for bound values.

use std::fmt::Write as _;

use rusqlite::types::Value as Sql;

use crate::field::Storage;
use crate::sql::DECIMAL;

/// The longest name that Postgres keeps whole.
const LONGEST: usize = 63;
/// How a NUL lies in Postgres, whose texts have none: as a code point that is reserved for such uses.
const NUL: &str = "\u{10FFFF}";

/// The language of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "the statements are the same without it"))]
    Postgres,
}

impl Dialect {
    /// The table of single facts. A team's store of connections may lie in the same schema and has one of its own.
    pub(crate) fn facts(self) -> &'static str {
        match self {
            Dialect::Sqlite => "rainwright_facts",
            Dialect::Postgres => "rainwright_record_facts",
        }
    }

    /// A value as a decimal, whose order is that of its worth.
    pub(crate) fn decimal(self, value: &str) -> String {
        match self {
            Dialect::Sqlite => format!("CAST({value} AS TEXT) COLLATE {DECIMAL}"),
            Dialect::Postgres => format!("CAST({value} AS NUMERIC)"),
        }
    }

    /// What a column with decimals is sorted by.
    pub(crate) fn ordered_decimal(self, column: &str) -> String {
        match self {
            Dialect::Sqlite => format!("{column} COLLATE {DECIMAL}"),
            Dialect::Postgres => column.to_owned(),
        }
    }

    /// A value as an answer shows it: decimals by their digits.
    pub(crate) fn shown(self, value: String, storage: &Storage) -> String {
        match (self, storage) {
            (Dialect::Postgres, Storage::Decimal) => format!("CAST({value} AS TEXT)"),
            _ => value,
        }
    }

    /// A text in small letters, as Rust makes them, and ordered by its code points.
    pub(crate) fn folded(self, text: &str) -> String {
        match self {
            Dialect::Sqlite => format!("rainwright_fold({text})"),
            Dialect::Postgres => format!("lower({text} COLLATE \"und-x-icu\") COLLATE \"C\""),
        }
    }

    /// Whether a text passes a test of criteria, named in lower case; see [`crate::sql::matches`].
    pub(crate) fn matches(self, column: &str, test: &str, part: &str, bound: &mut Vec<Sql>) -> String {
        if self == Dialect::Sqlite {
            bound.push(Sql::Text(test.to_owned()));
            bound.push(Sql::Text(part.to_owned()));
            return format!("rainwright_match(?, {column}, ?)");
        }
        let (test, folds) = match test.strip_suffix("ignorecase") {
            Some(test) => (test, true),
            None => (test, test == "like"),
        };
        let (column, part) =
            if folds { (self.folded(column), part.to_lowercase()) } else { (column.to_owned(), part.to_owned()) };
        let length = part.chars().count();
        let (condition, part) = match test {
            "contains" => (format!("strpos({column}, ?) > 0"), part),
            "startswith" => (format!("left({column}, {length}) = ?"), part),
            "endswith" => (format!("right({column}, {length}) = ?"), part),
            "like" => (format!("{column} LIKE ?"), part.replace('\\', "\\\\").replace('_', "\\_")),
            _ => (format!("{column} = ?"), part),
        };
        bound.push(Sql::Text(part));
        condition
    }

    /// Whether a value is among those of a list; see [`Dialect::listed`].
    pub(crate) fn among(self, value: &str, storage: &Storage) -> String {
        match self {
            Dialect::Sqlite => format!("{value} IN (SELECT value FROM json_each(?))"),
            Dialect::Postgres => {
                let kind = match storage {
                    Storage::Decimal => "NUMERIC",
                    storage if storage.kind() == "TEXT" || *storage == Storage::Choices => "TEXT",
                    _ => "BIGINT",
                };
                format!("{value} = ANY(CAST(? AS {kind}[]))")
            }
        }
    }

    /// Numbers and texts as one bound value: a statement may bind only so many.
    pub(crate) fn listed(self, values: impl IntoIterator<Item = Sql>) -> Sql {
        let json = values.into_iter().filter_map(|value| match value {
            Sql::Integer(number) => Some(serde_json::Value::from(number)),
            Sql::Text(text) => Some(text.into()),
            _ => None,
        });
        if self == Dialect::Sqlite {
            return Sql::Text(serde_json::Value::from_iter(json).to_string());
        }
        let items = json.map(|value| match value.as_str() {
            Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            None => value.to_string(),
        });
        Sql::Text(format!("{{{}}}", items.collect::<Vec<_>>().join(",")))
    }

    /// IDs as one bound value; see [`Dialect::listed`].
    pub(crate) fn listed_ids(self, ids: &[i64]) -> Sql {
        let (open, close) = if self == Dialect::Sqlite { ('[', ']') } else { ('{', '}') };
        let mut text = String::with_capacity(20 * ids.len() + 2);
        text.push(open);
        for (at, id) in ids.iter().enumerate() {
            // Writing to a text cannot fail.
            let _ = write!(text, "{}{id}", if at == 0 { "" } else { "," });
        }
        text.push(close);
        Sql::Text(text)
    }

    /// The statement that reads the rows of a list of IDs; see [`Dialect::listed`].
    pub(crate) fn by_ids(self, selected: &str, table: &str) -> String {
        match self {
            // The rows come in the order of the list.
            Dialect::Sqlite => {
                format!("SELECT {selected} FROM json_each(?1) l CROSS JOIN {table} t ON t.\"ID\" = l.value")
            }
            Dialect::Postgres => format!("SELECT {selected} FROM {table} t WHERE t.\"ID\" = ANY(CAST(?1 AS BIGINT[]))"),
        }
    }

    /// The values of a column of a table as a list in JSON.
    pub(crate) fn gathered(self, column: &str, table: &str, condition: &str, order: &str) -> String {
        match self {
            Dialect::Sqlite => format!(
                "(SELECT json_group_array(item) FROM (SELECT {column} AS item FROM {table} WHERE {condition} ORDER BY {order}))"
            ),
            Dialect::Postgres => format!(
                "(SELECT CAST(coalesce(json_agg({column} ORDER BY {order}), '[]') AS TEXT) FROM {table} WHERE {condition})"
            ),
        }
    }

    /// A declaration of columns that is written in SQLite's words.
    pub(crate) fn declared(self, declaration: &str) -> String {
        match self {
            Dialect::Sqlite => declaration.to_owned(),
            Dialect::Postgres => match declaration.strip_prefix("TEXT") {
                Some(rest) if rest.contains(DECIMAL) => "NUMERIC".to_owned(),
                // Texts are equal and in order by their code points, whatever the language of the database.
                Some(rest) => format!("TEXT COLLATE \"C\"{rest}"),
                None => declaration.replace("INTEGER", "BIGINT").replace("ANY", "BIGINT").replace("BLOB", "BYTEA"),
            },
        }
    }

    /// What an index of a column is over, and how it is made: a text may be longer than an ordered index of Postgres allows.
    pub(crate) fn index_of(self, column: &str, declaration: &str, then: &str) -> String {
        match self {
            Dialect::Postgres if declaration.starts_with("TEXT") => format!("USING hash ({column})"),
            _ => format!("({column}{then})"),
        }
    }

    /// What follows the columns of a table.
    pub(crate) fn table_end(self, without_row_ids: bool) -> &'static str {
        match (self, without_row_ids) {
            (Dialect::Sqlite, true) => " STRICT, WITHOUT ROWID",
            (Dialect::Sqlite, false) => " STRICT",
            (Dialect::Postgres, _) => "",
        }
    }

    /// A name as the database keeps it: Postgres would cut a long one, and two names could become one.
    pub(crate) fn kept(self, name: &str) -> String {
        if self == Dialect::Sqlite || name.len() <= LONGEST {
            return name.to_owned();
        }
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let end = (0..=40).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        format!("{}~{hash:016x}", &name[..end])
    }

    /// A text as the database can keep it.
    #[cfg(feature = "postgres")]
    pub(crate) fn stored(self, text: &str) -> String {
        match self {
            Dialect::Sqlite => text.to_owned(),
            Dialect::Postgres => text.replace('\0', NUL),
        }
    }

    /// A text as it was before it was stored.
    pub(crate) fn restored(self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        if self == Dialect::Postgres && text.contains(NUL) { text.replace(NUL, "\0") } else { text.into_owned() }
    }
}

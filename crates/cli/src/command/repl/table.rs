//! A list of maps as a table, as wide as the terminal.

use rainwright::{Locale, Value};

/// Rows and columns that are shown at most.
const ROWS: usize = 50;
const COLUMNS: usize = 16;
/// The narrowest that a column is made to fit.
const NARROW: usize = 8;
/// Blanks between two columns.
const BETWEEN: usize = 2;

/// The table of a list whose elements are all maps with keys; `None` for any other value.
pub fn table(value: &Value, locale: &Locale, width: usize) -> Option<String> {
    let list = value.as_list()?;
    let maps: Vec<_> = list.items().iter().map(Value::as_map).collect::<Option<Vec<_>>>()?;
    let mut keys: Vec<String> = Vec::new();
    for map in maps.iter().take(ROWS) {
        for key in map.borrow().keys() {
            let key = key.to_text(locale);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    if keys.is_empty() {
        return None;
    }
    // Columns with nothing in them come last, where the terminal ends first.
    let says = |key: &String| {
        maps.iter().take(ROWS).any(|map| map.borrow().get_text(key).is_some_and(|value| !value.is_null()))
    };
    let (mut keys, empty): (Vec<String>, Vec<String>) = keys.into_iter().partition(says);
    keys.extend(empty);
    let all_columns = keys.len();
    keys.truncate(COLUMNS);
    let mut numeric = vec![true; keys.len()];
    let mut rows: Vec<Vec<String>> = Vec::new();
    for map in maps.iter().take(ROWS) {
        let map = map.borrow();
        let cell = |(column, key): (usize, &String)| match map.get_text(key) {
            None => String::new(),
            Some(value) => {
                let is_number = matches!(value.kind(), rainwright::Kind::Number | rainwright::Kind::Decimal);
                numeric[column] &= is_number || value.is_null();
                plain(&if value.is_container() { value.to_json(locale) } else { value.to_text(locale) })
            }
        };
        rows.push(keys.iter().enumerate().map(cell).collect());
    }
    let mut widths: Vec<usize> = (0..keys.len())
        .map(|column| rows.iter().map(|row| length(&row[column])).chain([length(&keys[column])]).max().unwrap_or(0))
        .collect();
    let narrowest = |shown: usize| {
        let columns: usize = widths[..shown].iter().map(|width| (*width).min(NARROW)).sum();
        columns + BETWEEN * shown.saturating_sub(1)
    };
    let shown = (1..=keys.len()).rev().find(|shown| narrowest(*shown) <= width).unwrap_or(1);
    keys.truncate(shown);
    widths.truncate(shown);
    rows.iter_mut().for_each(|row| row.truncate(shown));
    let hidden_columns = all_columns - shown;
    fit(&mut widths, width);
    let line = |cells: &[String]| {
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            let cell = cut(cell, widths[column]);
            let space = " ".repeat(widths[column] - length(&cell));
            if numeric[column] { format!("{space}{cell}") } else { format!("{cell}{space}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let heads: Vec<String> = keys.iter().map(|key| plain(key)).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut lines = vec![line(&heads), rule.join("  ")];
    lines.extend(rows.iter().map(|row| line(row)));
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut note = counted(maps.len(), "row");
    if maps.len() > ROWS {
        note.push_str(&format!(", the first {ROWS} shown"));
    }
    if hidden_columns > 0 {
        note.push_str(&format!(", {} more", counted(hidden_columns, "column")));
    }
    lines.push(format!("({note}; :last shows everything)"));
    Some(lines.join("\n"))
}

/// Takes from the widest columns until all fit.
fn fit(widths: &mut [usize], width: usize) {
    let between = BETWEEN * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + between > width {
        match widths.iter_mut().filter(|width| **width > NARROW).max() {
            Some(widest) => *widest -= 1,
            None => break,
        }
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// A text in one line.
fn plain(text: &str) -> String {
    text.chars().take(500).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::table;
    use rainwright::{Engine, Locale, OfflineHost, Session};

    fn shown(source: &str, width: usize) -> Option<String> {
        let value = Session::new(Engine::new()).eval(source, &mut OfflineHost::new()).unwrap().unwrap();
        table(&value, &Locale::default(), width)
    }

    #[test]
    fn maps_become_rows() {
        let source = r#"{{"name":"Ada","amount":12.50},{"name":"Bea\nLong","amount":7,"note":{1,2}}}"#;
        let expected = "name      amount  note\n--------  ------  -----\nAda        12.50\nBea Long       7  [1,2]\n(2 rows; :last shows everything)";
        assert_eq!(shown(source, 80).unwrap(), expected);
        for other in ["{1,2}", "{}", "{{\"a\":1},2}", "\"x\"", "{\"a\":{{\"b\":1}}}"] {
            assert!(shown(other, 80).is_none(), "{other}");
        }
    }

    #[test]
    fn a_table_fits() {
        let long = "x".repeat(300);
        let source = format!("{{{{\"a\":\"{long}\",\"b\":\"{long}\",\"c\":1}}}}");
        let all = shown(&source, 60).unwrap();
        assert!(all.lines().all(|line| line.chars().count() <= 60), "{all}");
        assert!(all.contains('…'));
        // Many columns: those with something in them first, as many as there is room for.
        let many: Vec<String> =
            (0..30).map(|i| format!("\"key_number_{i}\":{}", if i == 3 { "7" } else { "null" })).collect();
        let all = shown(&format!("{{{{{}}}}}", many.join(",")), 40).unwrap();
        assert!(all.starts_with("key_num…") && all.contains("26 columns more"), "{all}");
        assert!(all.lines().take(3).all(|line| line.chars().count() <= 40), "{all}");
        assert!(all.lines().nth(2).unwrap().trim_start().starts_with('7'), "{all}");
    }
}

//! Criteria as SQL: every value is bound, every name quoted, and an unset field matches no comparison but `is null`.

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Comparison, Criteria, Data, FieldPath, Operand as Side};
use rainwright_value::Locale;

use crate::database::Sql;
use crate::dialect::Dialect;
use crate::field::{Field, FieldType, Storage};
use crate::operand::{Operand, text};
use crate::phrase;
use crate::schema::{PARENT, Schema, Table};
use crate::sql::quoted;

/// How deep criteria may be nested; what scripts write is never near it.
const DEEPEST: usize = 100;

/// Writes SQL and gathers what it binds.
pub(crate) struct Writer<'s> {
    pub(crate) schema: &'s Schema,
    pub(crate) dialect: Dialect,
    pub(crate) locale: &'s Locale,
    /// The present instant, for phrases such as `this month`.
    pub(crate) now: i64,
    /// Whether texts are equal whatever the case of their letters.
    pub(crate) ignore_case: bool,
    /// The values of the question marks, in order.
    pub(crate) bound: Vec<Sql>,
    aliases: usize,
    depth: usize,
}

/// Conditions that always hold, and that never do.
const YES: &str = "TRUE";
const NO: &str = "FALSE";

fn constant(holds: bool) -> String {
    if holds { YES } else { NO }.to_owned()
}

/// A test of one field that no negation is part of.
enum Test<'d> {
    Set,
    Compare(Comparison, &'d Data),
    /// One of several values; unset ones are left out.
    OneOf(&'d [Data]),
    Match(String, String),
    Days(i64, i64),
}

impl<'s> Writer<'s> {
    pub(crate) fn new(schema: &'s Schema, dialect: Dialect, locale: &'s Locale, now: i64, ignore_case: bool) -> Self {
        Self { schema, dialect, locale, now, ignore_case, bound: Vec::new(), aliases: 0, depth: 0 }
    }

    /// A condition on the rows of a table that is known as `alias`.
    pub(crate) fn condition(&mut self, table: &Table, alias: &str, criteria: &Criteria) -> Result<String, Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Problem::new(Code::TooDeep, format!("The criteria are nested more than {DEEPEST} deep")));
        }
        let all = |writer: &mut Self, of: &[Criteria], joined: &str, none: &str| {
            let parts: Result<Vec<String>, Problem> =
                of.iter().map(|one| writer.condition(table, alias, one)).collect();
            let parts = parts?;
            Ok(if parts.is_empty() { none.to_owned() } else { format!("({})", parts.join(joined)) })
        };
        let written = match criteria {
            Criteria::All { of } => all(self, of, " AND ", YES),
            Criteria::Any { of } => all(self, of, " OR ", NO),
            Criteria::Not { of } => self.condition(table, alias, of).map(|inner| format!("(({inner}) IS NOT TRUE)")),
            Criteria::Compare { left, comparison, right } => self.compare(table, alias, left, *comparison, right),
            Criteria::Call { field, function, arguments } => self.call(table, alias, field, function, arguments),
            Criteria::Holds { operand: Side::Field(field) } => {
                self.test(table, alias, &field.0, &Test::Compare(Comparison::Equal, &Data::Bool(true)))
            }
            Criteria::Holds { operand: Side::Value(value) } => match crate::operand::flag(value) {
                Some(holds) => Ok(constant(holds)),
                None if value.is_null() => Ok(constant(false)),
                None => Err(Problem::new(Code::WrongKind, format!("{} is no condition", value.kind()))),
            },
        };
        self.depth -= 1;
        written
    }

    fn compare(
        &mut self,
        table: &Table,
        alias: &str,
        left: &Side,
        comparison: Comparison,
        right: &Side,
    ) -> Result<String, Problem> {
        match (left, right) {
            (Side::Field(field), Side::Value(value)) => self.against(table, alias, field, comparison, value),
            (Side::Value(value), Side::Field(field)) => self.against(table, alias, field, mirrored(comparison), value),
            (Side::Field(left), Side::Field(right)) => self.fields(table, alias, left, comparison, right),
            (Side::Value(left), Side::Value(right)) => {
                let equal = left == right || text(left, self.locale) == text(right, self.locale);
                match comparison {
                    Comparison::Equal | Comparison::Is => Ok(constant(equal)),
                    Comparison::NotEqual | Comparison::IsNot => Ok(constant(!equal)),
                    _ => Err(Problem::new(Code::NotSupported, "A comparison in criteria needs a field on one side")),
                }
            }
        }
    }

    /// A field compared with a value.
    fn against(
        &mut self,
        table: &Table,
        alias: &str,
        field: &FieldPath,
        comparison: Comparison,
        value: &Data,
    ) -> Result<String, Problem> {
        let path = &field.0;
        let many = self.crosses_many(table, path)?;
        match comparison {
            Comparison::In | Comparison::NotIn => {
                let listed = self.listed(table, alias, path, value)?;
                self.unless(comparison == Comparison::NotIn, many, table, alias, path, listed)
            }
            Comparison::Equal | Comparison::Is | Comparison::NotEqual | Comparison::IsNot => {
                let negative = matches!(comparison, Comparison::NotEqual | Comparison::IsNot);
                if matches!(value, Data::Null) || value.as_text() == Some("") {
                    let set = self.test(table, alias, path, &Test::Set)?;
                    return Ok(if negative { set } else { format!("(({set}) IS NOT TRUE)") });
                }
                if value.as_list().is_some() {
                    let listed = self.listed(table, alias, path, value)?;
                    return self.unless(negative, many, table, alias, path, listed);
                }
                let equal = self.test(table, alias, path, &Test::Compare(Comparison::Equal, value))?;
                self.unless(negative, many, table, alias, path, equal)
            }
            Comparison::Like => {
                let pattern = text(value, self.locale).unwrap_or_default();
                self.test(table, alias, path, &Test::Match("like".into(), pattern))
            }
            ordered => self.test(table, alias, path, &Test::Compare(ordered, value)),
        }
    }

    /// The opposite of a test: where several values may fit, none does; else the field is set and does not fit.
    fn unless(
        &mut self,
        negative: bool,
        many: bool,
        table: &Table,
        alias: &str,
        path: &[String],
        positive: String,
    ) -> Result<String, Problem> {
        if !negative {
            return Ok(positive);
        }
        if many {
            return Ok(format!("(({positive}) IS NOT TRUE)"));
        }
        let set = self.test(table, alias, path, &Test::Set)?;
        Ok(format!("((({positive}) IS NOT TRUE) AND {set})"))
    }

    /// Whether a field is one of several values, or lies in a span of days named by a phrase.
    fn listed(&mut self, table: &Table, alias: &str, path: &[String], value: &Data) -> Result<String, Problem> {
        let values: &[Data] = match value.as_list() {
            Some(values) => values,
            None => {
                if let Some((from, to)) = value.as_text().and_then(|text| phrase::days(text, self.now, self.locale)) {
                    return self.test(table, alias, path, &Test::Days(from, to));
                }
                std::slice::from_ref(value)
            }
        };
        self.test(table, alias, path, &Test::OneOf(values))
    }

    fn call(
        &mut self,
        table: &Table,
        alias: &str,
        field: &FieldPath,
        function: &str,
        arguments: &[Data],
    ) -> Result<String, Problem> {
        let path = &field.0;
        let name = function.to_ascii_lowercase();
        let negative = name.starts_with("not");
        let test = name.strip_prefix("not").unwrap_or(&name);
        let known = ["contains", "startswith", "endswith", "equals"];
        if !known.contains(&test.strip_suffix("ignorecase").unwrap_or(test)) {
            let problem = Problem::new(Code::UnknownFunction, format!("Criteria have no function '{function}'"));
            let help = "There are contains, notContains, startsWith, endsWith, equals, and each with IgnoreCase.";
            return Err(problem.with_help(help));
        }
        let [argument] = arguments else {
            let message = format!("{function} takes one argument in criteria, not {}", arguments.len());
            return Err(Problem::new(Code::ArgumentCount, message));
        };
        let many = self.crosses_many(table, path)?;
        let positive = if many && test == "contains" {
            self.test(table, alias, path, &Test::Compare(Comparison::Equal, argument))?
        } else {
            let Some(part) = text(argument, self.locale) else {
                return Ok(constant(false));
            };
            self.test(table, alias, path, &Test::Match(test.to_owned(), part))?
        };
        self.unless(negative, many, table, alias, path, positive)
    }

    /// Whether a path leads through or to a field with several values.
    fn crosses_many(&self, table: &Table, path: &[String]) -> Result<bool, Problem> {
        let Some((first, rest)) = path.split_first() else { return Ok(false) };
        let field = table.expect(first)?;
        Ok(match field.storage() {
            Storage::Choices | Storage::Lookups(_) | Storage::Rows | Storage::Children(_) => true,
            Storage::Lookup(to) if !rest.is_empty() => self.crosses_many(self.schema.expect(&to)?, rest)?,
            _ => false,
        })
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// A test of the field at the end of a path; on the way, any record of several may pass.
    fn test(&mut self, table: &Table, alias: &str, path: &[String], test: &Test<'_>) -> Result<String, Problem> {
        let Some((first, rest)) = path.split_first() else {
            return Err(Problem::new(Code::Unexpected, "A field is missing in the criteria"));
        };
        let field = table.expect(first)?;
        let own = || format!("{alias}.{}", quoted(&field.name));
        let schema = self.schema;
        match (field.storage(), rest) {
            (Storage::Lookup(_), [id]) if id.eq_ignore_ascii_case("ID") => {
                self.column(&own(), field, &field.storage(), test)
            }
            (Storage::Lookup(to), [_, ..]) => {
                let inner = self.alias();
                let target = schema.expect(&to)?;
                let condition = self.test(target, &inner, rest, test)?;
                let name = quoted(&target.sql());
                Ok(format!("{} IN (SELECT {inner}.\"ID\" FROM {name} {inner} WHERE {condition})", own()))
            }
            (Storage::Choices, [_, ..]) => Err(no_part(table, field, rest)),
            (Storage::Choices | Storage::Lookups(_), _) => {
                let side = self.alias();
                let value = format!("{side}.value");
                let condition = match (field.storage(), rest) {
                    (Storage::Lookups(to), [next, ..]) if !next.eq_ignore_ascii_case("ID") => {
                        let inner = self.alias();
                        let target = schema.expect(&to)?;
                        let condition = self.test(target, &inner, rest, test)?;
                        let name = quoted(&target.sql());
                        format!("{value} IN (SELECT {inner}.\"ID\" FROM {name} {inner} WHERE {condition})")
                    }
                    (storage, [] | [_]) => self.column(&value, field, &storage, test)?,
                    _ => return Err(no_part(table, field, rest)),
                };
                let name = quoted(&table.side(field));
                Ok(format!("{alias}.\"ID\" IN (SELECT {side}.record FROM {name} {side} WHERE {condition})"))
            }
            (storage @ (Storage::Rows | Storage::Children(_)), _) => {
                let inner = self.alias();
                let (rows, link) = self.rows_of(table, field, &storage)?;
                let condition = match rest {
                    [] => match test {
                        Test::Set => constant(true),
                        _ => return Err(no_part(table, field, rest)),
                    },
                    _ => self.test(rows, &inner, rest, test)?,
                };
                let (name, link) = (quoted(&rows.sql()), quoted(&link));
                Ok(format!("{alias}.\"ID\" IN (SELECT {inner}.{link} FROM {name} {inner} WHERE {condition})"))
            }
            (Storage::Composite, []) => match test {
                Test::Set => {
                    let parts = field.kind.parts().iter();
                    let parts: Vec<String> = parts
                        .map(|part| format!("{alias}.{} <> ''", quoted(&format!("{}.{part}", field.name))))
                        .collect();
                    Ok(format!("({})", parts.join(" OR ")))
                }
                _ => Err(no_part(table, field, rest)),
            },
            (Storage::Composite, [part]) => match part_of(field, part) {
                Some(column) => self.column(&format!("{alias}.{}", quoted(&column)), field, &Storage::Text, test),
                None => Err(no_part(table, field, rest)),
            },
            (Storage::Nothing, _) => Err(no_part(table, field, rest)),
            (storage, []) => self.column(&own(), field, &storage, test),
            _ => Err(no_part(table, field, rest)),
        }
    }

    /// The table with the rows of a subform, and its column that names the record that a row belongs to.
    pub(crate) fn rows_of(
        &self,
        table: &Table,
        field: &Field,
        storage: &Storage,
    ) -> Result<(&'s Table, String), Problem> {
        match storage {
            Storage::Children(form) => {
                let rows = self.schema.expect(form)?;
                let link = self.schema.link(table, field, rows).map(|link| link.name.clone());
                Ok((rows, link.ok_or_else(|| no_part(table, field, &[]))?))
            }
            _ => Ok((self.schema.expect(&format!("{}.{}", table.name, field.name))?, PARENT.to_owned())),
        }
    }

    /// A test of a column.
    fn column(&mut self, column: &str, field: &Field, storage: &Storage, test: &Test<'_>) -> Result<String, Problem> {
        match test {
            Test::Set if storage.is_text() => Ok(format!("{column} <> ''")),
            Test::Set => Ok(format!("{column} IS NOT NULL")),
            Test::Match(name, part) => {
                if storage.kind() != "TEXT" && *storage != Storage::Choices {
                    return Err(wrong(field, storage, name));
                }
                // An unset text holds nothing, as a null does.
                let unset = if storage.is_text() { format!(" AND {column} <> ''") } else { String::new() };
                Ok(format!("({}{unset})", self.dialect.matches(column, name, part, &mut self.bound)))
            }
            Test::Days(from, to) => {
                let (from, to) = match storage {
                    Storage::Date => (*from, *to),
                    Storage::DateTime => (self.midnight(*from), self.midnight(*to)),
                    _ => return Err(wrong(field, storage, "a span of days")),
                };
                self.bound.push(Sql::Integer(from));
                self.bound.push(Sql::Integer(to));
                Ok(format!("({column} >= ? AND {column} < ?)"))
            }
            Test::OneOf(values) => {
                let folds = self.ignores_case(storage);
                let values = values.iter().filter_map(|value| match Operand::of(value, storage, self.locale) {
                    Operand::Is(Sql::Text(text)) if folds => Some(Sql::Text(text.to_lowercase())),
                    Operand::Is(value) => Some(value),
                    _ => None,
                });
                self.bound.push(self.dialect.listed(values));
                let column = if folds { self.dialect.folded(column) } else { column.to_owned() };
                Ok(self.dialect.among(&column, storage))
            }
            Test::Compare(comparison, value) => {
                let operand = Operand::of(value, storage, self.locale);
                let operator = operator(*comparison);
                match operand {
                    Operand::Unset => Ok(constant(false)),
                    Operand::Other if *comparison == Comparison::Equal => Ok(constant(false)),
                    Operand::Other => Err(wrong(field, storage, value.kind())),
                    Operand::Above(_) if *comparison == Comparison::Equal => Ok(constant(false)),
                    Operand::Above(below) => {
                        let operator = match comparison {
                            Comparison::Less | Comparison::LessEqual => "<=",
                            _ => ">",
                        };
                        self.bound.push(Sql::Integer(below));
                        Ok(format!("{column} {operator} ?"))
                    }
                    Operand::Is(value) => {
                        if self.ignores_case(storage) && *comparison == Comparison::Equal {
                            let folded = match value {
                                Sql::Text(text) => Sql::Text(text.to_lowercase()),
                                other => other,
                            };
                            self.bound.push(folded);
                            return Ok(format!("{} = ?", self.dialect.folded(column)));
                        }
                        self.bound.push(value);
                        let unset = if storage.is_text() && *comparison != Comparison::Equal {
                            format!(" AND {column} <> ''")
                        } else {
                            String::new()
                        };
                        Ok(format!("({column} {operator} ?{unset})"))
                    }
                }
            }
        }
    }

    fn ignores_case(&self, storage: &Storage) -> bool {
        self.ignore_case && matches!(storage, Storage::Text | Storage::Choice | Storage::Choices)
    }

    fn midnight(&self, day: i64) -> i64 {
        self.locale.zone.to_instant(day.saturating_mul(rainwright_value::DAY))
    }

    /// Two fields compared with each other.
    fn fields(
        &mut self,
        table: &Table,
        alias: &str,
        left: &FieldPath,
        comparison: Comparison,
        right: &FieldPath,
    ) -> Result<String, Problem> {
        let (left_sql, a) = self.value(table, alias, &left.0)?;
        let (right_sql, b) = self.value(table, alias, &right.0)?;
        let decimals = a == Storage::Decimal || b == Storage::Decimal;
        if a.kind() != b.kind() && !(decimals && [&a, &b].iter().all(|s| matches!(s.kind(), "NUMBER" | "DECIMAL")))
            || (a == Storage::Date) != (b == Storage::Date)
        {
            let message =
                format!("{left} holds {} and cannot be compared with {right}, which holds {}", a.kind(), b.kind());
            return Err(Problem::new(Code::WrongKind, message));
        }
        let dialect = self.dialect;
        let shaped = |sql: String, storage: &Storage| match storage {
            _ if decimals => dialect.decimal(&sql),
            storage if storage.is_text() => format!("nullif({sql}, '')"),
            _ => sql,
        };
        let comparison = match comparison {
            Comparison::Is => Comparison::Equal,
            Comparison::IsNot => Comparison::NotEqual,
            Comparison::In | Comparison::NotIn | Comparison::Like => {
                return Err(Problem::new(Code::NotSupported, "Only values can follow in and like"));
            }
            other => other,
        };
        Ok(format!("({} {} {})", shaped(left_sql, &a), operator(comparison), shaped(right_sql, &b)))
    }

    /// The value of a field with one value, for sorting and figures, and how it is stored.
    pub(crate) fn value(&mut self, table: &Table, alias: &str, path: &[String]) -> Result<(String, Storage), Problem> {
        let Some((first, rest)) = path.split_first() else {
            return Err(Problem::new(Code::Unexpected, "A field is missing"));
        };
        let field = table.expect(first)?;
        let own = format!("{alias}.{}", quoted(&field.name));
        match (field.storage(), rest) {
            (Storage::Lookup(to), [next, ..]) if !next.eq_ignore_ascii_case("ID") => {
                let target = self.schema.expect(&to)?;
                let inner = self.alias();
                let (value, storage) = self.value(target, &inner, rest)?;
                let name = quoted(&target.sql());
                Ok((format!("(SELECT {value} FROM {name} {inner} WHERE {inner}.\"ID\" = {own})"), storage))
            }
            (Storage::Composite, [part]) => match part_of(field, part) {
                Some(column) => Ok((format!("{alias}.{}", quoted(&column)), Storage::Text)),
                None => Err(no_part(table, field, rest)),
            },
            (storage, [] | [_])
                if storage.is_column() && (rest.is_empty() || matches!(storage, Storage::Lookup(_))) =>
            {
                Ok((own, storage))
            }
            _ => Err(no_part(table, field, rest)),
        }
    }
}

/// The column of a part of a composite field.
pub(crate) fn part_of(field: &Field, part: &str) -> Option<String> {
    let known = field.kind.parts().iter().find(|known| known.eq_ignore_ascii_case(part))?;
    Some(format!("{}.{known}", field.name))
}

fn no_part(table: &Table, field: &Field, rest: &[String]) -> Problem {
    let name = &field.name;
    let message = match rest {
        [] => format!("'{name}' of the form '{}' has no single value", table.name),
        _ => format!("'{name}' of the form '{}' has no field '{}'", table.name, rest.join(".")),
    };
    let help = match field.kind {
        FieldType::Name | FieldType::Address => format!("Name one of its parts: {}.", field.kind.parts().join(", ")),
        FieldType::Subform => format!("Name a field of its rows: {name}.Field."),
        _ => "Only lookups, subforms, names and addresses have fields within them.".to_owned(),
    };
    Problem::new(Code::WrongKind, message).with_help(help)
}

fn wrong(field: &Field, storage: &Storage, other: &str) -> Problem {
    let message = format!("'{}' holds {} and cannot be compared with {other}", field.name, storage.kind());
    Problem::new(Code::WrongKind, message)
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
        Comparison::NotEqual => "<>",
        _ => "=",
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        other => other,
    }
}

//! Finds values of a kind that the field they meet does not hold.

use crate::forms::{How, meetings, values};
use crate::kinds::apart;
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;
use rainwright_effect::Holds;
use rainwright_syntax::ast::{BinaryOp, ExprKind};
use rainwright_value::{Kind, Kinds};

lint! {
    /// A field is compared with, or given, a value of a kind that it does not hold.
    ///
    /// # Why
    /// A comparison finds nothing, or stops the script; a write stops it: `'Amount' holds DECIMAL and cannot be given the TEXT
    /// many`.
    ///
    /// # Instead
    /// Convert the value, or name the field that was meant. A lookup holds the ID of a record: compare a field of that record
    /// with `Owner.Mail == mail`.
    FieldKind, Warning, No;
    profile: "zoho-creator";
    forms: true;
    bad: "open = Claim[Owner == \"ann@example.com\"];\ninfo open.count();";
    good: "open = Claim[Owner.Mail == \"ann@example.com\"];\ninfo open.count();";
    hooks: &[Hook::Body(check)];
}

fn check(script: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    for meeting in meetings(script, body) {
        let (field, is_write) = (meeting.field, matches!(meeting.how, How::Inserted(_) | How::Assigned(_)));
        if matches!(meeting.how, How::Compared(_) | How::Criteria(BinaryOp::Like)) {
            continue;
        }
        let Some(takes) = takes(field.holds) else { continue };
        for value in values(meeting.value) {
            let kinds = body.kinds(script, value);
            let misfit = match &value.kind {
                ExprKind::Text(text) | ExprKind::Quoted(text) => !reads_as(field.holds, text),
                ExprKind::Period(_) => field.holds != Holds::Moment,
                _ => apart(kinds, takes),
            };
            if misfit {
                let what = match &value.kind {
                    ExprKind::Text(text) | ExprKind::Quoted(text) => format!("the text \"{text}\""),
                    ExprKind::Period(period) => format!("\"{period}\""),
                    _ => kinds.to_string(),
                };
                let does = if is_write { "cannot be given" } else { "is never equal to" };
                let message = format!("'{}' holds {} and {does} {what}", field.name, field.holds.words());
                found.push(LINT.at(value.span, message));
            }
        }
    }
}

/// The kinds that a field may meet; none where any will do.
fn takes(holds: Holds) -> Option<Kinds> {
    use Kind::{Bool, Collection, DateTime, Decimal, List, Null, Number, Records, Text, Time};
    Some(match holds {
        Holds::Number | Holds::Decimal => Kinds::of(&[Number, Decimal, Text, Null, List, Collection]),
        Holds::Link => Kinds::of(&[Number, Decimal, Text, Null, List, Collection, Records]),
        Holds::Moment => Kinds::of(&[DateTime, Text, Null, List, Collection]),
        Holds::Time => Kinds::of(&[Time, Text, Null, List, Collection]),
        Holds::Decision => Kinds::of(&[Bool, Text, Null, List, Collection]),
        _ => return None,
    })
}

/// Whether a text may read as what a field holds; formats of dates differ, so a digit is enough.
fn reads_as(holds: Holds, text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || match holds {
            Holds::Number | Holds::Decimal | Holds::Link => text.parse::<f64>().is_ok_and(f64::is_finite),
            Holds::Moment | Holds::Time => text.bytes().any(|b| b.is_ascii_digit()),
            Holds::Decision => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            _ => true,
        }
}

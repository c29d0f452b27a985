//! Tells from the pieces before an offset what is being typed there; the rest of the line may be unfinished.

use crate::analysis::document::{Document, Part};
use rainwright_builtins::BlockTask;
use rainwright_diagnostic::Span;
use rainwright_syntax::Class;

/// What is being typed.
pub(crate) enum Context {
    /// Nothing that could be guessed: a comment, a number, a new name.
    Nothing,
    /// The inside of a text.
    Text(TextPlace),
    /// A name after a dot; the receiver is what is before the dot.
    Dotted(Span),
    /// A key of a task's block, in which these keys are present.
    TaskKey { task: &'static BlockTask, present: Vec<String> },
    /// The value of a task's key.
    TaskValue { task: &'static BlockTask, key: String },
    /// A name, at the beginning of a statement or within one.
    Name { statement: bool },
}

/// A text that is being typed.
pub(crate) struct TextPlace {
    /// What is between the quotes, up to the offset where the closing one is missing.
    pub(crate) inner: Span,
    /// Whether the closing quote is there.
    pub(crate) closed: bool,
    /// The key of a task's block whose value it is.
    pub(crate) task_key: Option<(&'static BlockTask, String)>,
    /// The call whose argument it is.
    pub(crate) call: Option<CallPlace>,
}

/// A call that is being typed.
pub(crate) struct CallPlace {
    /// The name before the bracket.
    pub(crate) name: Span,
    /// What is before the dot before the name.
    pub(crate) receiver: Option<Span>,
    /// The argument that the offset is in, counted from 0.
    pub(crate) argument: usize,
}

/// What is being typed at an offset.
pub(crate) fn context(document: &Document, part: &Part, offset: u32) -> Context {
    let mut pieces = document.pieces_before(offset);
    let first = pieces.partition_point(|(span, _)| span.start < part.span.start);
    pieces = &pieces[first..];
    if let Some((span, class)) = pieces.last().copied()
        && offset <= span.end
    {
        let inside = offset < span.end || !is_closed(document.slice(span), class);
        match class {
            Class::Comment => {
                let block_end = document.slice(span).ends_with("*/") && offset == span.end;
                if !block_end {
                    return Context::Nothing;
                }
            }
            Class::Text | Class::Quoted if inside => {
                let before = &pieces[..pieces.len() - 1];
                return Context::Text(text_place(document, before, span, offset));
            }
            Class::Text | Class::Quoted | Class::Number => return Context::Nothing,
            Class::Markup if inside => return Context::Nothing,
            _ => {}
        }
    }
    // The word that is being typed says nothing yet.
    let typed = pieces.last().is_some_and(|(span, class)| offset <= span.end && is_word(*class));
    if typed {
        pieces = &pieces[..pieces.len() - 1];
    }
    let before = |back: usize| {
        let at = pieces.len().checked_sub(back)?;
        pieces.get(at).map(|(span, class)| (document.slice(*span), *span, *class))
    };
    if let Some((".", dot, _)) = before(1) {
        return match receiver(document, &pieces[..pieces.len() - 1]) {
            Some(start) => Context::Dotted(Span::new(start, dot.start)),
            None => Context::Nothing,
        };
    }
    if let Some((task, open)) = task_block(document, pieces) {
        return in_task(document, task, &pieces[open + 1..], offset);
    }
    let word = before(1).map_or(String::new(), |(text, ..)| text.to_ascii_lowercase());
    match word.as_str() {
        // What is introduced here is a new name.
        "each" | "index" => return Context::Nothing,
        "(" if before(2).is_some_and(|(text, ..)| text.eq_ignore_ascii_case("catch")) => return Context::Nothing,
        _ => {}
    }
    if before(1).is_some_and(|(_, _, class)| class == Class::Type) {
        return Context::Nothing;
    }
    let statement = matches!(word.as_str(), "" | ";" | "{" | "}")
        || before(1).is_some_and(|(_, _, class)| matches!(class, Class::Comment | Class::Markup));
    Context::Name { statement }
}

fn is_word(class: Class) -> bool {
    matches!(
        class,
        Class::Keyword | Class::Constant | Class::Type | Class::Task | Class::Function | Class::Member | Class::Name
    )
}

/// Whether a piece has its closing quote. Pieces of other classes have none to miss.
fn is_closed(text: &str, class: Class) -> bool {
    if !matches!(class, Class::Text | Class::Quoted) {
        return true;
    }
    let quote = text.as_bytes().first().copied();
    let mut bytes = text.bytes().skip(1);
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            _ if Some(byte) == quote => return true,
            _ => {}
        }
    }
    false
}

/// Where the expression begins that ends with these pieces: `x`, `x.get("a")`, `"text"`, `{1,2}`, `invokeurl [ … ]`.
pub(crate) fn receiver(document: &Document, pieces: &[(Span, Class)]) -> Option<u32> {
    let mut at = pieces.len();
    let mut start = None;
    while at > 0 {
        let (span, class) = pieces[at - 1];
        match document.slice(span) {
            ")" | "]" | "}" => {
                let open = opening(document, &pieces[..at])?;
                start = Some(pieces[open].0.start);
                at = open;
                // What is before the bracket: a call's name, a form, a task.
                let named = at.checked_sub(1).map(|i| pieces[i]).filter(|(_, class)| is_name(*class));
                match named {
                    Some((name, _)) => {
                        start = Some(name.start);
                        at -= 1;
                    }
                    None if document.slice(span) == ")" || document.slice(span) == "]" => {
                        let chained = at.checked_sub(1).map(|i| document.slice(pieces[i].0));
                        if matches!(chained, Some(")" | "]")) {
                            continue;
                        }
                        return start;
                    }
                    None => return start,
                }
            }
            _ if is_name(class) || matches!(class, Class::Text | Class::Quoted | Class::Number | Class::Constant) => {
                start = Some(span.start);
                at -= 1;
            }
            _ => return start,
        }
        match at.checked_sub(1).map(|i| document.slice(pieces[i].0)) {
            Some(".") => at -= 1,
            _ => return start,
        }
    }
    start
}

fn is_name(class: Class) -> bool {
    matches!(class, Class::Function | Class::Member | Class::Name | Class::Task | Class::Type | Class::Keyword)
}

/// The index of the bracket that opens what the last piece closes.
fn opening(document: &Document, pieces: &[(Span, Class)]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, (span, class)) in pieces.iter().enumerate().rev() {
        if *class != Class::Punctuation {
            continue;
        }
        match document.slice(*span) {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The innermost bracket that is open after these pieces.
pub(crate) fn open_bracket(document: &Document, pieces: &[(Span, Class)]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, (span, class)) in pieces.iter().enumerate().rev() {
        if *class != Class::Punctuation {
            continue;
        }
        match document.slice(*span) {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" if depth == 0 => return Some(at),
            "(" | "[" | "{" => depth -= 1,
            // No expression reaches over the end of a statement.
            ";" if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The task whose block is open after these pieces, with the index of its bracket.
fn task_block(document: &Document, pieces: &[(Span, Class)]) -> Option<(&'static BlockTask, usize)> {
    let open = open_bracket(document, pieces).filter(|at| document.slice(pieces[*at].0) == "[")?;
    let (name, class) = pieces[open.checked_sub(1)?];
    let mut start = name.start;
    if !matches!(class, Class::Task | Class::Function | Class::Member | Class::Name) {
        return None;
    }
    let mut at = open - 1;
    while at >= 2 && document.slice(pieces[at - 1].0) == "." {
        at -= 2;
        start = pieces[at].0.start;
    }
    document.tasks.block_task(document.slice(Span::new(start, name.end))).map(|task| (task, open))
}

/// What is typed in a task's block, whose pieces so far these are.
fn in_task(document: &Document, task: &'static BlockTask, pieces: &[(Span, Class)], offset: u32) -> Context {
    let key_at = |colon: usize| -> Option<(&'static str, u32)> {
        let colon = pieces.get(colon)?.0;
        let before = document.slice(Span::new(document.line_start(colon.start), colon.start)).trim_end();
        let fits = |key: &&rainwright_builtins::TaskKey| {
            let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], " ");
            plain(before).ends_with(&plain(key.name))
        };
        let longest = task.keys.iter().filter(fits).max_by_key(|key| key.name.len())?;
        Some((longest.name, colon.start))
    };
    // A key such as `response-format` is several pieces while it is typed.
    let line = document.line_start(offset);
    let typed = document.slice(Span::new(line, offset));
    let is_key = typed.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ' | '\t'));
    let before_line = pieces.partition_point(|(span, _)| span.start < line);
    let pieces = if is_key { &pieces[..before_line] } else { pieces };
    let mut depth = 0usize;
    let mut keys: Vec<(&str, u32)> = Vec::new();
    for (at, (span, _)) in pieces.iter().enumerate() {
        match document.slice(*span) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            ":" if depth == 0 => keys.extend(key_at(at)),
            _ => {}
        }
    }
    let present = keys.iter().map(|(key, _)| (*key).to_owned()).collect();
    let Some((last, _)) = pieces.last() else { return Context::TaskKey { task, present } };
    let text = document.slice(*last);
    let new_line = document.slice(Span::new(last.end, offset)).contains('\n');
    let ends_value = !matches!(text, ":" | "," | "(" | "[" | "{" | "+" | "-" | "*" | "/" | "=" | "&&" | "||" | ".");
    match keys.last() {
        Some((key, _)) if !(ends_value && (new_line || !document.slice(Span::new(last.end, offset)).is_empty())) => {
            Context::TaskValue { task, key: (*key).to_owned() }
        }
        _ => Context::TaskKey { task, present },
    }
}

/// What a text is for that begins after these pieces.
fn text_place(document: &Document, before: &[(Span, Class)], span: Span, offset: u32) -> TextPlace {
    let text = document.slice(span);
    let line = text.find(['\n', '\r']).unwrap_or(text.len());
    let closed = line == text.len() && is_closed(text, Class::Text);
    let end = if closed { span.end - 1 } else { offset.max(span.start + 1) };
    let inner = Span::new(span.start + 1, end.max(span.start + 1));
    let task_key = match before {
        [.., (colon, _)] if document.slice(*colon) == ":" => task_block(document, before).and_then(|(task, open)| {
            match in_task(document, task, &before[open + 1..], span.start) {
                Context::TaskValue { key, .. } => Some((task, key)),
                _ => None,
            }
        }),
        _ => None,
    };
    TextPlace { inner, closed, task_key, call: call_place(document, before) }
}

/// The call whose brackets are open after these pieces.
pub(crate) fn call_place(document: &Document, pieces: &[(Span, Class)]) -> Option<CallPlace> {
    let open = open_bracket(document, pieces)?;
    if document.slice(pieces[open].0) != "(" {
        // `f({1, 2` is still within the call of f.
        return call_place(document, &pieces[..open]);
    }
    let (name, class) = *pieces.get(open.checked_sub(1)?)?;
    if !matches!(class, Class::Function | Class::Name | Class::Member | Class::Type | Class::Keyword | Class::Constant)
    {
        return None;
    }
    let mut depth = 0usize;
    let mut argument = 0;
    for (span, _) in &pieces[open + 1..] {
        match document.slice(*span) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "," if depth == 0 => argument += 1,
            _ => {}
        }
    }
    let receiver = match pieces[..open - 1].split_last() {
        Some(((dot, _), rest)) if document.slice(*dot) == "." => {
            receiver(document, rest).map(|start| Span::new(start, dot.start))
        }
        _ => None,
    };
    Some(CallPlace { name, receiver, argument })
}

//! Translates Java's pattern syntax into that of the engine.
//!
//! Where both agree the text passes through; classes, anchors, flags, quoting and escapes are rewritten so that they mean
//! what they mean in Java: `\d`, `\w`, `\s` are ASCII, `.` stops at any line end, `$` also matches before a last line end.

/// Characters that make a pattern more than a text.
pub(super) const SPECIAL: [char; 14] = ['\\', '^', '$', '.', '|', '?', '*', '+', '(', ')', '[', ']', '{', '}'];

/// Characters that end a line.
pub(super) const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

const LINE_END_SET: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// `$` where a line end at the very end of the text counts as not being there.
const DOLLAR_BEFORE_LINE_END: &str = r"(?:(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)(?!(?<=\r)\n))";

/// Classes nested deeper than this are refused.
const MAX_NESTING: usize = 50;

pub(super) struct Translated {
    pub(super) pattern: String,
    /// Whether it has a `$` whose meaning depends on a line end at the end of the text.
    pub(super) has_dollar: bool,
}

/// Translates a pattern; `before_line_end` makes `$` match before a last line end, too.
///
/// # Errors
/// What is wrong with it, as the second half of a sentence.
pub(super) fn translate(source: &str, before_line_end: bool) -> Result<Translated, String> {
    let mut translator = Translator {
        chars: source.chars().collect(),
        at: 0,
        out: String::with_capacity(source.len() + 16),
        flags: Flags::default(),
        open: Vec::new(),
        groups: 0,
        before_line_end,
        has_dollar: false,
    };
    translator.pattern()?;
    Ok(Translated { pattern: translator.out, has_dollar: translator.has_dollar })
}

#[derive(Clone, Copy, Default)]
struct Flags {
    multi_line: bool,
    dot_all: bool,
    comments: bool,
    unix_lines: bool,
    unicode_classes: bool,
}

struct Translator {
    chars: Vec<char>,
    at: usize,
    out: String,
    flags: Flags,
    /// The flags to go back to at each closing parenthesis.
    open: Vec<Flags>,
    groups: usize,
    before_line_end: bool,
    has_dollar: bool,
}

impl Translator {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn starts_with(&self, text: &str) -> bool {
        let rest = &self.chars[self.at.min(self.chars.len())..];
        text.chars().count() <= rest.len() && text.chars().zip(rest).all(|(a, b)| a == *b)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.starts_with(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn pattern(&mut self) -> Result<(), String> {
        // Whether there is something before it that can be repeated.
        let mut atom = false;
        while let Some(c) = self.next() {
            if self.flags.comments && self.skip_comment(c) {
                continue;
            }
            atom = match c {
                '(' => {
                    self.group()?;
                    false
                }
                ')' => {
                    self.flags = self.open.pop().ok_or("a closing parenthesis too many")?;
                    self.out.push(')');
                    true
                }
                '|' => {
                    self.out.push('|');
                    false
                }
                '*' | '+' | '?' | '{' => {
                    if !atom {
                        return Err(format!("there is nothing before '{c}' to repeat"));
                    }
                    self.repetition(c)?;
                    false
                }
                '[' => {
                    let set = self.class(0)?;
                    self.out.push_str(&set);
                    true
                }
                '\\' => self.escape()?,
                '^' => {
                    self.out.push_str(match self.flags {
                        Flags { multi_line: false, .. } => r"\A",
                        Flags { unix_lines: true, .. } => r"(?:(?m:^)(?!\z))",
                        _ => r"(?:(?mR:^)(?!\z))",
                    });
                    true
                }
                '$' => {
                    self.dollar();
                    true
                }
                '.' => {
                    self.dot();
                    true
                }
                c => {
                    push_literal(&mut self.out, c);
                    true
                }
            };
        }
        if self.open.is_empty() { Ok(()) } else { Err("a parenthesis is not closed".into()) }
    }

    /// In the mode for comments: whether `c` is a blank or begins a comment, which is then skipped.
    fn skip_comment(&mut self, c: char) -> bool {
        if c == '#' {
            while self.peek().is_some_and(|c| !LINE_ENDS.contains(&c)) {
                self.at += 1;
            }
        }
        c == '#' || c.is_ascii_whitespace() || c == '\u{b}'
    }

    fn dollar(&mut self) {
        if self.flags.multi_line {
            self.out.push_str(if self.flags.unix_lines { "(?m:$)" } else { "(?mR:$)" });
            return;
        }
        self.has_dollar = true;
        self.out.push_str(if self.before_line_end { DOLLAR_BEFORE_LINE_END } else { r"\z" });
    }

    fn dot(&mut self) {
        if self.flags.dot_all {
            self.out.push_str("(?s:.)");
        } else if self.flags.unix_lines {
            self.out.push_str(r"[^\n]");
        } else {
            self.out.push_str("[^");
            self.out.push_str(LINE_END_SET);
            self.out.push(']');
        }
    }

    /// Behind an opening parenthesis.
    fn group(&mut self) -> Result<(), String> {
        if !self.take("?") {
            self.groups += 1;
            self.open.push(self.flags);
            self.out.push('(');
            return Ok(());
        }
        for kind in [":", "=", "!", ">", "<=", "<!"] {
            if self.take(kind) {
                self.open.push(self.flags);
                self.out.push_str("(?");
                self.out.push_str(kind);
                return Ok(());
            }
        }
        if self.take("<") {
            return self.named_group();
        }
        self.flag_group()
    }

    fn named_group(&mut self) -> Result<(), String> {
        let name = self.name('>')?;
        self.groups += 1;
        self.open.push(self.flags);
        self.out.push_str("(?<");
        self.out.push_str(&name);
        self.out.push('>');
        Ok(())
    }

    fn name(&mut self, close: char) -> Result<String, String> {
        let mut name = String::new();
        loop {
            match self.next() {
                Some(c) if c == close && !name.is_empty() => return Ok(name),
                Some(c) if c.is_ascii_alphabetic() || (c.is_ascii_digit() && !name.is_empty()) => {
                    name.push(c);
                }
                _ => return Err("a group's name has letters and digits between < and >".into()),
            }
        }
    }

    /// `(?i)`, `(?s-m)`, `(?i:…)`: flags to the end of the group, or for a group of their own.
    fn flag_group(&mut self) -> Result<(), String> {
        let outer = self.flags;
        let (mut on, mut ignore_case) = (true, None);
        loop {
            match self.next() {
                Some('-') if on => on = false,
                Some('i') => ignore_case = Some(on),
                Some('m') => self.flags.multi_line = on,
                Some('s') => self.flags.dot_all = on,
                Some('x') => self.flags.comments = on,
                Some('d') => self.flags.unix_lines = on,
                Some('U') => self.flags.unicode_classes = on,
                // Letters are compared by Unicode's rules anyhow.
                Some('u') => {}
                Some(end @ (')' | ':')) => {
                    let scoped = end == ':';
                    if scoped {
                        self.open.push(outer);
                    }
                    self.out.push_str(match (ignore_case, scoped) {
                        (Some(true), true) => "(?i:",
                        (Some(false), true) => "(?-i:",
                        (None, true) => "(?:",
                        (Some(true), false) => "(?i)",
                        (Some(false), false) => "(?-i)",
                        (None, false) => "",
                    });
                    return Ok(());
                }
                Some(c) => return Err(format!("'{c}' is no kind of group and no flag")),
                None => return Err("a parenthesis is not closed".into()),
            }
        }
    }

    fn repetition(&mut self, c: char) -> Result<(), String> {
        self.out.push(c);
        if c == '{' {
            let least = self
                .count()?
                .ok_or("'{' needs a number of repetitions after it; write \\{ for the character itself")?;
            self.out.push_str(&least.to_string());
            if self.take(",") {
                self.out.push(',');
                if let Some(most) = self.count()? {
                    if most < least {
                        return Err(format!("{{{least},{most}}} has the smaller number last"));
                    }
                    self.out.push_str(&most.to_string());
                }
            }
            if !self.take("}") {
                return Err("the braces of a repetition are not closed".into());
            }
            self.out.push('}');
        }
        if let Some(greed @ ('?' | '+')) = self.peek() {
            self.at += 1;
            self.out.push(greed);
        }
        Ok(())
    }

    fn count(&mut self) -> Result<Option<u32>, String> {
        let mut count = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            let longer = count.unwrap_or(0) * 10 + digit;
            if longer > 1_000_000 {
                return Err("a repetition is too large".into());
            }
            count = Some(longer);
        }
        Ok(count)
    }

    /// Behind a backslash outside a class; whether what it writes can be repeated.
    fn escape(&mut self) -> Result<bool, String> {
        let c = self.next().ok_or("it ends with a backslash")?;
        match c {
            'Q' => return Ok(self.quoted()),
            'E' => return Ok(false),
            'A' | 'z' | 'G' => {
                self.out.push('\\');
                self.out.push(c);
            }
            'b' | 'B' => {
                if self.take("{g}") {
                    return Err("\\b{g} is not supported".into());
                }
                self.out.push('\\');
                self.out.push(c);
            }
            'Z' => self.out.push_str(DOLLAR_BEFORE_LINE_END),
            'R' => {
                self.out.push_str("(?:\\r\\n|[\\x0B\\x0C");
                self.out.push_str(LINE_END_SET);
                self.out.push_str("])");
            }
            'X' => return Err("\\X is not supported".into()),
            'k' => {
                if !self.take("<") {
                    return Err("\\k needs a group's name between < and > after it".into());
                }
                let name = self.name('>')?;
                self.out.push_str("\\k<");
                self.out.push_str(&name);
                self.out.push('>');
            }
            '1'..='9' => self.back_reference(c)?,
            _ => match self.set_or_char(c)? {
                Item::Set(set) => self.out.push_str(&set),
                Item::Char(c) => push_literal(&mut self.out, c),
            },
        }
        Ok(true)
    }

    /// `\11` is the eleventh group where there is one, and the first with a 1 after it otherwise.
    fn back_reference(&mut self, first: char) -> Result<(), String> {
        let mut group = first.to_digit(10).unwrap_or(0) as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = group * 10 + digit as usize;
            if longer > self.groups {
                break;
            }
            group = longer;
            self.at += 1;
        }
        if group > self.groups {
            return Err(format!("it refers to group {group}, but there are {}", self.groups));
        }
        self.out.push_str(&format!("(?:\\{group})"));
        Ok(())
    }

    /// `\Q…\E`; whether there is anything in it.
    fn quoted(&mut self) -> bool {
        let before = self.out.len();
        while self.at < self.chars.len() && !self.take("\\E") {
            push_literal(&mut self.out, self.chars[self.at]);
            self.at += 1;
        }
        self.out.len() > before
    }

    /// A class in brackets, after the opening one.
    fn class(&mut self, depth: usize) -> Result<String, String> {
        if depth > MAX_NESTING {
            return Err("classes are nested too deeply".into());
        }
        let mut set = String::from("[");
        if self.take("^") {
            set.push('^');
        }
        let mut first = true;
        loop {
            let c = self.next().ok_or("a bracket is not closed")?;
            if self.flags.comments && self.skip_comment(c) {
                continue;
            }
            let item = match c {
                ']' if !first => {
                    set.push(']');
                    return Ok(set);
                }
                '[' => Item::Set(self.class(depth + 1)?),
                '&' if self.take("&") => Item::Set("&&".into()),
                '\\' if self.take("Q") => Item::Set(self.quoted_in_class()),
                '\\' => self.class_escape()?,
                c => Item::Char(c),
            };
            first = false;
            match item {
                Item::Set(inner) => set.push_str(&inner),
                Item::Char(low) => {
                    push_in_class(&mut set, low);
                    if self.peek() == Some('-') && !matches!(self.chars.get(self.at + 1), None | Some(']' | '[')) {
                        self.at += 1;
                        let high = match self.next() {
                            Some('\\') => self.class_escape()?,
                            Some(c) => Item::Char(c),
                            None => return Err("a bracket is not closed".into()),
                        };
                        let Item::Char(high) = high else {
                            return Err("a range ends with a class".into());
                        };
                        if high < low {
                            return Err(format!("the range {low}-{high} runs backwards"));
                        }
                        set.push('-');
                        push_in_class(&mut set, high);
                    }
                }
            }
        }
    }

    fn class_escape(&mut self) -> Result<Item, String> {
        let c = self.next().ok_or("it ends with a backslash")?;
        self.set_or_char(c)
    }

    fn quoted_in_class(&mut self) -> String {
        let mut set = String::new();
        while self.at < self.chars.len() && !self.take("\\E") {
            push_in_class(&mut set, self.chars[self.at]);
            self.at += 1;
        }
        set
    }

    /// What an escape means, where that is the same inside and outside a class; `c` is the letter after the backslash.
    fn set_or_char(&mut self, c: char) -> Result<Item, String> {
        let unicode = self.flags.unicode_classes;
        let set = |ascii: &str, class: &str| Ok(Item::Set(if unicode { class } else { ascii }.to_owned()));
        match c {
            'd' => set("[0-9]", r"\d"),
            'D' => set("[^0-9]", r"\D"),
            'w' => set("[a-zA-Z0-9_]", r"\w"),
            'W' => set("[^a-zA-Z0-9_]", r"\W"),
            's' => set(r"[ \t\n\x0B\x0C\r]", r"\s"),
            'S' => set(r"[^ \t\n\x0B\x0C\r]", r"\S"),
            'h' => Ok(Item::Set(format!("[{HORIZONTAL}]"))),
            'H' => Ok(Item::Set(format!("[^{HORIZONTAL}]"))),
            'v' => Ok(Item::Set(format!(r"[\x0B\x0C{LINE_END_SET}]"))),
            'V' => Ok(Item::Set(format!(r"[^\x0B\x0C{LINE_END_SET}]"))),
            'p' | 'P' => {
                let name = self.property_name()?;
                property(&name, c == 'P').map(Item::Set)
            }
            't' => Ok(Item::Char('\t')),
            'n' => Ok(Item::Char('\n')),
            'r' => Ok(Item::Char('\r')),
            'f' => Ok(Item::Char('\u{c}')),
            'a' => Ok(Item::Char('\u{7}')),
            'e' => Ok(Item::Char('\u{1b}')),
            'c' => {
                let control = self.next().ok_or("\\c needs a letter after it")?;
                let code = u32::from(control) ^ 64;
                char::from_u32(code).map(Item::Char).ok_or_else(|| "\\c needs a letter after it".into())
            }
            '0' => self.octal(),
            'x' => self.hexadecimal(),
            'u' => self.utf16(),
            c if c.is_ascii_alphanumeric() => Err(format!("\\{c} has no meaning")),
            c => Ok(Item::Char(c)),
        }
    }

    fn octal(&mut self) -> Result<Item, String> {
        let mut code = 0;
        let mut digits = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(8))
            && digits < 3
            && code * 8 + digit <= 0o377
        {
            code = code * 8 + digit;
            digits += 1;
            self.at += 1;
        }
        match char::from_u32(code) {
            Some(c) if digits > 0 => Ok(Item::Char(c)),
            _ => Err("\\0 needs octal digits after it".into()),
        }
    }

    fn hexadecimal(&mut self) -> Result<Item, String> {
        let code = if self.take("{") {
            let mut code: u32 = 0;
            while let Some(digit) = self.peek().and_then(|c| c.to_digit(16))
                && code <= 0x10_ffff
            {
                code = code * 16 + digit;
                self.at += 1;
            }
            self.take("}").then_some(code)
        } else {
            self.hex_digits(2)
        };
        code.and_then(char::from_u32)
            .map(Item::Char)
            .ok_or_else(|| "\\x needs two hexadecimal digits after it, or more in braces".into())
    }

    /// `\uXXXX`; two halves of a pair make one character.
    fn utf16(&mut self) -> Result<Item, String> {
        let wrong = || "\\u needs the four hexadecimal digits of a character after it".to_owned();
        let first = self.hex_digits(4).ok_or_else(wrong)?;
        let code = if (0xd800..0xdc00).contains(&first) && self.take("\\u") {
            let second = self.hex_digits(4).ok_or_else(wrong)?;
            0x1_0000 + ((first - 0xd800) << 10) + second.checked_sub(0xdc00).ok_or_else(wrong)?
        } else {
            first
        };
        char::from_u32(code).map(Item::Char).ok_or_else(wrong)
    }

    fn hex_digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.chars.get(self.at..self.at + count)?;
        let code = digits.iter().try_fold(0, |code, c| Some(code * 16 + c.to_digit(16)?))?;
        self.at += count;
        Some(code)
    }

    fn property_name(&mut self) -> Result<String, String> {
        if !self.take("{") {
            return self.next().map(String::from).ok_or_else(|| "\\p needs the name of a class after it".into());
        }
        let mut name = String::new();
        loop {
            match self.next() {
                Some('}') => return Ok(name),
                Some(c) => name.push(c),
                None => return Err("the braces of \\p are not closed".into()),
            }
        }
    }
}

/// An element of a class, or what one place in the text may be.
enum Item {
    Char(char),
    Set(String),
}

const HORIZONTAL: &str = r" \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}";

/// The class after `\p`: those of POSIX are ASCII, the others are Unicode's.
fn property(name: &str, negated: bool) -> Result<String, String> {
    let not = if negated { "^" } else { "" };
    let ascii = match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "Punct" => r"!-/:-@\[-`{-\x7E",
        "Graph" => r"!-\x7E",
        "Print" => r"\x20-\x7E",
        "Blank" => r" \t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9a-fA-F",
        "Space" => r" \t\n\x0B\x0C\r",
        "L1" => r"\x00-\x{FF}",
        "LC" => r"\p{Lu}\p{Ll}\p{Lt}",
        "LD" => r"\p{L}\p{Nd}",
        "javaLowerCase" => r"\p{Lowercase}",
        "javaUpperCase" => r"\p{Uppercase}",
        "javaLetter" => r"\p{L}",
        "javaDigit" => r"\p{Nd}",
        "javaLetterOrDigit" => r"\p{L}\p{Nd}",
        "javaWhitespace" => {
            r"\t\n\x0B\x0C\r\x1C-\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}"
        }
        _ => "",
    };
    if !ascii.is_empty() {
        return Ok(format!("[{not}{ascii}]"));
    }
    let word = name
        .strip_prefix("Is")
        .or_else(|| name.strip_prefix("general_category="))
        .or_else(|| name.strip_prefix("gc="))
        .unwrap_or(name);
    let word_like = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '='));
    if name.starts_with("In") || name.starts_with("block=") || name.starts_with("blk=") {
        return Err(format!("blocks such as {name} are not supported; name the script instead, as in \\p{{IsGreek}}"));
    }
    if !word_like {
        return Err(format!("there is no class {name}"));
    }
    Ok(format!("[{not}\\p{{{word}}}]"))
}

fn push_literal(out: &mut String, c: char) {
    if SPECIAL.contains(&c) {
        out.push('\\');
    }
    out.push(c);
}

fn push_in_class(set: &mut String, c: char) {
    if matches!(c, '[' | ']' | '^' | '-' | '&' | '~' | '\\') {
        set.push('\\');
    }
    set.push(c);
}

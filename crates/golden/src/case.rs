//! Tables of inputs: `//@ case: small {"net":100} => 119.00` runs a section once more, with those arguments.

use rainwright::builtins::json_data;

use crate::Settings;

/// One row of a table of inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// 1-based line in the file.
    pub line: u32,
    /// The arguments, with their values as JSON.
    pub args: Vec<(String, String)>,
    /// What the script returns.
    pub result: Option<String>,
    /// The error that ends the run, with a part of its message.
    pub ends: Option<(u16, String)>,
}

impl Case {
    /// Reads `[name] {"arg": value} [=> result]`; `=> error E3011 text` expects an error.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("case: {why}; write it like: small {{\"net\": 100}} => 119.00");
        let open = text.find('{').ok_or_else(|| wrong("there are no arguments"))?;
        // This reader tells where the object ends; ours keeps every digit of its numbers.
        let mut values = serde_json::Deserializer::from_str(&text[open..]).into_iter::<serde::de::IgnoredAny>();
        if let Some(Err(error)) = values.next() {
            return Err(wrong(&format!("the arguments are no JSON object ({error})")));
        }
        let (given, rest) = text[open..].split_at(values.byte_offset());
        let arguments = json_data(given).map_err(|problem| wrong(&problem.message))?;
        let mut case = Case { name: text[..open].trim().to_owned(), ..Case::default() };
        let arguments = arguments.as_map().into_iter().flat_map(|map| map.iter());
        case.args = arguments.map(|(name, value)| (name.to_string(), value.to_json())).collect();
        if case.name.is_empty() {
            given.clone_into(&mut case.name);
        }
        let rest = rest.trim();
        match rest.strip_prefix("=>").map(str::trim) {
            Some(expected) => match expected.strip_prefix("error E") {
                Some(error) => case.ends = Some(code_and_text(error).ok_or_else(|| wrong("error E wants a number"))?),
                None => case.result = Some(expected.to_owned()),
            },
            None if rest.is_empty() => {}
            None => return Err(wrong(&format!("'{rest}' is not expected"))),
        }
        Ok(case)
    }

    /// The settings of its run.
    pub(crate) fn settings(&self, section: &Settings) -> Settings {
        let mut settings = Settings { cases: Vec::new(), ..section.clone() };
        settings.args.retain(|(name, _)| !self.args.iter().any(|(own, _)| own == name));
        settings.args.extend(self.args.iter().cloned());
        if self.result.is_some() {
            settings.result.clone_from(&self.result);
        }
        if let Some((code, text)) = &self.ends {
            (settings.ends, settings.ends_text) = (Some(*code), text.clone());
        }
        settings
    }
}

/// `3011 no such lead` as a code and a part of its message.
pub(crate) fn code_and_text(text: &str) -> Option<(u16, String)> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, text[digits.len()..].trim_start_matches(':').trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn cases_are_read() {
        let case = Case::read("with tax {\"net\": 100, \"to\": \"a}\"} => 119.00").unwrap_or_default();
        assert_eq!((case.name.as_str(), case.result.as_deref()), ("with tax", Some("119.00")));
        assert_eq!(case.args, [("net".to_owned(), "100".to_owned()), ("to".to_owned(), "\"a}\"".to_owned())]);
        // Every digit reaches the script.
        let case = Case::read("{\"price\": 15.50, \"big\": 12345678901234567890.123}").unwrap_or_default();
        let values: Vec<_> = case.args.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["15.50", "12345678901234567890.123"]);
        let case = Case::read("{} => error E3011 no lead").unwrap_or_default();
        assert_eq!((case.name.as_str(), case.ends), ("{}", Some((3011, "no lead".to_owned()))));
        for wrong in ["x", "{\"a\" 1}", "{} 5", "[1] => 5", "{} => error Ex"] {
            assert!(Case::read(wrong).is_err_and(|why| why.contains("write it like")), "{wrong}");
        }
    }
}

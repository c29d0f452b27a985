//! The fields of a form, or of a query, in the order in which they came.

/// Names and values; a name may come several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads `a=1&b=2`. Bytes that are not UTF-8 are replaced, as browsers send none.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        Self { fields: url::form_urlencoded::parse(bytes).into_owned().collect() }
    }

    /// The value of a field without blanks around it; empty when it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value of a field as it is, for passwords; empty when it is missing.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Whether a field is there with something in it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All values of a field, those that are empty left out.
    pub fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.trim())
            .filter(|v| !v.is_empty())
    }

    /// The fields whose names begin so, with the rest of their names.
    pub fn under<'f>(&'f self, prefix: &'f str) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.fields.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_form() {
        let form = Form::parse(b"a=1&a=+2+&b=&set.key=x%3Dy&%ff=%ff&&=");
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), ("1", "", ""));
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert!(form.has("a") && !form.has("b"));
        assert_eq!(form.under("set.").collect::<Vec<_>>(), [("key", "x=y")]);
    }
}

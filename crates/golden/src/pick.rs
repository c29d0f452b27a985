//! Which sections of golden files are run.

use crate::Section;

/// Which sections are run; the default takes all of them.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    /// Only those with one of these in their file's name or their own, in any case.
    pub filter: Vec<String>,
    /// Only those with one of these tags.
    pub tags: Vec<String>,
    /// None with one of these tags.
    pub skip: Vec<String>,
}

impl Pick {
    /// Whether a section is run.
    pub(crate) fn takes(&self, file: &str, section: &Section) -> bool {
        let tags = &section.settings.tags;
        let tagged = |wanted: &[String]| wanted.iter().any(|tag| tags.contains(tag));
        if !(self.tags.is_empty() || tagged(&self.tags)) || tagged(&self.skip) {
            return false;
        }
        let cases = section.settings.cases.iter().map(|case| case.name.as_str());
        let title = std::iter::once(section.name.as_str()).chain(cases).collect::<Vec<_>>().join(" ");
        let title = format!("{file} {title}").to_lowercase();
        self.filter.is_empty() || self.filter.iter().any(|text| title.contains(&text.to_lowercase()))
    }

    /// Whether it takes every section.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.filter.is_empty() && self.tags.is_empty() && self.skip.is_empty()
    }
}

//! What is computed beside scripts: formulas, conditions, criteria, and the scripts in pages; for a checker of scripts.

use rainwright_records::{FieldType, Form, Storage};

use super::expression;
use crate::Application;
use crate::page::{content, entities};

/// A text of an application that holds an expression or scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationText {
    /// The field, workflow, report or page.
    pub place: String,
    /// The form whose fields it may name alone.
    pub form: Option<String>,
    /// A script that computes it.
    pub source: String,
    /// Whether the lines of the script are those of its file.
    pub has_lines: bool,
}

impl Application {
    /// The expressions of the application that can be read, each as a script: formulas, initial values, conditions, criteria.
    #[must_use]
    pub fn expressions(&self) -> Vec<ApplicationText> {
        let mut found = Vec::new();
        let mut add = |place: String, form: &str, expression: &str| {
            if expression::read(expression).is_ok() {
                let form = Some(form).filter(|form| !form.is_empty()).map(str::to_owned);
                found.push(ApplicationText { place, form, source: expression::script(expression), has_lines: false });
            }
        };
        for form in &self.forms {
            of_fields(&form.name, form, &mut add);
            for field in form.fields.iter().filter(|field| field.storage() == Storage::Rows) {
                let rows = Form { fields: field.fields.clone(), ..Form::default() };
                of_fields(&format!("{}.{}", form.name, field.name), &rows, &mut add);
            }
        }
        for workflow in &self.workflows {
            // A form that is not there is told of already.
            if workflow.form.contains('[') && self.form(workflow.form_name()).is_some() {
                add(workflow.name.clone(), workflow.form_name(), &workflow.form);
            }
            for action in &workflow.actions {
                if let Some(condition) = action.condition.as_deref() {
                    add(format!("{} {}", workflow.name, action.event), workflow.form_name(), condition);
                }
            }
        }
        for report in &self.reports {
            if let (Some(criteria), Some(_)) = (report.criteria.as_deref(), self.form(&report.form)) {
                add(format!("report {}", report.name), &report.form, &format!("{}[{criteria}]", report.form));
            }
        }
        found
    }

    /// The scripts in pages, with everything around them blank or as it is, so that their lines are those of the page.
    #[must_use]
    pub fn page_scripts(&self) -> Vec<ApplicationText> {
        let mut found = Vec::new();
        for page in &self.pages {
            let mut add = |source: String| {
                found.push(ApplicationText {
                    place: format!("page {}", page.name),
                    form: None,
                    source,
                    has_lines: true,
                });
            };
            if !page.source.trim_start().starts_with("<zml") {
                let inner = content(&page.source);
                if inner.contains("<%") {
                    let before = page.source.len() - inner.len();
                    add(blank(page.source.get(..before).unwrap_or_default()) + inner);
                }
                continue;
            }
            // Snippets in a layout lie in sections of their own.
            let mut from = 0;
            while let Some(start) = page.source.get(from..).and_then(|rest| rest.find(SECTION)) {
                let start = from + start + SECTION.len();
                let rest = page.source.get(start..).unwrap_or_default();
                let end = start + rest.find("]]>").unwrap_or(rest.len());
                let inner = content(page.source.get(start..end).unwrap_or_default());
                let script = entities(inner);
                if script.contains("<%") {
                    add(blank(page.source.get(..end - inner.len()).unwrap_or_default()) + &script);
                }
                from = end;
            }
        }
        found
    }
}

const SECTION: &str = "<![CDATA[";

/// A text with nothing but its lines.
fn blank(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\n' | '\r') { c } else { ' ' }).collect()
}

fn of_fields(name: &str, form: &Form, add: &mut impl FnMut(String, &str, &str)) {
    for field in &form.fields {
        let place = format!("{name}.{}", field.name);
        if let (FieldType::Formula, Some(formula)) = (field.kind, field.formula.as_deref()) {
            add(place.clone(), name, formula);
        }
        let initial = field.initial.as_deref().and_then(|text| text.strip_prefix("${")?.strip_suffix('}'));
        if let Some(initial) = initial {
            add(place.clone(), name, initial);
        }
        if let (Some(filter), Some(to)) = (field.filter.as_deref(), field.looks_up.as_deref()) {
            add(place, name, &format!("{to}[{filter}]"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Application, Page};

    #[test]
    fn scripts_of_pages_keep_their_lines() {
        let page = |source: &str| Page { name: "P".into(), source: source.into(), ..Page::default() };
        let zml = "<zml>\n<pc><![CDATA[\n<%{%>a<%}%>]]></pc>\n<pc><![CDATA[plain]]></pc>\n<pc><![CDATA[&lt;%{%&gt;b<%}%>]]></pc></zml>";
        let html = "htmlpage x()\ncontent\n<%{%>c<%}%>";
        let app = Application { pages: vec![page(zml), page(html), page("<p>")], ..Application::default() };
        let found: Vec<(usize, String)> = app
            .page_scripts()
            .iter()
            .map(|text| (text.source.lines().count(), text.source.trim().to_owned()))
            .collect();
        let expected = [(3, "<%{%>a<%}%>"), (5, "<%{%>b<%}%>"), (3, "<%{%>c<%}%>")];
        assert_eq!(found, expected.map(|(lines, text)| (lines, text.to_owned())));
    }
}

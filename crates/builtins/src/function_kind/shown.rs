//! What a function returned, as text for a terminal: a message of Cliq, a related list, the answer of an API.

use rainwright_effect::Data;

use super::Returns;

impl Returns {
    /// A result as people would see it in the product; `None` where the value itself says it best.
    #[must_use]
    pub fn show(self, result: &Data) -> Option<String> {
        let mut page = Page::default();
        match self {
            Returns::Message => page.message(result),
            Returns::RelatedList => page.related_list(result.as_text()?)?,
            Returns::Validation => match (text(result, "status"), text(result, "message")) {
                ("success", _) => page.line("The record may be saved."),
                ("error", why) => page.line(&format!("The record is not saved: {why}")),
                _ => return None,
            },
            Returns::Rest => page.response(result.get("crmAPIResponse")?),
            Returns::CustomApi => {
                page.line(&Data::map([("code", Data::Number(3000)), ("result", result.clone())]).to_json());
            }
            Returns::Suggestions => page.choices(result, "title", "description")?,
            Returns::Choices => page.choices(result, "label", "value")?,
            Returns::Form => page.form(result),
            Returns::Widget => page.widget(result),
            Returns::Button => page.line(result.get("message")?.as_text()?),
            Returns::Bot => page.bot(result),
            Returns::Operations => page.operations(result)?,
            _ => return None,
        }
        Some(page.0.trim_end().to_owned()).filter(|page| !page.is_empty())
    }
}

/// Lines of text.
#[derive(Default)]
struct Page(String);

/// The text of a key; empty when it is none.
fn text<'d>(data: &'d Data, key: &str) -> &'d str {
    data.get(key).and_then(Data::as_text).unwrap_or_default()
}

fn list<'d>(data: &'d Data, key: &str) -> &'d [Data] {
    data.get(key).and_then(Data::as_list).unwrap_or_default()
}

/// A value in one line: a text without its quotes.
fn word(data: &Data) -> String {
    data.as_text().map_or_else(|| data.to_json(), str::to_owned)
}

impl Page {
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// A line with its label, when there is anything to say.
    fn named(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("{name} {value}"));
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.line(text);
        }
    }

    fn message(&mut self, data: &Data) {
        match text(data, "type") {
            "banner" => return self.line(&format!("banner ({}): {}", text(data, "status"), text(data, "text"))),
            "openurl" => return self.line(&format!("opens {}", text(data, "url"))),
            "form" => return self.form(data),
            _ => {}
        }
        self.named("from", data.get("bot").map_or("", |bot| text(bot, "name")));
        if let Some(card) = data.get("card") {
            let theme = text(card, "theme");
            let theme = if theme.is_empty() { String::new() } else { format!(" ({theme})") };
            self.line(&format!("== {}{theme} ==", text(card, "title")));
        }
        self.text(text(data, "text"));
        for slide in list(data, "slides") {
            self.slide(slide);
        }
        self.buttons(list(data, "buttons"));
        let suggestions = data.get("suggestions").map(|all| list(all, "list")).unwrap_or_default();
        let suggestions: Vec<&str> = suggestions.iter().map(|one| text(one, "text")).collect();
        self.named("suggests", &suggestions.join(" | "));
        if let Some(context) = data.get("context") {
            self.named("asks as", text(context, "id"));
            for question in list(context, "params") {
                self.line(&format!("  {}: {}", text(question, "name"), text(question, "question")));
            }
        }
    }

    fn slide(&mut self, slide: &Data) {
        let (kind, title) = (text(slide, "type"), text(slide, "title"));
        if !title.is_empty() {
            self.line(&format!("-- {title} --"));
        }
        let Some(data) = slide.get("data") else { return };
        match kind {
            "table" => {
                let headers: Vec<String> = list(data, "headers").iter().map(word).collect();
                let rows = list(data, "rows").iter().map(|row| {
                    headers.iter().map(|header| row.get(header).map(word).unwrap_or_default()).collect::<Vec<_>>()
                });
                self.table(&headers, &rows.collect::<Vec<_>>());
            }
            "list" | "images" => {
                for item in data.as_list().unwrap_or_default() {
                    self.line(&format!("  * {}", word(item)));
                }
            }
            "label" => {
                for label in data.as_list().unwrap_or_default() {
                    for (key, value) in label.as_map().iter().flat_map(|map| map.iter()) {
                        self.line(&format!("  {}: {}", word(key), word(value)));
                    }
                }
            }
            _ => self.line(&word(data)),
        }
    }

    fn buttons(&mut self, buttons: &[Data]) {
        let buttons: Vec<String> = buttons
            .iter()
            .map(|button| {
                let action = button.get("action").map_or("", |action| text(action, "type"));
                let action = if action.is_empty() { String::new() } else { format!(" {action}") };
                format!("[{}{action}]", text(button, "label"))
            })
            .collect();
        self.named("buttons", &buttons.join(" "));
    }

    fn form(&mut self, form: &Data) {
        self.line(&format!("== form {} ==", text(form, "title")));
        self.text(text(form, "hint"));
        for input in list(form, "inputs") {
            let must = if input.get("mandatory").and_then(Data::as_bool) == Some(true) { " *" } else { "" };
            self.line(&format!("  {}: {} ({}){must}", text(input, "label"), text(input, "name"), text(input, "type")));
            for option in list(input, "options") {
                self.line(&format!("    {} = {}", text(option, "label"), text(option, "value")));
            }
        }
        let label = text(form, "button_label");
        let action = form.get("action").map_or("", |action| text(action, "name"));
        self.line(&format!("[{}] calls {action}", if label.is_empty() { "Submit" } else { label }));
    }

    fn widget(&mut self, widget: &Data) {
        let active = widget.get("active_tab").map(word).unwrap_or_default();
        let tabs: Vec<String> = list(widget, "tabs")
            .iter()
            .map(|tab| {
                if text(tab, "id") == active {
                    format!("[{}]", text(tab, "label"))
                } else {
                    text(tab, "label").to_owned()
                }
            })
            .collect();
        self.named("tabs", &tabs.join(" "));
        for section in list(widget, "sections") {
            self.line(&format!("section {}", section.get("id").map(word).unwrap_or_default()));
            for element in list(section, "elements") {
                match text(element, "type") {
                    "divider" => self.line("  ----"),
                    "title" => self.line(&format!("  == {} ==", text(element, "text"))),
                    "buttons" => self.buttons(list(element, "buttons")),
                    "table" => {
                        let headers: Vec<String> = list(element, "headers").iter().map(word).collect();
                        let rows = list(element, "rows").iter().map(|row| {
                            headers.iter().map(|key| row.get(key).map(word).unwrap_or_default()).collect::<Vec<_>>()
                        });
                        self.table(&headers, &rows.collect::<Vec<_>>());
                    }
                    _ => self.line(&format!("  {}", text(element, "text"))),
                }
            }
        }
    }

    fn bot(&mut self, data: &Data) {
        self.line(&format!("action {}", text(data, "action")));
        for reply in list(data, "replies") {
            let reply = reply.as_text().map_or_else(|| text(reply, "text").to_owned(), str::to_owned);
            self.line(&format!("  {reply}"));
        }
        let suggestions: Vec<String> = list(data, "suggestions").iter().map(word).collect();
        self.named("suggests", &suggestions.join(" | "));
        self.named("to department", text(data, "department"));
        for question in list(data, "questions") {
            self.line(&format!(
                "  {}: {}",
                text(question, "name"),
                list(question, "replies").first().map(word).unwrap_or_default()
            ));
        }
    }

    fn operations(&mut self, data: &Data) -> Option<()> {
        for operation in data.get("operation")?.as_list()? {
            self.line(text(operation, "OPERATIONNAME"));
            for input in list(operation, "INPUT_DATA") {
                self.line(&format!("  {}", input.to_json()));
            }
        }
        self.named("message", text(data, "message"));
        Some(())
    }

    fn choices(&mut self, data: &Data, first: &str, second: &str) -> Option<()> {
        for one in data.as_list()? {
            let more = one.get(second).map(word).unwrap_or_default();
            let more = if more.is_empty() { more } else { format!(": {more}") };
            self.line(&format!("* {}{more}", text(one, first)));
        }
        Some(())
    }

    fn response(&mut self, response: &Data) {
        let status = response.get("status_code").map_or_else(|| "200".to_owned(), word);
        self.line(&format!("HTTP {status}"));
        for (name, value) in response.get("headers").and_then(Data::as_map).iter().flat_map(|map| map.iter()) {
            self.line(&format!("{}: {}", word(name), word(value)));
        }
        if let Some(body) = response.get("body").filter(|body| !body.is_null()) {
            self.line("");
            self.line(&word(body));
        }
    }

    fn related_list(&mut self, xml: &str) -> Option<()> {
        let document = roxmltree::Document::parse(xml).ok()?;
        let root = document.root_element();
        if root.has_tag_name("error") {
            let message = root.descendants().find(|node| node.has_tag_name("message")).and_then(|node| node.text());
            self.line(&format!("The list says: {}", message.unwrap_or_default()));
            return Some(());
        }
        let mut headers: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in root.children().filter(|node| node.has_tag_name("row")) {
            let mut cells = vec![String::new(); headers.len()];
            for field in row.children().filter(|node| node.has_tag_name("FL")) {
                let name = field.attribute("val").unwrap_or_default();
                let at = headers.iter().position(|header| header == name).unwrap_or_else(|| {
                    headers.push(name.to_owned());
                    cells.push(String::new());
                    headers.len() - 1
                });
                cells[at] = field.text().unwrap_or_default().trim().to_owned();
            }
            rows.push(cells);
        }
        if rows.is_empty() {
            self.line("The list is empty.");
            return Some(());
        }
        self.table(&headers, &rows);
        Some(())
    }

    fn table(&mut self, headers: &[String], rows: &[Vec<String>]) {
        let length = |text: &str| text.chars().count();
        let cell = |row: &[String], at: usize| row.get(at).map(|text| text.replace('\n', " ")).unwrap_or_default();
        let widths: Vec<usize> = (0..headers.len())
            .map(|at| rows.iter().map(|row| length(&cell(row, at))).chain([length(&headers[at])]).max().unwrap_or(0))
            .collect();
        let mut put = |row: &[String]| {
            let cells = widths.iter().enumerate().map(|(at, width)| {
                let text = cell(row, at);
                let blank = " ".repeat(width.saturating_sub(length(&text)));
                text + &blank
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            self.0.push_str(line.trim_end());
            self.0.push('\n');
        };
        put(headers);
        put(&widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>());
        rows.iter().for_each(|row| put(row));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Returns;
    use crate::json_data;

    fn show(returns: Returns, json: &str) -> String {
        returns.show(&json_data(json).unwrap()).unwrap()
    }

    #[test]
    fn a_message_is_text() {
        let shown = show(
            Returns::Message,
            r#"{"bot":{"name":"Orders"},"card":{"title":"Open","theme":"modern-inline"},"text":"Two are open",
                "slides":[{"type":"table","title":"All","data":{"headers":["No","Amount"],"rows":[{"No":"SO-17","Amount":99.50},{"No":"SO-9"}]}},
                          {"type":"label","data":[{"Total":"99.50"}]}],
                "buttons":[{"label":"Approve","type":"+","action":{"type":"invoke.function"}}],
                "suggestions":{"list":[{"text":"yes"},{"text":"no"}]}}"#,
        );
        let expected = "from Orders\n== Open (modern-inline) ==\nTwo are open\n-- All --\nNo     Amount\n-----  ------\nSO-17  99.50\nSO-9\n  Total: 99.50\nbuttons [Approve invoke.function]\nsuggests yes | no";
        assert_eq!(shown, expected);
        assert_eq!(
            show(Returns::Message, r#"{"type":"banner","text":"Saved","status":"success"}"#),
            "banner (success): Saved"
        );
    }

    #[test]
    fn a_related_list_is_a_table() {
        let xml = r#""<record><row no=\"1\"><FL val=\"Name\">Ada</FL><FL val=\"City\">Lund</FL></row><row no=\"2\"><FL val=\"Name\">Bo</FL></row></record>""#;
        assert_eq!(show(Returns::RelatedList, xml), "Name  City\n----  ----\nAda   Lund\nBo");
        assert_eq!(show(Returns::RelatedList, r#""<error><message>None</message></error>""#), "The list says: None");
    }

    #[test]
    fn other_results() {
        assert_eq!(
            show(Returns::Validation, r#"{"status":"error","message":"No mail"}"#),
            "The record is not saved: No mail"
        );
        let response = r#"{"crmAPIResponse":{"status_code":404,"headers":{"X-A":"1"},"body":{"why":"gone"}}}"#;
        assert_eq!(show(Returns::Rest, response), "HTTP 404\nX-A: 1\n\n{\"why\":\"gone\"}");
        assert_eq!(show(Returns::CustomApi, "7"), r#"{"code":3000,"result":7}"#);
        assert_eq!(
            show(Returns::Bot, r#"{"action":"reply","replies":["Hi",{"text":"there"}],"suggestions":["a"]}"#),
            "action reply\n  Hi\n  there\nsuggests a"
        );
        assert!(show(Returns::Form, r#"{"type":"form","title":"T","name":"n","inputs":[{"type":"text","name":"a","label":"A","mandatory":true}],"action":{"name":"f"}}"#).contains("A: a (text) *"));
        assert!(show(Returns::Widget, r#"{"type":"applet","tabs":[{"id":"h","label":"Home"}],"active_tab":"h","sections":[{"id":1,"elements":[{"type":"text","text":"x"}]}]}"#).contains("[Home]"));
    }
}

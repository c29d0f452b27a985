//! What a product does with a function's result, and what it would not take.

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::Data;

/// What a kind of function must return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Nothing; what is returned is dropped.
    Nothing,
    /// Nothing, or a map.
    NothingOrMap,
    /// What its header declares.
    Declared,
    /// A text.
    Text,
    /// A text, or a map with `crmAPIResponse`.
    Rest,
    /// Anything: it becomes the `result` of the API's answer.
    CustomApi,
    /// XML with the rows of a list.
    RelatedList,
    /// Whether a record may be saved.
    Validation,
    /// What a bot says.
    Message,
    /// What may be picked while a command is typed.
    Suggestions,
    /// The choices of a field.
    Choices,
    /// What changes on a form.
    FormChange,
    /// A form.
    Form,
    /// The tabs and sections of a widget.
    Widget,
    /// The preview of a link.
    Preview,
    /// A status.
    Status,
    /// What a button shows.
    Button,
    /// What a chat bot does next.
    Bot,
    /// What changes on a request.
    Operations,
}

/// What a chat bot of SalesIQ can do next.
const BOT_ACTIONS: &[&str] = &["reply", "forward", "end", "context", "block", "pending"];
/// Characters that CRM shows of the message of a validation rule.
const MESSAGE_LENGTH: usize = 100;

impl Returns {
    /// In words, for the reference.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Returns::Nothing => "nothing",
            Returns::NothingOrMap => "nothing, or a map",
            Returns::Declared => "a value of the declared kind",
            Returns::Text => "a text, which is shown",
            Returns::Rest => {
                "a text; or `{\"crmAPIResponse\": {\"status_code\": 200, \"body\": …}}` for a response of its own"
            }
            Returns::CustomApi => "anything; it is the `result` of the answer",
            Returns::RelatedList => {
                "XML: `<record><row no=\"1\"><FL val=\"Name\">Ada</FL></row></record>`, or `<error><message>…</message></error>`"
            }
            Returns::Validation => {
                "`{\"status\": \"success\"}`, or `{\"status\": \"error\", \"message\": \"at most 100 characters\"}`"
            }
            Returns::Message => {
                "null, or a map: text, card, slides, buttons, suggestions, context; or a banner, a form, a link to open"
            }
            Returns::Suggestions => "a list of `{\"title\", \"description\", \"imageurl\"}`",
            Returns::Choices => "a list of `{\"label\", \"value\"}`",
            Returns::FormChange => "`{\"type\": \"form_modification\", \"actions\": […]}`",
            Returns::Form => "`{\"type\": \"form\", \"title\", \"name\", \"inputs\": […], \"action\": {…}}`",
            Returns::Widget => "`{\"type\": \"applet\", \"tabs\": […], \"active_tab\", \"sections\": […]}`",
            Returns::Preview => "a map with the preview",
            Returns::Status => "`{\"status\": 200}`",
            Returns::Button => "nothing, or a map with `message` and `code`",
            Returns::Bot => {
                "`{\"action\": \"reply\", \"replies\": […]}`; actions are reply, forward, end, context, block, pending"
            }
            Returns::Operations => "nothing, or `{\"operation\": [{\"OPERATIONNAME\", \"INPUT_DATA\": […]}]}`",
        }
    }

    /// The kinds that a header may declare, as Deluge writes them; none where any will do.
    #[must_use]
    pub const fn types(self) -> &'static [&'static str] {
        match self {
            Returns::Nothing => &["void"],
            Returns::Text | Returns::RelatedList => &["string"],
            Returns::Validation | Returns::FormChange | Returns::Form | Returns::Widget => &["map"],
            Returns::NothingOrMap | Returns::Button | Returns::Message => &["void", "map"],
            Returns::Preview | Returns::Status | Returns::Bot | Returns::Operations => &["void", "map"],
            Returns::Suggestions | Returns::Choices => &["list"],
            Returns::Declared | Returns::Rest | Returns::CustomApi => &[],
        }
    }

    /// Whether the product takes a result.
    ///
    /// # Errors
    /// [`Code::WrongResult`], with what must be returned.
    pub fn check(self, result: &Data) -> Result<(), Problem> {
        let why = match self {
            Returns::Nothing | Returns::Declared | Returns::CustomApi => return Ok(()),
            Returns::NothingOrMap | Returns::Message | Returns::Button | Returns::Operations if result.is_null() => {
                return Ok(());
            }
            Returns::NothingOrMap | Returns::Preview => map(result).err(),
            Returns::Text => text(result).err(),
            Returns::Rest => rest(result).err(),
            Returns::RelatedList => related_list(result).err(),
            Returns::Validation => validation(result).err(),
            Returns::Message => message(result).err(),
            Returns::Suggestions => each(result, "title").err(),
            Returns::Choices => each(result, "label").and_then(|()| each(result, "value")).err(),
            Returns::FormChange => typed(result, "form_modification").and_then(|()| list(result, "actions")).err(),
            Returns::Form => typed(result, "form").and_then(|()| list(result, "inputs")).err(),
            Returns::Widget => typed(result, "applet").and_then(|()| list(result, "sections")).err(),
            Returns::Status => number(result, "status").err(),
            Returns::Button => map(result).err(),
            Returns::Bot => bot(result).err(),
            Returns::Operations => operations(result).err(),
        };
        match why {
            None => Ok(()),
            Some(why) => {
                let help = format!("It must return {}.", self.doc().replace('`', ""));
                Err(Problem::new(Code::WrongResult, why).with_help(help))
            }
        }
    }
}

type Checked = Result<(), String>;

fn kind(data: &Data) -> String {
    match data {
        Data::Null => "nothing".to_owned(),
        other => format!("a {}", other.kind()),
    }
}

fn map(data: &Data) -> Checked {
    data.as_map().map(|_| ()).ok_or_else(|| format!("It returns {}, not a map", kind(data)))
}

fn text(data: &Data) -> Checked {
    data.as_text().map(|_| ()).ok_or_else(|| format!("It returns {}, not a text", kind(data)))
}

fn list(data: &Data, key: &str) -> Checked {
    let found = data.get(key).and_then(Data::as_list);
    found.map(|_| ()).ok_or_else(|| format!("'{key}' of the result is no list"))
}

fn number(data: &Data, key: &str) -> Checked {
    map(data)?;
    let found = data.get(key).and_then(Data::as_number);
    found.map(|_| ()).ok_or_else(|| format!("'{key}' of the result is no number"))
}

fn typed(data: &Data, name: &str) -> Checked {
    map(data)?;
    match data.get("type").and_then(Data::as_text) {
        Some(found) if found == name => Ok(()),
        Some(found) => Err(format!("'type' of the result is '{found}', not '{name}'")),
        None => Err(format!("The result has no 'type'; it must be '{name}'")),
    }
}

fn each(data: &Data, key: &str) -> Checked {
    let Some(items) = data.as_list() else { return Err(format!("It returns {}, not a list", kind(data))) };
    match items.iter().position(|item| item.get(key).is_none()) {
        None => Ok(()),
        Some(at) => Err(format!("Element {at} of the result has no '{key}'")),
    }
}

fn rest(data: &Data) -> Checked {
    match data {
        Data::Null | Data::Text(_) => Ok(()),
        Data::Map(map) => {
            let Some(response) = map.get("crmAPIResponse") else {
                return Err("It returns a map without 'crmAPIResponse'".to_owned());
            };
            match response.get("status_code") {
                None => Ok(()),
                Some(status) => match status.as_number().or_else(|| status.as_text()?.parse().ok()) {
                    Some(100..=599) => Ok(()),
                    _ => Err(format!("'status_code' is {}, which is no HTTP status", status.to_json())),
                },
            }
        }
        other => Err(format!("It returns {}, not a text", kind(other))),
    }
}

fn related_list(data: &Data) -> Checked {
    text(data)?;
    let text = data.as_text().unwrap_or_default();
    let document = roxmltree::Document::parse(text).map_err(|e| format!("It returns no XML: {e}"))?;
    match document.root_element().tag_name().name() {
        "record" | "error" => Ok(()),
        other => Err(format!("The XML begins with <{other}>, not with <record> or <error>")),
    }
}

fn validation(data: &Data) -> Checked {
    map(data)?;
    match data.get("status").and_then(Data::as_text) {
        Some("success") => Ok(()),
        Some("error") => match data.get("message").and_then(Data::as_text) {
            None | Some("") => Err("A refusal needs a 'message'".to_owned()),
            Some(text) if text.chars().count() > MESSAGE_LENGTH => {
                Err(format!("The message has {} characters; CRM takes {MESSAGE_LENGTH}", text.chars().count()))
            }
            Some(_) => Ok(()),
        },
        _ => Err("'status' of the result is neither 'success' nor 'error'".to_owned()),
    }
}

fn message(data: &Data) -> Checked {
    map(data)?;
    for key in ["slides", "buttons", "references"] {
        if data
            .get(key)
            .is_some_and(|part| part.as_list().is_none() && !(key == "references" && part.as_map().is_some()))
        {
            return Err(format!("'{key}' of the result is no list"));
        }
    }
    for key in ["card", "bot", "context", "suggestions"] {
        if data.get(key).is_some_and(|part| part.as_map().is_none()) {
            return Err(format!("'{key}' of the result is no map"));
        }
    }
    match data.get("type").and_then(Data::as_text) {
        Some("form") => list(data, "inputs"),
        _ => Ok(()),
    }
}

fn bot(data: &Data) -> Checked {
    map(data)?;
    let action = data.get("action").and_then(Data::as_text).unwrap_or_default();
    if !BOT_ACTIONS.contains(&action) {
        return Err(format!("'action' of the result is '{action}', not one of {}", BOT_ACTIONS.join(", ")));
    }
    if action == "reply" { list(data, "replies") } else { Ok(()) }
}

fn operations(data: &Data) -> Checked {
    map(data)?;
    let Some(operations) = data.get("operation") else { return Ok(()) };
    for operation in operations.as_list().ok_or("'operation' of the result is no list")? {
        if operation.get("OPERATIONNAME").and_then(Data::as_text).is_none() {
            return Err("An operation of the result has no 'OPERATIONNAME'".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Returns;
    use crate::json_data;

    #[test]
    fn what_the_product_would_not_take_is_told() {
        let check = |returns: Returns, json: &str| returns.check(&json_data(json).unwrap()).err().map(|p| p.message);
        assert_eq!(check(Returns::Validation, r#"{"status":"success"}"#), None);
        assert!(check(Returns::Validation, r#"{"status":"ok"}"#).unwrap().contains("neither"));
        let long = format!(r#"{{"status":"error","message":"{}"}}"#, "x".repeat(101));
        assert!(check(Returns::Validation, &long).unwrap().contains("101"));
        assert!(check(Returns::RelatedList, r#""<record><row></record>""#).unwrap().contains("no XML"));
        assert!(check(Returns::RelatedList, r#""<rows/>""#).unwrap().contains("<rows>"));
        assert_eq!(check(Returns::RelatedList, r#""<error><message>none</message></error>""#), None);
        assert_eq!(check(Returns::Rest, r#"{"crmAPIResponse":{"status_code":204}}"#), None);
        assert!(check(Returns::Rest, r#"{"crmAPIResponse":{"status_code":"abc"}}"#).is_some());
        assert!(check(Returns::Rest, r#"{"a":1}"#).unwrap().contains("crmAPIResponse"));
        assert!(check(Returns::Message, r#""hello""#).is_some() && check(Returns::Message, "null").is_none());
        assert!(check(Returns::Message, r#"{"slides":{}}"#).unwrap().contains("slides"));
        assert!(check(Returns::Bot, r#"{"action":"replay"}"#).unwrap().contains("replay"));
        assert!(check(Returns::Suggestions, r#"[{"title":"a"},{"name":"b"}]"#).unwrap().contains("Element 1"));
        assert!(check(Returns::Text, "null").unwrap().contains("nothing"));
    }
}

//! Reads the tables under `rows/`: which modules a product has, and which fields of which kinds those have.
//!
//! ```text
//! [Leads] singular=Lead title=Full_Name
//! text: Last_Name! Company
//! picklist Rating: Hot | Cold
//! lookup Accounts: Converted_Account
//! says create: The lead has been added.
//! ```

use std::collections::BTreeMap;

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Text,
    Area,
    Email,
    Phone,
    Website,
    /// One of these texts.
    Picklist(Vec<String>),
    Integer,
    Double,
    Boolean,
    Date,
    DateTime,
    /// A record of that module; `*` is any.
    Lookup(String),
    User,
    Subform,
    List,
    Map,
    Image,
    /// A number that the product counts itself.
    Auto,
    Tags,
}

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModuleField {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether a new record must have it.
    pub(crate) mandatory: bool,
}

/// A module.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Module {
    pub(crate) name: String,
    /// What follows the name: `title=Full_Name`.
    settings: BTreeMap<String, String>,
    pub(crate) fields: Vec<ModuleField>,
}

impl Module {
    /// A module that no row describes.
    pub(crate) fn custom(name: &str, common: &[ModuleField]) -> Self {
        let mut module = Self { name: name.to_owned(), fields: common.to_vec(), ..Self::default() };
        module.fields.push(ModuleField { name: "Name".into(), kind: Kind::Text, mandatory: false });
        module.settings.insert("title".into(), "Name".into());
        module
    }

    /// A module of that name with nothing said of it.
    pub(crate) fn bare(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// What its row says under a key; an empty text if it says nothing.
    pub(crate) fn setting(&self, key: &str) -> &str {
        self.settings.get(key).map(String::as_str).unwrap_or_default()
    }

    /// The field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&ModuleField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields that a new record must have.
    pub(crate) fn mandatory(&self) -> impl Iterator<Item = &ModuleField> {
        self.fields.iter().filter(|field| field.mandatory)
    }

    /// The fields of one kind, by name.
    pub(crate) fn of_kind(&self, fits: impl Fn(&Kind) -> bool) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |field| fits(&field.kind)).map(|field| field.name.as_str())
    }
}

/// The modules of a product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// The fields of `[*]`: every module has them.
    pub(crate) common: Vec<ModuleField>,
    pub(crate) modules: Vec<Module>,
}

impl Rows {
    /// Reads a table. The tables come with the program and a test reads each: a line that makes no sense is left out.
    pub(crate) fn read(text: &str) -> Self {
        let mut rows = Self::default();
        let mut common = true;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(head) = line.strip_prefix('[') {
                let Some((name, rest)) = head.split_once(']') else { continue };
                common = name == "*";
                if !common {
                    let settings = rest.split_whitespace().filter_map(|word| word.split_once('='));
                    let settings = settings.map(|(key, value)| (key.to_owned(), value.replace('_', " ")));
                    let mut module =
                        Module { name: name.to_owned(), settings: settings.collect(), ..Module::default() };
                    // Names of fields keep their underscores; only labels are read as words.
                    for (key, value) in rest.split_whitespace().filter_map(|word| word.split_once('=')) {
                        if !matches!(key, "singular" | "plural") {
                            module.settings.insert(key.to_owned(), value.to_owned());
                        }
                    }
                    rows.modules.push(module);
                }
                continue;
            }
            if let Some((key, text)) = line.strip_prefix("says ").and_then(|rest| rest.split_once(':')) {
                if let Some(module) = rows.modules.last_mut() {
                    module.settings.insert(format!("says {}", key.trim()), text.trim().to_owned());
                }
                continue;
            }
            let fields = fields(line);
            match rows.modules.last_mut() {
                Some(module) if !common => module.fields.extend(fields),
                _ => rows.common.extend(fields),
            }
        }
        for module in &mut rows.modules {
            module.fields.extend(rows.common.iter().cloned());
        }
        rows
    }

    /// The module of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }
}

/// The fields of one line.
fn fields(line: &str) -> Vec<ModuleField> {
    let Some((head, rest)) = line.split_once(':') else { return Vec::new() };
    let (word, argument) = head.split_once(' ').unwrap_or((head, ""));
    let named = |name: &str, kind: Kind| ModuleField {
        name: name.trim_end_matches('!').to_owned(),
        kind,
        mandatory: name.ends_with('!'),
    };
    if word == "picklist" {
        let values = rest.split('|').map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        return vec![named(argument, Kind::Picklist(values.collect()))];
    }
    let kind = match word {
        "textarea" => Kind::Area,
        "email" => Kind::Email,
        "phone" => Kind::Phone,
        "website" => Kind::Website,
        "integer" => Kind::Integer,
        "double" => Kind::Double,
        "boolean" => Kind::Boolean,
        "date" => Kind::Date,
        "datetime" => Kind::DateTime,
        "lookup" => Kind::Lookup(argument.to_owned()),
        "user" => Kind::User,
        "subform" => Kind::Subform,
        "list" => Kind::List,
        "map" => Kind::Map,
        "image" => Kind::Image,
        "autonumber" => Kind::Auto,
        "tags" => Kind::Tags,
        _ => Kind::Text,
    };
    rest.split_whitespace().map(|name| named(name, kind.clone())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        let rows = Rows::read(
            "[*]\nuser: Owner\n\n[Leads] singular=Sales_Lead title=Full_Name\ntext: Last_Name! Company\n\
             picklist Rating!: Hot | Very cold\nlookup Accounts: Parent\n",
        );
        let leads = rows.find("Leads").unwrap();
        assert_eq!((leads.setting("singular"), leads.setting("title")), ("Sales Lead", "Full_Name"));
        let mandatory: Vec<&str> = leads.mandatory().map(|field| field.name.as_str()).collect();
        assert_eq!(mandatory, ["Last_Name", "Rating"]);
        assert_eq!(leads.field("Rating").unwrap().kind, Kind::Picklist(vec!["Hot".into(), "Very cold".into()]));
        assert_eq!(leads.field("Parent").unwrap().kind, Kind::Lookup("Accounts".into()));
        assert!(leads.field("Owner").is_some() && rows.find("*").is_none());
    }
}

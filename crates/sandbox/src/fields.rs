//! The fields of records that are played, for editors that complete their names.

use crate::crm::CRM_ROWS;
use crate::rows::Kind;

/// What every user has that a record names.
const USER: &[&str] = &["email", "id", "name"];
/// What is said of another record.
const LOOKUP: &[&str] = &["id", "name"];

/// A module with its fields, and for those that hold a map, the keys of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayedModule {
    /// The first parts of the tasks that are about it: `zoho.crm`.
    pub tasks: &'static str,
    /// Its name: `Leads`.
    pub name: String,
    /// Its fields.
    pub fields: Vec<(String, &'static [&'static str])>,
}

/// The modules whose records tasks give as they are.
#[must_use]
pub fn played_modules() -> Vec<PlayedModule> {
    let fields = |module: &crate::rows::Module| {
        let inner = |kind: &Kind| match kind {
            Kind::User => USER,
            Kind::Lookup(_) => LOOKUP,
            _ => &[],
        };
        let own = module.fields.iter().map(|field| (field.name.clone(), inner(&field.kind)));
        std::iter::once(("id".to_owned(), &[][..])).chain(own).collect()
    };
    let modules = CRM_ROWS.modules.iter();
    modules
        .map(|module| PlayedModule { tasks: "zoho.crm", name: module.name.clone(), fields: fields(module) })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::played_modules;

    #[test]
    fn leads_have_their_fields() {
        let modules = played_modules();
        let leads = modules.iter().find(|module| module.name == "Leads").unwrap();
        let field = |name: &str| leads.fields.iter().find(|(field, _)| field == name).map(|(_, inner)| *inner);
        assert_eq!(field("Email"), Some(&[][..]));
        assert_eq!(field("Owner"), Some(&["email", "id", "name"][..]));
        assert!(field("id").is_some() && field("No_Such").is_none());
    }
}

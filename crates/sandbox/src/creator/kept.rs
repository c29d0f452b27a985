//! The applications in a seed and in the state file: `"shop.Order": [{…}]`, the forms as they are known, and the files.

use std::collections::BTreeMap;

use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, FieldPath, File, Query};
use rainwright_records::{Applications, Form, LearningStore, Storage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::shown::{self, Shower, Style};
use crate::http::Object;

/// Where a file keeps the forms of the applications.
pub(crate) const FORMS: &str = "creator_forms";
/// Where it keeps the files of records.
pub(crate) const FILES: &str = "creator_files";

/// A file of a record.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeptFile {
    app: String,
    form: String,
    id: i64,
    field: String,
    file: File,
}

/// Puts the records of a seed into their applications.
pub(crate) fn load(
    applications: &Applications,
    forms: BTreeMap<String, Vec<Form>>,
    modules: &[(String, Vec<Object>)],
    files: Vec<KeptFile>,
) -> Result<(), Problem> {
    for (app, forms) in forms {
        applications.with(&app, |store| store.remember(forms))?;
    }
    // Twice: a lookup may lead to a record that comes later.
    for first in [true, false] {
        for (module, records) in modules {
            let Some((app, form)) = module.split_once('.') else { continue };
            applications.with(app, |store| {
                store.learn_form(form)?;
                records.iter().try_for_each(|record| seed(store, form, record, first))
            })?;
        }
    }
    for kept in files {
        let field = [(FieldPath(vec![kept.field]), Data::from(kept.file))];
        applications.with(&kept.app, |store| store.store_fields(&kept.form, kept.id, &field))?;
    }
    Ok(())
}

fn seed(store: &mut LearningStore, form: &str, record: &Object, first: bool) -> Result<(), Problem> {
    let id = record.get("ID").and_then(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()));
    let is_link = |name: &str| {
        let field = store.store().schema().table(form).and_then(|table| table.field(name));
        field.is_some_and(|field| matches!(field.storage(), Storage::Lookup(_) | Storage::Lookups(_)))
    };
    let (links, plain): (Object, Object) = record.clone().into_iter().partition(|(name, _)| is_link(name));
    match (first, id) {
        (true, _) => shown::put(store, form, id, &plain).map(drop),
        (false, Some(_)) if !links.is_empty() => shown::put(store, form, id, &links).map(drop),
        _ => Ok(()),
    }
}

/// All that the applications hold, as parts of a file.
pub(crate) fn parts(applications: &Applications) -> Result<Object, Problem> {
    let mut modules = Object::new();
    let mut forms = Object::new();
    let mut files = Vec::new();
    for app in applications.names() {
        applications.with(&app, |store| {
            for form in store.forms() {
                let ids = store.ids(&Query { form: form.name.clone(), ..Query::default() })?;
                let records =
                    Shower { store: &mut *store, app: &app, style: Style::Kept }.records(&form.name, &ids, None)?;
                modules.insert(format!("{app}.{}", form.name), json!(records));
                for field in form.fields.iter().filter(|field| matches!(field.storage(), Storage::File(_))) {
                    for id in &ids {
                        let kept = store.store().files(&form.name, *id, &field.name)?;
                        files.extend(kept.into_iter().map(|file| KeptFile {
                            app: app.clone(),
                            form: form.name.clone(),
                            id: *id,
                            field: field.name.clone(),
                            file,
                        }));
                    }
                }
            }
            forms.insert(app.clone(), json!(store.forms()));
            Ok::<(), Problem>(())
        })?;
    }
    let known: [(&str, Value); 3] = [("creator", modules.into()), (FORMS, forms.into()), (FILES, json!(files))];
    Ok(known.into_iter().map(|(name, part)| (name.to_owned(), part)).collect())
}

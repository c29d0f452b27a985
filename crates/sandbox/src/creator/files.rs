//! Files in fields of records.

use axum::response::Response;
use rainwright_effect::{Data, FieldPath, File};
use rainwright_records::Storage;
use serde_json::json;

use super::errors::Refusal;
use super::report::Report;
use super::{Ask, DONE, rules};
use crate::http::{json as answer, set, typed};
use crate::world::World;

impl Ask<'_> {
    /// `POST …/report/R/ID/Field/upload`
    pub(super) fn upload(&self, world: &World, report: &Report, id: &str, field: &str) -> Result<Response, Refusal> {
        let form = report.form.as_str();
        let key = self.find(world, report, id)?;
        let part = self.call.file().ok_or_else(|| Refusal::of(3020, ""))?;
        let name = part.file_name.clone().unwrap_or_default();
        let file = File {
            name: name.clone(),
            mime: part.content_type.clone(),
            bytes: part.bytes.to_vec().into(),
            ..File::default()
        };
        let path = self.within(world, |store| {
            let known = store.store().schema().table(form).and_then(|table| table.field(field));
            if known.is_some_and(|known| !matches!(known.storage(), Storage::File(_))) {
                return Err(Refusal::of(3050, field));
            }
            let stored = store.store_fields(form, key, &[(FieldPath(vec![field.to_owned()]), Data::from(file))]);
            stored.map_err(|problem| rules::refused(store, form, &problem))?;
            Ok(self.shower(store).path(form, key, field, &name))
        })?;
        let data = json!({ "filename": name, "filepath": path, "message": "File Uploaded Successfully" });
        Ok(answer(200, json!({ "code": DONE, "data": data })))
    }

    /// `GET …/report/R/ID/Field/download`
    pub(super) fn download(&self, world: &World, report: &Report, id: &str, field: &str) -> Result<Response, Refusal> {
        let key = self.find(world, report, id)?;
        self.send(world, &report.form, key, field)
    }

    /// `GET …/report/R/ID/Subform.Field/ROW/download`
    pub(super) fn download_of_row(
        &self,
        world: &World,
        report: &Report,
        id: &str,
        field: &str,
        row: &str,
    ) -> Result<Response, Refusal> {
        let key = self.find(world, report, id)?;
        let (subform, column) = field.split_once('.').ok_or_else(|| Refusal::of(1000, ""))?;
        let rows = self.within(world, |store| store.rows(&report.form, &[key]))?;
        let found = rows.first().and_then(|record| record.get(subform)).and_then(|rows| match rows {
            Data::Records(set) => {
                let row = row.parse().ok().filter(|row| set.ids.contains(row))?;
                Some((set.form.clone(), row))
            }
            _ => None,
        });
        let (form, row) = found.ok_or_else(|| Refusal::of(3190, row))?;
        self.send(world, &form, row, column)
    }

    /// Sends the file of that name in a field, or the first one.
    fn send(&self, world: &World, form: &str, key: i64, field: &str) -> Result<Response, Refusal> {
        let wanted = self.call.query.get("filepath");
        let files = self.within(world, |store| {
            let table = store.store().schema().expect(form)?;
            // Files are found by the names as they were described, whatever the case of letters in the call.
            let known = table.field(field).map_or(field, |field| field.name.as_str());
            store.store().files(&table.name, key, known)
        })?;
        let mut fitting = files.into_iter().filter(|file| wanted.is_none_or(|name| name == file.name));
        let file = fitting.next().ok_or_else(|| {
            let named = wanted.map(|name| format!(" {name}")).unwrap_or_default();
            Refusal::parameter(&format!("There is no file{named} in the field {field} of the record."))
        })?;
        let kind = if file.mime.is_empty() { "application/octet-stream" } else { &file.mime };
        let mut response = typed(200, kind, file.bytes.to_vec());
        let name: String = file.name.chars().filter(|c| c.is_ascii() && *c != '"' && !c.is_control()).collect();
        set(&mut response, "content-disposition", &format!("attachment;filename=\"{name}\""));
        Ok(response)
    }
}

//! Files of records, always as downloads: what is in them is not ours to show.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rainwright::{Code, Problem};

use super::{Preview, Refused};

/// A file of a record.
pub(crate) async fn show(
    State(preview): State<Preview>,
    Path((form, id, field, place)): Path<(String, i64, String, usize)>,
) -> Response {
    let found = preview.ask(move |running, _| -> Result<_, Refused> {
        let files = running.store().files(&form, id, &field)?;
        files.into_iter().nth(place).ok_or_else(|| Problem::new(Code::UnknownName, "There is no such file").into())
    });
    match found.await.and_then(|found| found) {
        Ok(file) => {
            let name: String =
                file.name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).collect();
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
            ];
            (headers, file.bytes.to_vec()).into_response()
        }
        Err(refused) => preview.refuse(&refused),
    }
}

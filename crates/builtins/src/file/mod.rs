//! Functions of FILE.

mod archive;
mod kind;

pub use kind::of_name as mime_of_name;

pub(crate) use archive::ARCHIVE;

use encoding_rs::Encoding;
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{FileValue, Kind, Kinds, Result, Value};
use std::rc::Rc;

use crate::{Basis, Builtin, Call, Example, Form, Param};

const FILE_KIND: Kinds = Kinds::of(&[Kind::File]);
const TEXT: Kinds = Kinds::of(&[Kind::Text]);
const NAME: &[Param] = &[Param::new("name", TEXT, "The file's name with its extension.")];

/// A row for a function of a file.
const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, aliases, on: FILE_KIND, returns: TEXT, form: Form::Method, doc, examples, run, ..Builtin::ROW }
}

/// Functions of FILE.
pub(crate) const FILE: &[Builtin] = &[
    Builtin {
        name: "toFile",
        on: Kinds::of(&[Kind::Text, Kind::Collection, Kind::Map, Kind::List]),
        params: NAME,
        returns: FILE_KIND,
        form: Form::Method,
        doc: "A file with a name, whose content is the text in UTF-8; the type follows from the name.",
        edge: "A collection, map or list is written as it prints.",
        examples: &[Example::new("\"a,b\".toFile(\"data.csv\").getFileType()", "text/csv")],
        run: |call| {
            let name = call.text(0)?.to_owned();
            let content = match call.receiver() {
                Value::Text(text) => text.as_str().to_owned(),
                other => other.to_text(&call.cx.locale),
            };
            let mime = kind::of_name(&name);
            Ok(Value::from(FileValue::new(name, mime, content.into_bytes())))
        },
        ..Builtin::ROW
    },
    row(
        "getFileName",
        &["getName"],
        "The file's name with its extension.",
        &[Example::new("\"x\".toFile(\"note.txt\").getFileName()", "note.txt")],
        |call| Ok(Value::from(file(call)?.name())),
    ),
    row(
        "getFileSize",
        &[],
        "The number of bytes, as text.",
        &[Example::new("\"12345\".toFile(\"n.txt\").getFileSize()", "5")],
        |call| Ok(Value::from(file(call)?.bytes().len().to_string())),
    ),
    row(
        "getFileType",
        &[],
        "The MIME type, such as image/png.",
        &[Example::new("\"x\".toFile(\"n.txt\").getFileType()", "text/plain")],
        |call| Ok(Value::from(file(call)?.mime())),
    ),
    Builtin {
        edge: "Bytes that are no text, as in an image, give letters without sense.",
        ..row(
            "getFileContent",
            &[],
            "The content as text, read in the file's charset: the one that was set, the one of its byte order mark, else UTF-8.",
            &[Example::new("\"hello\".toFile(\"n.txt\").getFileContent()", "hello")],
            |call| {
                let file = file(call)?;
                if file.bytes().len() > call.cx.max_text() {
                    let message = format!(
                        "The file has {} bytes; a text holds at most {}",
                        file.bytes().len(),
                        call.cx.max_text()
                    );
                    return Err(Box::new(Problem::new(Code::LimitReached, message)));
                }
                Ok(Value::from(content(&file)))
            },
        )
    },
    Builtin {
        params: NAME,
        returns: Kinds::NONE,
        edge: "The extension is part of the name and not kept by itself.",
        ..row(
            "setFileName",
            &[],
            "Gives the file another name.",
            &[Example::new(
                "f = \"x\".toFile(\"a.txt\"); f.setFileName(\"sample.csv\"); info f.getFileName();",
                "sample.csv",
            )],
            |call| {
                file(call)?.set_name(call.text(0)?);
                Ok(Value::Null)
            },
        )
    },
    Builtin {
        params: &[Param::new("type", TEXT, "The MIME type.")],
        returns: Kinds::NONE,
        products: "zoho-crm,zoho-books,zoho-inventory,zoho-desk,zoho-cliq,zoho-flow,zoho-salesiq",
        ..row(
            "setFileType",
            &[],
            "Says which type the file is sent as; the content stays as it is.",
            &[Example::new(
                "f = \"x\".toFile(\"a.txt\"); f.setFileType(\"text/csv\"); info f.getFileType();",
                "text/csv",
            )],
            |call| {
                file(call)?.set_mime(call.text(0)?);
                Ok(Value::Null)
            },
        )
    },
    Builtin {
        params: &[Param::new("charset", TEXT, "The charset's name, such as UTF-16.")],
        returns: Kinds::NONE,
        edge: "A name that no charset has is an error.",
        ..row(
            "setCharset",
            &[],
            "Says in which charset the file is read and sent.",
            &[Example::new("f = \"x\".toFile(\"a.txt\"); f.setCharSet(\"ISO-8859-1\"); info f.getFileContent();", "x")],
            |call| {
                let name = call.text(0)?.trim();
                if Encoding::for_label(name.as_bytes()).is_none() {
                    return Err(call.bad_argument(format!("`{}` is no charset.", crate::shorten(name))));
                }
                file(call)?.set_charset(name);
                Ok(Value::Null)
            },
        )
    },
    Builtin {
        params: &[Param::new("name", TEXT, "The name of the form field.")],
        returns: Kinds::NONE,
        basis: Basis::Observed,
        ..row(
            "setParamName",
            &[],
            "Names the form field as which the file is sent.",
            &[Example::new(
                "f = \"x\".toFile(\"a.txt\"); f.setParamName(\"attachment\"); info f.getFileName();",
                "a.txt",
            )],
            |call| {
                file(call)?.set_param(call.text(0)?);
                Ok(Value::Null)
            },
        )
    },
];

/// The receiver as a file.
fn file(call: &Call) -> Result<Rc<FileValue>> {
    match call.receiver() {
        Value::File(file) => Ok(file.clone()),
        _ => Err(call.wrong_receiver(FILE_KIND)),
    }
}

/// The content as text.
pub(crate) fn content(file: &FileValue) -> String {
    let charset = file.charset();
    let encoding = charset.as_ref().and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(encoding_rs::UTF_8);
    encoding.decode(file.bytes()).0.into_owned()
}

/// The cells of a CSV file, row by row; `None` for a file that is none.
pub(crate) fn cells(file: &FileValue) -> Option<Vec<Value>> {
    let is_csv = file.mime().starts_with("text/csv") || file.name().to_ascii_lowercase().ends_with(".csv");
    if !is_csv {
        return None;
    }
    let text = content(file);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut cells = Vec::new();
    for row in reader.records().map_while(std::result::Result::ok) {
        cells.extend(row.iter().map(Value::from));
    }
    Some(cells)
}

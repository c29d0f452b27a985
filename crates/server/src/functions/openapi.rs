//! The service as an OpenAPI document: one path a function, its parameters as the function declares them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use rainwright::effect::DataMap;
use rainwright::{Data, EntryPoint};
use rainwright_syntax::ast::TypeKind;

use super::{Functions, answer};

/// `/openapi.json`.
pub(super) async fn document(State(functions): State<Functions>) -> Response {
    let shared = &functions.shared;
    let mut paths = DataMap::new();
    for name in shared.catalogue.names() {
        if let Some(Ok(callable)) = shared.catalogue.find(name) {
            paths.insert(format!("/run/{name}"), Data::map([("post", operation(name, &callable.entry))]));
        }
    }
    let mut document = DataMap::new();
    document.insert("openapi", "3.1.0");
    document.insert("info", Data::map([("title", "Functions"), ("version", env!("CARGO_PKG_VERSION"))]));
    document.insert("paths", paths);
    if shared.keys.is_some() {
        let bearer = Data::map([("type", "http"), ("scheme", "bearer")]);
        let schemes = Data::map([("securitySchemes", Data::map([("key", bearer)]))]);
        document.insert("components", schemes);
        document.insert("security", vec![Data::map([("key", Data::List(Vec::new()))])]);
    }
    answer::json(StatusCode::OK, &document.into())
}

fn operation(name: &str, entry: &EntryPoint) -> Data {
    let properties: DataMap = entry.params.iter().map(|param| (param.name.clone(), schema(param.ty))).collect();
    let required: Vec<Data> = entry.params.iter().map(|param| param.name.clone().into()).collect();
    let object =
        Data::map([("type", Data::from("object")), ("properties", properties.into()), ("required", required.into())]);
    let content = |schema: Data| Data::map([("application/json", Data::map([("schema", schema)]))]);
    let result =
        Data::map([("type", Data::from("object")), ("properties", Data::map([("result", schema(entry.returns))]))]);
    let done = Data::map([("description", Data::from("What the function returned")), ("content", content(result))]);
    let failed = Data::map([("description", "The function failed")]);
    Data::map([
        ("operationId", Data::from(name)),
        ("requestBody", Data::map([("content", content(object))])),
        ("responses", Data::map([("200", done), ("422", failed)])),
    ])
}

/// The JSON schema of a declared type; numbers that must stay exact may come as text.
fn schema(ty: TypeKind) -> Data {
    let one = |name: &str| Data::map([("type", name)]);
    match ty {
        TypeKind::Number => one("integer"),
        TypeKind::Decimal => Data::map([("type", vec![Data::from("number"), "string".into()])]),
        TypeKind::Bool => one("boolean"),
        TypeKind::Map => one("object"),
        TypeKind::List => one("array"),
        TypeKind::Text | TypeKind::DateTime | TypeKind::Time | TypeKind::File => one("string"),
        TypeKind::Void => one("null"),
        TypeKind::Collection | TypeKind::Any | TypeKind::Form => DataMap::new().into(),
    }
}

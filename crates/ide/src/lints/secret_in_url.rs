//! Finds credentials that are sent in the query of an address.

use super::values::{Piece, is_secret_name, pieces, urls};
use crate::lints::Hook;
use crate::script::{FunctionBody, Script};
use rainwright_diagnostic::Diagnostic;

lint! {
    /// A credential is sent in the query of an address.
    ///
    /// # Why
    /// Addresses are written to logs on both sides and on the way.
    ///
    /// # Instead
    /// Use a connection, which sends it where the service expects it and keeps it out of the script. Where a service takes
    /// it in the address only, let the connection add it.
    SecretInUrl, Note, No;
    bad: "void f(string api_key)\n{\n\tx = invokeurl\n\t[\n\t\turl: \"https://example.com/rates?apikey=\" + api_key\n\t\ttype: GET\n\t];\n\tinfo x;\n}";
    good: "void f()\n{\n\tx = invokeurl\n\t[\n\t\turl: \"https://example.com/rates\"\n\t\ttype: GET\n\t\tconnection: \"rates\"\n\t];\n\tinfo x;\n}";
    hooks: &[Hook::Body(check)];
}

fn check(_: &Script<'_>, body: &FunctionBody<'_>, found: &mut Vec<Diagnostic>) {
    urls(body, |url| {
        let pieces = pieces(body, url);
        for pair in pieces.windows(2) {
            let [Piece::Text(text, _), Piece::Value(value)] = pair else { continue };
            let parameter = text.strip_suffix('=').and_then(|text| text.rsplit(['?', '&']).next());
            if let Some(name) = parameter.filter(|name| is_secret_name(name)) {
                found.push(LINT.at(value.span, format!("{name} is sent in the address")));
            }
        }
    });
}

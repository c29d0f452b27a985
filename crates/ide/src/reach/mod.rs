//! What a script can ever reach: hosts, methods, connections and scopes, read from its text.
//!
//! Every branch counts, even one that never runs. What is only known when the script runs is written as `*`.

mod scopes;

use crate::CheckOptions;
use crate::call::Call;
use crate::lints::{Piece, argument, connection_of, entry, is_request, method_of, pieces, url_of};
use crate::script::{FunctionBody, Script, literal};
use rainwright_builtins::Integration;
use rainwright_diagnostic::Span;
use rainwright_syntax::ast::{Expr, ExprKind, Task};
use rainwright_syntax::{DocumentKind, Parsed, ds, parse};

/// One call that leaves the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The host; `*` where the script works it out, `mail`, `sms` and `push` for messages.
    pub host: String,
    /// The HTTP method, or what is done with files and messages; `*` where the script works it out.
    pub method: String,
    /// The connection; empty where none is named, `*` where the script works it out.
    pub connection: String,
    /// The scopes that the connection needs for it, as far as they are known.
    pub scopes: Vec<String>,
    /// The place of the call.
    pub span: Span,
}

/// All calls that leave a script, a page, or the scripts of an export, in the order of their places.
#[must_use]
pub fn reach(source: &str) -> Vec<Reach> {
    if DocumentKind::of(source) == DocumentKind::Export {
        let scripts = ds::scripts(source);
        return scripts.iter().flat_map(|script| of_parsed(source, &ds::parse_script(source, script))).collect();
    }
    of_parsed(source, &parse(source))
}

fn of_parsed(source: &str, parsed: &Parsed) -> Vec<Reach> {
    let options = CheckOptions::default();
    let script = Script::new(source, &parsed.tree, &parsed.trivia, &options);
    let mut found = Vec::new();
    for body in script.bodies() {
        for expr in &body.exprs {
            found.extend(of_expr(&script, &body, expr));
        }
    }
    found.sort_by_key(|reach| (reach.span.start, reach.span.end));
    found
}

fn of_expr<'t>(script: &Script<'t>, body: &FunctionBody<'t>, expr: &'t Expr) -> Option<Reach> {
    if let ExprKind::Task(task) = &expr.kind {
        return of_block(body, expr, task);
    }
    if let Some(url) = url_of(expr) {
        let ExprKind::Call { name, args } = &expr.kind else { return None };
        let method = match name.name.to_ascii_lowercase().as_str() {
            "geturl" => "GET".to_owned(),
            "posturl" => "POST".to_owned(),
            _ => args.get(1).and_then(|arg| word(&arg.value)).unwrap_or_else(|| "*".to_owned()),
        };
        return Some(request(body, url, method, String::new(), expr.span));
    }
    let call = Call::of(script, body, expr)?;
    call.task.map(|task| of_task(task, &call))
}

fn of_block<'t>(body: &FunctionBody<'t>, expr: &'t Expr, task: &'t Task) -> Option<Reach> {
    let span = task.name.span;
    let connection = connection_of(expr).map_or_else(String::new, constant);
    if is_request(task) {
        let method = method_of(task).unwrap_or_else(|| "*".to_owned());
        let Some(url) = entry(task, "url") else {
            return Some(Reach { host: "*".into(), method, connection, scopes: Vec::new(), span });
        };
        return Some(request(body, url, method, connection, span));
    }
    let simple = |host: &str, method: &str| Reach {
        host: host.to_owned(),
        method: method.to_owned(),
        connection: connection.clone(),
        scopes: Vec::new(),
        span,
    };
    match task.name.name.to_ascii_lowercase().as_str() {
        "sendmail" => Some(simple("mail", "SEND")),
        "sendsms" => Some(simple("sms", "SEND")),
        "pushnotification" => Some(simple("push", "SEND")),
        "invokeapi" => {
            let service = entry(task, "service").and_then(word).unwrap_or_else(|| "*".to_owned());
            Some(simple(&format!("service {service}"), &method_of(task).unwrap_or_else(|| "*".to_owned())))
        }
        "ftp" | "sftp" => {
            let host = entry(task, "host").map_or_else(|| "*".to_owned(), constant);
            let action = entry(task, "action").and_then(word).unwrap_or_else(|| "*".to_owned());
            Some(simple(&host, &action))
        }
        _ => None,
    }
}

fn of_task(task: &Integration, call: &Call<'_>) -> Reach {
    let connection = argument(task, call.args).map_or_else(String::new, constant);
    let path = task.path.replace("{api_domain}", "https://www.zohoapis.*");
    // What is filled in from arguments and connections is not known here.
    let mut address = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                address.push('*');
            }
            '}' => inside = false,
            _ if !inside => address.push(c),
            _ => {}
        }
    }
    let host = if address.is_empty() { format!("task {}", task.name) } else { host_of(&address) };
    let scopes = scopes::of(&address, task.method).into_iter().collect();
    let method = if address.is_empty() { "CALL".to_owned() } else { task.method.to_owned() };
    Reach { host, method, connection, scopes, span: call.name.span }
}

fn request<'t>(body: &FunctionBody<'t>, url: &'t Expr, method: String, connection: String, span: Span) -> Reach {
    let address: String = pieces(body, url)
        .iter()
        .map(|piece| match piece {
            Piece::Text(text, _) => *text,
            Piece::Value(_) => "*",
        })
        .collect();
    let host = host_of(&address);
    let scopes = scopes::of(&address, &method).into_iter().collect();
    Reach { host, method, connection, scopes, span }
}

/// The host of an address; `*` when it is not written down.
pub(crate) fn host_of(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return "*".to_owned() };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return "*".to_owned();
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What is in front of an @ is no part of the host.
    let host = host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    if host.is_empty() { "*".to_owned() } else { host }
}

/// A name that is written down, `*` otherwise.
fn constant(expr: &Expr) -> String {
    literal(expr).map_or_else(|| "*".to_owned(), str::to_owned)
}

/// A word that is written down, bare or in quotes, in upper case.
fn word(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.as_str().to_ascii_uppercase()),
        _ => literal(expr).map(str::to_ascii_uppercase),
    }
}

#[cfg(test)]
mod tests {
    use super::reach;

    fn shown(source: &str) -> Vec<String> {
        let all = reach(source).into_iter();
        all.map(|r| format!("{} {} {} {}", r.method, r.host, r.connection, r.scopes.join(","))).collect()
    }

    #[test]
    fn hosts_methods_connections_and_scopes_are_read_from_the_text() {
        for (source, expected) in [
            (
                "x = invokeurl [ url: \"https://www.zohoapis.eu/crm/v8/Leads\" type: POST connection: \"crm\" ];",
                "POST www.zohoapis.eu crm ZohoCRM.modules.CREATE",
            ),
            ("u = \"https://API.example.com/v1/\"; x = invokeurl [ url: u + id ];", "GET api.example.com  "),
            (
                "x = invokeurl [ url: \"https://\" + dc + \".api.mailchimp.com/3.0\" type: m ];",
                "* *.api.mailchimp.com  ",
            ),
            ("x = invokeurl [ url: u type: GET connection: c ];", "GET * * "),
            ("x = invokeurl [ url: \"https://good.com@evil.com/\" type: GET ];", "GET evil.com  "),
            ("x = zoho.crm.getRecordById(\"Leads\",1,Map(),\"crm\");", "GET www.zohoapis.* crm ZohoCRM.modules.READ"),
            ("x = postUrl(\"https://example.com/a\",Map());", "POST example.com  "),
            ("sendmail [ from: zoho.adminuserid to: \"a\" subject: \"b\" message: \"c\" ];", "SEND mail  "),
        ] {
            // A method that is a variable is a word of its own here.
            let expected = expected.replace("* *.api", "M *.api");
            assert_eq!(shown(source), [expected], "{source}");
        }
        assert!(shown("info 1;").is_empty());
    }
}

//! Addresses as scripts write them (`#Form:Claim?Kind=Travel`), as addresses of the preview.

/// Where an address of a script leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// A place of the preview.
    Here(String),
    /// Shows the page again.
    Reload,
    /// Closes the form or dialog.
    Close,
    /// Another site.
    Away(String),
}

/// Reads an address: `#Form:…`, `#Report:…`, `#Page:…`, alone or after the address of the application.
pub(crate) fn link(address: &str) -> Option<Link> {
    let address = address.trim();
    if let Some((_, inside)) = address.split_once('#') {
        let (kind, rest) = inside.split_once(':').unwrap_or((inside, ""));
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        let name = escaped(name);
        let found = match kind.trim().to_ascii_lowercase().as_str() {
            "form" => {
                let edited = query.split('&').find_map(|pair| pair.strip_prefix("recLinkID="));
                match edited.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())) {
                    Some(id) => Link::Here(format!("/form/{name}/{id}")),
                    None => Link::Here(with_query(&format!("/form/{name}"), query)),
                }
            }
            "report" | "view" => Link::Here(with_query(&format!("/report/{name}"), query)),
            "page" => Link::Here(with_query(&format!("/page/{name}"), query)),
            "script" if rest.ends_with("refresh") => Link::Reload,
            "script" => Link::Close,
            _ => return None,
        };
        return Some(found);
    }
    let lower = address.to_ascii_lowercase();
    let is_web = lower.starts_with("https://") || lower.starts_with("http://") || lower.starts_with("mailto:");
    is_web.then(|| Link::Away(address.to_owned()))
}

fn with_query(path: &str, query: &str) -> String {
    let query: Vec<String> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !name.starts_with("zc_") && !name.is_empty())
        .map(|(name, value)| url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish())
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// A name as part of a path.
pub(crate) fn escaped(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

/// The links in HTML that a script printed, made those of the preview.
pub(crate) fn in_html(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut out = String::with_capacity(html.len());
    let mut copied = 0;
    let mut from = 0;
    while let Some(at) = lower[from..].find("href").map(|at| from + at) {
        from = at + "href".len();
        let value = html[from..].trim_start().strip_prefix('=').map(str::trim_start);
        let Some((quote, value)) = value.and_then(|value| Some((value.chars().next()?, value.get(1..)?))) else {
            continue;
        };
        let Some(end) = (matches!(quote, '"' | '\'')).then(|| value.find(quote)).flatten() else { continue };
        let start = html.len() - value.len();
        if let Some(Link::Here(here)) = link(&value[..end].replace("&amp;", "&")) {
            out.push_str(&html[copied..start]);
            out.push_str(&here.replace('&', "&amp;"));
            copied = start + end;
        }
        from = start + end;
    }
    out.push_str(&html[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::{Link, in_html, link};

    #[test]
    fn addresses_of_scripts_lead_to_the_preview() {
        let here = |path: &str| Some(Link::Here(path.to_owned()));
        for (address, leads) in [
            ("#Form:Claim", here("/form/Claim")),
            ("#Form:Claim?Kind=Travel&zc_Load=x&Note=a%20b", here("/form/Claim?Kind=Travel&Note=a+b")),
            ("#Form:Claim?recLinkID=1000&viewLinkName=Claims", here("/form/Claim/1000")),
            ("#Form:Claim?recLinkID=../x", here("/form/Claim?recLinkID=..%2Fx")),
            ("#Report:Claims?No=100", here("/report/Claims?No=100")),
            ("https://creatorapp.zoho.com/o/a/#Page:Overview?year=2026", here("/page/Overview?year=2026")),
            ("#Form:../../x", here("/form/..%2F..%2Fx")),
            ("#Script:page.refresh", Some(Link::Reload)),
            ("#Script:dialog.close", Some(Link::Close)),
            ("https://example.com/a", Some(Link::Away("https://example.com/a".into()))),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(link(address), leads, "{address}");
        }
    }

    #[test]
    fn links_in_printed_html_are_made_ours() {
        assert_eq!(
            in_html("<a HREF = '#Form:Claim?a=1&amp;b=2'>x</a> href <a href=\"https://e.example\">"),
            "<a HREF = '/form/Claim?a=1&amp;b=2'>x</a> href <a href=\"https://e.example\">"
        );
        assert_eq!(in_html("<a href='"), "<a href='");
    }
}

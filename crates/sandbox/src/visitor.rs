//! A robot user: opens an authorize page, presses Allow, and follows the redirect as a browser does.
//!
//! It speaks plain HTTP and only to loopback addresses, so it can stand in for a browser with the sandbox and with
//! nothing else.

use std::io::{self, Read, Write};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

/// The most bytes of a page that are read.
const PAGE_LIMIT: u64 = 1024 * 1024;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the robot saw last.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it was.
    pub url: String,
    /// The status of the answer.
    pub status: u16,
    /// Where the answer redirects to.
    pub location: Option<String>,
    /// The text of the page.
    pub body: String,
}

/// Opens `authorize_url`, presses the button `decision` (`allow` or `deny`) and follows the redirect to the
/// callback, if it is on loopback. Gives the last page: the callback's answer, or the error page.
///
/// # Errors
/// When a server cannot be reached, the address is not on loopback, or the page has no form.
pub async fn visit(authorize_url: &str, decision: &str) -> io::Result<Page> {
    let page = open("GET", authorize_url, "").await?;
    let page = match page.status {
        200 => submit(&page, decision).await?,
        _ => page,
    };
    match &page.location {
        Some(location) if is_loopback(location) => open("GET", location, "").await,
        _ => Ok(page),
    }
}

/// As [`visit`] with Allow, for callers without a tokio runtime.
///
/// # Errors
/// As [`visit`].
pub fn allow(authorize_url: &str) -> io::Result<Page> {
    wait(visit(authorize_url, "allow"))
}

/// An answer: status, headers with names in lower case, body.
pub type Answer = (u16, Vec<(String, String)>, Vec<u8>);

/// One request, on a connection of its own; for callers without a tokio runtime.
///
/// # Errors
/// When the address is not on loopback, or nobody answers there.
pub fn send(method: &str, url: &str, headers: &[(String, String)], body: &[u8]) -> io::Result<Answer> {
    if !is_loopback(url) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "only loopback addresses are visited"));
    }
    let parsed = Url::parse(url).map_err(io::Error::other)?;
    let address = parsed.socket_addrs(|| Some(80))?;
    let mut stream = std::net::TcpStream::connect(&*address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let target = &parsed[url::Position::BeforePath..url::Position::AfterQuery];
    let mut head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
        parsed.authority(),
        body.len()
    );
    let broken = |text: &str| text.contains(['\r', '\n']);
    for (name, value) in headers.iter().filter(|(name, value)| !broken(name) && !broken(value)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut request = head.into_bytes();
    request.extend_from_slice(body);
    stream.write_all(&request)?;
    let mut bytes = Vec::new();
    stream.take(PAGE_LIMIT).read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or_else(|| io::Error::other("no HTTP answer"))?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    Ok((status.ok_or_else(|| io::Error::other("no HTTP status"))?, headers, bytes[end + 4..].to_vec()))
}

/// Pairs as a query or a form has them.
pub fn encode_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The text of a page, for callers without a tokio runtime.
pub(crate) fn read(url: &str) -> io::Result<String> {
    wait(open("GET", url, "")).map(|page| page.body)
}

/// Posts a text, for callers without a tokio runtime.
pub(crate) fn post(url: &str, text: &str) -> io::Result<Page> {
    wait(open("POST", url, text))
}

fn wait<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Sends the page's form as if the button had been pressed.
async fn submit(page: &Page, decision: &str) -> io::Result<Page> {
    if !page.body.contains("<form") {
        return Err(io::Error::other("the page has no form"));
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for input in page.body.split("<input ").skip(1) {
        if let (Some(name), Some(value)) = (attribute(input, "name"), attribute(input, "value")) {
            form.append_pair(name, value);
        }
    }
    form.append_pair("decision", decision);
    open("POST", &page.url, &form.finish()).await
}

/// The value of an attribute of the tag that `text` begins in.
fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let tag = &text[..text.find('>')?];
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

fn is_loopback(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            _ => false,
        }
}

/// One request on a connection of its own.
async fn open(method: &str, url: &str, form: &str) -> io::Result<Page> {
    if !is_loopback(url) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the robot user only visits loopback addresses"));
    }
    let parsed = Url::parse(url).map_err(io::Error::other)?;
    let address = parsed.socket_addrs(|| Some(80))?;
    let mut stream = TcpStream::connect(&*address).await?;
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: text/html\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}",
        target = &parsed[url::Position::BeforePath..url::Position::AfterQuery],
        host = parsed.authority(),
        length = form.len(),
    );
    stream.write_all(head.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.take(PAGE_LIMIT).read_to_end(&mut bytes).await?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("no HTTP answer"))?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let header = |wanted: &str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned()))
    };
    Ok(Page {
        url: url.to_owned(),
        status: status.ok_or_else(|| io::Error::other("no HTTP status"))?,
        location: header("location"),
        body: body.to_owned(),
    })
}

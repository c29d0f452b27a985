//! No secret is ever found outside the sealed store: markers are planted in every secret field there is, the program does
//! all that it can do with them, at trace level, fails and is killed; then every file and every line that it wrote is
//! searched.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod provider;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use provider::{Mood, Provider};

/// Every secret of this test has this in it.
const MARK: &str = "MaRkEr9";
/// The key of the store: 32 bytes, none of which may be found either.
const KEY: [u8; 32] = *b"k3y-of-the-st0re-not-to-be-found";

/// The program's world: a home, a folder to work in, a folder for temporary files, and all that it has said.
struct House {
    folder: tempfile::TempDir,
    /// Where the secrets lie that the program reads by reference; not searched.
    safe: tempfile::TempDir,
    provider: Provider,
    said: Vec<(String, Vec<u8>)>,
}

impl House {
    fn new() -> Self {
        let house = Self {
            folder: tempfile::tempdir().unwrap(),
            safe: tempfile::tempdir().unwrap(),
            provider: Provider::start(),
            said: Vec::new(),
        };
        for folder in ["home", "work/services", "tmp"] {
            std::fs::create_dir_all(house.folder.path().join(folder)).unwrap();
        }
        let base = format!("http://{}", house.provider.address);
        let service = |name: &str, rest: &str| {
            let text = format!(
                "id = \"{name}\"\nname = \"{name}\"\napi = \"{base}\"\ntest = {{ url = \"/api/echo\" }}\n{}\n",
                rest.replace("BASE", &base)
            );
            house.write(&format!("services/{name}.toml"), &text);
        };
        service(
            "login",
            "[[fields]]\nname = \"pin\"\ntitle = \"PIN\"\nsecret = true\n[[fields]]\nname = \"hook\"\ndiscovered = true\nsecret = true\n\
             [oauth2]\nauthorize_url = \"BASE/authorize\"\ntoken_url = \"BASE/token\"\nrevoke_url = \"BASE/revoke\"\n\
             token_headers = { X-Pin = \"{pin}\" }\nkeep_from_token = { hook = \"hook\" }",
        );
        service(
            "machine",
            "[oauth2]\ngrant = \"client_credentials\"\nclient_auth = \"basic\"\ntoken_url = \"BASE/token\"",
        );
        service(
            "person",
            "[oauth2]\ngrant = \"password\"\ntoken_url = \"BASE/token\"\nin = \"query\"\nkey = \"access_token\"\nvalue = \"{access_token}\"",
        );
        service("key_header", "api_key = [{ key = \"X-Api-Key\" }]");
        service("key_query", "api_key = [{ key = \"api_key\", in = \"query\" }]");
        service("key_form", "api_key = [{ key = \"secret\", in = \"form\" }]");
        service("password", "[basic]");
        service("signed", "[oauth1]");
        service("plain", "[oauth1]\nsignature_method = \"PLAINTEXT\"\nin = \"query\"");
        service("private_key", "[oauth1]\nsignature_method = \"RSA-SHA1\"\ntwo_legged = true");
        let mut house = house;
        house.works(&["trust", "--yes"]);
        house
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.work().join(name), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
        command
            .args(args)
            .current_dir(self.work())
            .env("RAINWRIGHT_HOME", self.folder.path().join("home"))
            .env("RAINWRIGHT_KEY", STANDARD.encode(KEY))
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .env("FROM_ENVIRONMENT", format!("{MARK}-from-environment"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program, keeps what it says, and gives that and its exit code.
    fn dg(&mut self, args: &[&str]) -> (i32, String) {
        let output = self.command(args).output().unwrap();
        let all = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&all).into_owned();
        self.said.push((args.join(" ").replace(MARK, "…"), all));
        (output.status.code().unwrap_or(-1), text)
    }

    /// Runs what must work.
    fn works(&mut self, args: &[&str]) -> String {
        let (code, said) = self.dg(args);
        assert_eq!(code, 0, "{args:?}: {}", tail(&said));
        said
    }

    /// Connects with answers; a browser is played where one is asked for.
    fn connect(&mut self, service: &str, answers: &[(&str, &str)]) {
        let set: Vec<String> = answers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut args = vec!["connect", service, "--allow-net", "127.0.0.1", "--no-browser"];
        set.iter().for_each(|pair| args.extend(["--set", pair]));
        self.login(&args);
    }

    fn login(&mut self, args: &[&str]) {
        let mut child = self.command(args).spawn().unwrap();
        let mut said = Vec::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 0 {
            said.extend(line.as_bytes());
            if let Some(url) = line.trim().strip_prefix("http://").filter(|url| url.contains("/authorize?")) {
                follow(&format!("http://{url}"));
            }
            line.clear();
        }
        child.stdout.take().unwrap().read_to_end(&mut said).unwrap();
        let status = child.wait().unwrap();
        assert!(status.success(), "{}", tail(&String::from_utf8_lossy(&said)));
        self.said.push((format!("connect {}", args[1]), said));
    }

    /// A script that calls an address with a connection; `more` goes on with the text of the answer.
    fn script(&self, name: &str, connection: &str, method: &str, path: &str, more: &str) -> String {
        let file = format!("{name}.dg");
        let url = format!("http://{}{path}", self.provider.address);
        self.write(
            &file,
            &format!(
                "answer = invokeurl [ url :\"{url}\" type :{method} parameters :{{\"a\":\"b\"}} connection:\"{connection}\" ];\n{more}\n"
            ),
        );
        file
    }

    /// Exports all connections to a named recipient, and imports them: all secrets go along, encrypted; the key stays
    /// where it belongs.
    fn share(&mut self) {
        let identity = self.safe.path().join("me.txt").display().to_string();
        let made = self.works(&["connections", "identity", &identity]);
        let recipient = made.split_whitespace().find(|word| word.starts_with("age1")).unwrap().to_owned();
        self.works(&["connections", "export", "--to", &recipient, "--out", "team.age"]);
        let import = ["connections", "import", "team.age", "--identity", &identity, "--replace", "--allow-commands"];
        let places = format!("env:FROM_ENVIRONMENT,{}", self.safe.path().display());
        let import = [&import[..], &["--allow-references", &places]].concat();
        self.works(&[&import[..], &["--dry-run"]].concat());
        self.works(&import);
    }

    /// Everything that was said and every file, searched.
    fn search(&self) {
        let needles = needles();
        let mut found = Vec::new();
        let mut look = |place: String, bytes: &[u8]| {
            // The library's search of texts is fast in any build; what is no text does not hide what is.
            let text = String::from_utf8_lossy(bytes);
            let lower = text.to_ascii_lowercase();
            for (what, needle, any_case) in &needles {
                let at = if *any_case { lower.find(&needle.to_ascii_lowercase()) } else { text.find(needle) };
                if let Some(at) = at {
                    let from = text.floor_char_boundary(at.saturating_sub(200));
                    let to = text.floor_char_boundary(at + needle.len() + 40);
                    found.push(format!("{what} in {place}: …{}…", &text[from..to]));
                    break;
                }
            }
        };
        for (place, bytes) in &self.said {
            look(place.clone(), bytes);
        }
        let files = walk(self.folder.path());
        assert!(files.iter().any(|file| file.ends_with("home/connections.db")), "{files:?}");
        for file in &files {
            look(file.display().to_string(), &std::fs::read(file).unwrap());
        }
        assert!(found.is_empty(), "{} secrets were found:\n{}", found.len(), found.join("\n\n"));
    }
}

/// What to search for, and whether in any case: the mark in every usual writing, and the key of the store.
fn needles() -> Vec<(&'static str, String, bool)> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = String::from_utf8(KEY.to_vec()).unwrap();
    let mut needles = vec![
        ("a secret", MARK.to_owned(), true),
        ("a secret in hexadecimal digits", hex(MARK.as_bytes()), true),
        ("the key", key, false),
        ("the key in hexadecimal digits", hex(&KEY), true),
        ("the key in base64", STANDARD.encode(KEY), false),
    ];
    // Base64 writes a text in three ways, depending on its offset.
    for before in 0..3 {
        let text = [&b"\0\0"[..before], MARK.as_bytes()].concat();
        let sure = (before * 8).div_ceil(6)..text.len() * 8 / 6;
        needles.push(("a secret in base64", STANDARD.encode(&text)[sure].to_owned(), false));
    }
    needles
}

fn tail(said: &str) -> &str {
    let from = said.len().saturating_sub(3000);
    said.get(from..).unwrap_or(said)
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

/// What a browser does: opens an address and goes where it is sent.
fn follow(url: &str) {
    use std::io::Write;
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let location = answer.lines().find_map(|line| line.strip_prefix("Location: "));
    if let Some(location) = location {
        follow(location.trim());
    }
}

/// Waits for something that must come.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let late = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < late, "{what} has not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ends a program in the given way, and gives all that it said.
fn end(mut child: Child, signal: i32) -> Vec<u8> {
    assert!(Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status().unwrap().success());
    let mut said = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_end(&mut said).unwrap();
    assert!(!child.wait().unwrap().success());
    said
}

#[test]
fn no_secret_is_found_anywhere() {
    let mut house = House::new();
    let secret = |name: &str| format!("{MARK}-{name}");
    let reach = ["--allow-net", "127.0.0.1"];

    house.write(
        "ping.dg",
        "info invokeurl [ url :\"https://us6.api.mailchimp.com/3.0/ping\" connection:\"mailchimp\" ];",
    );
    // Every way of signing in, with a secret in every field.
    house.connect("login", &[("client_id", "c"), ("client_secret", &secret("client")), ("pin", &secret("pin"))]);
    house.connect("machine", &[("client_id", "c"), ("client_secret", &secret("client/+= ü"))]);
    let person = [("username", secret("user")), ("password", secret("password")), ("client_secret", secret("c2"))];
    let person: Vec<(&str, &str)> = person.iter().map(|(name, value)| (*name, value.as_str())).collect();
    house.connect("person", &[&person[..], &[("client_id", "c")]].concat());
    house.connect("key_header", &[("api_key", &secret("header"))]);
    house.connect("key_query", &[("api_key", &secret("query&=/%"))]);
    house.connect("key_form", &[("api_key", &secret("form \"quoted\" \\ü"))]);
    house.connect("password", &[("username", "ada"), ("password", &secret("pass:wörd"))]);
    let signed = [("consumer_secret", secret("cs")), ("token", secret("token")), ("token_secret", secret("ts"))];
    let signed: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    house.connect("signed", &[&signed[..], &[("consumer_key", "ck")]].concat());
    house.connect("plain", &[&signed[..], &[("consumer_key", "ck")]].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{MARK}{MARK}\n-----END PRIVATE KEY-----\n");
    house.connect("private_key", &[("consumer_key", "ck"), ("consumer_secret", &pem)]);
    // By reference: from the environment, a file, a command.
    let file = house.safe.path().join("key");
    std::fs::write(&file, secret("from-file")).unwrap();
    let from_file = format!("api_key={}", file.display());
    let from_command = format!("api_key=cat {}", file.display());
    for (name, how, from) in [
        ("by_env", "--set-env", "api_key=FROM_ENVIRONMENT"),
        ("by_file", "--set-file", from_file.as_str()),
        ("by_command", "--set-command", from_command.as_str()),
    ] {
        house.works(&["connect", "key_header", "--name", name, how, from]);
    }

    // Calls; the answer holds all that was sent, and the script does its worst with it.
    let all = [
        "login",
        "machine",
        "person",
        "key_header",
        "key_query",
        "key_form",
        "password",
        "signed",
        "plain",
        "by_env",
        "by_file",
        "by_command",
    ];
    for (at, name) in all.into_iter().enumerate() {
        for (way, more, code) in [
            ("said", "info answer; info answer.toString().subString(1);", 0),
            ("given", "return answer;", 0),
            ("wrong", "x = answer.toString().toLong();", 1),
        ] {
            let script = house.script(&format!("{way}{at}"), name, "POST", "/api/echo", more);
            let audit = ["--audit", "audit.log"];
            let args = [&["run", &script][..], &reach, &audit].concat();
            let (found, said) = house.dg(&args);
            assert_eq!(found, code, "{name} {way}: {}", tail(&said));
            if way == "given" {
                house.works(&[&["run", &script, "--json"][..], &reach].concat());
                let tape = format!("{way}{at}.http");
                house.works(&[&["run", &script, "--record", &tape][..], &reach].concat());
                house.works(&["run", &script, "--replay", &tape]);
            }
        }
        let script = house.script(&format!("fail{at}"), name, "POST", "/api/fail", "return answer;");
        house.dg(&[&["run", &script, "--json"][..], &reach].concat());
        let script = house.script(&format!("away{at}"), name, "GET", "/api/away", "return answer;");
        house.dg(&[&["run", &script, "--record", "away.http"][..], &reach].concat());
    }
    let script = house.script("rsa", "private_key", "GET", "/api/echo", "info answer;");
    let (code, said) = house.dg(&[&["run", &script][..], &reach].concat());
    assert!(code == 1 && said.contains("private key"), "{}", tail(&said));

    // Through a proxy that wants a password, and one that is not there; with a certificate that is none.
    let script = house.script("proxied", "key_query", "POST", "/api/echo", "info answer;");
    let proxy = format!("http://ada:{MARK}-proxy@{}", house.provider.address);
    // Credentials go through a proxy over TLS only, so that this call is refused; its words are searched all the same.
    assert_eq!(house.dg(&[&["run", &script, "--proxy", &proxy, "--record", "proxied.http"][..], &reach].concat()).0, 1);
    let dead = format!("http://ada:{MARK}-proxy@127.0.0.1:1");
    assert_eq!(house.dg(&[&["run", &script, "--proxy", &dead][..], &reach].concat()).0, 1);
    let certificate = house.safe.path().join("client.pem").display().to_string();
    std::fs::write(&certificate, &pem).unwrap();
    assert_eq!(house.dg(&[&["run", &script, "--client-cert", &certificate][..], &reach].concat()).0, 1);

    // Renewals: one that works, so that there is a token before; one that fails; one that is refused, with words.
    let script = house.script("token", "login", "GET", "/api/token", "info answer;");
    let run = [&["run", &script, "--audit", "audit.log"][..], &reach].concat();
    house.works(&run);
    // From here on tokens live for a second: one that has just been given and is refused is not renewed.
    house.provider.book().lifetime = Some(1);
    let login = [&["connect", "--reconnect", "login", "--no-browser"][..], &reach].concat();
    house.login(&login);
    house.provider.expire();
    house.works(&run);
    assert_eq!(house.provider.book().given, 5, "four logins and one renewal");
    house.provider.expire();
    house.provider.book().mood = Mood::Fails;
    assert_ne!(house.dg(&run).0, 0);
    for name in ["login", "by_command"] {
        house.works(&["connections", "show", name]);
        house.works(&["connections", "show", name, "--json"]);
    }
    house.dg(&["connections", "health"]);

    // Killed while the provider keeps the answer to a renewal, and in the middle of a call.
    house.provider.book().mood = Mood::Gives;
    house.login(&login);
    house.provider.expire();
    house.provider.book().mood = Mood::Hangs;
    let before = house.provider.book().given;
    let child = house.command(&run).spawn().unwrap();
    until("the renewal", || house.provider.book().given > before);
    house.said.push(("killed while renewing".into(), end(child, 9)));
    house.provider.book().mood = Mood::Gives;
    house.login(&login);
    for (number, signal) in [(1, 9), (2, 6), (3, 15)] {
        let script = house.script("hang", "login", "POST", "/api/hang", "");
        let child = house.command(&[&["run", &script, "--record", "hang.http"][..], &reach].concat()).spawn().unwrap();
        until("the call", || house.provider.book().hanging == number);
        house.said.push((format!("ended with signal {signal}"), end(child, signal)));
    }

    // Refused for good, in words that hold the token; then everything that looks at connections.
    house.provider.expire();
    house.provider.book().mood = Mood::Refuses;
    let (code, said) = house.dg(&run);
    assert!(code != 0 && said.contains("E4002"), "{}", tail(&said));
    house.works(&["connections", "list"]);
    house.works(&["connections", "list", "--json"]);
    house.works(&["connections", "show", "login"]);
    house.works(&["connections", "show", "login", "--json"]);
    assert_eq!(house.dg(&["connections", "health", "--json"]).0, 4);
    house.dg(&[&["connections", "test", "login"][..], &reach].concat());
    for name in ["key_query", "password", "by_env"] {
        house.works(&[&["connections", "test", name][..], &reach].concat());
    }
    house.works(&["connections", "export", "--references", "--out", "export.json"]);
    house.works(&["connections", "export", "--references"]);
    if cfg!(feature = "age") {
        house.share();
    }
    house.works(&["connections", "where", "login"]);
    house.works(&[&["connections", "keepalive"][..], &reach].concat());
    house.works(&["connections", "rename", "key_form", "key_form_2"]);
    house.dg(&["connections", "rekey"]);
    house.works(&["connections", "disable", "password"]);
    house.works(&["check", "ping.dg"]);

    // Another key, a broken store, a broken reference.
    let mut wrong = house.command(&["connections", "list"]);
    let output = wrong.env("RAINWRIGHT_KEY", STANDARD.encode([7; 32])).output().unwrap();
    assert!(!output.status.success());
    house.said.push(("another key".into(), [output.stdout, output.stderr].concat()));
    let mut wrong = house.command(&["connections", "list"]);
    let output = wrong.env("RAINWRIGHT_KEY", format!("{}x", STANDARD.encode(KEY))).output().unwrap();
    assert!(!output.status.success());
    house.said.push(("a key of another length".into(), [output.stdout, output.stderr].concat()));
    std::fs::remove_file(&file).unwrap();
    let script = house.script("gone", "by_command", "GET", "/api/echo", "info answer;");
    assert_eq!(house.dg(&[&["run", &script][..], &reach].concat()).0, 1);

    // Given back, and played in the sandbox.
    house.provider.book().mood = Mood::Gives;
    house.login(&login);
    house.works(&[&["connections", "revoke", "login"][..], &reach].concat());
    house.works(&["connections", "delete", "machine"]);
    house.works(&["run", "ping.dg", "--sandbox", "--sandbox-report"]);

    let bytes: usize = house.said.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes > 200_000, "it was all logged at trace level: {bytes} bytes");
    house.search();
}

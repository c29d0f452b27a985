//! What a stranger's project can do before it is trusted, and after.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use common::Ran;

struct Desk(common::Desk);

impl std::ops::Deref for Desk {
    type Target = common::Desk;

    fn deref(&self) -> &common::Desk {
        &self.0
    }
}

impl Desk {
    fn new() -> Self {
        Self(common::Desk::new())
    }

    /// Runs a command line, whose words hold no blanks, in a folder.
    fn dg_in(&self, folder: &str, line: &str) -> Ran {
        let mut command = self.command(line.split(' '));
        for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(variable).env_remove(variable.to_ascii_lowercase());
        }
        Ran::of(command.current_dir(self.path(folder)))
    }

    fn dg(&self, line: &str) -> Ran {
        self.dg_in("", line)
    }

    /// Stores a connection `acme` whose key goes to a server on this machine.
    fn connect(&self, port: u16) {
        self.write(
            "mine/acme.toml",
            format!(
                "id = \"acme\"\nname = \"Acme\"\nallowed_hosts = [\"127.0.0.1\"]\napi = \"http://127.0.0.1:{port}\"\n\
             [[api_key]]\nname = \"api_key\"\ntitle = \"Key\"\nin = \"header\"\nkey = \"X-Key\"\n"
            ),
        );
        let ran = self.dg("connect acme --services mine --set api_key=TOPSECRETKEY");
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
}

/// A server that writes down what it gets and answers everything.
struct Listener {
    port: u16,
    seen: Arc<Mutex<String>>,
}

impl Listener {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(String::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut buffer = [0; 8192];
                let length = stream.read(&mut buffer).unwrap_or(0);
                log.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            }
        });
        Self { port, seen }
    }

    fn seen(&self) -> String {
        self.seen.lock().unwrap().clone()
    }
}

const CALL: &str = "info invokeurl [ url: \"http://127.0.0.1:PORT/x\" type: GET connection: \"acme\" ];";

#[test]
fn a_strangers_proxy_gets_nothing_before_it_is_trusted() {
    let (desk, server, proxy) = (Desk::new(), Listener::start(), Listener::start());
    desk.connect(server.port);
    desk.write("p/dg.toml", format!("proxy = \"http://127.0.0.1:{}\"\n", proxy.port));
    desk.write("p/x.dg", CALL.replace("PORT", &server.port.to_string()));
    let ran = desk.dg_in("p", "run x.dg --allow-net 127.0.0.1");
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.err.contains("E4021") && ran.err.contains("proxy http") && ran.err.contains("dg trust"), "{}", ran.err);
    assert_eq!((proxy.seen(), server.seen()), (String::new(), String::new()));

    // What it asks for is shown; trust is given once, and only for this.
    let shown = desk.dg_in("p", "trust --show");
    assert!(shown.code == 3 && shown.out.contains(&format!("through the proxy http://127.0.0.1:{}", proxy.port)));
    let unasked = desk.dg_in("p", "trust");
    assert!(unasked.code == 2 && unasked.err.contains("--yes"), "{}", unasked.err);
    assert_eq!(desk.dg_in("p", "trust --yes").code, 0);
    let ran = desk.dg_in("p", "run x.dg --allow-net 127.0.0.1");
    assert!(ran.err.contains("the proxy could read its credentials"), "not even then: {}", ran.err);
    assert_eq!(proxy.seen(), "");
    desk.write("p/plain.dg", "info invokeurl [ url: \"http://api.example.org/\" type: GET ];");
    assert_eq!(desk.dg_in("p", "run plain.dg").out, "ok\n");
    assert!(proxy.seen().contains("http://api.example.org/"), "a trusted proxy is used");

    // Changed, it asks again.
    desk.write("p/dg.toml", format!("proxy = \"http://127.0.0.1:{}/\"\n", proxy.port));
    assert_eq!(desk.dg_in("p", "run plain.dg").code, 1);
    assert_eq!(desk.dg_in("p", "trust -y").code, 0);
    assert_eq!(desk.dg_in("p", "run plain.dg").code, 0);
    assert_eq!(desk.dg_in("p", "trust --forget").code, 0);
    assert_eq!(desk.dg_in("p", "run plain.dg").code, 1);
}

#[test]
fn everything_that_widens_reach_waits_for_trust() {
    let desk = Desk::new();
    desk.write("x.pem", "");
    for (setting, words) in [
        ("ca = \"x.pem\"", "certificate authorities"),
        ("client_cert = \"x.pem\"", "show servers the certificate"),
        ("allow_net = [\"10.0.0.1\"]", "private host 10.0.0.1"),
        ("environment = \"production\"", "environment production"),
        ("functions = \"../elsewhere\"", "outside of the project"),
        ("services = \"/etc\"", "outside of the project"),
    ] {
        desk.write("p/dg.toml", setting);
        desk.write("p/x.dg", "info invokeurl [ url: \"https://api.example.org/\" type: GET ];");
        let shown = desk.dg_in("p", "trust --show");
        assert!(shown.code == 3 && shown.out.contains(words), "{setting}: {}{}", shown.out, shown.err);
    }
    // What a project may always say.
    desk.write(
        "p/dg.toml",
        "profile = \"zoho-creator\"\ntimezone = \"Asia/Kolkata\"\nfunctions = \"f\"\n\
        [limits]\nfuel = 10\n[account]\nadmin_mail = \"a@example.com\"\n",
    );
    desk.write("p/f/one.dg", "int one() { return 1; }");
    desk.write("p/x.dg", "info zoho.adminuserid; info one(); n = 0; while(true) { n = n + 1; }");
    let ran = desk.dg_in("p", "run x.dg");
    assert!(ran.out == "a@example.com\n1\n" && ran.err.contains("E3013"), "{}{}", ran.out, ran.err);
    assert_eq!(desk.dg_in("p", "trust --show").code, 0);
    // Limits go down only.
    desk.write("p/dg.toml", "[limits]\ndepth = 4000000000\n");
    desk.write("p/x.dg", "int f(int n) { return f(n + 1); }\ninfo f(1);");
    assert!(desk.dg_in("p", "run x.dg").err.contains("E3013"));
}

#[test]
fn a_shipped_service_is_not_replaced_silently() {
    let (desk, evil) = (Desk::new(), Listener::start());
    let ran = desk.dg("connect openai --set api_key=TOPSECRETKEY");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let service = format!(
        "id = \"openai\"\nname = \"OpenAI\"\nallowed_hosts = [\"127.0.0.1\"]\napi = \"http://127.0.0.1:{}\"\n\
         [[api_key]]\nname = \"api_key\"\ntitle = \"Key\"\nin = \"header\"\nkey = \"X-Key\"\n",
        evil.port
    );
    // With a project file or without one.
    for folder in ["p", "q"] {
        desk.write(&format!("{folder}/services/openai.toml"), &service);
        let call = CALL.replace("PORT", &evil.port.to_string()).replace("acme", "openai");
        desk.write(&format!("{folder}/x.dg"), &call);
    }
    desk.write("p/dg.toml", "");
    for folder in ["p", "q"] {
        let ran = desk.dg_in(folder, "run x.dg --allow-net 127.0.0.1");
        assert!(ran.code == 1 && ran.err.contains("replace the shipped service openai"), "{}{}", ran.out, ran.err);
        assert!(ran.err.contains("credentials to 127.0.0.1"), "it says where credentials would go: {}", ran.err);
    }
    assert_eq!(evil.seen(), "");
}

#[test]
fn a_project_file_counts_only_where_it_belongs() {
    let desk = Desk::new();
    desk.write("dg.toml", "profile = \"no-such-product\"");
    desk.write("work/x.dg", "info 1;");
    // Above the working directory, outside of a repository.
    assert_eq!(desk.dg_in("work", "run x.dg").out, "1\n");
    assert_eq!(desk.dg("run work/x.dg").code, 2, "from above it is the project");
    // Within a repository it counts from everywhere in it, and not from outside of it.
    desk.write(".git/HEAD", "");
    assert_eq!(desk.dg_in("work", "run x.dg").code, 2);
    desk.write("work/.git/HEAD", "");
    assert_eq!(desk.dg_in("work", "run x.dg").out, "1\n");
}

#[cfg(unix)]
#[test]
fn a_project_file_that_others_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.write("p/dg.toml", "profile = \"no-such-product\"");
    desk.write("p/x.dg", "info 1;");
    let set = |name: &str, mode| {
        std::fs::set_permissions(desk.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    assert_eq!(desk.dg_in("p", "run x.dg").code, 2);
    for (name, mode, usual) in [("p/dg.toml", 0o666, 0o644), ("p", 0o777, 0o755)] {
        set(name, mode);
        let ran = desk.dg_in("p", "run x.dg");
        assert!(ran.out == "1\n" && ran.err.contains("dg.toml is not used"), "{}{}", ran.out, ran.err);
        set(name, usual);
    }
}

/// Its runs, with all that they were given and got, would go wherever a stranger likes.
#[test]
fn a_project_does_not_name_the_journal() {
    let desk = Desk::new();
    desk.write("p/dg.toml", "journal = \"postgres://127.0.0.1:1/theirs\"\n");
    desk.write("p/.env", "RAINWRIGHT_JOURNAL=postgres://127.0.0.1:1/theirs\n");
    desk.write("p/x.dg", "info 1;");
    let refused = desk.dg_in("p", "run x.dg --durable --id a");
    assert!(refused.code != 0 && refused.err.contains("no setting 'journal'"), "{}", refused.err);
    desk.write("p/dg.toml", "");
    assert_eq!(desk.dg_in("p", "run x.dg --durable --id a").out, "1\n");
    assert!(desk.path("home/runs.db").exists());
}

/// What is entered in its forms would go to a stranger's database, or to one that only you can reach.
#[test]
fn a_project_does_not_name_the_place_of_its_records() {
    let desk = Desk::new();
    let theirs = "postgres://127.0.0.1:1/theirs";
    desk.write("p/app.toml", format!("name = \"p\"\nrecords = \"{theirs}\"\ndatabase = \"{theirs}\"\n"));
    desk.write("p/.env", format!("RAINWRIGHT_RECORDS={theirs}\nRAINWRIGHT_STORE={theirs}\n"));
    desk.write("p/forms/Note.toml", "name = \"Note\"\n[[fields]]\nname = \"Text\"\ntype = \"text\"\n");
    let refused = desk.dg("app submit p Note Text=mine");
    assert!(refused.code != 0 && refused.err.contains("there is no setting"), "{}", refused.err);
    desk.write("p/app.toml", "name = \"p\"\n");
    let added = desk.dg("app submit p Note Text=mine");
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(desk.path("p/records.db").exists());
    desk.write("p/dg.toml", format!("records = \"{theirs}\"\n"));
    let refused = desk.dg("app query p Note[ID!=0]");
    assert!(refused.code != 0 && refused.err.contains("no setting 'records'"), "{}", refused.err);
}

#[test]
fn the_sandbox_needs_no_trust_and_takes_no_reach() {
    let desk = Desk::new();
    desk.write("p/dg.toml", "proxy = \"http://127.0.0.1:1\"\nallow_net = [\"127.0.0.1\"]\n");
    desk.write("p/x.dg", "info invokeurl [ url: \"https://api.example.org/v1\" type: GET ];");
    let ran = desk.dg_in("p", "run x.dg --sandbox");
    assert!(ran.err.contains("the sandbox does not play"), "{}", ran.err);
    desk.write("p/y.dg", "info invokeurl [ url: \"http://127.0.0.1:1/\" type: GET ];");
    assert!(desk.dg_in("p", "run y.dg --sandbox").err.contains("the sandbox does not play"));
}

#[test]
fn a_projects_words_do_not_steer_the_terminal() {
    let desk = Desk::new();
    desk.write("p/dg.toml", "allow_net = [\"a\\u001b[2J\\u202eb\"]\n");
    let shown = desk.dg_in("p", "trust --show");
    assert!(shown.out.contains("private host a?[2J") && !shown.out.contains('\u{1b}'), "{:?}", shown.out);
    assert!(!shown.out.contains('\u{202e}'));
    // Nor do they look like lines of the program.
    desk.write("p/dg.toml", "allow_net = [\"a\\n  nothing else\"]\n");
    assert_eq!(desk.dg_in("p", "trust --show").out.lines().count(), 1);
    // Names of files, and their contents.
    desk.write("q/a\u{1b}[2Jb.dg", "x = \"\u{1b}[2J\" ;;; y = ;");
    for line in ["check .", "fmt --check .", "try --json ."] {
        let ran = desk.dg_in("q", line);
        assert!(ran.code != 0 && !ran.err.contains('\u{1b}'), "{line}: {:?}", ran.err);
    }
}

#[test]
fn one_damaged_service_file_breaks_only_its_service() {
    let desk = Desk::new();
    desk.write("services/broken.toml", "id = ");
    let ran = desk.dg("connect openai --set api_key=TOPSECRETKEY");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(desk.dg("connections list").code, 0);
    let ran = desk.dg("connect broken");
    assert!(ran.code == 1 && ran.err.contains("broken.toml"), "{}", ran.err);
}

#[test]
fn folders_outside_of_a_project_are_read_when_it_is_trusted() {
    let desk = Desk::new();
    desk.write("elsewhere/two.dg", "int two() { return 2; }");
    desk.write("p/dg.toml", "functions = \"../elsewhere\"\n");
    desk.write("p/x.dg", "info two();");
    for line in ["run x.dg", "check x.dg"] {
        let ran = desk.dg_in("p", line);
        assert!(ran.code == 1 && ran.err.contains("E4021") && ran.err.contains("../elsewhere"), "{line}: {}", ran.err);
    }
    assert_eq!(desk.dg_in("p", "trust --yes").code, 0);
    assert_eq!(desk.dg_in("p", "run x.dg").out, "2\n");
    // A whole disk is not looked through for services.
    desk.write("q/dg.toml", "services = \"/\"\n");
    let started = std::time::Instant::now();
    assert_eq!(desk.dg_in("q", "trust --show").code, 3);
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}

#[cfg(unix)]
#[test]
fn links_lead_out_of_no_project() {
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    desk.write("own.txt", "TOPSECRETKEY in a file of the user");
    desk.write("outside/three.dg", "int three() { return 3; }");
    desk.write("p/dg.toml", "functions = \"functions\"\n");
    desk.write("p/tests/fine.dg", "info 1; // => 1\n");
    desk.write("p/tests/out.dg", "info 1;\n");
    desk.write("p/tests/use.dg", "//@ use: ../../own.txt\ninfo 1; // => 1\n");
    desk.write("p/tests/script.dg", "//@ script: ../../own.txt\n");
    let own = desk.path("own.txt");
    for name in ["p/notes.dg", "p/tests/note.dg", "p/tests/out.out", "p/tests/fine.http"] {
        symlink(&own, desk.path(name)).unwrap();
    }
    symlink("/dev/zero", desk.path("p/zero.dg")).unwrap();
    symlink("/dev/zero", desk.path("p/tests/zero.dg")).unwrap();
    symlink("..", desk.path("p/tests/round")).unwrap();
    symlink(desk.path("outside"), desk.path("p/functions")).unwrap();
    for line in ["check", "fmt --check", "test", "trust --show", "test --update", "check --json .", "try ."] {
        let ran = desk.dg_in("p", line);
        assert!(!(ran.out + &ran.err).contains("TOPSECRETKEY"), "{line}");
    }
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "TOPSECRETKEY in a file of the user");
    // What is linked within the project is a part of it.
    desk.write("p/lib/four.dg", "int four() { return 4; }");
    symlink("../lib/four.dg", desk.path("p/tests/four.dg")).unwrap();
    desk.write("p/tests/use.dg", "//@ use: four.dg\ninfo four(); // => 4\n");
    let ran = desk.dg_in("p", "test tests/use.dg");
    assert_eq!(ran.code, 1, "its functions folder leads out of the project, which needs trust: {}", ran.out);
    assert_eq!(desk.dg_in("p", "trust --yes").code, 0);
    let ran = desk.dg_in("p", "test tests/use.dg");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn where_the_sandbox_plays_no_mail_leaves_the_machine() {
    let (desk, server) = (Desk::new(), Listener::start());
    desk.write(
        "mail.dg",
        "sendmail\n[\n\tfrom :zoho.adminuserid\n\tto :\"ada@example.com\"\n\tsubject :\"Hi\"\n\tmessage :\"x\"\n]\n\
         sendsms\n[\n\tfrom :\"ACME\"\n\tto :\"+12025550123\"\n\tmessage :\"on its way\"\n]\ninfo \"sent\";\n",
    );
    let smtp = format!("smtp://127.0.0.1:{}", server.port);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    command.args(["run", "mail.dg", "--sandbox", "--mails", "mails.jsonl"]).current_dir(desk.path(""));
    let ran = command.env("RAINWRIGHT_HOME", desk.path("home")).env("RAINWRIGHT_SMTP", &smtp).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "sent\n", "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(server.seen(), "");
    let mails = std::fs::read_to_string(desk.path("mails.jsonl")).unwrap();
    let mails: Vec<serde_json::Value> = mails.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((mails[0]["kind"].as_str(), mails[1]["kind"].as_str()), (Some("mail"), Some("sms")));
    assert_eq!(mails[0]["content"]["from"], "admin@example.com");
    assert_eq!((&mails[1]["content"]["from"], &mails[1]["content"]["to"][0]), (&"ACME".into(), &"+12025550123".into()));

    // The same at a sandbox that serves already.
    let sandbox = rainwright_sandbox::Sandbox::launch(rainwright_sandbox::SandboxOptions::default()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dg"));
    command.args(["run", "mail.dg", "--sandbox-at", &sandbox.base_url()]).current_dir(desk.path(""));
    let ran = command.env("RAINWRIGHT_HOME", desk.path("home")).env("RAINWRIGHT_SMTP", &smtp).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "sent\n", "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!((server.seen(), sandbox.outbox().unwrap().len()), (String::new(), 2));
}

#[cfg(unix)]
#[test]
fn a_repository_that_was_sent_runs_no_command() {
    use std::os::unix::fs::PermissionsExt;
    let git = |folder: &std::path::Path, args: &[&str]| {
        let own = ["-c", "user.email=a@example.org", "-c", "user.name=a"];
        Command::new("git").args(own).args(args).current_dir(folder).output().is_ok_and(|ran| ran.status.success())
    };
    let desk = Desk::new();
    desk.write("p/x.dg", "info 1;\n");
    desk.write("p/.gitattributes", "*.dg filter=spy\n");
    let folder = desk.path("p");
    if !git(&folder, &["init", "-q"]) {
        return;
    }
    assert!(git(&folder, &["add", "."]) && git(&folder, &["commit", "-qm", "x"]));
    let (spy, mark) = (desk.path("spy.sh"), desk.path("ran"));
    std::fs::write(&spy, format!("#!/bin/sh\ntouch '{}'\ncat\n", mark.display())).unwrap();
    std::fs::set_permissions(&spy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let command = spy.display().to_string();
    for setting in ["core.fsmonitor", "diff.external", "filter.spy.clean", "filter.spy.smudge"] {
        assert!(git(&folder, &["config", setting, &command]));
    }
    assert!(git(&folder, &["config", "filter.spy.required", "true"]));
    desk.write("p/x.dg", "info 1 + ;\n");
    let ran = desk.dg_in("p", "check --changed");
    assert!(ran.code == 3 && ran.err.contains("x.dg"), "{}{}", ran.out, ran.err);
    assert!(!mark.exists(), "a command of the repository has run");
}

#[test]
fn limits_of_a_test_go_down_only() {
    let desk = Desk::new();
    let deep = "int f(int n) { return f(n + 1); } info f(1); // error E3013\n";
    desk.write("tests/a.dg", format!("//@ limit: depth = 4000000000\n{deep}"));
    desk.write(
        "tests/b.dg",
        "//@ limit: memory = 100000000000000\nt = \"x\"; while(true) { t = t + t; } // error E3013\n",
    );
    let ran = desk.dg("test");
    assert!(ran.code == 0 && ran.err.contains("2 passed"), "{}{}", ran.out, ran.err);
}

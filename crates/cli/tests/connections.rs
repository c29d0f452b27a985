//! Drives `dg connect` and `dg connections` through the life of connections, against the sandbox.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
#[cfg(feature = "mail")]
#[path = "../../runtime/tests/common/smtp.rs"]
mod smtp;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Command;
#[cfg(feature = "mail")]
use std::process::Stdio;
#[cfg(feature = "mail")]
use std::time::Duration;

use common::Ran;
use rainwright_sandbox::{CLIENT_ID, CLIENT_SECRET, Sandbox, visitor};
use serde_json::Value;

/// A folder with a home for connections, and a sandbox that plays the services.
struct Desk {
    desk: common::Desk,
    sandbox: Sandbox,
}

impl std::ops::Deref for Desk {
    type Target = common::Desk;

    fn deref(&self) -> &common::Desk {
        &self.desk
    }
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::launch(rainwright_sandbox::SandboxOptions::default()).unwrap();
        Self { desk: common::Desk::new(), sandbox }
    }

    fn command(&self, line: &str) -> Command {
        self.desk.command(line.split(' '))
    }

    /// Runs a command line, whose words hold no blanks.
    fn dg(&self, line: &str) -> Ran {
        Ran::of(&mut self.command(line))
    }

    /// Runs a command line that must do its work; gives both outputs.
    fn done(&self, line: &str) -> String {
        let ran = self.dg(line);
        assert_eq!(ran.code, 0, "{line}: {}", ran.err);
        ran.out + &ran.err
    }

    /// What a command line that does not do its work says; with the exit code it must have.
    fn refused(&self, code: i32, line: &str) -> String {
        let ran = self.dg(line);
        assert_eq!(ran.code, code, "{line}: {}{}", ran.out, ran.err);
        ran.err
    }

    /// The options with which commands find the sandbox.
    fn at(&self) -> String {
        format!("--sandbox-at {}", self.sandbox.base_url())
    }

    /// Logs in at the sandbox's page as a person with a browser does.
    fn log_in(&self, options: &str) -> String {
        let line = format!("connect {options} --no-browser {}", self.at());
        let mut child = self
            .command(&line)
            .args(["--set", &format!("client_id={CLIENT_ID}"), "--set", &format!("client_secret={CLIENT_SECRET}")])
            .spawn()
            .unwrap();
        let mut told = String::new();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        while err.read_line(&mut told).unwrap() > 0 {
            let last = told.lines().next_back().unwrap_or_default().trim();
            if last.starts_with("http://127.0.0.1:") {
                visitor::allow(last).unwrap();
            }
        }
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        assert!(child.wait().unwrap().success(), "{told}");
        told + &out
    }

    fn health(&self, options: &str) -> Value {
        let ran = self.dg(format!("connections health --json {options}").trim_end());
        serde_json::from_str(&ran.out).unwrap()
    }
}

const PING: &str =
    "// \"mailchimp\"\ninvokeurl [ url :\"https://{dc}.api.mailchimp.com/3.0/ping\" connection:\"mailchimp\" ];\n";

#[test]
fn a_connection_lives() {
    let desk = Desk::new();
    let at = desk.at();
    desk.write("ping.dg", PING);
    let made = desk.log_in("mailchimp");
    assert!(made.contains("Connected to Mailchimp") && made.contains("https://us6.api.mailchimp.com"), "{made}");
    assert!(!made.contains(CLIENT_SECRET));
    assert!(desk.done(&format!("connections test mailchimp {at}")).contains("answered 200"));
    desk.done(&format!("run ping.dg {at}"));
    let shown = desk.done("connections show mailchimp");
    for part in ["link name       mailchimp", "dc=us6", "connected", "last good call", "connection:\"mailchimp\""] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let places = desk.done("connections where mailchimp");
    assert!(places.contains("ping.dg:2:") && !places.contains("ping.dg:1:"), "{places}");
    assert!(places.contains("1 place names") && places.contains("connected in default"), "{places}");

    desk.done("connections disable mailchimp");
    assert!(desk.refused(4, &format!("run ping.dg {at}")).contains("dg connections enable mailchimp"));
    let health = desk.health("");
    assert_eq!((&health["healthy"], &health["connections"][0]["status"]), (&false.into(), &"disabled".into()));
    assert_eq!(desk.dg("connections health").code, 4);
    desk.done("connections enable mailchimp");
    assert_eq!(desk.health("")["healthy"], true);

    desk.done("connections label mailchimp News");
    desk.done("connections rename mailchimp news");
    assert!(desk.refused(4, &format!("run ping.dg {at}")).contains("There is no connection \"mailchimp\""));
    assert!(desk.done("connections show news").contains("label           News"));
    desk.done("connections rename news mailchimp");
    desk.done("connections rekey");
    desk.done(&format!("run ping.dg {at}"));
    assert!(desk.done("connections keepalive").contains("No login needs to be renewed"));
    assert!(desk.log_in("--reconnect mailchimp").contains("Connected to Mailchimp"));

    assert!(desk.done(&format!("connections revoke mailchimp {at}")).contains("Revoked mailchimp"));
    assert!(desk.refused(4, &format!("run ping.dg {at}")).contains("dg connect --reconnect mailchimp"));
    assert!(desk.done(&format!("connections revoke mailchimp {at}")).contains("was revoked before"));
    assert!(desk.refused(4, "connections enable mailchimp").contains("dg connect --reconnect mailchimp"));
    desk.done("connections delete mailchimp");
    assert!(desk.refused(4, "connections delete mailchimp").contains("dg connect mailchimp"));
}

#[test]
fn the_same_name_is_another_login_in_another_environment() {
    let desk = Desk::new();
    let at = desk.at();
    desk.write("ping.dg", PING);
    desk.log_in("mailchimp --env production");
    desk.log_in("mailchimp --env staging --user ada");
    let told = desk.refused(4, &format!("run ping.dg {at}"));
    assert!(told.contains("there is one in production") && told.contains("--env production"), "{told}");
    desk.done(&format!("run ping.dg {at} --env production"));
    assert_eq!(Ran::of(desk.command(&format!("run ping.dg {at}")).env("RAINWRIGHT_ENV", "production")).code, 0);
    let told = desk.refused(4, &format!("run ping.dg {at} --env staging"));
    assert!(told.contains("in staging"), "{told}");
    desk.done(&format!("run ping.dg {at} --env staging --user ada"));

    // The project names the environment; what is nearer goes first. To play with the sandbox it needs no trust.
    desk.write("dg.toml", "environment = \"production\"\n");
    desk.done(&format!("run ping.dg {at}"));
    assert!(desk.refused(1, "connections show mailchimp").contains("E4021"));
    assert!(desk.refused(1, &format!("connections disable mailchimp {at}")).contains("E4021"));
    desk.done("trust --yes");
    assert!(desk.done("connections show mailchimp").contains("environment     production"));
    assert_eq!(desk.dg(&format!("run ping.dg {at} --env development")).code, 4);
    desk.write("dg.toml", "environment = \"No Name\"\n");
    assert!(desk.refused(1, "connections list").contains("dg.toml"));
    std::fs::remove_file(desk.path("dg.toml")).unwrap();

    assert_eq!(desk.health("")["connections"].as_array().unwrap().len(), 2);
    assert_eq!(desk.health("--env staging")["connections"][0]["subject"], "ada");
    desk.done("connections disable mailchimp --env production");
    assert_eq!(desk.dg("connections health --env production").code, 4);
    assert_eq!(desk.dg("connections health --env staging").code, 0);
    let listed = desk.done("connections list --env production");
    assert!(listed.contains("ENVIRONMENT") && !listed.contains("staging"), "{listed}");
    assert!(desk.done("connections where mailchimp").contains("connected in production, staging"));
    desk.done("connections delete mailchimp --env staging --user ada");
    assert_eq!(desk.dg("connections health --env staging").code, 0, "nothing is left there");
}

#[test]
fn connections_leave_without_secrets_and_come_in_all_or_none() {
    let desk = Desk::new();
    desk.done("connect openai --set api_key=hush-hush");
    assert!(desk.refused(2, "connections export").contains("--references"));
    desk.done("connections export --references --out all.json");
    let text = std::fs::read_to_string(desk.path("all.json")).unwrap();
    assert!(text.contains("\"fill_in\"") && text.contains("api_key") && !text.contains("hush-hush"), "{text}");
    assert!(desk.refused(4, "connections export --references opnai").contains("openai"));

    let taken = desk.refused(1, "connections import all.json");
    assert!(taken.contains("nothing was imported") && taken.contains("--replace"), "{taken}");
    assert!(desk.done("connections import all.json --env staging --dry-run").contains("Would take 1 connection"));
    assert!(desk.refused(4, "connections show openai --env staging").contains("in default"));
    let done = desk.done("connections import all.json --env staging");
    assert!(done.contains("dg connect --reconnect openai --env staging"), "{done}");
    assert!(desk.done("connections import all.json --skip").contains("left as it is"));
    assert!(desk.done("connections show openai").contains("status          connected"));
    assert!(desk.done("connections import all.json --replace").contains("replaced"));
    assert!(desk.done("connections show openai").contains("status          draft"));
    let stretched = text.replace("\"created_at\"", "\"allowed_hosts\": [\"evil.example.com\"], \"created_at\"");
    desk.write("stretched.json", &stretched);
    assert!(desk.done("connections import stretched.json --replace --dry-run").contains("evil.example.com"));

    desk.write("noise.json", "[1, 2]");
    assert!(desk.refused(1, "connections import noise.json").contains("dg connections export"));
    desk.write(
        "manifest.json",
        "{\"connectors\": [{\"connectionLinkName\": \"crm\", \"connectionName\": \"CRM\", \"serviceName\": \"zoho_crm\",
          \"userAccess\": true, \"isUserDefinedService\": false, \"scope\": [\"ZohoCRM.modules.ALL\"]}]}",
    );
    assert!(desk.done("connections import manifest.json --user ada").contains("dg connect --reconnect crm --user ada"));
    assert!(desk.done("connections show crm --user ada").contains("ZohoCRM.modules.ALL"));
}

#[cfg(feature = "age")]
#[test]
fn an_encrypted_export_moves_everything_to_its_recipient() {
    let desk = Desk::new();
    let recipient = desk.dg("connections identity me.txt").out.trim().to_owned();
    let file = std::fs::read_to_string(desk.path("me.txt")).unwrap();
    let secret = file.lines().last().unwrap();
    assert!(recipient.starts_with("age1") && secret.starts_with("AGE-SECRET-KEY-"));
    assert!(desk.refused(1, "connections identity me.txt").contains("me.txt"), "a key is not written over");
    desk.write("ping.dg", PING);
    desk.log_in("mailchimp");
    desk.log_in("zoho_crm --set dc=zoho.com");
    let told = desk.done(&format!("connections export --to {recipient} --out team.age"));
    assert!(
        told.contains("zoho_crm: such a login") && !told.contains("mailchimp:"),
        "MailChimp's tokens do not end: {told}"
    );
    desk.done("connections delete zoho_crm");
    desk.done("connections delete mailchimp");
    assert!(desk.refused(1, "connections import team.age").contains("--identity"));
    desk.done("connections import team.age --identity me.txt");
    desk.done(&format!("run ping.dg {}", desk.at()));
    assert!(desk.refused(1, &format!("connections export --to {secret}")).contains("age1"));
    assert!(!desk.refused(1, &format!("connections export --to {secret}")).contains(secret));
}

#[cfg(not(feature = "age"))]
#[test]
fn a_program_without_encryption_says_so() {
    let desk = Desk::new();
    desk.done("connect openai --set api_key=hush-hush");
    assert!(desk.refused(1, "connections export --to age1abc").contains("feature `age`"));
}

#[test]
fn what_is_wrong_with_the_store_is_said_with_what_to_do() {
    let desk = Desk::new();
    desk.done("connect openai --set api_key=hush-hush");
    // Writes everything into the one file, which then is the whole store.
    desk.done("connections rekey");
    let database = desk.path("home/connections.db");
    let alone = || {
        for beside in ["home/connections.db-wal", "home/connections.db-shm"] {
            let _ = std::fs::remove_file(desk.path(beside));
        }
    };
    alone();
    let whole = std::fs::read(&database).unwrap();
    let key = std::fs::read(desk.path("home/key")).unwrap();
    let with = |variable: &str, value: &str| Ran::of(desk.command("connections list").env(variable, value));

    let other = with("RAINWRIGHT_KEY", &"0f".repeat(32));
    assert!(other.code == 1 && other.err.contains("the key given is") && other.err.contains("RAINWRIGHT_KEY_FILE"));
    assert!(with("RAINWRIGHT_KEY", "short").err.contains("32 bytes"));
    assert!(with("RAINWRIGHT_KEY_COMMAND", "false").err.contains("by hand"));
    assert_eq!(with("RAINWRIGHT_KEY", String::from_utf8(key.clone()).unwrap().trim()).code, 0);
    std::fs::remove_file(desk.path("home/key")).unwrap();
    let lost = desk.refused(1, "connections list");
    assert!(lost.contains("there is no key") && !desk.path("home/key").exists(), "{lost}");
    std::fs::write(desk.path("home/key"), &key).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| std::fs::set_permissions(desk.path("home/key"), PermissionsExt::from_mode(mode)).unwrap();
        mode(0o640);
        assert!(desk.refused(1, "connections list").contains("chmod 600"));
        mode(0o600);
    }
    for torn in [&whole[..whole.len() / 2], &b"not a database, and long enough to be taken for one"[..]] {
        alone();
        std::fs::write(&database, torn).unwrap();
        assert!(desk.refused(1, "connections list").contains("backup"));
    }
    alone();
    std::fs::write(&database, &whole).unwrap();
    assert!(desk.done("connections list").contains("openai"), "nothing is lost");
}

#[test]
fn a_secret_that_is_not_there_is_missed_only_when_it_is_needed() {
    let desk = Desk::new();
    let at = desk.at();
    desk.write("ping.dg", PING);
    let line =
        format!("connect mailchimp --no-browser {at} --set client_id={CLIENT_ID} --set-env client_secret=ABSENT");
    let told = desk.refused(1, &line);
    assert!(told.contains("ABSENT"), "{told}");
    desk.write("key", "hush-hush\n");
    desk.done("connect openai --set-file api_key=key");
    let shown = desk.done("connections show openai") + &desk.done("connections export --references");
    assert!(!shown.contains("hush-hush") && shown.contains("/key\""), "{shown}");
    std::fs::remove_file(desk.path("key")).unwrap();
    desk.write("ask.dg", "invokeurl [ url :\"https://api.openai.com/v1/models\" connection:\"openai\" ];\n");
    assert!(desk.refused(1, &format!("run ask.dg {at}")).contains("/key."));
    desk.done("connections rename openai other");
    assert!(Path::new(&desk.path("home/connections.db")).exists());
}

#[test]
fn a_check_knows_the_connections_of_its_environment() {
    let desk = Desk::new();
    desk.write("ping.dg", PING);
    desk.done("connect openai --name mailchimp --set api_key=hush-hush --env production");
    let warned = |options: &str| desk.done(&format!("check ping.dg --connections{options}")).contains("E4001");
    assert!(!warned(""), "one of any environment will do");
    assert!(!warned(" --env production"));
    assert!(warned(" --env staging"));
}

/// A process that ends with its test.
#[cfg(feature = "mail")]
struct Watch(std::process::Child);

#[cfg(feature = "mail")]
impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(feature = "mail")]
#[test]
fn a_watch_sends_a_mail_when_a_connection_goes_bad_and_when_it_is_good_again() {
    let desk = Desk::new();
    desk.log_in("mailchimp");
    desk.done("connections disable mailchimp");
    let (address, mails) = smtp::smtp();
    let mut command = desk.command("connections health --watch --every 1 --mail ops@example.com");
    command.env("RAINWRIGHT_SMTP", format!("smtp://{address}")).stdout(Stdio::null()).stderr(Stdio::null());
    let watch = Watch(command.spawn().unwrap());
    let patience = Duration::from_secs(60);
    let mail = mails.recv_timeout(patience).unwrap();
    for part in
        ["MAIL FROM:<ops@example.com>", "RCPT TO:<ops@example.com>", "mailchimp", "is bad", "dg connections show"]
    {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    assert!(!mail.contains(CLIENT_SECRET), "{mail}");
    desk.done("connections enable mailchimp");
    let mail = mails.recv_timeout(patience).unwrap();
    assert!(mail.contains("is good again"), "{mail}");
    // What was told is not told again.
    assert!(mails.recv_timeout(Duration::from_millis(2500)).is_err());
    drop(watch);

    // A server that takes no mail for that address is no reason to stop looking.
    desk.done("connections disable mailchimp");
    let mut command = desk.command("connections health --watch --every 1 --mail refused@example.com");
    command.env("RAINWRIGHT_SMTP", format!("smtp://{address}"));
    let mut watch = Watch(command.spawn().unwrap());
    let mut lines = BufReader::new(watch.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("refused@example.com") || line.contains("no such user")));
    assert!(watch.0.try_wait().unwrap().is_none(), "it must go on");
}

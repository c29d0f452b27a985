//! Compares functions with programs that others wrote: `openssl`, `bc`, `zip` and `unzip`. Run by `tests/interop/run`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use rainwright::{Engine, FileValue, Inputs, OfflineHost, Value};

/// What a script returns.
fn deluge(source: &str, inputs: Inputs) -> Value {
    let script = Engine::new().compile("oracle.dg", source).unwrap_or_else(|e| panic!("{source}\n{e}"));
    script.run(&mut OfflineHost::new(), inputs).result.unwrap_or_else(|e| panic!("{source}\n{e}"))
}

/// What a program prints for an input.
fn program(name: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{name} is needed for this comparison: {e}"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Numbers that look random and are the same every time.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn text(&mut self, length: u64) -> String {
        (0..length).map(|_| char::from_u32(32 + self.below(900) as u32).unwrap_or('?')).collect()
    }

    fn decimal(&mut self) -> String {
        let sign = if self.below(2) == 0 { "" } else { "-" };
        let scale = self.below(6) as usize;
        let digits = self.below(1_000_000_000);
        if scale == 0 {
            format!("{sign}{digits}")
        } else {
            format!("{sign}{}.{:0scale$}", digits % 100_000, self.below(10u64.pow(scale as u32)))
        }
    }
}

#[test]
#[ignore = "needs openssl"]
fn hashes_and_keyed_hashes_are_those_of_openssl() {
    let mut random = Sequence(7);
    for length in [0, 1, 3, 55, 56, 63, 64, 65, 200] {
        let text = random.text(length);
        for (function, name) in [("md5", "-md5"), ("sha1", "-sha1"), ("sha256", "-sha256"), ("sha512", "-sha512")] {
            let ours = deluge(&format!("return zoho.encryption.{function}(t);"), Inputs::new().arg("t", text.as_str()));
            let theirs = program("openssl", &["dgst", name, "-r"], text.as_bytes());
            assert_eq!(Some(ours.to_string().as_str()), theirs.split(' ').next(), "{function} of {text:?}");
        }
        let key = "a key";
        let ours = deluge(
            "return zoho.encryption.hmacsha256(k,t,\"hex\");",
            Inputs::new().arg("k", key).arg("t", text.as_str()),
        );
        let theirs = program("openssl", &["dgst", "-sha256", "-hmac", key, "-r"], text.as_bytes());
        assert_eq!(Some(ours.to_string().as_str()), theirs.split(' ').next(), "hmacsha256 of {text:?}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn openssl_opens_what_was_encrypted() {
    // The key's letters, filled up with zeros to 32 bytes; the vector as given.
    let (key, vector, text) = ("secret-key", "0123456789abcdef", "äöü and more than one block of text, to be sure");
    let ours =
        deluge("return zoho.encryption.aesEncode(k,t,v);", Inputs::new().arg("k", key).arg("t", text).arg("v", vector));
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut padded = key.as_bytes().to_vec();
    padded.resize(32, 0);
    let arguments = ["enc", "-d", "-aes-256-cbc", "-K", &hex(&padded), "-iv", &hex(vector.as_bytes()), "-a", "-A"];
    assert_eq!(program("openssl", &arguments, ours.to_string().as_bytes()), text);
}

#[test]
#[ignore = "needs bc"]
fn decimals_add_subtract_and_multiply_as_in_bc() {
    let mut random = Sequence(11);
    let mut script = String::from("l = List();\n");
    let mut sums = String::new();
    for _ in 0..1000 {
        let (a, b) = (random.decimal(), random.decimal());
        for operator in ["+", "-", "*"] {
            script.push_str(&format!("l.add((({a}) {operator} ({b})) + 0);\n"));
            sums.push_str(&format!("({a}) {operator} ({b})\n"));
        }
    }
    script.push_str("return l;");
    let list = deluge(&script, Inputs::new());
    let ours: Vec<String> = list.as_list().unwrap().items().iter().map(ToString::to_string).collect();
    let theirs = program("bc", &["-q"], format!("scale=20\n{sums}").as_bytes());
    for ((ours, theirs), sum) in ours.iter().zip(theirs.lines()).zip(sums.lines()) {
        assert_eq!(trimmed(ours), trimmed(theirs), "{sum}");
    }
    assert_eq!(ours.len(), theirs.lines().count());
}

/// A number without the zeros that only its scale asks for.
fn trimmed(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if whole.is_empty() && fraction.is_empty() { "0".into() } else { format!("{sign}{whole}.{fraction}") }
}

#[test]
#[ignore = "needs zip and unzip"]
fn archives_go_both_ways() {
    let folder = std::env::temp_dir().join(format!("rainwright-zip-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let content = "line\n".repeat(500);
    let packed =
        deluge("f = t.toFile(\"a.txt\"); return f.compress(\"a.zip\");", Inputs::new().arg("t", content.as_str()));
    let Value::File(packed) = packed else { panic!("compress gives a file") };
    let path = folder.join("ours.zip");
    std::fs::write(&path, packed.bytes()).unwrap();
    assert_eq!(program("unzip", &["-p", &path.display().to_string()], b""), content);

    std::fs::write(folder.join("b.txt"), &content).unwrap();
    let theirs = folder.join("theirs.zip");
    program("zip", &["-q", "-j", &theirs.display().to_string(), &folder.join("b.txt").display().to_string()], b"");
    let file = FileValue::new("theirs.zip", "application/zip", std::fs::read(&theirs).unwrap());
    let found = deluge("return f.extract().get(\"b.txt\").getFileContent();", Inputs::new().arg("f", file));
    assert_eq!(found.to_string(), content);
    std::fs::remove_dir_all(&folder).unwrap();
}

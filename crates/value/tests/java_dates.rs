//! Compares dates, zones and patterns with what Java makes of them, where Java is installed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_macros)]

use std::io::Write;
use std::process::{Command, Stdio};

use rainwright_value::{DatePattern, Zone};

const ZONES: &[&str] = &[
    "UTC",
    "GMT",
    "Asia/Kolkata",
    "Asia/Calcutta",
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Moscow",
    "Australia/Sydney",
    "Asia/Tokyo",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "EST",
    "PST",
    "IST",
    "SST",
    "MST",
    "HST",
    "BST",
    "GMT+5:30",
    "GMT-8",
    "GMT+0530",
    "GMT+14:59",
    "UTC+8",
    "Nowhere/Land",
    "asia/kolkata",
    "Etc/GMT+5",
];

const PATTERNS: &[&str] = &[
    "dd-MMM-yyyy HH:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "G y Y M w W D d F E u a H k K h m s S Z X",
    "MMMM d, yyyy h:mm a",
    "EEEE, dd MMM yy",
    "YYYY-'W'ww-u",
    "yyyyy MMMMM ddd EEEEEE",
    "L LL LLL LLLL",
    "''yy''",
    "D/y",
    "z",
    "zzzz",
    "hh 'o''clock' a, zzzz",
    "yyyyMMddHHmmss",
    "kk:mm K:ss",
];

/// Instants over three centuries, those around changes of the clocks among them; and some of early years.
fn instants() -> Vec<i64> {
    let mut instants = Vec::new();
    let mut seed = 42u64;
    for year in (1901..2100).step_by(3) {
        for _ in 0..4 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let within = (seed >> 16) % (365 * 86_400);
            instants.push((year - 1970) * 31_556_952_000 + within as i64 * 1000 + (seed % 1000) as i64);
        }
    }
    // March and October of 2024, hour by hour on the days that change the clocks in most zones.
    for start in [1_710_028_800_000, 1_711_843_200_000, 1_730_000_000_000, 1_730_592_000_000, 1_712_361_600_000] {
        instants.extend((0..30).map(|hour| start + hour * 3_600_000 - 60_000));
    }
    instants.extend([0, -1, -62_000_000_000_000, -12_219_292_800_000, -12_219_292_800_001, -2_208_988_800_000]);
    instants
}

fn ask(questions: &[String]) -> Option<Vec<String>> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop/DateOracle.java");
    let mut java = Command::new("java").arg(source).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = java.stdin.take().unwrap();
    let text = questions.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = java.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// What is left out: Java counts the weeks of October 1582 without the ten days that were dropped, and reads a zone's name
/// in London by the offset of 1970, when summer time held all year. Before 1946 standard time was another one in New Zealand and
/// Bangladesh, so that our names for summer and winter, which go by today's, may differ; the times themselves do not.
fn is_disputed(millis: i64, zone: &str, pattern: &str) -> bool {
    (pattern.contains('W') && millis.abs_diff(-12_219_292_800_000) < 86_400_000)
        || (pattern.contains('z') && zone == "Europe/London")
        || (pattern.contains('z') && millis < -757_382_400_000)
}

#[test]
fn dates_are_as_in_java() {
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    let century = Some(1946);
    for id in ZONES {
        let zone = Zone::find(id);
        for (i, millis) in instants().into_iter().enumerate() {
            questions.push(format!("offset\t{millis}\t{id}"));
            ours.push(zone.offset(millis).to_string());
            let pattern = PATTERNS[i % PATTERNS.len()];
            if is_disputed(millis, id, pattern) {
                continue;
            }
            let compiled = DatePattern::new(pattern).unwrap();
            let mut text = String::new();
            compiled.print(millis, &zone, &mut text);
            questions.push(format!("print\t{millis}\t{id}\t{pattern}"));
            ours.push(text.clone());
            questions.push(format!("read\t{text}\t{id}\t{pattern}"));
            let read = compiled.read(&text, &zone, century);
            ours.push(read.map_or_else(|_| "-".into(), |r| r.instant(&zone).to_string()));
        }
    }
    let Some(theirs) = ask(&questions) else {
        eprintln!("Java is not installed: nothing was compared.");
        return;
    };
    assert_eq!(theirs.len(), ours.len());
    let wrong: Vec<String> = questions
        .iter()
        .zip(ours.iter().zip(&theirs))
        .filter(|(_, (ours, theirs))| ours != theirs)
        .map(|(question, (ours, theirs))| format!("{question}: ours {ours}, Java's {theirs}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), ours.len(), wrong[..wrong.len().min(60)].join("\n"));
}

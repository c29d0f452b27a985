//! An upload goes from the script to the socket without copies of a file, and with one of a text.
//!
//! It looks at the memory of the whole process, so that all of it is one test.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rainwright::connections::policy::AllowNet;
use rainwright::runtime::http::{Http, Settings};
use rainwright::runtime::{Driver, Live, LiveOptions, Waiting};
use rainwright::{Engine, FileValue, Inputs, Interrupt, Value};

/// Bytes of the upload.
const SIZE: usize = 100_000_000;

/// A figure of the process in bytes: `VmRSS` is what is in memory now, `VmHWM` the most since the last reset.
fn memory(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// Takes one upload, lets its bytes go, and says how many there were.
fn drain(listener: TcpListener) -> JoinHandle<usize> {
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut head, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
        let begin = loop {
            let read = stream.read(&mut buffer).unwrap();
            head.extend_from_slice(&buffer[..read]);
            if let Some(at) = head.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = String::from_utf8_lossy(&head[..begin]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")).unwrap();
        let length: usize = length.trim().parse().unwrap();
        let mut taken = head.len() - begin;
        while taken < length {
            taken += stream.read(&mut buffer).unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").unwrap();
        length
    })
}

/// Uploads a value by a script; gives how far the memory of the process rose above what it was with the value in it.
fn rise(driver: &Arc<Driver>, source: &str, value: Value) -> usize {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let url = format!("http://{}/upload", listener.local_addr().unwrap());
    let server = drain(listener);
    let allow = AllowNet::parse(["127.0.0.0/8"]).unwrap();
    let http = Arc::new(Http::new(Settings { allow, ..Settings::default() }));
    let stop = Interrupt::default();
    let live = Arc::new(Live::new(http, LiveOptions::default()));
    let mut host = Waiting::new(live, Arc::clone(driver), Arc::clone(&stop));
    let script = Engine::new().compile("upload.dg", source).unwrap();
    let inputs = Inputs::new().arg("url", url.as_str()).arg("content", value).interrupt(stop);
    // Sets the highest figure back to the present one.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let done = script.run(&mut host, inputs);
    let rise = memory("VmHWM").saturating_sub(before);
    assert_eq!(done.result.unwrap().to_string(), "ok");
    let sent = server.join().unwrap();
    assert!(sent >= SIZE, "only {sent} bytes came");
    rise
}

#[test]
fn an_upload_of_100_mb_is_copied_once_at_most() {
    let driver = Arc::new(Driver::start().unwrap());
    let file = || Value::from(FileValue::new("big.bin", "application/octet-stream", vec![7; SIZE]));
    let cases: [(&str, &str, Value, usize); 4] = [
        ("a file as the body", "return invokeurl [ url: url type: POST body: content ];", file(), 0),
        ("a file in a form", "return invokeurl [ url: url type: POST files: content ];", file(), 0),
        (
            "a file among fields",
            "return invokeurl [ url: url type: POST parameters: {\"name\":\"x\",\"file\":content} ];",
            file(),
            0,
        ),
        ("a text as the body", "return invokeurl [ url: url type: POST body: content ];", "x".repeat(SIZE).into(), 1),
    ];
    // The first call also pays for what the HTTP client needs.
    rise(&driver, cases[0].1, file());
    for (what, source, value, copies) in cases {
        let rise = rise(&driver, source, value);
        eprintln!("{what}: {} MB above the {} MB of the upload", rise / 1_000_000, SIZE / 1_000_000);
        let most = copies * SIZE + SIZE / 4;
        assert!(rise < most, "{what}: {rise} bytes more, at most {most} expected");
    }
}

//! A mail server on loopback that writes down what it gets; the tests of other crates use it as well.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

/// Takes mail for everybody but `refused@example.com`.
pub fn smtp() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let mut said = String::new();
            stream.write_all(b"220 test\r\n").unwrap();
            while let Some(line) = lines.next() {
                said += &format!("{line}\n");
                let answer = match line.split_whitespace().next().unwrap_or_default() {
                    "RCPT" if line.contains("refused@") => "550 no such user",
                    "DATA" => {
                        stream.write_all(b"354 go on\r\n").unwrap();
                        for line in lines.by_ref().take_while(|line| line != ".") {
                            said += &format!("{line}\n");
                        }
                        "250 taken"
                    }
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                if stream.write_all(format!("{answer}\r\n").as_bytes()).is_err() {
                    break;
                }
                if answer == "250 taken" {
                    send.send(said.clone()).unwrap();
                }
            }
        }
    });
    (address, receive)
}

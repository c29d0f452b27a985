//! Carries messages over standard input and output, and looks at the header of each before its body is read: the protocol's
//! library takes as much memory as a header asks for.

use crossbeam_channel::{Receiver, Sender, bounded};
use lsp_server::{Connection, Message};
use std::io::{self, BufRead, Read};
use std::thread::JoinHandle;

/// The largest message that is read. The largest file that is looked at fits in, however its text is escaped.
const LARGEST: u64 = 64 << 20;

/// The longest header, all its lines together.
const LONGEST_HEADER: usize = 8 << 10;

/// The threads that read and write.
pub(crate) struct Threads {
    reader: JoinHandle<io::Result<()>>,
    writer: JoinHandle<io::Result<()>>,
}

impl Threads {
    /// Waits for their ends. That of the reader comes when nothing more can be read, that of the writer when nobody can send.
    pub(crate) fn join(self) -> io::Result<()> {
        let ended = |thread: JoinHandle<io::Result<()>>| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended early")))
        };
        ended(self.reader)?;
        ended(self.writer)
    }
}

/// A connection over standard input and output.
pub(crate) fn connect() -> io::Result<(Connection, Threads)> {
    let (sender, written) = bounded(0);
    let (read, receiver) = bounded(0);
    let reader = std::thread::Builder::new().name("reads".to_owned());
    let reader = reader.spawn(move || read_all(&mut io::stdin().lock(), &read))?;
    let writer = std::thread::Builder::new().name("writes".to_owned());
    let writer = writer.spawn(move || write_all(&written))?;
    Ok((Connection { sender, receiver }, Threads { reader, writer }))
}

fn write_all(messages: &Receiver<Message>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    messages.iter().try_for_each(|message| message.write(&mut output))
}

fn read_all(input: &mut impl BufRead, messages: &Sender<Message>) -> io::Result<()> {
    while let Some(message) = read(input)? {
        let is_exit = matches!(&message, Message::Notification(told) if told.method == "exit");
        // Nobody takes it: the server has stopped and says why itself.
        if messages.send(message).is_err() || is_exit {
            break;
        }
    }
    Ok(())
}

/// The next message; nothing at the end of the input.
fn read(input: &mut impl BufRead) -> io::Result<Option<Message>> {
    let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let mut header = Vec::new();
    let mut length = 0;
    loop {
        let start = header.len();
        let room = (LONGEST_HEADER - start) as u64;
        if input.by_ref().take(room).read_until(b'\n', &mut header)? == 0 && room > 0 {
            return Ok(None);
        }
        let line = header.get(start..).unwrap_or_default();
        if !line.ends_with(b"\n") && header.len() >= LONGEST_HEADER {
            return Err(wrong(format!("its header is longer than {LONGEST_HEADER} bytes")));
        }
        if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
            // No line of a header ends so: the library says that.
            break;
        }
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            let value = value.trim();
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            // What is no number the library refuses; one that is too long for a number is too large.
            length = value.parse().unwrap_or(if digits { u64::MAX } else { 0 });
        }
    }
    if length > LARGEST {
        return Err(wrong(format!("its header announces {length} bytes, and no more than {LARGEST} are read")));
    }
    Message::read(&mut header.as_slice().chain(input.take(length)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{LONGEST_HEADER, read};
    use lsp_server::Message;

    fn message(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn messages_are_read_one_after_the_other() {
        let told = r#"{"jsonrpc":"2.0","method":"initialized","params":{"a":"Ã¼"}}"#;
        let text = format!("{}Content-Type: x\r\n{}", message(told), message(r#"{"jsonrpc":"2.0","method":"exit"}"#));
        let mut input = text.as_bytes();
        let mut methods = Vec::new();
        while let Some(Message::Notification(told)) = read(&mut input).unwrap() {
            methods.push(told.method);
        }
        assert_eq!(methods, ["initialized", "exit"]);
    }

    #[test]
    fn a_length_is_refused_before_anything_is_taken_for_it() {
        for length in ["67108865", "99999999999", "18446744073709551615", "99999999999999999999999999"] {
            let text = format!("Content-Length: {length}\r\n\r\n{{}}");
            let why = read(&mut text.as_bytes()).unwrap_err().to_string();
            assert!(why.contains("no more than 67108864 are read"), "{length}: {why}");
        }
        let endless = "X: y\r\n".repeat(LONGEST_HEADER);
        assert!(read(&mut endless.as_bytes()).unwrap_err().to_string().contains("longer than 8192 bytes"));
        let one_line = "x".repeat(2 * LONGEST_HEADER);
        assert!(read(&mut one_line.as_bytes()).unwrap_err().to_string().contains("longer than 8192 bytes"));
        for wrong in [
            "Content-Length: x\r\n\r\n{}",
            "X: y\r\n\r\n{}",
            "Content-Length: 3\r\n\r\n{}",
            "Content-Length: -1\r\n\r\n",
            "hello\n",
        ] {
            assert!(read(&mut wrong.as_bytes()).is_err(), "{wrong}");
        }
        for gone in ["", "Content-Le", "Content-Length: 3\r\n"] {
            assert!(read(&mut gone.as_bytes()).unwrap().is_none(), "{gone}");
        }
    }
}

//! Messages on the wire: a header with the length, then JSON.

use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value as Json, json};

use crate::Channel;
use crate::protocol::Request;

/// The largest message that is read.
const LARGEST: usize = 16 << 20;

/// Reads the next message; nothing at the end of the input.
///
/// # Errors
/// An input that is not a sequence of messages.
pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Json>> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut length: Option<usize> = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            match length {
                Some(_) => break,
                None => continue,
            }
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse().map_err(|_| wrong("Content-Length is not a number"))?);
        }
    }
    let length = length.filter(|length| *length <= LARGEST).ok_or_else(|| wrong("a message is too long"))?;
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    serde_json::from_slice(&body).map(Some).map_err(|error| wrong(&format!("a message is not JSON: {error}")))
}

/// Writes messages, from any thread.
pub(crate) struct Writer {
    output: Mutex<Box<dyn Write + Send>>,
    seq: AtomicI64,
}

impl Writer {
    pub(crate) fn new(output: Box<dyn Write + Send>) -> Self {
        Self { output: Mutex::new(output), seq: AtomicI64::new(1) }
    }

    /// Something that happened.
    pub(crate) fn event(&self, event: &str, body: Json) {
        self.write(json!({ "type": "event", "event": event, "body": body }));
    }

    /// The answer to a request.
    pub(crate) fn answer(&self, request: &Request, answer: Result<Json, String>) {
        let mut message = json!({
            "type": "response", "request_seq": request.seq, "command": request.command, "success": answer.is_ok(),
        });
        match answer {
            Ok(Json::Null) => {}
            Ok(body) => message["body"] = body,
            Err(why) => {
                message["message"] = why.as_str().into();
                message["body"] =
                    json!({ "error": { "id": 1, "format": "{why}", "variables": { "why": why }, "showUser": true } });
            }
        }
        self.write(message);
    }

    /// Text for the debug console.
    pub(crate) fn output(&self, channel: Channel, text: &str) {
        let category = match channel {
            Channel::Script => "stdout",
            Channel::Console => "console",
            Channel::Problem => "stderr",
        };
        self.event("output", json!({ "category": category, "output": format!("{text}\n") }));
    }

    fn write(&self, mut message: Json) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        message["seq"] = self.seq.fetch_add(1, Ordering::Relaxed).into();
        let text = message.to_string();
        // When the editor has gone, the end of its input ends the session.
        let _ = write!(output, "Content-Length: {}\r\n\r\n{text}", text.len()).and_then(|()| output.flush());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::read;

    #[test]
    fn messages_are_read_and_nonsense_is_refused() {
        let text = "Content-Length: 7\r\nX: y\r\n\r\n{\"a\":1}content-length: 2\n\n[]";
        let mut input = text.as_bytes();
        assert_eq!(read(&mut input).unwrap().unwrap()["a"], 1);
        assert!(read(&mut input).unwrap().unwrap().is_array());
        assert!(read(&mut input).unwrap().is_none());
        for wrong in [
            "Content-Length: x\r\n\r\n",
            "Content-Length: 99999999999\r\n\r\n",
            "Content-Length: 2\r\n\r\n{x",
            "Content-Length: 5\r\n\r\n{}",
        ] {
            assert!(read(&mut wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}

//! The serialised form: JSON text in which data keeps its kinds, read with a bound on its depth.

use rainwright_diagnostic::{Code, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::MAX_DEPTH;

/// The most brackets that anything of this crate nests: data takes up to four a level, a criteria tree three.
const DEEPEST: usize = MAX_DEPTH * 7 + 64;
/// Stack for writing or reading one bracket, generously: unoptimised code takes more.
const BRACKET_STACK: usize = if cfg!(debug_assertions) { 16 << 10 } else { 4 << 10 };
/// Texts that are nested no deeper than this are read on the stack as it is.
const SHALLOW: usize = 32;

/// Anything of this crate as one line of JSON that loses nothing.
///
/// # Errors
/// [`Code::LimitReached`] when it cannot be written.
pub fn to_text(value: &impl Serialize) -> Result<String, Problem> {
    stacker::maybe_grow(DEEPEST * BRACKET_STACK / 8, DEEPEST * BRACKET_STACK, || serde_json::to_string(value))
        .map_err(|e| Problem::new(Code::LimitReached, format!("The value cannot be serialised: {e}.")))
}

/// Reads what [`to_text`] wrote.
///
/// # Errors
/// [`Code::CannotParse`] for a text that is no such thing, or nested deeper than anything that was written.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let bad = |why: String| Problem::new(Code::CannotParse, format!("The serialised data cannot be read: {why}."));
    let depth = depth(text);
    if depth > DEEPEST {
        return Err(bad("it is nested too deeply".into()));
    }
    let read = || {
        let mut reader = serde_json::Deserializer::from_str(text);
        // The depth was looked at, and the stack is made to fit.
        reader.disable_recursion_limit();
        let value = T::deserialize(&mut reader).map_err(|e| bad(e.to_string()))?;
        reader.end().map_err(|e| bad(e.to_string()))?;
        Ok(value)
    };
    if depth <= SHALLOW { read() } else { stacker::grow(depth * BRACKET_STACK + (64 << 10), read) }
}

/// How deep the brackets of a JSON text are nested, texts in it left out.
fn depth(text: &str) -> usize {
    let (mut now, mut most, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                now += 1;
                most = most.max(now);
            }
            b']' | b'}' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Bytes as base64 text.
pub(crate) mod base64_bytes {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(input)?;
        STANDARD.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
    }
}

//! The tasks under `zoho.encryption`: hashes, keyed hashes, AES, base64 and the like.

use aes::{Aes128, Aes256};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use data_encoding::{BASE32, BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{FileValue, Kind, Kinds, Result, Value, budget};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::{Basis, Builtin, Call, Example, Form, Param, mime_of_name, patterns};

const TEXT: Kinds = Kinds::of(&[Kind::Text]);
const TEXT_OR_FILE: Kinds = Kinds::of(&[Kind::Text, Kind::File]);
const TEXT_OR_NULL: Kinds = Kinds::of(&[Kind::Text, Kind::Null]);

const DATA: Param = Param::new("data", TEXT, "The text; its UTF-8 bytes count.");
const KEY: Param = Param::new("key", TEXT, "The key.");
const OUTPUT: Param = Param::optional("output", TEXT, "How the result is written: `hex` or `base64`.");
const CHARSET: Param =
    Param::optional("charset", TEXT, "The bytes of the text: `UTF-8` (when left out), `UTF-16LE` or `UTF-16BE`.");
const IV: Param = Param::optional("iv", TEXT, "The initialisation vector: a text of 16 bytes.");
const ROUNDS: Param = Param::optional(
    "iterations",
    Kinds::of(&[Kind::Text, Kind::Number]),
    "How often the key is hashed before use: 0 (when left out) to 200.",
);
const HASH_EDGE: &str = "The output `binary` is not supported.";
const AES_EDGE: &str = "The key's bytes are filled up with zeros to 32; a longer key is an error. Without `iv` a random \
                        one is put before the encrypted bytes; with one it is not stored.";
const AES128_EDGE: &str = "The key's bytes are filled up with zeros to 16; a longer key is an error. With iterations the \
                           result is not the one that Zoho gives, because its way to hash the key is not published.";

/// A row for a function of this table.
const fn row(
    name: &'static str,
    params: &'static [Param],
    doc: &'static str,
    edge: &'static str,
    examples: &'static [Example],
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin { name, params, returns: TEXT, form: Form::Function, doc, edge, examples, run, ..Builtin::ROW }
}

/// The tasks under `zoho.encryption`.
pub(crate) const ENCRYPTION: &[Builtin] = &[
    Builtin {
        basis: Basis::Observed,
        ..row(
            "zoho.encryption.md5",
            &[DATA, OUTPUT],
            "The MD5 hash of a text, in hexadecimal digits. It protects nothing today; services still ask for it.",
            HASH_EDGE,
            &[Example::new("zoho.encryption.md5(\"Zoho Créator\")", "5869a22187eee86f32f8ca8538ae2fcf")],
            hash::<Md5>,
        )
    },
    row(
        "zoho.encryption.sha1",
        &[DATA, OUTPUT],
        "The SHA-1 hash of a text, in hexadecimal digits.",
        HASH_EDGE,
        &[Example::new("zoho.encryption.sha1(\"Zoho Creator\")", "542ebff5fcecf94318d4c63a7b202e92e77fbd62")],
        hash::<Sha1>,
    ),
    row(
        "zoho.encryption.sha256",
        &[DATA, OUTPUT],
        "The SHA-256 hash of a text, in hexadecimal digits.",
        HASH_EDGE,
        &[Example::new(
            "zoho.encryption.sha256(\"hello\", \"base64\")",
            "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        )],
        hash::<Sha256>,
    ),
    Builtin {
        basis: Basis::Assumed,
        ..row(
            "zoho.encryption.sha512",
            &[DATA, OUTPUT],
            "The SHA-512 hash of a text, in hexadecimal digits.",
            HASH_EDGE,
            &[Example::new("zoho.encryption.sha512(\"hello\").length()", "128")],
            hash::<Sha512>,
        )
    },
    row(
        "zoho.encryption.hmacsha1",
        &[KEY, DATA, OUTPUT],
        "The HMAC of a text with SHA-1, in base64. The key comes first.",
        HASH_EDGE,
        &[Example::new(
            "zoho.encryption.hmacsha1(\"Use me to generate hash\", \"My#New#Password\")",
            "VK9VMxdsbxZBLHKgSEZYMEUlURs=",
        )],
        keyed::<Hmac<Sha1>>,
    ),
    row(
        "zoho.encryption.hmacsha256",
        &[KEY, DATA, OUTPUT],
        "The HMAC of a text with SHA-256, in base64. The key comes first.",
        HASH_EDGE,
        &[Example::new(
            "zoho.encryption.hmacsha256(\"key\", \"data\", \"hex\")",
            "5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0",
        )],
        keyed::<Hmac<Sha256>>,
    ),
    Builtin {
        basis: Basis::Observed,
        ..row(
            "zoho.encryption.base64Encode",
            &[Param::new("data", TEXT_OR_FILE, "The text or file."), CHARSET],
            "The base64 form of a text or a file.",
            "",
            &[Example::new("zoho.encryption.base64Encode(\"john@zylker.com\")", "am9obkB6eWxrZXIuY29t")],
            |call| {
                let bytes = data(call, 1)?;
                check_size(call, bytes.len().saturating_mul(2))?;
                Ok(Value::from(general_purpose::STANDARD.encode(bytes)))
            },
        )
    },
    row(
        "zoho.encryption.base64Decode",
        &[DATA, CHARSET],
        "The text whose base64 form this is.",
        "The alphabet for URLs, missing padding and line ends are accepted; anything else that is no base64 is an error. \
         Bytes that are no text become `\u{fffd}`.",
        &[Example::new("zoho.encryption.base64Decode(\"w6k=\")", "é")],
        base64_decode,
    ),
    Builtin {
        returns: Kinds::of(&[Kind::File]),
        ..row(
            "zoho.encryption.base64DecodeToFile",
            &[DATA, Param::new("name", Kinds::of(&[Kind::Text]), "The file's name with its extension.")],
            "A file with the bytes whose base64 form this is.",
            "The alphabet for URLs, missing padding and line ends are accepted; anything else that is no base64 is an error.",
            &[Example::new(
                "f = zoho.encryption.base64DecodeToFile(\"aGVsbG8=\", \"note.txt\"); info f.getFileName() + \": \" + f.getFileContent();",
                "note.txt: hello",
            )],
            |call| {
                let bytes = base64_bytes(call, call.part(0)?.as_str())?;
                check_size(call, bytes.len())?;
                let name = call.part(1)?;
                let name = name.as_str().trim();
                if name.is_empty() {
                    return Err(call.bad_argument("the file needs a name, such as photo.png"));
                }
                Ok(Value::from(FileValue::new(name, mime_of_name(name), bytes)))
            },
        )
    },
    row(
        "zoho.encryption.base32Encode",
        &[Param::new("data", TEXT_OR_FILE, "The text or file."), CHARSET],
        "The base32 form of a text or a file, in upper case.",
        "",
        &[Example::new("zoho.encryption.base32Encode(\"john@zylker.com\")", "NJXWQ3SAPJ4WY23FOIXGG33N")],
        |call| {
            let bytes = data(call, 1)?;
            check_size(call, bytes.len().saturating_mul(2))?;
            Ok(Value::from(BASE32.encode(&bytes)))
        },
    ),
    Builtin {
        basis: Basis::Assumed,
        ..row(
            "zoho.encryption.base32Decode",
            &[DATA, CHARSET],
            "The text whose base32 form this is.",
            "Lower case and missing padding are accepted; anything else that is no base32 is an error.",
            &[Example::new("zoho.encryption.base32Decode(\"NBSWY3DP\")", "hello")],
            |call| {
                let text = call.part(0)?.as_str().to_ascii_uppercase();
                let bytes = BASE32_NOPAD
                    .decode(text.trim_end_matches('=').as_bytes())
                    .map_err(|e| call.bad_argument(format!("the text is no base32 ({e})")))?;
                decoded(call, &bytes)
            },
        )
    },
    Builtin {
        returns: TEXT_OR_NULL,
        ..row(
            "zoho.encryption.urlEncode",
            &[Param::new("text", Kinds::ANY, "The text.")],
            "The text as a part of a URL; a blank becomes `%20`.",
            "What is no text gives null.",
            &[
                Example::new("zoho.encryption.urlEncode(\"a b&c\")", "a%20b%26c"),
                Example::new("zoho.encryption.urlEncode(15)", "null"),
            ],
            |call| {
                let Value::Text(text) = call.arg(0) else {
                    return Ok(Value::Null);
                };
                check_size(call, text.as_str().len().saturating_mul(3))?;
                let encoded = percent_encoding::utf8_percent_encode(text.as_str(), URL);
                Ok(Value::from(encoded.to_string()))
            },
        )
    },
    Builtin {
        returns: TEXT_OR_NULL,
        ..row(
            "zoho.encryption.urlDecode",
            &[Param::new("text", Kinds::ANY, "The encoded text.")],
            "The text whose encoded form this is; `+` becomes a blank.",
            "What is no text gives null. A `%` without two hexadecimal digits stays as it is.",
            &[Example::new("zoho.encryption.urlDecode(\"a%20b%26c\")", "a b&c")],
            |call| {
                let Value::Text(text) = call.arg(0) else {
                    return Ok(Value::Null);
                };
                let blanks = text.as_str().replace('+', " ");
                let bytes = percent_encoding::percent_decode_str(&blanks);
                Ok(Value::from(bytes.decode_utf8_lossy().into_owned()))
            },
        )
    },
    row(
        "zoho.encryption.aesEncode",
        &[KEY, Param::new("value", TEXT, "The text to encrypt."), IV],
        "The text encrypted with AES-256 (CBC, PKCS#7), in base64.",
        AES_EDGE,
        &[Example::new(
            "zoho.encryption.aesEncode(\"passkey\", \"This is a secret\", \"0000000000000000\")",
            "AR+ygx+et18UNeIltGh82NBgPQx6Y0hWbEcgN3NVbJA=",
        )],
        |call| {
            let key = padded::<32>(call, call.part(0)?.as_str().as_bytes())?;
            encrypt(call, |iv, text| {
                cbc::Encryptor::<Aes256>::new(&key.into(), &(*iv).into()).encrypt_padded_vec::<Pkcs7>(text)
            })
        },
    ),
    row(
        "zoho.encryption.aesDecode",
        &[KEY, Param::new("value", TEXT, "The encrypted text, in base64."), IV],
        "The text that aesEncode encrypted.",
        AES_EDGE,
        &[Example::new(
            "zoho.encryption.aesDecode(\"k1\", zoho.encryption.aesEncode(\"k1\", \"round trip é\"))",
            "round trip é",
        )],
        |call| {
            let key = padded::<32>(call, call.part(0)?.as_str().as_bytes())?;
            decrypt(call, |iv, bytes| {
                cbc::Decryptor::<Aes256>::new(&key.into(), &(*iv).into()).decrypt_padded_vec::<Pkcs7>(bytes).ok()
            })
        },
    ),
    Builtin {
        basis: Basis::Assumed,
        ..row(
            "zoho.encryption.aesEncode128",
            &[KEY, Param::new("value", TEXT, "The text to encrypt."), IV, ROUNDS],
            "The text encrypted with AES-128 (CBC, PKCS#7), in base64.",
            AES128_EDGE,
            &[Example::new(
                "zoho.encryption.aesDecode128(\"passkey\", zoho.encryption.aesEncode128(\"passkey\", \"This is a secret\"))",
                "This is a secret",
            )],
            |call| {
                let key = key128(call)?;
                encrypt(call, |iv, text| {
                    cbc::Encryptor::<Aes128>::new(&key.into(), &(*iv).into()).encrypt_padded_vec::<Pkcs7>(text)
                })
            },
        )
    },
    Builtin {
        basis: Basis::Assumed,
        ..row(
            "zoho.encryption.aesDecode128",
            &[KEY, Param::new("value", TEXT, "The encrypted text, in base64."), IV, ROUNDS],
            "The text that aesEncode128 encrypted.",
            AES128_EDGE,
            &[Example::new(
                "zoho.encryption.aesDecode128(\"k\", zoho.encryption.aesEncode128(\"k\", \"x\", \"0123456789abcdef\"), \"0123456789abcdef\")",
                "x",
            )],
            |call| {
                let key = key128(call)?;
                decrypt(call, |iv, bytes| {
                    cbc::Decryptor::<Aes128>::new(&key.into(), &(*iv).into()).decrypt_padded_vec::<Pkcs7>(bytes).ok()
                })
            },
        )
    },
];

/// What Java's URLEncoder encodes; the blank stays `%20`.
const URL: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_');

/// Base64 with or without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The longest text that aesEncode128 takes, as documented.
const MAX_AES128: usize = 500 << 10;

fn check_size(call: &Call, bytes: usize) -> Result<()> {
    if bytes > call.cx.max_text() {
        return Err(patterns::too_large(call.cx.max_text()));
    }
    Ok(())
}

/// Bytes that are encrypted or decrypted at once: what happens meanwhile cannot be interrupted.
const MAX_CIPHER: usize = 2 << 20;

fn check_cipher(bytes: usize) -> Result<()> {
    if bytes > MAX_CIPHER {
        return Err(patterns::too_large(MAX_CIPHER));
    }
    budget::charge_bytes(bytes.saturating_mul(16))
}

/// Bytes that are hashed between two looks at the limits.
const PIECE: usize = 64 << 10;

fn hash<D: Digest>(call: &mut Call) -> Result {
    let text = call.part(0)?;
    let mut digest = D::new();
    for piece in text.as_str().as_bytes().chunks(PIECE) {
        budget::charge(PIECE / 64)?;
        digest.update(piece);
    }
    written(call, &digest.finalize(), 1, "hex")
}

fn keyed<M: Mac + KeyInit>(call: &mut Call) -> Result {
    let (key, text) = (call.part(0)?, call.part(1)?);
    let mut mac = <M as KeyInit>::new_from_slice(key.as_str().as_bytes())
        .map_err(|_| call.bad_argument("the key cannot be used"))?;
    for piece in text.as_str().as_bytes().chunks(PIECE) {
        budget::charge(PIECE / 64)?;
        mac.update(piece);
    }
    written(call, &mac.finalize().into_bytes(), 2, "base64")
}

/// Bytes in the form that an argument names.
fn written(call: &Call, bytes: &[u8], index: usize, default: &str) -> Result {
    let output = if call.given(index) { call.text(index)?.trim().to_ascii_lowercase() } else { default.to_owned() };
    match output.as_str() {
        "hex" => Ok(Value::from(HEXLOWER.encode(bytes))),
        "base64" => Ok(Value::from(general_purpose::STANDARD.encode(bytes))),
        "binary" => Err(Box::new(
            Problem::new(Code::NotSupported, format!("{}: the output binary is not supported", call.name))
                .with_help("Ask for hex or base64."),
        )),
        _ => Err(call.bad_argument(format!("the output is hex or base64, not \"{output}\""))),
    }
}

/// How the bytes of a text are ordered.
enum Charset {
    Utf8,
    Utf16(fn(u16) -> [u8; 2], fn([u8; 2]) -> u16),
}

fn charset(call: &Call, index: usize) -> Result<Charset> {
    if !call.given(index) {
        return Ok(Charset::Utf8);
    }
    let name = call.text(index)?;
    match name.to_ascii_uppercase().replace(['-', '_', ' '], "").as_str() {
        "UTF8" => Ok(Charset::Utf8),
        "UTF16LE" => Ok(Charset::Utf16(u16::to_le_bytes, u16::from_le_bytes)),
        "UTF16BE" | "UTF16" => Ok(Charset::Utf16(u16::to_be_bytes, u16::from_be_bytes)),
        _ => Err(call.bad_argument(format!("the character set is UTF-8, UTF-16LE or UTF-16BE, not \"{name}\""))),
    }
}

/// The bytes of the first argument.
fn data(call: &Call, charset_index: usize) -> Result<Vec<u8>> {
    if let Value::File(file) = call.arg(0) {
        return Ok(file.bytes().to_vec());
    }
    let text = call.part(0)?;
    Ok(match charset(call, charset_index)? {
        Charset::Utf8 => text.as_str().as_bytes().to_vec(),
        Charset::Utf16(to_bytes, _) => text.as_str().encode_utf16().flat_map(to_bytes).collect(),
    })
}

fn decoded(call: &Call, bytes: &[u8]) -> Result {
    Ok(Value::from(match charset(call, 1)? {
        Charset::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Charset::Utf16(_, from_bytes) => {
            let units = bytes.chunks_exact(2).map(|pair| from_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
    }))
}

/// The bytes of a base64 text in either alphabet.
fn base64_bytes(call: &Call, text: &str) -> Result<Vec<u8>> {
    let mut text = text.to_owned();
    text.retain(|c| !c.is_ascii_whitespace());
    let alphabet = if text.contains(['-', '_']) { alphabet::URL_SAFE } else { alphabet::STANDARD };
    GeneralPurpose::new(&alphabet, LENIENT)
        .decode(text)
        .map_err(|e| call.bad_argument(format!("the text is no base64 ({e})")))
}

fn base64_decode(call: &mut Call) -> Result {
    let text = call.part(0)?;
    decoded(call, &base64_bytes(call, text.as_str())?)
}

/// A key filled up with zeros.
fn padded<const N: usize>(call: &Call, key: &[u8]) -> Result<[u8; N]> {
    let mut padded = [0; N];
    match padded.get_mut(..key.len()) {
        Some(start) => {
            start.copy_from_slice(key);
            Ok(padded)
        }
        None => Err(call.bad_argument(format!("the key has more than {N} bytes"))),
    }
}

/// The key of AES-128, hashed as often as the fourth argument says.
fn key128(call: &Call) -> Result<[u8; 16]> {
    let rounds = match call.arg(3) {
        Value::Null => 0,
        Value::Text(text) => match text.as_str().trim() {
            "" => 0,
            digits => digits.parse().map_err(|_| call.bad_argument("the iterations are no number"))?,
        },
        _ => call.number(3)?,
    };
    if !(0..=200).contains(&rounds) {
        return Err(call.bad_argument(format!("there are 0 to 200 iterations, not {rounds}")));
    }
    let text = call.part(0)?;
    if text.as_str().len() > 16 {
        return Err(call.bad_argument("the key has more than 16 bytes"));
    }
    if call.part(1)?.as_str().len() > MAX_AES128 {
        return Err(call.bad_argument("the value has more than 500 KB"));
    }
    let mut key = text.as_str().as_bytes().to_vec();
    for _ in 0..rounds {
        key = Sha256::digest(&key)[..16].to_vec();
    }
    padded(call, &key)
}

const BLOCK: usize = 16;

/// The initialisation vector in the third argument.
fn given_iv(call: &Call) -> Result<Option<[u8; BLOCK]>> {
    if !call.given(2) {
        return Ok(None);
    }
    let text = call.part(2)?;
    let bytes = text.as_str().as_bytes();
    match bytes.try_into() {
        Ok(iv) => Ok(Some(iv)),
        Err(_) => Err(call.bad_argument(format!("the initialisation vector has {BLOCK} bytes, not {}", bytes.len()))),
    }
}

fn encrypt(call: &mut Call, cipher: impl FnOnce(&[u8; BLOCK], &[u8]) -> Vec<u8>) -> Result {
    let text = call.part(1)?;
    check_size(call, text.as_str().len().saturating_mul(2))?;
    check_cipher(text.as_str().len())?;
    let bytes = match given_iv(call)? {
        Some(iv) => cipher(&iv, text.as_str().as_bytes()),
        None => {
            let mut iv = [0; BLOCK];
            iv[..8].copy_from_slice(&call.cx.random()?.to_le_bytes());
            iv[8..].copy_from_slice(&call.cx.random()?.to_le_bytes());
            let mut bytes = iv.to_vec();
            bytes.extend(cipher(&iv, text.as_str().as_bytes()));
            bytes
        }
    };
    Ok(Value::from(general_purpose::STANDARD.encode(bytes)))
}

fn decrypt(call: &mut Call, cipher: impl FnOnce(&[u8; BLOCK], &[u8]) -> Option<Vec<u8>>) -> Result {
    let text = call.part(1)?;
    check_cipher(text.as_str().len())?;
    let bytes = base64_bytes(call, text.as_str())?;
    let (iv, bytes) = match given_iv(call)? {
        Some(iv) => (iv, bytes.as_slice()),
        None => match bytes.split_first_chunk() {
            Some((iv, rest)) => (*iv, rest),
            None => return Err(call.bad_argument("the encrypted text is too short")),
        },
    };
    let wrong = || call.bad_argument("the text was not encrypted with this key and vector");
    let text = cipher(&iv, bytes).ok_or_else(wrong)?;
    String::from_utf8(text).map(Value::from).map_err(|_| wrong())
}

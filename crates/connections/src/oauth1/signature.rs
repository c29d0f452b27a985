//! The signature of a request: RFC 5849 section 3.4, with HMAC-SHA256 beside the methods of the RFC.

use crate::template::RESERVED;
use crate::{Secret, SignatureMethod, UnixTime};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{percent_encode, utf8_percent_encode};
use rainwright_diagnostic::{Code, Problem};
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::{SignatureEncoding, Signer as _};
use sha1::Sha1;
use sha2::Sha256;
use std::borrow::Cow;
use url::Url;

impl SignatureMethod {
    /// The name in `oauth_signature_method`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SignatureMethod::HmacSha1 => "HMAC-SHA1",
            SignatureMethod::HmacSha256 => "HMAC-SHA256",
            SignatureMethod::RsaSha1 => "RSA-SHA1",
            SignatureMethod::Plaintext => "PLAINTEXT",
        }
    }
}

/// Signs requests of one client, with or without a token.
#[derive(Clone, Debug)]
pub struct Signer<'a> {
    /// How it signs.
    pub method: SignatureMethod,
    /// The client's public name.
    pub consumer_key: &'a str,
    /// The client's secret; for RSA-SHA1 its private key as PEM (PKCS#8 or PKCS#1).
    pub consumer_secret: &'a Secret,
    /// The token; empty for none.
    pub token: &'a Secret,
    /// The token's secret; empty for none.
    pub token_secret: &'a Secret,
    /// When, in seconds since 1970.
    pub timestamp: UnixTime,
    /// A text that no other request of this second has.
    pub nonce: &'a str,
    /// Whether `oauth_version` is sent.
    pub version: bool,
}

type Pairs<'a> = Vec<(&'a str, Cow<'a, str>)>;

impl<'a> Signer<'a> {
    /// The `oauth_` parameters of a request, `oauth_signature` last. `form` are the pairs of a form body; `more` are
    /// further protocol parameters, such as `oauth_callback`.
    ///
    /// # Errors
    /// [`Code::BadRequest`] when the private key of RSA-SHA1 cannot be read.
    pub fn sign(
        &self,
        method: &str,
        url: &Url,
        form: &[(String, String)],
        more: &[(&'a str, &'a str)],
    ) -> Result<Pairs<'a>, Problem> {
        let mut params: Pairs<'a> = Vec::with_capacity(8 + more.len());
        params.push(("oauth_consumer_key", self.consumer_key.into()));
        params.push(("oauth_nonce", self.nonce.into()));
        params.push(("oauth_signature_method", self.method.name().into()));
        params.push(("oauth_timestamp", self.timestamp.to_string().into()));
        if !self.token.is_empty() {
            params.push(("oauth_token", self.token.expose().into()));
        }
        if self.version {
            params.push(("oauth_version", "1.0".into()));
        }
        params.extend(more.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))));
        let signature = match self.method {
            SignatureMethod::Plaintext => self.key(),
            SignatureMethod::HmacSha1 => hmac::<Hmac<Sha1>>(&self.key(), &base_string(method, url, &params, form)),
            SignatureMethod::HmacSha256 => hmac::<Hmac<Sha256>>(&self.key(), &base_string(method, url, &params, form)),
            SignatureMethod::RsaSha1 => self.rsa(&base_string(method, url, &params, form))?,
        };
        params.push(("oauth_signature", signature.into()));
        Ok(params)
    }

    /// Both secrets, encoded, with an ampersand that stays when one is empty (section 3.4.2).
    fn key(&self) -> String {
        let mut key = String::with_capacity(128);
        key.extend(utf8_percent_encode(self.consumer_secret.expose(), RESERVED));
        key.push('&');
        key.extend(utf8_percent_encode(self.token_secret.expose(), RESERVED));
        key
    }

    /// RSASSA-PKCS1-v1_5 with SHA-1; the token's secret takes no part (section 3.4.3).
    fn rsa(&self, base: &str) -> Result<String, Problem> {
        let pem = self.consumer_secret.expose();
        let key = rsa::PrivateKey::from_pkcs8_pem(pem).or_else(|_| rsa::PrivateKey::from_pkcs1_pem(pem));
        let bad = || {
            Problem::new(Code::BadRequest, "The private key for RSA-SHA1 cannot be used.")
                .with_help("Give an unencrypted RSA key as PEM, of 1024 bits or more.")
        };
        let key = rsa::pkcs1v15::SigningKey::<Sha1>::new(key.map_err(|_| bad())?);
        let signature = key.try_sign(base.as_bytes()).map_err(|_| bad())?;
        Ok(STANDARD.encode(signature.to_bytes()))
    }
}

fn hmac<M: Mac + KeyInit>(key: &str, base: &str) -> String {
    // HMAC takes keys of any length, so there is always a code.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(base.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The text that is signed (section 3.4.1): method, address without query, and all parameters, sorted.
#[must_use]
pub fn base_string(method: &str, url: &Url, oauth: &[(&str, Cow<'_, str>)], form: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let mut pairs: Vec<(String, String)> = oauth.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.extend(form.iter().map(|(name, value)| (encode(name), encode(value))));
    for pair in url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((recode(name), recode(value)));
    }
    pairs.sort_unstable();

    let mut base = String::with_capacity(256 + pairs.iter().map(|(n, v)| n.len() + v.len() + 8).sum::<usize>());
    base.push_str(&method.to_ascii_uppercase());
    base.push('&');
    // The URL type has lower-cased scheme and host and dropped the default port.
    for part in [url.scheme(), "://", url.host_str().unwrap_or_default()] {
        base.extend(utf8_percent_encode(part, RESERVED));
    }
    if let Some(port) = url.port() {
        base.push_str("%3A");
        base.push_str(&port.to_string());
    }
    base.extend(utf8_percent_encode(url.path(), RESERVED));
    for (i, (name, value)) in pairs.iter().enumerate() {
        base.push_str(if i == 0 { "&" } else { "%26" });
        base.extend(utf8_percent_encode(name, RESERVED));
        base.push_str("%3D");
        base.extend(utf8_percent_encode(value, RESERVED));
    }
    base
}

/// Decodes one part of a query as a form (`+` is a space), byte for byte, and encodes it anew.
fn recode(part: &str) -> String {
    if part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')) {
        return part.to_owned();
    }
    let spaced = part.replace('+', " ");
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&spaced).collect();
    percent_encode(&bytes, RESERVED).to_string()
}

/// The `Authorization` header (section 3.5.1); the realm comes first and is not signed.
pub(crate) fn header(params: &[(&str, Cow<'_, str>)], realm: Option<&str>) -> String {
    let mut header = String::with_capacity(320);
    header.push_str("OAuth ");
    if let Some(realm) = realm {
        header.push_str("realm=\"");
        header.push_str(&realm.replace('\\', "\\\\").replace('"', "\\\""));
        header.push_str("\", ");
    }
    for (i, (name, value)) in params.iter().enumerate() {
        header.push_str(if i == 0 { "" } else { ", " });
        header.push_str(name);
        header.push_str("=\"");
        header.extend(utf8_percent_encode(value, RESERVED));
        header.push('"');
    }
    header
}

/// A nonce of random bytes.
pub(crate) fn nonce_text(nonce: [u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    nonce.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct Case {
        method: SignatureMethod,
        consumer: (&'static str, &'static str),
        token: (&'static str, &'static str),
        timestamp: UnixTime,
        nonce: &'static str,
        version: bool,
    }

    impl Case {
        fn sign(&self, verb: &str, url: &str, form: &[(&str, &str)], more: &[(&str, &str)]) -> String {
            let secrets = [self.consumer.1, self.token.0, self.token.1].map(Secret::from);
            let signer = Signer {
                method: self.method,
                consumer_key: self.consumer.0,
                consumer_secret: &secrets[0],
                token: &secrets[1],
                token_secret: &secrets[2],
                timestamp: self.timestamp,
                nonce: self.nonce,
                version: self.version,
            };
            let form: Vec<(String, String)> = form.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let params = signer.sign(verb, &Url::parse(url).unwrap(), &form, more).unwrap();
            params.last().unwrap().1.clone().into_owned()
        }
    }

    const PHOTOS: &str = "http://photos.example.net/photos?file=vacation.jpg&size=original";

    fn photos() -> Case {
        Case {
            method: SignatureMethod::HmacSha1,
            consumer: ("dpf43f3p2l4k3l03", "kd94hf93k423kf44"),
            token: ("nnch734d00sl2jdk", "pfkkdhi9sl3r4s00"),
            timestamp: 137_131_202,
            nonce: "chapoH",
            version: false,
        }
    }

    #[test]
    fn rfc_5849_section_1_2_resource() {
        assert_eq!(photos().sign("GET", PHOTOS, &[], &[]), "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
        let sha256 = Case { method: SignatureMethod::HmacSha256, ..photos() };
        assert_eq!(sha256.sign("GET", PHOTOS, &[], &[]), "HtMwoX2zenlFjgGg/SNEoKEQmL7CzxYFEKzs7er044Y=");
    }

    #[test]
    fn rfc_5849_section_1_2_token() {
        let case = Case {
            token: ("hh5s93j4hdidpola", "hdhd0244k9j7ao03"),
            timestamp: 137_131_201,
            nonce: "walatlh",
            ..photos()
        };
        let signature =
            case.sign("POST", "https://photos.example.net/token", &[], &[("oauth_verifier", "hfdp7dh39dks9884")]);
        assert_eq!(signature, "gKgrFCywp7rO0OXSjdot/IHF7IU=");
    }

    #[test]
    fn oauth_core_1_0_appendix() {
        let case = Case { timestamp: 1_191_242_096, nonce: "kllo9940pd9333jh", version: true, ..photos() };
        assert_eq!(case.sign("GET", PHOTOS, &[], &[]), "tR3+Ty81lMeYAr/Fid0kMTYa/WM=");
    }

    #[test]
    fn rfc_5849_section_3_4_1_1() {
        let url = "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b";
        let case = Case {
            method: SignatureMethod::HmacSha1,
            consumer: ("9djdj82h48djs9d2", "j49sk3j29djd"),
            token: ("kkk9d7dh3k39sjv7", "dh893hdasih9"),
            timestamp: 137_131_201,
            nonce: "7d8f3e4a",
            version: false,
        };
        let oauth = [
            ("oauth_consumer_key", "9djdj82h48djs9d2".into()),
            ("oauth_token", "kkk9d7dh3k39sjv7".into()),
            ("oauth_signature_method", "HMAC-SHA1".into()),
            ("oauth_timestamp", "137131201".into()),
            ("oauth_nonce", "7d8f3e4a".into()),
        ];
        let form = [("c2".to_owned(), String::new()), ("a3".to_owned(), "2 q".to_owned())];
        assert_eq!(
            base_string("POST", &Url::parse(url).unwrap(), &oauth, &form),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26\
             c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26\
             oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
        assert_eq!(case.sign("POST", url, &[("c2", ""), ("a3", "2 q")], &[]), "r6/TJjbCOr97/+UU0NsvSne7s5g=");
    }

    #[test]
    fn twitters_published_example() {
        let case = Case {
            method: SignatureMethod::HmacSha1,
            consumer: ("xvz1evFS4wEEPTGEFPHBog", "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
            token: ("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
            timestamp: 1_318_622_958,
            nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
            version: true,
        };
        let status = "Hello Ladies + Gentlemen, a signed OAuth request!";
        let url = "https://api.twitter.com/1.1/statuses/update.json?include_entities=true";
        assert_eq!(case.sign("post", url, &[("status", status)], &[]), "hCtSmYh+iHYCEqBWrE7C7hYmtUk=");
    }

    #[test]
    fn plaintext_is_the_key_itself() {
        let case = Case {
            method: SignatureMethod::Plaintext,
            consumer: ("c", "djr9rjt0jd78jf88"),
            token: ("t", "jjd99$tj88uiths3"),
            ..photos()
        };
        assert_eq!(case.sign("GET", "https://h/x", &[], &[]), "djr9rjt0jd78jf88&jjd99%24tj88uiths3");
        let alone = Case { token: ("", ""), ..case };
        assert_eq!(alone.sign("GET", "https://h/x", &[], &[]), "djr9rjt0jd78jf88&");
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // A test may make a key.
    fn rsa_sha1_verifies_with_the_public_half() {
        use rsa::pkcs1::EncodeRsaPrivateKey;
        use rsa::pkcs8::EncodePrivateKey;
        use rsa::signature::Verifier;
        let key = rsa::PrivateKey::new(&mut rsa::rand_core::UnwrapErr(getrandom::SysRng), 1024).unwrap();
        let verifier = rsa::pkcs1v15::VerifyingKey::<Sha1>::new(key.to_public_key());
        let pkcs8 = key.to_pkcs8_pem(rsa::pkcs8::LineEnding::LF).unwrap();
        let pkcs1 = key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap();
        let (token, empty) = (Secret::new("t"), Secret::default());
        for pem in [pkcs8.as_str(), pkcs1.as_str()] {
            let secret = Secret::new(pem);
            let signer = Signer {
                method: SignatureMethod::RsaSha1,
                consumer_key: "c",
                consumer_secret: &secret,
                token: &token,
                token_secret: &empty,
                timestamp: 1,
                nonce: "n",
                version: false,
            };
            let url = Url::parse("https://h/x?a=1").unwrap();
            let mut params = signer.sign("GET", &url, &[], &[]).unwrap();
            let (_, signature) = params.pop().unwrap();
            let bytes = STANDARD.decode(signature.as_bytes()).unwrap();
            let signature = rsa::pkcs1v15::Signature::try_from(bytes.as_slice()).unwrap();
            verifier.verify(base_string("GET", &url, &params, &[]).as_bytes(), &signature).unwrap();
        }
        let wrong = Secret::new("no key");
        let signer = Signer {
            method: SignatureMethod::RsaSha1,
            consumer_key: "c",
            consumer_secret: &wrong,
            token: &empty,
            token_secret: &empty,
            timestamp: 1,
            nonce: "n",
            version: false,
        };
        let problem = signer.sign("GET", &Url::parse("https://h").unwrap(), &[], &[]).unwrap_err();
        assert!(!problem.message.contains("no key"));
    }

    #[test]
    fn base_strings_follow_the_address_rules() {
        for (url, base) in [
            ("HTTP://EXAMPLE.COM:80/r%20v/X?id=123", "GET&http%3A%2F%2Fexample.com%2Fr%2520v%2FX&id%3D123"),
            ("https://www.example.net:8080/?q=1", "GET&https%3A%2F%2Fwww.example.net%3A8080%2F&q%3D1"),
            ("https://h", "GET&https%3A%2F%2Fh%2F"),
            ("https://h/?b=2&a=1&a=0&&c", "GET&https%3A%2F%2Fh%2F&a%3D0%26a%3D1%26b%3D2%26c%3D"),
            ("https://h/?x=a+b%2Bc&y=%7e%ff", "GET&https%3A%2F%2Fh%2F&x%3Da%2520b%252Bc%26y%3D~%25FF"),
        ] {
            let built = base_string("get", &Url::parse(url).unwrap(), &[], &[]);
            assert_eq!(built.trim_end_matches('&'), base, "{url}");
        }
    }

    #[test]
    fn the_header_has_the_realm_first_and_encodes_values() {
        let params = [("oauth_token", Cow::Borrowed("a b")), ("oauth_signature", Cow::Borrowed("x+/="))];
        assert_eq!(
            header(&params, Some("12\"3")),
            "OAuth realm=\"12\\\"3\", oauth_token=\"a%20b\", oauth_signature=\"x%2B%2F%3D\""
        );
        assert_eq!(nonce_text([0xab; 16]), "ab".repeat(16));
    }
}

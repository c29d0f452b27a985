//! OAuth 1.0a (RFC 5849) without input and output: signatures, and the three legs of connecting.

mod legs;
mod signature;

pub use legs::{Temporary, access_token, consent_url, read_access_token, read_request_token, request_token};
pub use signature::{Signer, base_string};
pub(crate) use signature::{header, nonce_text};

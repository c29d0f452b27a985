//! OAuth 2.0 without input and output: builds the calls, reads the answers.
//!
//! The `oauth2` crate gives PKCE, the error codes and the device answer. Its URL and token clients are not used: they
//! append parameters twice when the URL has them already, and refuse most of the answers that real providers give.

mod answer;
mod consent;
mod device;
mod discovery;
mod revoke;
mod token;

pub use answer::{TokenAnswer, TokenError, TokenErrorKind, read_token};
pub use consent::{Consent, Pending, consent_url};
pub use device::{DeviceFlow, Poll, device_request, read_device};
pub use discovery::{Metadata, metadata_urls, read_metadata};
pub use revoke::{read_revocation, revocations};
pub use token::{TokenGrant, token_request};

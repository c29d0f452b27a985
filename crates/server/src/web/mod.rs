//! What every page of this crate shares: the frame, the style sheet, sessions, forms, and the headers of answers.
//!
//! Pages are written with maud, which escapes what it is given, and read without script; the script adds conveniences. All
//! style and script is served as files, so that the content policy allows nothing inline. A [`Gate`] in front of the routes
//! finds the session of a request, and lets a POST through only with that session's token in its form.

mod asset;
mod field;
mod form;
mod gate;
mod headers;
pub(crate) mod page;
mod session;
mod throttle;

pub use asset::assets;
pub(crate) use asset::{icon, style};
pub use field::{Attributes, code_box, field, hidden, select, time, token};
pub use form::Form;
pub use gate::{Gate, gate};
pub use headers::{POLICY, headers};
pub use page::{Flash, Frame, Link, Mood, failed, see_other};
pub use session::{Session, Sessions, random};
pub use throttle::Throttle;

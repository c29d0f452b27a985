//! FILE: a name, a MIME type and bytes.

use std::cell::RefCell;

use bytes::Bytes;

use crate::memory;

/// A file; its name, type and parameter name can be changed by the script, its bytes cannot.
#[derive(Debug)]
pub struct FileValue {
    name: RefCell<String>,
    mime: RefCell<String>,
    param: RefCell<Option<String>>,
    charset: RefCell<Option<String>>,
    bytes: Bytes,
}

/// What a file takes without its bytes.
const BARE: usize = memory::COUNTERS + size_of::<FileValue>();

impl FileValue {
    /// A file with a name, a MIME type such as `text/plain`, and its bytes.
    #[must_use]
    pub fn new(name: impl Into<String>, mime: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        memory::charge(BARE + bytes.len());
        Self {
            name: RefCell::new(name.into()),
            mime: RefCell::new(mime.into()),
            param: RefCell::default(),
            charset: RefCell::default(),
            bytes,
        }
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.borrow().clone()
    }

    /// The MIME type.
    #[must_use]
    pub fn mime(&self) -> String {
        self.mime.borrow().clone()
    }

    /// The name of its part in a multipart body, when the script set one.
    #[must_use]
    pub fn param(&self) -> Option<String> {
        self.param.borrow().clone()
    }

    /// The charset of its text, when the script set one.
    #[must_use]
    pub fn charset(&self) -> Option<String> {
        self.charset.borrow().clone()
    }

    /// The bytes; a clone shares them.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives it another name.
    pub fn set_name(&self, name: impl Into<String>) {
        *self.name.borrow_mut() = name.into();
    }

    /// Gives it another MIME type.
    pub fn set_mime(&self, mime: impl Into<String>) {
        *self.mime.borrow_mut() = mime.into();
    }

    /// Says in which charset its text is.
    pub fn set_charset(&self, charset: impl Into<String>) {
        *self.charset.borrow_mut() = Some(charset.into());
    }

    /// Names its part in a multipart body.
    pub fn set_param(&self, param: impl Into<String>) {
        *self.param.borrow_mut() = Some(param.into());
    }
}

impl Drop for FileValue {
    fn drop(&mut self) {
        memory::release(BARE + self.bytes.len());
    }
}

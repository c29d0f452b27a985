//! What a login needs from a person, so that a terminal, a web page or a test can give it.

use rainwright_connections::Secret;
use rainwright_diagnostic::Problem;

/// Something a person is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The name it is stored under, such as `client_id`.
    pub name: String,
    /// Another name that it may be given by, which is the one that people know.
    pub alias: Option<&'static str>,
    /// The words to ask with.
    pub title: String,
    /// Whether the answer must not be shown while it is typed.
    pub secret: bool,
    /// The answers to choose from; empty for a free one.
    pub choices: Vec<String>,
    /// What an empty answer means.
    pub default: Option<String>,
    /// An example of an answer.
    pub example: Option<String>,
    /// Whether an empty answer is one.
    pub optional: bool,
}

/// Talks with the person who connects. The methods may block; they are called where that is allowed.
pub trait Ui: Send + Sync {
    /// Asks for one value.
    ///
    /// # Errors
    /// A problem that ends the login, such as an input that was closed.
    fn ask(&self, question: &Question) -> Result<Secret, Problem>;

    /// Opens an address in the browser, or shows it so that the person can.
    ///
    /// # Errors
    /// A problem that ends the login.
    fn open(&self, url: &str) -> Result<(), Problem>;

    /// Shows a line.
    fn tell(&self, line: &str);
}

//! The tasks that take a block, with the keys they know.

/// A task that is written `name [ key: value … ]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSpec {
    /// The name in lower case.
    pub name: &'static str,
    /// The keys in lower case, words apart by one blank or one hyphen.
    pub keys: &'static [&'static str],
}

/// All block tasks of the language.
pub const TASKS: &[TaskSpec] = &[
    TaskSpec {
        name: "invokeurl",
        keys: &[
            "url",
            "type",
            "headers",
            "parameters",
            "body",
            "content-type",
            "files",
            "connection",
            "detailed",
            "response-format",
            "response-decoding",
            "useraccess",
        ],
    },
    TaskSpec {
        name: "invokeapi",
        keys: &[
            "service",
            "path",
            "type",
            "headers",
            "parameters",
            "body",
            "content-type",
            "connection",
            "detailed",
            "response-format",
            "response-decoding",
        ],
    },
    TaskSpec {
        name: "sendmail",
        keys: &["from", "to", "cc", "bcc", "reply to", "subject", "message", "content type", "attachments"],
    },
    TaskSpec { name: "sendsms", keys: &["from", "to", "message", "connection"] },
    TaskSpec { name: "ftp", keys: &["action", "host", "port", "path", "files", "connection"] },
    TaskSpec { name: "sftp", keys: &["action", "host", "port", "path", "files", "connection"] },
    TaskSpec { name: "pushnotification", keys: &["to", "title", "message", "application"] },
];

impl TaskSpec {
    /// The task of this name, dotted or not, in any case: `zoho.sdp.invokeurl` is `invokeurl`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static TaskSpec> {
        let last = name.rsplit('.').next().unwrap_or(name);
        TASKS.iter().find(|task| task.name.eq_ignore_ascii_case(last))
    }

    /// The task's own spelling of a key; case, and blank, hyphen or underscore between words, do not matter.
    #[must_use]
    pub fn key(&self, written: &str) -> Option<&'static str> {
        let plain = |c: char| {
            if matches!(c, '-' | '_') { ' ' } else { c.to_ascii_lowercase() }
        };
        self.keys.iter().copied().find(|key| key.chars().map(plain).eq(written.chars().map(plain)))
    }
}

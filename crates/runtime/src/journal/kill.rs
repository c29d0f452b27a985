//! Ends the process at a named point of the protocol, for the tests that kill it. Only in debug builds.

use std::sync::OnceLock;

/// The point and the number of the call, from `RAINWRIGHT_KILL_AT`: `after-begun:3`.
fn wanted() -> Option<&'static (String, u64)> {
    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("RAINWRIGHT_KILL_AT").ok()?;
        let (point, seq) = text.split_once(':')?;
        Some((point.to_owned(), seq.parse().ok()?))
    });
    wanted.as_ref()
}

/// Ends the process if this is the point.
pub(super) fn at(point: &str, seq: u64) {
    if wanted().is_some_and(|(name, number)| name == point && *number == seq) {
        std::process::abort();
    }
}

//! Settings of the application with which nothing runs.

use rainwright::Engine;

use super::Finding;
use crate::Application;

/// Checks the time zone and the format of dates.
pub(super) fn check(app: &Application, found: &mut Vec<Finding>) {
    let engine = Engine::new();
    let zone = app.timezone.as_deref().and_then(|zone| engine.clone().timezone(zone).err());
    let format = app.date_format.as_deref().and_then(|format| engine.formats(format, "HH:mm:ss").err());
    for (setting, failure) in [("timezone", zone), ("date_format", format)] {
        if let Some(failure) = failure {
            let message = format!("{} {}", failure.message(), failure.help());
            found.push(Finding::error(setting, message));
        }
    }
}

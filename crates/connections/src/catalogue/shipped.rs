//! The files of the shipped services, in order of id; a test keeps the list and the folder equal.

/// Each service's id and file.
pub(super) const FILES: &[(&str, &str)] =
    &[("mailchimp", include_str!("../../services/mailchimp.toml"))];

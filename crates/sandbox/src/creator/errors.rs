//! What Creator's API says when it refuses a call: its codes, their statuses and their messages.

use axum::response::Response;
use rainwright_diagnostic::Problem;
use serde_json::{Value, json};

use crate::http::{Object, json as answer};

/// Every code with the status that version 2.1 gives it and its message, in which `{}` is what the call named.
const ROWS: &[(u32, u16, &str)] = &[
    (1000, 404, "Invalid API URL format."),
    (1020, 405, "{} is not a valid method for this request."),
    (1030, 401, "Authorization Failure. The access token is either invalid or has expired."),
    (2892, 404, "No application named {} found. Please check and try again."),
    (2893, 404, "No form named {} found. Please check and try again."),
    (2894, 404, "No report named {} found. Please check and try again."),
    (2902, 200, "Invalid entries found: {} is no choice of its field."),
    (2930, 500, "Error Occurred. We are sorry for the inconvenience."),
    (2933, 403, "You do not have permission to access this application."),
    (
        2945,
        401,
        "This is an invalid oauthscope. Please regenerate the oauthtoken corresponding to the API with proper oauthscope.",
    ),
    (2955, 429, "You have reached your API call limit for a minute. Please try again after sometime."),
    (3020, 400, "API request's body is either missing or incomplete."),
    (3050, 400, "The field {} cannot be given a value here."),
    (3090, 400, "The criteria cannot be read: {}."),
    (3100, 200, "No records found for the given criteria."),
    (3190, 404, "No record with the ID {} was found."),
    (3950, 200, "A maximum of 200 records can be added per request."),
    (
        3960,
        200,
        "A maximum of 200 records can be processed per request. Include the \"process_until_limit\" parameter to process the first 200 records.",
    ),
    (3970, 200, "A maximum of 200 records can be fetched per request."),
    (8011, 200, "'{}' has exceeded its maximum digits."),
    (8012, 200, "Input format does not match the required format for the field {}"),
    (9210, 400, "The accept header must be application/json, not {}."),
    (9220, 400, "No records exist in this report."),
    (9280, 400, "No records found matching the given criteria"),
];

/// Why a call, or one record of a call, is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: u32,
    status: u16,
    /// The message, or what is wrong by the fields that it is wrong with.
    told: Result<String, Object>,
}

impl Refusal {
    /// The refusal of a code; `what` is the name that its message has a place for.
    pub(super) fn of(code: u32, what: &str) -> Self {
        let row = ROWS.iter().find(|(known, ..)| *known == code);
        let (status, message) = row.map_or((500, "Error Occurred."), |(_, status, message)| (*status, *message));
        Self { code, status, told: Ok(message.replacen("{}", what, 1)) }
    }

    /// A parameter that has no such value.
    pub(super) fn parameter(message: &str) -> Self {
        Self { code: 1000, status: 400, told: Ok(message.to_owned()) }
    }

    /// A record that breaks rules of its form.
    pub(super) fn fields(fields: Object) -> Self {
        Self { code: 3002, status: 200, told: Err(fields) }
    }

    /// A record that the form as a whole does not take.
    pub(super) fn record(message: &str) -> Self {
        Self { code: 3002, status: 200, told: Ok(message.to_owned()) }
    }

    /// The body of the answer; among the results of several records it is an entry of its own.
    pub(super) fn body(&self) -> Value {
        match &self.told {
            Ok(message) => json!({ "code": self.code, "message": message }),
            Err(fields) => json!({ "code": self.code, "error": fields }),
        }
    }

    /// The answer. Version 2 says what is wrong with status 200, unless the call may not be made at all.
    pub(super) fn answer(&self, newer: bool) -> Response {
        let is_kept = newer || matches!(self.status, 401 | 403 | 429 | 500);
        answer(if is_kept { self.status } else { 200 }, self.body())
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Refusal::record(&problem.message)
    }
}

/// The error that Creator has for a status.
pub(crate) fn error(status: u16) -> Response {
    let code = match status {
        401 => 1030,
        403 => 2933,
        404 => 1000,
        429 => 2955,
        _ => 2930,
    };
    answer(status, Refusal::of(code, "").body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_2_says_its_errors_with_status_200() {
        let status = |code, newer| Refusal::of(code, "x").answer(newer).status().as_u16();
        assert_eq!((status(9220, true), status(2894, true), status(3090, true)), (400, 404, 400));
        assert_eq!((status(3100, false), status(2894, false), status(3090, false)), (200, 200, 200));
        assert_eq!((status(1030, false), status(2955, false)), (401, 429));
        assert_eq!(error(418).status(), 418);
    }

    #[test]
    fn codes_are_there_once() {
        let mut codes: Vec<u32> = ROWS.iter().map(|(code, ..)| *code).collect();
        codes.dedup();
        assert!(codes.is_sorted() && codes.len() == ROWS.len());
    }
}

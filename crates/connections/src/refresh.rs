//! When an access token is renewed, and what becomes of the connection afterwards. Decisions only: the driver acts.

use crate::oauth2::{TokenAnswer, TokenError};
use crate::{Auth, Connection, Failure, OAuth2, OAuth2Credentials, Secret, Service, Status, UnixTime, json, time};
use rainwright_diagnostic::{Code, Problem};

/// The longest time before its end that a token is renewed, in seconds.
pub const MARGIN: i64 = 15 * 60;
/// The first pause after a failed renewal, in seconds; it doubles with each failure.
pub const COOL_DOWN: i64 = 30;
/// The longest pause between tries, in seconds.
pub const LONGEST_COOL_DOWN: i64 = 60 * 60;

/// For how long after it was given a token is believed to be good, in seconds: a service that refuses it then does so
/// for another reason, and a new one would be refused as well.
pub const YOUNG: u64 = 60;

/// What to do before a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on with what there is.
    Use,
    /// Use the refresh token first.
    Refresh {
        /// Whether the present access token still works, so that a failure need not stop the call.
        still_valid: bool,
    },
    /// Ask for a first token again: the grant has no refresh tokens.
    Rerequest {
        /// As in `Refresh`.
        still_valid: bool,
    },
    /// The call cannot be made.
    Blocked(Problem),
}

/// What to do before a call: use the token, renew it, or stop.
///
/// A token is due when less than [`MARGIN`], or half of its life if that is shorter, is left. One whose end is
/// unknown is used until the service says it has expired; see [`is_expiry`] and [`on_expiry`].
#[must_use]
pub fn due(connection: &Connection, service: &Service, now: UnixTime) -> Decision {
    if let Err(problem) = connection.check_usable() {
        return Decision::Blocked(problem);
    }
    let (Auth::OAuth2(settings), Some(credentials)) = (service.auth(), connection.oauth2()) else {
        return Decision::Use;
    };
    if credentials.access_token.is_empty() {
        return renew(connection, settings, credentials, now, false);
    }
    let Some(expires_at) = connection.expires_at else {
        return Decision::Use;
    };
    let lifetime = expires_at - connection.obtained_at.unwrap_or(expires_at - 2 * MARGIN);
    let half = (lifetime / 2).max(0);
    // What renews itself must not be met dead: it is renewed in the second half of its life.
    let margin = if settings.renews_with_token { half } else { MARGIN.min(half) };
    if now <= expires_at - margin && now < expires_at {
        return Decision::Use;
    }
    renew(connection, settings, credentials, now, now < expires_at)
}

/// What to do after the service said that the token has expired, once per call. The driver has made sure that nobody
/// renewed the token meanwhile.
#[must_use]
pub fn on_expiry(connection: &Connection, service: &Service, now: UnixTime) -> Decision {
    if let Err(problem) = connection.check_usable() {
        return Decision::Blocked(problem);
    }
    match (service.auth(), connection.oauth2()) {
        (Auth::OAuth2(settings), Some(credentials)) => renew(connection, settings, credentials, now, false),
        // Keys and signatures do not expire: the answer is the script's to see.
        _ => Decision::Use,
    }
}

/// Whether the token was given less than `young` seconds ago (as a rule [`YOUNG`]) and has not reached its end: when it is
/// refused, it is not renewed again.
#[must_use]
pub fn is_young(connection: &Connection, now: UnixTime, young: u64) -> bool {
    let has_token = connection.oauth2().is_some_and(|credentials| !credentials.access_token.is_empty());
    let age = connection.obtained_at.and_then(|at| u64::try_from(now - at).ok());
    has_token && age.is_some_and(|age| age < young) && connection.expires_at.is_none_or(|end| now < end)
}

fn renew(
    connection: &Connection,
    settings: &OAuth2,
    credentials: &OAuth2Credentials,
    now: UnixTime,
    still_valid: bool,
) -> Decision {
    // A token that renews itself must still live; there, it is its own refresh token.
    let renews_itself = settings.renews_with_token && still_valid;
    let has_refresh_token = renews_itself || !credentials.refresh_token.is_empty();
    if settings.renews() && !has_refresh_token {
        return if still_valid { Decision::Use } else { Decision::Blocked(no_refresh_token(connection)) };
    }
    if let Some(retry_at) = connection.retry_at.filter(|at| now < *at) {
        return if still_valid { Decision::Use } else { Decision::Blocked(cooling_down(connection, retry_at - now)) };
    }
    if has_refresh_token { Decision::Refresh { still_valid } } else { Decision::Rerequest { still_valid } }
}

fn no_refresh_token(connection: &Connection) -> Problem {
    let key = connection.key();
    Problem::new(
        Code::NeedsReauth,
        format!("The token of the connection \"{key}\" has expired, and the provider gave none to renew it with."),
    )
    .with_help(format!("Authorise it again with `dg connect --reconnect {}`.", key.arguments()))
}

fn cooling_down(connection: &Connection, seconds: i64) -> Problem {
    let why = connection.last_error.as_ref().map_or("an earlier try failed", |failure| failure.message.as_str());
    let message =
        format!("The token of the connection \"{}\" has expired and was not renewed: {why}", connection.key());
    Problem::new(Code::RefreshFailed, message.trim_end_matches('.').to_owned() + ".")
        .with_help(format!("The next try is in {seconds} s; the login itself is kept."))
}

/// Whether an answer means that the token has expired: by the service's rules, without any by status 401.
#[must_use]
pub fn is_expiry(service: &Service, status: u16, body: &[u8]) -> bool {
    if service.expired.is_empty() {
        return status == 401;
    }
    service.expired.iter().any(|rule| {
        if !rule.status.contains(&status) {
            return false;
        }
        if rule.contains.is_empty() {
            return true;
        }
        let text = match &rule.path {
            Some(path) => serde_json::from_slice(body).ok().and_then(|value| json::text_at(&value, path)),
            None => Some(String::from_utf8_lossy(body).into_owned()),
        };
        text.is_some_and(|text| rule.contains.iter().any(|part| text.contains(part.as_str())))
    })
}

/// Notes that a renewal begins; store the connection before asking the provider. Gives when an earlier one
/// began whose answer was never stored, because its process died or the answer got lost.
pub fn begin(connection: &mut Connection, now: UnixTime) -> Option<UnixTime> {
    let interrupted = connection.renewal_begun;
    connection.renewal_begun = interrupted.or(Some(now));
    interrupted
}

/// Takes a token answer in: the new tokens, their ends, the scopes, the values to keep. Store the connection at once.
pub fn succeed(connection: &mut Connection, service: &Service, answer: TokenAnswer, now: UnixTime) {
    let Auth::OAuth2(settings) = service.auth() else {
        return;
    };
    if let Some(credentials) = connection.oauth2_mut() {
        credentials.access_token = answer.access_token;
        // A missing refresh token means that the present one stays good.
        if let Some(new) = answer.refresh_token.filter(|new| *new != credentials.refresh_token) {
            credentials.previous_refresh_token = std::mem::replace(&mut credentials.refresh_token, new);
        }
    }
    connection.obtained_at = Some(now);
    connection.expires_at = answer.expires_at.or_else(|| settings.token_seconds.map(|s| now + i64::from(s)));
    let days = settings.refresh_days.map(|days| now + i64::from(days) * 86_400);
    connection.refresh_expires_at = answer.refresh_expires_at.or(days).or(connection.refresh_expires_at);
    if let Some(scopes) = answer.scopes {
        connection.scopes = scopes;
    } else if connection.scopes.is_empty() {
        // Nothing said means that what was asked for was granted (RFC 6749 section 5.1).
        connection.scopes.clone_from(&settings.default_scopes);
    }
    for (field, path) in &settings.keep_from_token {
        if let Some(value) = json::text_at(&answer.raw, path) {
            connection.set_value(service, field, value);
        }
    }
    connection.extras = answer.extras;
    connection.status = Status::Connected;
    connection.failures = 0;
    connection.retry_at = None;
    connection.renewal_begun = None;
    connection.last_error = None;
    connection.last_ok = Some(now);
}

/// What to do after the provider refused the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// Somebody renewed meanwhile: go on with what is stored now.
    UseStored,
    /// Try the refresh token of one generation ago, once: the answer that replaced it may have been the lost one.
    TryPrevious,
    /// Nothing left to try: call [`fail`].
    Reauthorize,
}

/// What to do after the provider refused the refresh token in `used`, given what the store holds now.
#[must_use]
pub fn rejected(used: &Connection, stored: Option<&Connection>, tried_previous: bool) -> Rejected {
    let tokens = |c: &Connection| c.oauth2().map(|o| (o.access_token.clone(), o.refresh_token.clone()));
    if stored.is_some_and(|stored| stored.status == Status::Connected && tokens(stored) != tokens(used)) {
        return Rejected::UseStored;
    }
    let has_previous = used.oauth2().is_some_and(|o| !o.previous_refresh_token.is_empty());
    if has_previous && !tried_previous { Rejected::TryPrevious } else { Rejected::Reauthorize }
}

/// The refresh token to send: the present one, or the one before.
#[must_use]
pub fn token_to_send(credentials: &OAuth2Credentials, previous: bool) -> &Secret {
    if previous { &credentials.previous_refresh_token } else { &credentials.refresh_token }
}

/// Takes a failed renewal in. A refused grant needs a person; everything else keeps the login and waits. Gives the
/// problem to report. Store the connection afterwards. `interrupted` is what [`begin`] gave.
pub fn fail(connection: &mut Connection, error: &TokenError, interrupted: Option<UnixTime>, now: UnixTime) -> Problem {
    let mut message = error.message();
    if let (Some(begun), true) = (interrupted, error.needs_person()) {
        let ended = "was cut off before its answer was stored, so that the token in it is lost";
        message = format!("a renewal that began at {} {ended}; {message}", time::text(begun));
    }
    // Without an answer, or with that of a machine in between, the provider may have acted all the same.
    if error.status != 0 && error.status < 500 {
        connection.renewal_begun = None;
    }
    connection.last_error = Some(Failure { at: now, message: message.clone() });
    if error.needs_person() {
        connection.status = Status::NeedsReauth;
        connection.retry_at = None;
        return match connection.check_usable() {
            Err(problem) => problem,
            Ok(()) => Problem::new(Code::NeedsReauth, message),
        };
    }
    connection.failures = connection.failures.saturating_add(1);
    let pause = COOL_DOWN.saturating_mul(1 << (connection.failures - 1).min(10)).min(LONGEST_COOL_DOWN);
    connection.retry_at = Some(now + error.retry_after.map_or(pause, |wait| wait.clamp(1, 86_400).max(pause)));
    connection.status = Status::Error;
    let name = &connection.name;
    let problem =
        Problem::new(Code::RefreshFailed, format!("The token of the connection \"{name}\" was not renewed: {message}"));
    match error.help() {
        Some(help) => problem.with_help(help.replace("NAME", name)),
        None => problem,
    }
}

/// Whether an idle connection should be renewed now, so that its refresh token does not die unused: when a third of the
/// refresh token's life is left, or a token of unknown end has not been renewed for half of it.
#[must_use]
pub fn keep_alive_due(connection: &Connection, service: &Service, now: UnixTime) -> bool {
    let (Auth::OAuth2(settings), Some(credentials)) = (service.auth(), connection.oauth2()) else {
        return false;
    };
    let nothing_to_send = credentials.refresh_token.is_empty() && !settings.renews_with_token;
    if nothing_to_send || connection.check_usable().is_err() {
        return false;
    }
    if connection.retry_at.is_some_and(|at| now < at) {
        return false;
    }
    let Some(obtained_at) = connection.obtained_at else {
        return false;
    };
    let life = settings.refresh_days.map(|days| i64::from(days) * 86_400);
    let own_end = connection.expires_at.filter(|_| settings.renews_with_token);
    let end = connection.refresh_expires_at.or_else(|| life.map(|life| obtained_at + life)).or(own_end);
    end.is_some_and(|end| now >= end - (end - obtained_at) / 3)
}

//! The values that service files leave out.

macro_rules! text_default {
    ($($make:ident, $is:ident = $text:literal;)+) => { $(
        pub(super) fn $make() -> String {
            $text.to_owned()
        }
        pub(super) fn $is(text: &str) -> bool {
            text == $text
        }
    )+ };
}

text_default! {
    api_key, is_api_key = "api_key";
    api_key_title, is_api_key_title = "API key";
    authorization, is_authorization = "Authorization";
    space, is_space = " ";
    scope, is_scope = "scope";
    access_token, is_access_token = "access_token";
    bearer, is_bearer = "Bearer {access_token}";
    get, is_get = "GET";
}

pub(super) fn yes() -> bool {
    true
}

pub(super) fn is_yes(value: &bool) -> bool {
    *value
}

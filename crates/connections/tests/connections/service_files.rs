//! Service files are read strictly: every mistake says where it is.

use rainwright_connections::{Auth, Catalogue, Service};
use rainwright_diagnostic::Code;

const GOOD: &str = r#"id = "acme"
name = "Acme"
api = "https://{region}.acme.example"

[oauth2]
authorize_url = "https://login.acme.example/authorize"
token_url = "https://login.acme.example/token"

[[fields]]
name = "region"
title = "Region"
choices = ["eu", "us"]
default = "eu"
"#;

#[test]
fn a_good_file_is_read_and_written_back() {
    let service = Service::from_toml(None, GOOD).unwrap();
    assert_eq!(service.auth().kind(), "oauth2");
    assert!(matches!(service.auth(), Auth::OAuth2(settings) if settings.pkce && settings.scope_delimiter == " "));
    let written = service.to_toml().unwrap();
    assert_eq!(Service::from_toml(None, &written).unwrap(), service);
    assert!(!written.contains("pkce"), "what is as usual is left out: {written}");
}

#[test]
fn mistakes_of_form_say_line_and_column() {
    for (from, to, place) in [
        ("name = \"Acme\"", "nam = \"Acme\"", "line 2, column 1"),
        ("token_url =", "tokn_url =", "line 7, column 1"),
        ("title =", "titel =", "line 11, column 1"),
        ("[oauth2]", "[oauth3]", "line 5, column 2"),
        ("default = \"eu\"", "default = 7", "line 13, column 11"),
        ("name = \"Acme\"", "name = \"Acme", "line 2"),
    ] {
        let problem = Service::from_toml(None, &GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(problem.code, Code::BadService);
        assert!(problem.message.contains(place), "{to}: {problem}");
    }
}

#[test]
fn mistakes_of_meaning_say_the_key() {
    for (from, to, key, what) in [
        ("id = \"acme\"", "id = \"Acme\"", "id", "lower-case"),
        ("name = \"Acme\"", "name = \" \"", "name", "1 to 50"),
        ("[oauth2]", "[basic]\n[oauth2]", "the top", "basic and oauth2"),
        ("[oauth2]", "anonymous = true\n[oauth2]", "the top", "anonymous and oauth2"),
        ("https://login.acme.example/token", "http://login.acme.example/token", "oauth2.token_url", "https://"),
        ("https://login.acme.example/token", "https://u:p@login.acme.example/", "oauth2.token_url", "password"),
        ("https://login.acme.example/token", "https://login.acme.example/#x", "oauth2.token_url", "fragment"),
        ("https://login.acme.example/token", "login.acme.example", "oauth2.token_url", "not a URL"),
        (
            "https://login.acme.example/token",
            "https://{dc}.acme.example/",
            "oauth2.token_url",
            "{dc} is not a declared",
        ),
        ("token_url = \"https://login.acme.example/token\"\n", "", "oauth2.token_url", "missing"),
        ("{region}.acme.example", "{zone}.acme.example", "api", "{zone}"),
        ("default = \"eu\"", "default = \"uk\"", "fields.region", "choices"),
        ("name = \"region\"", "name = \"access_token\"", "fields.access_token", "taken"),
        ("name = \"region\"", "name = \"1st\"", "fields.1st", "letter"),
        ("title = \"Region\"\n", "", "fields.region", "title"),
        ("[oauth2]", "allowed_hosts = [\"*.com\"]\n[oauth2]", "allowed_hosts", "*.com"),
        ("[oauth2]", "allowed_hosts = [\"https://a.example\"]\n[oauth2]", "allowed_hosts", "no scheme"),
        ("[oauth2]", "headers = { \"X Y\" = \"1\" }\n[oauth2]", "headers", "header's name"),
        ("[oauth2]", "headers = { X = \"a\\nb\" }\n[oauth2]", "headers.X", "one line"),
        ("[oauth2]", "methods = [\"get\"]\n[oauth2]", "methods", "found get"),
        ("[oauth2]", "rate = { calls = 0, seconds = 1 }\n[oauth2]", "rate", "above 0"),
        ("[oauth2]", "test = { url = \"/x/{nope}\" }\n[oauth2]", "test.url", "{nope}"),
        ("[oauth2]", "test = { url = \"https://acme.example/me\" }\n[oauth2]", "test.url", "allowed_hosts"),
        ("[oauth2]", "test = { url = \"/me\", json = \"{}\" }\n[oauth2]", "test.method", "has no body"),
        ("[oauth2]", "test = { method = \"POST\", url = \"/me\", json = \"{\" }\n[oauth2]", "test.json", "not JSON"),
        (
            "[oauth2]",
            "test = { method = \"POST\", url = \"/me\", json = \"{}\", form = { a = \"b\" } }\n[oauth2]",
            "test",
            "one of form and json",
        ),
        (
            "[oauth2]",
            "test = { method = \"POST\", url = \"/me\", form = { a = \"{b}\" } }\n[oauth2]",
            "test.form.a",
            "{b}",
        ),
        ("[oauth2]", "methods = [\"POST\"]\ntest = { url = \"/me\" }\n[oauth2]", "test.method", "among the methods"),
        ("[oauth2]", "allowed_hosts = [\"a.example\", \"a.example\"]\n[oauth2]", "allowed_hosts", "twice"),
        ("[oauth2]", "aliases = [\"a\", \"a\"]\n[oauth2]", "aliases", "twice"),
        ("[oauth2]", "console = \"http://acme.example\"\n[oauth2]", "console", "https://"),
        ("[oauth2]", "[oauth2]\nvalue = \"Bearer\"", "oauth2.value", "{access_token}"),
        ("[oauth2]", "[oauth2]\ndefault_scopes = [\"a\", \"b\", \"a\"]", "oauth2.default_scopes", "a occurs twice"),
        ("[oauth2]", "[oauth2]\nin = \"json\"", "oauth2.in", "expected"),
        ("[oauth2]", "[oauth2]\nrevoke = { method = \"DELETE\" }", "oauth2.revoke", "revoke_url"),
        (
            "[oauth2]",
            "[oauth2]\nrevoke_url = \"https://acme.example/r\"\nrevoke = { params = { id = \"{nope}\" } }",
            "oauth2.revoke.params.id",
            "{nope}",
        ),
        (
            "[oauth2]",
            "[oauth2]\nrevoke_url = \"https://acme.example/r\"\nrevoke = { params = { client_secret = \"s\" } }",
            "oauth2.revoke.params.client_secret",
            "may not hold a secret",
        ),
        ("[oauth2]", "[oauth2]\nin = \"placeholder\"", "oauth2.in", "expected"),
        ("[oauth2]", "[oauth2]\ndefault_scopes = [\"a b\"]", "oauth2.default_scopes", "not one scope"),
        (
            "[oauth2]",
            "[oauth2]\ntoken_params = { client_secret = \"abc\" }",
            "oauth2.token_params.client_secret",
            "may not hold a secret",
        ),
        ("[oauth2]", "[oauth2]\nkeep_from_token = { x = \"x\" }", "oauth2.keep_from_token", "not a declared"),
        ("[oauth2]", "[oauth2]\nkeep_from_token = { region = \"x\" }", "oauth2.keep_from_token", "discovered"),
        ("[oauth2]", "[oauth2]\ngrant = \"device\"", "oauth2.device_url", "missing"),
        ("[oauth2]", "[oauth2]\ngrant = \"login\"", "oauth2.token_params", "expected"),
        ("[[fields]]", "[[expired]]\nstatus = []\n[[fields]]", "expired.0", "status"),
        (
            "[[fields]]",
            "[[after_consent]]\nurl = \"http://x.example\"\nkeep = {}\n[[fields]]",
            "after_consent.0",
            "https://",
        ),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let problem = Service::from_toml(None, &text).unwrap_err();
        assert!(problem.message.contains(&format!(" at {key}:")), "{to}: {problem}");
        assert!(problem.message.contains(what), "{to}: {problem}");
    }
}

#[test]
fn what_a_provider_says_cannot_decide_where_its_credentials_go() {
    let found = GOOD.replace("title = \"Region\"\nchoices = [\"eu\", \"us\"]\ndefault = \"eu\"", "discovered = true");
    assert!(Service::from_toml(None, &found).is_ok(), "a label before two fixed ones is bounded");
    for api in ["https://{region}", "{region}/v1", "https://api.{region}", "https://{region}.example"] {
        let loose = found.replace("https://{region}.acme.example", api);
        let problem = Service::from_toml(None, &loose).unwrap_err();
        assert!(problem.message.contains("allowed_hosts must bound it"), "{api}: {problem}");
        let bounded = loose.replace("[oauth2]", "allowed_hosts = [\"*.acme.example\"]\n[oauth2]");
        assert!(Service::from_toml(None, &bounded).is_ok(), "{api}");
    }
}

#[test]
fn mistakes_in_other_kinds_are_found_too() {
    for (lines, key) in [
        ("", "the top"),
        ("[[api_key]]\n[[api_key]]", "api_key.api_key"),
        ("[[api_key]]\nkey = \"X Y\"", "api_key.api_key"),
        ("[[api_key]]\nvalue = \"Bearer\"", "api_key.api_key"),
        ("[basic]\nusername = \"a\"\npassword = \"b\"", "basic"),
        ("[basic]\nusername = \"a:b\"", "basic.username"),
        ("[oauth1]\nrequest_token_url = \"https://a.example/r\"", "oauth1"),
        ("[oauth1]\ntwo_legged = true\nauthorize_url = \"https://a.example/r\"", "oauth1.authorize_url"),
        ("[oauth1]\nrealm = \"{x}\"", "oauth1.realm"),
    ] {
        let text = format!("id = \"acme\"\nname = \"Acme\"\n{lines}");
        let problem = Service::from_toml(None, &text).unwrap_err();
        assert!(problem.message.contains(&format!(" at {key}:")), "{lines}: {problem}");
    }
}

#[test]
fn a_custom_service_hides_a_shipped_one_and_is_searched() {
    let catalogue = Catalogue::shipped().with_custom(&GOOD.replace("\"acme\"", "\"mailchimp\"")).unwrap();
    assert_eq!(catalogue.get("mailchimp").unwrap().name, "Acme");
    assert!(catalogue.is_custom("mailchimp") && !catalogue.is_custom("slack"));
    assert_eq!(catalogue.ids().len(), 200);
    let catalogue = catalogue.with_custom(GOOD).unwrap();
    assert_eq!(catalogue.search("acm").first().map(|s| s.id.clone()).as_deref(), Some("acme"));
    assert!(catalogue.with_custom("id = 1").is_err());
}

#[test]
fn the_files_in_the_guide_are_good_ones() {
    let pages =
        [include_str!("../../../../docs/guide/services.md"), include_str!("../../../../docs/guide/connections.md")];
    for page in pages {
        let (_, rest) = page.split_once("```toml\n").unwrap();
        let (file, _) = rest.split_once("```").unwrap();
        let service = Service::from_toml(None, file).unwrap();
        assert_ne!(service.auth(), Auth::None);
    }
}

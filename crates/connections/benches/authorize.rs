//! How long adding credentials to a call takes. The bars: 1 µs from memory, 5 µs for a signature of OAuth 1.0a.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use rainwright_connections::{
    Catalogue, Connection, Credentials, Key, OAuth1Credentials, OAuth2Credentials, Status, authorize, refresh,
};
use rainwright_effect::HttpRequest;
use std::collections::BTreeMap;
use std::hint::black_box;

const NOW: i64 = 1_700_000_000;

fn connection(
    service: &str,
    credentials: Credentials,
) -> (Connection, std::sync::Arc<rainwright_connections::Service>) {
    let service = Catalogue::shipped().get(service).unwrap();
    let mut connection = Connection::draft(Key::shared(&service.id), &service, NOW);
    connection.credentials = credentials;
    connection.status = Status::Connected;
    connection.expires_at = Some(NOW + 3600);
    connection.obtained_at = Some(NOW);
    connection.values = BTreeMap::from([("dc".to_owned(), "us6".to_owned())]);
    (connection, service)
}

fn bearer() -> Credentials {
    Credentials::OAuth2(OAuth2Credentials {
        client_id: "client".to_owned(),
        access_token: "0123456789abcdef0123456789abcdef-us6".into(),
        refresh_token: "r".into(),
        ..OAuth2Credentials::default()
    })
}

fn bench(c: &mut Criterion) {
    let mut run = |name: &str, service: &str, credentials: Credentials, url: &str| {
        let (connection, service) = connection(service, credentials);
        let request = HttpRequest::new("GET", url);
        c.bench_function(name, |b| {
            b.iter_batched(
                || request.clone(),
                |mut request| {
                    assert_eq!(refresh::due(&connection, &service, NOW), refresh::Decision::Use);
                    let authorized = authorize(&connection, &service, &mut request, NOW, [7; 16]).unwrap();
                    black_box((request, authorized))
                },
                criterion::BatchSize::SmallInput,
            );
        });
    };
    let key = Credentials::ApiKey { keys: [("api_key".to_owned(), "sk-0123456789".into())].into() };
    let signed = Credentials::OAuth1(OAuth1Credentials {
        consumer_key: "xvz1evFS4wEEPTGEFPHBog".to_owned(),
        consumer_secret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw".into(),
        token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb".into(),
        token_secret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE".into(),
    });
    run("bearer", "github", bearer(), "https://api.github.com/user/repos?per_page=100");
    run("bearer_placeholder", "mailchimp", bearer(), "https://{dc}.api.mailchimp.com/3.0/lists");
    run("bearer_many_hosts", "zoho_crm", bearer(), "https://www.zohoapis.in/crm/v2/Leads/1001");
    run("api_key", "openai", key, "https://api.openai.com/v1/models");
    run(
        "oauth1_hmac_sha1",
        "twitter",
        signed,
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
    );
}

criterion_group!(benches, bench);
criterion_main!(benches);

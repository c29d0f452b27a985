//! `/connections/pick`: all services, by words and by category.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maud::{Markup, html};
use rainwright::connections::Service;

use super::Console;
use super::frame::{Visit, tabs};
use super::words::{category, signs_in_with};
use crate::web::Form;

pub(super) async fn page(
    State(console): State<Console>,
    Extension(session): Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    let (words, chosen) = (form.get("q"), form.get("category"));
    let registry = console.registry();
    let catalogue = registry.catalogue();
    let is_own = |service: &Service| catalogue.is_custom(&service.id);
    let mut found = catalogue.search(words);
    if words.is_empty() {
        found.sort_by_key(|service| service.name.to_lowercase());
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for service in &found {
        *counts.entry(&service.category).or_default() += 1;
    }
    counts.remove("");
    let (own, others): (Vec<_>, Vec<_>) = found
        .iter()
        .filter(|service| chosen.is_empty() || service.category == chosen)
        .cloned()
        .partition(|service| is_own(service));
    let content = html! {
        (tabs("/connections/pick", &session))
        form.search method="get" role="search" {
            label.sr for="q" { "Search the services" }
            input #q name="q" type="search" value=(words) placeholder="Search the services: calendar, invoices, mailchimp …";
            @if !chosen.is_empty() { input type="hidden" name="category" value=(chosen); }
            button { "Search" }
        }
        nav aria-label="Categories" {
            ul.pills {
                li { a href=(address(words, "")) aria-current=[chosen.is_empty().then_some("true")] { "All " (found.len()) } }
                @for (name, count) in &counts {
                    li {
                        a href=(address(words, name)) aria-current=[(*name == chosen).then_some("true")] {
                            (category(name)) " " (count)
                        }
                    }
                }
            }
        }
        @if !own.is_empty() { h2 { "Your own services" } (tiles(&own)) }
        @if !own.is_empty() && !others.is_empty() { h2 { "Ready-made services" } }
        @if others.is_empty() && own.is_empty() {
            div.sheet.empty {
                h2 { "No service fits these words" }
                p { "Any service with a web API can be connected: " a href="/connections/custom" { "describe it as a custom service" } "." }
            }
        } @else { (tiles(&others)) }
    };
    console.page(&session, "Pick your service", "/connections", &content)
}

fn tiles(services: &[Arc<Service>]) -> Markup {
    html! {
        ul.tiles {
            @for service in services {
                li {
                    a href={ "/connections/pick/" (service.id) } {
                        b { (service.name) }
                        span { (signs_in_with(service)) }
                    }
                }
            }
        }
    }
}

fn address(words: &str, category: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new("/connections/pick?".to_owned());
    for (name, value) in [("q", words), ("category", category)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.finish().trim_end_matches('?').to_owned()
}

//! The runs of functions in this console: the latest ones, in memory, with what they did outside.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use maud::{Markup, html};

use crate::web::time;
use crate::{Ran, SeenEffect};

/// How many runs are remembered.
const MOST: usize = 200;
/// How many of one function are shown.
const SHOWN: usize = 12;

struct Run {
    function: String,
    at: i64,
    who: String,
    ms: u128,
    /// Why it failed, if it did.
    failed: Option<String>,
    effects: Vec<SeenEffect>,
}

/// The latest runs.
#[derive(Default)]
pub(super) struct RecentRuns {
    runs: Mutex<VecDeque<Run>>,
}

impl RecentRuns {
    /// Remembers a run; the oldest makes room.
    pub(super) fn note(&self, function: &str, who: &str, ran: Ran, ms: u128) {
        let run = Run {
            function: function.to_owned(),
            at: jiff::Timestamp::now().as_second(),
            who: who.to_owned(),
            ms,
            failed: ran.result.err().map(|failure| failure.message().to_owned()),
            effects: ran.effects,
        };
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.push_front(run);
        runs.truncate(MOST);
    }

    /// The runs of a function, the latest first.
    pub(super) fn of(&self, function: &str) -> Markup {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let runs: Vec<&Run> = runs.iter().filter(|run| run.function == function).take(SHOWN).collect();
        html! {
            @if !runs.is_empty() {
                section.sheet aria-labelledby="runs-title" {
                    h2 #runs-title { "Runs in this console" }
                    @for run in runs {
                        details.line {
                            summary {
                                (time(run.at)) " "
                                span class=(if run.failed.is_none() { "badge good" } else { "badge bad" }) {
                                    (if run.failed.is_none() { "Done" } else { "Failed" })
                                }
                                " by " (run.who) " in " (run.ms) " ms"
                            }
                            @if let Some(why) = &run.failed { p { (why) } }
                            @if run.effects.is_empty() { p.soft { "It did nothing outside." } } @else { (effects(&run.effects)) }
                        }
                    }
                }
            }
        }
    }
}

/// What a run did outside, in order.
pub(super) fn effects(effects: &[SeenEffect]) -> Markup {
    html! {
        div.scroll {
            table.rows {
                thead { tr { th scope="col" { "Line" } th scope="col" { "What" } th scope="col" { "Came of it" } th scope="col" { "Took" } } }
                tbody {
                    @for effect in effects {
                        tr {
                            td data-label="Line" { (effect.line) }
                            td { code { (effect.what) } @if let Some(name) = &effect.connection { " " span.soft { (name) } } }
                            td data-label="Came of it" { span class=(if effect.good { "badge good" } else { "badge bad" }) { (effect.outcome) } }
                            td data-label="Took" { (effect.ms) " ms" }
                        }
                    }
                }
            }
        }
    }
}

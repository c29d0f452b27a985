//! What a server tells about itself: figures for Prometheus, and a line for each request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use rainwright::Data;

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Upper ends of the buckets of run times, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];

/// After so many requests the run times that were noted are put into their buckets: nobody may ever ask for the figures.
const KEPT: usize = 4096;

/// The figures of one server.
pub(super) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// The figures of each function, so that a request need not look them up by their labels.
    functions: RwLock<HashMap<String, Figures>>,
    noted: AtomicUsize,
}

/// The figures of one function.
struct Figures {
    /// How many requests there were, by status.
    requests: Vec<(u16, Counter)>,
    seconds: Histogram,
}

impl Figures {
    fn requests(&self, status: u16) -> Option<&Counter> {
        self.requests.iter().find(|(known, _)| *known == status).map(|(_, counter)| counter)
    }
}

impl Metrics {
    pub(super) fn new() -> Self {
        let builder = PrometheusBuilder::new();
        // The buckets are a constant and not empty, which is all that can go wrong.
        let builder = builder.set_buckets(&BUCKETS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle, functions: RwLock::default(), noted: AtomicUsize::new(0) }
    }

    /// Counts a request. Unknown functions share one name, so that callers cannot fill the memory with names.
    pub(super) fn request(&self, function: Option<&str>, status: u16, took: Duration) {
        let function = function.unwrap_or("unknown");
        let known = {
            let functions = self.functions.read().unwrap_or_else(PoisonError::into_inner);
            let figures = functions.get(function).and_then(|all| Some((all, all.requests(status)?)));
            figures.map(|(all, requests)| note(requests, &all.seconds, took)).is_some()
        };
        if !known {
            let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
            let figures = functions.entry(function.to_owned()).or_insert_with(|| {
                let key = Key::from_parts("dg_request_seconds", vec![label(function)]);
                Figures { requests: Vec::new(), seconds: self.recorder.register_histogram(&key, &METADATA) }
            });
            if figures.requests(status).is_none() {
                let labels = vec![label(function), Label::new("status", status.to_string())];
                let key = Key::from_parts("dg_requests_total", labels);
                figures.requests.push((status, self.recorder.register_counter(&key, &METADATA)));
            }
            if let Some(requests) = figures.requests(status) {
                note(requests, &figures.seconds, took);
            }
        }
        if self.noted.fetch_add(1, Ordering::Relaxed) % KEPT == KEPT - 1 {
            self.handle.run_upkeep();
        }
    }

    /// The figures as Prometheus reads them.
    pub(super) fn render(&self, running: usize) -> String {
        let gauge = Key::from_name("dg_runs_under_way");
        self.recorder.register_gauge(&gauge, &METADATA).set(running as f64);
        self.handle.run_upkeep();
        self.handle.render()
    }
}

fn note(requests: &Counter, seconds: &Histogram, took: Duration) {
    requests.increment(1);
    seconds.record(took.as_secs_f64());
}

fn label(function: &str) -> Label {
    Label::new("function", function.to_owned())
}

/// One line of the access log. It has no query, no body and no header: nothing in it is a secret.
pub(super) struct Line<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) function: &'a str,
    pub(super) version: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) status: u16,
    pub(super) took: Duration,
}

impl Line<'_> {
    pub(super) fn write(&self) -> String {
        Data::map([
            ("time", Data::from(jiff::Timestamp::now().to_string())),
            ("method", self.method.into()),
            ("path", self.path.into()),
            ("function", self.function.into()),
            ("version", self.version.into()),
            ("key", self.key.into()),
            ("status", self.status.into()),
            ("ms", (self.took.as_millis() as u64).into()),
        ])
        .to_json()
    }
}

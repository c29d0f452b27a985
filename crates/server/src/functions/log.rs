//! What a server tells about itself: figures for Prometheus, and a line for each request.

use std::time::Duration;

use metrics::{Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use rainwright::Data;

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Upper ends of the buckets of run times, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];

/// The figures of one server.
pub(super) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let builder = PrometheusBuilder::new();
        // The buckets are a constant and not empty, which is all that can go wrong.
        let builder = builder.set_buckets(&BUCKETS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    /// Counts a request. Unknown functions share one name, so that callers cannot fill the memory with names.
    pub(super) fn request(&self, function: Option<&str>, status: u16, took: Duration) {
        let function = function.unwrap_or("unknown").to_owned();
        let labels = vec![Label::new("function", function.clone()), Label::new("status", status.to_string())];
        let requests = Key::from_parts("dg_requests_total", labels);
        self.recorder.register_counter(&requests, &METADATA).increment(1);
        let seconds = Key::from_parts("dg_request_seconds", vec![Label::new("function", function)]);
        self.recorder.register_histogram(&seconds, &METADATA).record(took.as_secs_f64());
    }

    /// The figures as Prometheus reads them.
    pub(super) fn render(&self, running: usize) -> String {
        let gauge = Key::from_name("dg_runs_under_way");
        self.recorder.register_gauge(&gauge, &METADATA).set(running as f64);
        self.handle.run_upkeep();
        self.handle.render()
    }
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

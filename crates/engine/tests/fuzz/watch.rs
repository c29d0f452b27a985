//! A thread beside the cases: it ends the process when one hangs or the memory grows too far, and says by which source.

use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

/// The source under way, and since when.
static CURRENT: Mutex<Option<(Instant, String)>> = Mutex::new(None);

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Watches over a source until what it gives is dropped.
pub fn over(source: &str) -> impl Drop {
    struct Watched;
    impl Drop for Watched {
        fn drop(&mut self) {
            *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
    static BEGIN: Once = Once::new();
    BEGIN.call_once(|| drop(std::thread::spawn(watch)));
    *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), source.to_owned()));
    Watched
}

fn watch() {
    let patience = Duration::from_secs(setting("RAINWRIGHT_FUZZ_PATIENCE", 60));
    let most = setting("RAINWRIGHT_FUZZ_MEBIBYTES", 1024);
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let held = mebibytes("VmRSS:").unwrap_or_default();
        let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        let hangs = current.as_ref().is_some_and(|(since, _)| since.elapsed() > patience);
        if !hangs && held <= most {
            continue;
        }
        let (since, source) =
            current.as_ref().map_or((Duration::ZERO, ""), |(since, source)| (since.elapsed(), source));
        // Past the capture of the test's output: the process ends here.
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("after {since:?} with {held} MiB in the process: {}\n{source}\n", keep(source)).as_bytes(),
        );
        std::process::abort();
    }
}

/// Writes a source to a file and says where.
pub fn keep(source: &str) -> String {
    let path = std::env::temp_dir().join(format!("rainwright-fuzz-{}.dg", std::process::id()));
    match std::fs::write(&path, source) {
        Ok(()) => format!("the source is in {}", path.display()),
        Err(error) => format!("the source could not be kept in {}: {error}", path.display()),
    }
}

/// A figure of this process from `/proc/self/status`; `None` where the system has no such file.
pub fn mebibytes(figure: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? >> 10)
}

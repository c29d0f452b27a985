//! Ends the process at every point of the protocol, at random, and takes runs from processes that pause.

use std::time::Duration;

use crate::place::{CALLS, Place, expected, succeed, text};

/// Each named point with how many calls are repeated for it: what was sent and is not known to be done.
const POINTS: [(&str, usize); 4] = [("before-begun", 0), ("after-begun", 0), ("after-sent", 1), ("after-done", 0)];

/// Ends a run at every point of these calls, and goes on with it.
pub fn kill_at_every_point(place: &Place, calls: &[usize]) {
    assert_eq!(succeed(&mut place.start("whole")), expected());
    assert_eq!(place.server.repeated(), 0);
    for (point, repeats) in POINTS {
        for call in calls {
            // Each turn of the loop makes two calls of the host: the request, and the line.
            let id = format!("{point}-{call}");
            let at = format!("{point}:{}", 2 * call - 1);
            let killed = place.start(&id).env("RAINWRIGHT_KILL_AT", &at).output().unwrap();
            assert!(!killed.status.success(), "{at}: nothing was killed");
            let resumed = succeed(&mut place.resume(&id));
            // Every line is shown once, by one of the two processes.
            assert_eq!(text(&killed).0 + &resumed, expected(), "{at}");
            assert_eq!(place.server.repeated(), repeats, "{at}");
            assert_eq!(place.succeed(&["replay", &id]), expected(), "{at}");
        }
    }
    let list = place.succeed(&["runs", "list"]);
    let done = list.lines().filter(|line| line.contains(" done ")).count();
    assert_eq!(done, 1 + POINTS.len() * calls.len(), "{list}");
}

/// How many random kills there are: `RAINWRIGHT_TEST_KILLS`, or these few.
pub fn kills(few: usize) -> usize {
    std::env::var("RAINWRIGHT_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

/// Ends runs after random times until there were so many ends.
pub fn kill_at_random(place: &Place, kills: usize) {
    let mut seed = 0x9E37_79B9_u64;
    let (mut done, mut run, mut repeated) = (0, 0, 0);
    while done < kills {
        run += 1;
        let id = format!("random-{run}");
        let mut child = place.start(&id).spawn().unwrap();
        let mut longest = 200;
        loop {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(Duration::from_millis(20 + (seed >> 33) % longest));
            // On a busy machine, or far from its database, a process needs longer to come anywhere.
            longest += longest / 2;
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            done += 1;
            let listed = place.succeed(&["runs", "list"]);
            child = if listed.contains(&id) { place.resume(&id) } else { place.start(&id) }.spawn().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let (out, err) = text(&output);
        // It may have been killed after its last write, before anybody waited for it.
        assert!(output.status.success() || err.contains("done already"), "{err}{out}");
        assert_eq!(place.succeed(&["replay", &id]), expected());
        repeated += place.server.repeated();
    }
    println!("{done} kills of {run} runs of {CALLS} calls; {repeated} calls came again, each with its key");
}

/// A process pauses in the middle of a call and loses its run meanwhile, by `lose`. The next owner ends the run; the first
/// one wakes up, and writes nothing more.
#[cfg(unix)]
pub fn a_paused_owner_writes_nothing_more(place: &Place, lose: impl FnOnce(&Place)) {
    let signal = |name: &str, child: &std::process::Child| {
        let status = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
        assert!(status.success(), "kill {name}");
    };
    place.server.hold("/7");
    let first = place.start("a").spawn().unwrap();
    place.server.wait_for_held();
    signal("-STOP", &first);
    place.server.release();
    // While its lease holds, nobody gets the run.
    let refused = place.resume("a").output().unwrap();
    assert!(!refused.status.success() && text(&refused).1.contains("another process"), "{}", text(&refused).1);
    lose(place);
    let second = succeed(&mut place.resume("a"));
    signal("-CONT", &first);
    let first = first.wait_with_output().unwrap();
    let (out, err) = text(&first);
    assert!(!first.status.success() && err.contains("another process"), "{out}{err}");
    assert_eq!(out + &second, expected(), "every line is shown once");
    assert_eq!(place.server.repeated(), 1, "the call in the middle came twice, with one key");
    assert_eq!(place.succeed(&["replay", "a"]), expected());
    assert!(place.succeed(&["runs", "show", "a"]).contains("taken up 2 times"));
}

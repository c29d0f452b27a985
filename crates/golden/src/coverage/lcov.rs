//! Coverage as lcov's tracefile.

use std::fmt::Write as _;

use super::FileCoverage;

pub(super) fn print(files: &[FileCoverage]) -> String {
    let mut out = String::new();
    for file in files {
        let _ = writeln!(out, "TN:\nSF:{}", file.file.display());
        let lines = file.lines();
        for (line, times) in &lines {
            let _ = writeln!(out, "DA:{line},{times}");
        }
        let _ = writeln!(out, "LF:{}\nLH:{}", lines.len(), lines.values().filter(|times| **times > 0).count());
        // The sides of one branch belong together: the block is numbered within its line.
        let (mut at, mut number) = (0, 0);
        for side in &file.sides {
            number = if side.line == at { number + 1 } else { 0 };
            at = side.line;
            let taken = match (side.met, side.taken) {
                (false, _) => "-",
                (true, true) => "1",
                (true, false) => "0",
            };
            let _ = writeln!(out, "BRDA:{},0,{number},{taken}", side.line);
        }
        let share = file.branch_share();
        let _ = writeln!(out, "BRF:{}\nBRH:{}\nend_of_record", share.all, share.reached);
    }
    out
}

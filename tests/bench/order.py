#!/usr/bin/env python3
"""Writes the list of functions that a start of dg runs, for the linker to lay them side by side (crates/cli/build.rs).

    tests/bench/order.py LOG

LOG is what `cargo build --release -vv > LOG 2>&1` printed when it built dg. The last step of that build is done again with the
symbols left in, which takes as long as it took then, and the functions that runs of small scripts enter under callgrind are
written to crates/cli/order.txt. Build again afterwards.

The names hold for one compiler, one set of dependencies and one profile: write the list anew after a change to any of these. A
build passes over names that it does not have, so an old list does no harm and helps less. Needs valgrind.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from instructions import hide_the_clock

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "crates/cli/order.txt"

# The longest names are those of parsers inside of parsers: few functions, and nearly all of the letters.
LONGEST = 300

SCRIPT = """info "hi";
x = Map();
x.put("a",1);
for each key in x.keys()
{
	info key + x.get(key);
}
"""


def with_symbols(log, folder):
    """Does the last step of a build again, without taking the symbols away."""
    lines = [line for line in Path(log).read_text().splitlines() if "CARGO_CRATE_NAME=dg " in line and "Running `" in line]
    if not lines:
        raise SystemExit(f"{log} does not show how dg was built: touch crates/cli/src/main.rs, and build with -vv")
    words = shlex.split(lines[-1][lines[-1].index("`") + 1 : lines[-1].rindex("`")])
    environment = dict(os.environ)
    while "=" in words[0] and not words[0].startswith("/"):
        name, value = words.pop(0).split("=", 1)
        environment[name] = value
    words[words.index("--out-dir") + 1] = folder
    words = [word.replace("strip=symbols", "strip=none") for word in words if not word.startswith(("--error-format", "--json"))]
    subprocess.run(words, env=environment, cwd=ROOT, check=True)
    return next(path for path in Path(folder).iterdir() if path.name.startswith("dg-") and not path.suffix)


def functions(dg, script, folder):
    """The functions of dg that a run enters."""
    out = Path(folder) / "callgrind.out"
    tool = ["valgrind", "--tool=callgrind", "--demangle=no", "--compress-strings=no", f"--callgrind-out-file={out}"]
    subprocess.run([*tool, dg, "run", script], capture_output=True, stdin=subprocess.DEVNULL, check=True)
    library = ""
    for line in out.read_text().splitlines():
        if line.startswith("ob="):
            library = line[3:].strip()
        elif line.startswith("fn=") and library == str(dg):
            yield re.sub(r"'\d+$", "", line[3:].strip())


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    hide_the_clock()
    with tempfile.TemporaryDirectory() as folder:
        dg = with_symbols(sys.argv[1], folder)
        script = Path(folder) / "start.dg"
        script.write_text(SCRIPT)
        found = dict.fromkeys(name for name in functions(dg, script, folder) if name.startswith("_") and len(name) <= LONGEST)
    LIST.write_text("\n".join(found) + "\n")
    print(f"{len(found)} functions in {LIST.relative_to(ROOT)}")


main()

#!/usr/bin/env python3
"""Compares two builds of dg by the instructions that each program takes under callgrind.

    tests/bench/instructions.py BEFORE AFTER [--suite FOLDER] [PROGRAM ...]

Times on a busy machine differ by more than a change does; instructions hardly differ from run to run. Every program must
print the same with both. Ends with 1 when one takes more than --limit times the instructions that it took before.
Needs valgrind, under which rustix cannot read the clock by its own means: build both with
RUSTFLAGS='--cfg rustix_use_libc'. The suite is this folder, or any other whose *.dg or */*.dg files run without input.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def instructions(binary, program):
    """The instructions of one run, and what it printed."""
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", binary, "run", str(program)]
        done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or found is None:
        sys.exit(f"{binary} does not run {program}:\n{done.stderr}")
    return int(found.group(1)), done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="the older dg")
    parser.add_argument("after", help="the newer dg")
    parser.add_argument("programs", nargs="*", help="names of programs; all when none is given")
    parser.add_argument("--suite", type=Path, default=Path(__file__).parent, help="the folder of the programs")
    parser.add_argument("--limit", type=float, default=1.03, help="the ratio that no program may exceed")
    options = parser.parse_args()

    found = sorted({*options.suite.glob("*.dg"), *options.suite.glob("*/*.dg")})
    wanted = [path for path in found if not options.programs or path.stem in options.programs]
    if not wanted:
        sys.exit(f"{options.suite} has none of these programs; it has {', '.join(path.stem for path in found)}")
    print(f"{'program':<16}{'before':>18}{'after':>18}{'ratio':>9}")
    too_slow = []
    for program in wanted:
        (before, said), (after, says) = (instructions(binary, program) for binary in (options.before, options.after))
        if said != says:
            sys.exit(f"{program} printed {said!r} and prints {says!r} now")
        ratio = after / before
        print(f"{program.stem:<16}{before:>18,}{after:>18,}{ratio:>9.3f}", flush=True)
        if ratio > options.limit:
            too_slow.append(program.stem)
    if too_slow:
        sys.exit(f"more than {options.limit} times the instructions: {', '.join(too_slow)}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Counts the instructions that programs take under callgrind: one build of dg against another, or against stored counts.

    tests/bench/instructions.py BEFORE AFTER [PROGRAM ...]       compares two builds of dg
    tests/bench/instructions.py --check RUN [PROGRAM ...]        compares a build of the evaluator with instructions.json
    tests/bench/instructions.py --refresh RUN [PROGRAM ...]      writes the counts of such a build into instructions.json

RUN is the evaluator alone, which is built in a fraction of the time that dg takes:

    cargo build --release -p rainwright-eval --example run       gives target/release/examples/run

Times on a busy machine differ by more than a change does; instructions hardly differ from run to run. Ends with 1 when a
program takes more than --limit times the instructions that it took before, when its output is another one, or when a program
or its stored count is missing.

The gate (--check) takes less than a minute on two cores. Its counts hold for one compiler and one kind of processor; the file
names them, and a check elsewhere stops with 2. Refresh the file with the change that makes programs slower for a good reason,
or after a change that makes them faster (the gate says so), or with a new compiler, and say in the commit why the counts moved.
Do not refresh on a machine of another kind than the one that checks.

Needs valgrind, and on processors other than x86-64 and ARM64 builds with RUSTFLAGS='--cfg rustix_use_libc': the library
rustix would read the clock where valgrind has nothing.
"""

import argparse
import ctypes
import errno
import hashlib
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
STORED = HERE / "instructions.json"

# Keys are hashed with a seed that is drawn at each start, and some seeds let keys collide: one run in three of json takes 8 %
# more. So a count above the limit is taken again, this many times at most.
AGAIN = 4

# rustix asks the kernel itself where the clock's page lies (prctl with PR_GET_AUXV) and is told a page that valgrind has taken
# away. A filter answers that it is an unknown question; then rustix asks in a way that valgrind answers.
PRCTL = {"x86_64": 157, "aarch64": 167}.get(platform.machine())
PR_GET_AUXV = 0x41555856
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_ALLOW, SECCOMP_ERRNO = 0x7FFF0000, 0x00050000
LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("if_true", ctypes.c_ubyte), ("if_false", ctypes.c_ubyte), ("value", ctypes.c_uint)]


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction))]


def hide_the_clock():
    """Puts the filter on this process, and so on all that it starts; nothing on other processors."""
    if PRCTL is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    rows = [
        (LOAD_WORD, 0, 0, 0),  # the number of the system call
        (JUMP_EQUAL, 0, 3, PRCTL),
        (LOAD_WORD, 0, 0, 16),  # the first argument
        (JUMP_EQUAL, 0, 1, PR_GET_AUXV),
        (RETURN, 0, 0, SECCOMP_ERRNO | errno.EINVAL),
        (RETURN, 0, 0, SECCOMP_ALLOW),
    ]
    instructions = (Instruction * len(rows))(*(Instruction(*row) for row in rows))
    program = Filter(len(rows), instructions)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        print("no filter is allowed here: builds need RUSTFLAGS='--cfg rustix_use_libc'", file=sys.stderr)


def instructions(binary, program):
    """The instructions of one run, and what it printed."""
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", binary, "run", str(program)]
        done = subprocess.run(command, capture_output=True)
    said = done.stderr.decode("utf-8", "replace")
    found = re.search(r"Collected : (\d+)", said)
    if done.returncode != 0 or found is None:
        raise SystemExit(f"{binary} does not run {program}:\n{said}")
    return int(found.group(1)), done.stdout


def least(binary, program, bound, runs=AGAIN):
    """The least count of several runs, which end early with one that is within the bound."""
    least, said = instructions(binary, program)
    for _ in range(runs):
        if least <= bound:
            break
        least = min(least, instructions(binary, program)[0])
    return least, said


def everything():
    return sorted(HERE.glob("*.dg"))


def compare(name, before, after, limit):
    """One line of the table; what is wrong with the program, if anything."""
    ratio = after / before
    print(f"{name:<16}{before:>18,}{after:>18,}{ratio:>9.3f}", flush=True)
    return f"{name} takes {ratio:.3f} times the instructions" if ratio > limit else None


def heading(before, after):
    print(f"{'program':<16}{before:>18}{after:>18}{'ratio':>9}", flush=True)


def compiler():
    """The compiler of the build: the one that cargo uses here."""
    if shutil.which("rustc") is None:
        return "unknown"
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, cwd=HERE).stdout.strip()


def this_machine():
    return {"processor": platform.machine(), "compiler": compiler()}


def builds(pool, before, after, programs, limit):
    heading("before", "after")
    wrong = []

    def both(program):
        old, said = instructions(before, program)
        new, says = instructions(after, program)
        if new > old * limit:
            # Either may have drawn a bad seed: the least of all runs.
            old = min(old, least(before, program, 0)[0])
            new = min(new, least(after, program, old * limit)[0])
        return old, said, new, says

    for program, (old, said, new, says) in zip(programs, pool.map(both, programs)):
        if said != says:
            wrong.append(f"{program.stem} printed {said[:200]!r} and prints {says[:200]!r} now")
            continue
        wrong.append(compare(program.stem, old, new, limit))
    return [problem for problem in wrong if problem]


def read_stored():
    """The stored counts, if they may be compared with what is counted here."""
    try:
        stored = json.loads(STORED.read_text())
        made_with, _ = stored["made with"], stored["programs"]
    except (OSError, ValueError, KeyError, TypeError) as reason:
        raise SystemExit(f"{STORED.name} cannot be used ({reason!r}): --refresh RUN writes it")
    if made_with != this_machine():
        print(f"{STORED.name} was made with {made_with}, this is {this_machine()}: --refresh RUN counts again", file=sys.stderr)
        raise SystemExit(2)
    return stored


def check(pool, binary, programs, limit):
    known = read_stored()["programs"]
    heading("stored", "counted")
    wrong, faster = [], []

    def count_one(program):
        return least(binary, program, known.get(program.stem, {}).get("instructions", math.inf) * limit)

    for program, (count, says) in zip(programs, pool.map(count_one, programs)):
        before = known.get(program.stem)
        if before is None:
            wrong.append(f"{program.stem} has no stored count: refresh {STORED.name}")
            continue
        if before["output"] != digest(says):
            wrong.append(f"{program.stem} prints something else than when its count was stored: {says[:200]!r}")
        wrong.append(compare(program.stem, before["instructions"], count, limit))
        if count * limit < before["instructions"]:
            faster.append(program.stem)
    # A program that is gone would otherwise be a gate that always passes.
    if programs == everything():
        wrong += [f"{name} has a stored count and no program" for name in known if not (HERE / f"{name}.dg").exists()]
    if faster:
        print(f"faster than stored, refresh {STORED.name} to keep it so: {', '.join(faster)}")
    return [problem for problem in wrong if problem]


def digest(output):
    return hashlib.sha256(output).hexdigest()[:16]


def refresh(pool, binary, programs):
    counted = {
        program.stem: {"instructions": count, "output": digest(says)}
        for program, (count, says) in zip(programs, pool.map(lambda program: least(binary, program, 0), programs))
    }
    if programs != everything():
        # The others keep their counts, which must come from the same kind of machine.
        counted = {**read_stored()["programs"], **counted}
    STORED.write_text(json.dumps({"made with": this_machine(), "programs": dict(sorted(counted.items()))}, indent=1) + "\n")
    for name, count in sorted(counted.items()):
        print(f"{name:<16}{count['instructions']:>18,}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [--suite FOLDER] [--limit RATIO] (BEFORE AFTER | --check RUN | --refresh RUN) [PROGRAM ...]",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", metavar="RUN", help="the build to compare with the stored counts")
    mode.add_argument("--refresh", metavar="RUN", help="the build whose counts are stored")
    parser.add_argument("words", nargs="*", metavar="PROGRAM", help="names of programs; all when none is given")
    parser.add_argument("--suite", type=Path, help="another folder, whose *.dg or */*.dg files run without input; for two builds")
    parser.add_argument("--limit", type=float, default=1.03, help="the ratio that no program may exceed; 1.03 when left out")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs side by side; as many as processors when left out")
    options = parser.parse_args()
    one = options.check or options.refresh
    if one and options.suite:
        parser.error("stored counts are those of the programs in tests/bench: no --suite")
    if not one and len(options.words) < 2:
        parser.error("name two builds, or one with --check or --refresh")

    names = options.words if one else options.words[2:]
    suite = options.suite or HERE
    found = sorted({*suite.glob("*.dg"), *suite.glob("*/*.dg")}) if options.suite else everything()
    if unknown := set(names) - {path.stem for path in found}:
        parser.error(f"{suite} has no {', '.join(sorted(unknown))}; it has {', '.join(path.stem for path in found)}")
    programs = [path for path in found if not names or path.stem in names]
    if shutil.which("valgrind") is None:
        parser.error("valgrind is not installed")
    hide_the_clock()
    with ThreadPoolExecutor(options.jobs) as pool:
        if options.refresh:
            refresh(pool, options.refresh, programs)
            return
        if options.check:
            wrong = check(pool, options.check, programs, options.limit)
        else:
            wrong = builds(pool, *options.words[:2], programs, options.limit)
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()

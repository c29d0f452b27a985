#!/usr/bin/env python3
"""Runs the programs of workloads/ on dg and on every other engine that is found, and prints how they compare.

    tests/bench/run.py                             target/release/dg, or the dg on the PATH
    tests/bench/run.py --dg path/to/dg -n 7        another build, 7 rounds
    tests/bench/run.py --only invoices,mail --engines lua5.4,python3
    tests/bench/run.py --json figures.json         the medians too, to compare with later

Every round runs each program once on each engine in turn, so that a machine whose speed drifts treats all alike. A figure is
the median over the rounds of one whole process: its CPU time (user and system), and its peak memory as the system accounts
them. The peak is never less than the size of this runner, about 12 MiB. Ratios are dg's figure divided by the other's: below
1, dg needs less.

All engines must print exactly what dg prints. Ends with 1 when one does not, or fails.

Engines: lua5.4 (with lua-cjson, without which the programs that need it are left out), python3, qjs (QuickJS), node. Node
compiles while it runs and starts slowly; it is shown for reference.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENGINES = {"lua5.4": "lua", "python3": "py", "qjs": "js", "node": "js"}


class Failed(Exception):
    """A program that did not end as it should, with the reason."""


def once(command, timeout):
    """CPU seconds, peak KiB and output of one run."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        watch = threading.Timer(timeout, process.kill)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if process.returncode < 0:
        raise Failed(f"ended by signal {-process.returncode}, perhaps after {timeout:g} seconds")
    if process.returncode > 0:
        raise Failed(f"exit status {process.returncode}: {text.strip()[-300:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text


def difference(expected, text):
    """The first line in which two outputs differ."""
    left, right = expected.splitlines(), text.splitlines()
    for number, (mine, other) in enumerate(zip(left, right), start=1):
        if mine != other:
            return f"line {number} is {other[:120]!r}, dg prints {mine[:120]!r}"
    return f"prints {len(right)} lines, dg {len(left)}"


def measure(commands, rounds, timeout):
    """The medians of one program by engine, and what went wrong."""
    samples, wrong, expected = {engine: [] for engine in commands}, {}, None
    for _ in range(rounds):
        for engine, command in commands.items():
            if engine in wrong:
                continue
            try:
                cpu, peak, text = once(command, timeout)
                # dg prints no line end after the last line.
                text = text.rstrip("\n")
                if engine == "dg":
                    expected = text if expected is None else expected
                if expected is not None and text != expected:
                    raise Failed(difference(expected, text))
            except Failed as reason:
                wrong[engine] = str(reason)
                continue
            samples[engine].append((cpu, peak))
    figures = {
        engine: {"cpu": statistics.median(cpu for cpu, _ in taken), "peak": statistics.median(peak for _, peak in taken)}
        for engine, taken in samples.items()
        if taken and engine not in wrong
    }
    return figures, wrong


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))))


def report(results, engines):
    for figure, unit, scale in (("cpu", "CPU time, milliseconds", 1000), ("peak", "peak memory, MiB", 1 / 1024)):
        print(f"\n{unit}; in brackets: dg divided by the engine")
        rows, ratios = [["program", "dg", *engines]], {engine: [] for engine in engines}
        for program, figures in results.items():
            ours = figures.get("dg")
            row = [program, f"{ours[figure] * scale:.0f}" if ours else "-"]
            for engine in engines:
                if engine not in figures:
                    row.append("-")
                elif ours is None:
                    row.append(f"{figures[engine][figure] * scale:.0f}")
                else:
                    ratio = ours[figure] / figures[engine][figure]
                    ratios[engine].append(ratio)
                    row.append(f"{figures[engine][figure] * scale:.0f} ({ratio:.2f})")
            rows.append(row)
        rows.append(["geometric mean", "", *(f"({mean(ratios[engine]):.2f})" if ratios[engine] else "-" for engine in engines)])
        table(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = HERE.parents[1] / "target" / "release" / "dg"
    parser.add_argument("--dg", default=str(built) if built.exists() else "dg", help="the dg to measure; a release build")
    parser.add_argument("-n", "--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="PROGRAMS", help="separated by commas; all when left out")
    parser.add_argument("--engines", default=",".join(ENGINES), help="separated by commas; all that are found when left out")
    parser.add_argument("--timeout", type=float, default=120, help="seconds that one run may take")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the medians are written: seconds and KiB")
    options = parser.parse_args()

    programs = sorted(path.parent.name for path in (HERE / "workloads").glob("*/*.dg"))
    wanted = [name for name in options.only.split(",") if name] or programs
    chosen = [name for name in options.engines.split(",") if name]
    for kind, names, known in (("program", wanted, programs), ("engine", chosen, ENGINES)):
        unknown = [name for name in names if name not in known]
        if unknown:
            parser.error(f"there is no {kind} {', '.join(unknown)}; there are {', '.join(known)}")
    if options.rounds < 1:
        parser.error("at least one round is needed")
    ours = shutil.which(options.dg)
    if ours is None:
        parser.error(f"{options.dg} is no program: name a build with --dg, or make one with `cargo build --release`")
    engines = [name for name in chosen if shutil.which(name)]
    if missing := [name for name in chosen if name not in engines]:
        print(f"not installed, left out: {', '.join(missing)}")
    has_cjson = "lua5.4" in engines and subprocess.run(["lua5.4", "-e", "require('cjson')"], capture_output=True).returncode == 0

    results, failures = {}, []
    for program in wanted:
        folder = HERE / "workloads" / program
        commands = {"dg": [ours, "run", str(folder / f"{program}.dg")]}
        for engine in engines:
            twin = folder / f"{program}.{ENGINES[engine]}"
            if engine == "lua5.4" and not has_cjson and 'require("cjson")' in twin.read_text():
                print(f"{program}: lua5.4 is left out, it needs lua-cjson")
                continue
            commands[engine] = [shutil.which(engine), str(twin)]
        results[program], wrong = measure(commands, options.rounds, options.timeout)
        failures += [f"{program} on {engine}: {reason}" for engine, reason in wrong.items()]
        print(f"{program}: {', '.join(results[program]) or 'none'} done", flush=True)
    report(results, engines)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures how `dg` grows with what it is given: projects of more and more functions and tests, and ever larger single files.

    python3 tests/interop/scale/measure.py target/release/dg

It prints the times (the best of some runs) and compares each with its bar and with its growth: what takes n log n from one
size to the next passes, what takes n * n does not. Exit code 1 when something is over. Bars are for a release build on an
ordinary machine; `--no-bars` looks at the growth only, for other builds.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECTS = [100, 1000, 3000]
# Seconds, for a project of 1,000 functions and 1,000 tests.
BARS = {"dg test": 2.0, "dg check": 2.0, "dg run": 0.050}
# How much more than in proportion a size may take than the one before it: for logarithms, caches and noise.
SLACK = 2.0


def project(folder: Path, count: int) -> None:
    """A project of so many functions, each of which calls another one, and as many tests."""
    (folder / "functions").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "dg.toml").write_text('functions = "functions"\n')
    for i in range(count):
        other = f"\n\tif(weight > 1000)\n\t{{\n\t\treturn standalone.price{i // 2}(code, weight - 1);\n\t}}" if i else ""
        (folder / f"functions/price{i}.dg").write_text(
            f"// The price of a parcel in zone {i}.\n"
            f"decimal standalone.price{i}(string code, int weight)\n{{{other}\n"
            '\trates = {"letter":1.5,"parcel":4.25,"pallet":90};\n'
            "\trate = rates.get(code);\n"
            "\tif(rate == null)\n\t{\n\t\treturn 0.0;\n\t}\n"
            "\ttotal = 0.0;\n"
            "\tfor each part in {1,2,3}\n\t{\n\t\ttotal = total + rate * part;\n\t}\n"
            f"\treturn total + {i};\n}}\n"
        )
        (folder / f"tests/price{i}.dg").write_text(
            f'info standalone.price{i}("letter",10) == {9 + i}.0;  // => true\n'
            f'info standalone.price{i}("none",10);  // => 0.0\n'
        )
    last = count - 1
    (folder / "run.dg").write_text(f'info standalone.price{last}("letter",1001);\n')


def undefined_names(n: int) -> str:
    return "void f()\n{\n" + "".join(f"\tinfo missing_{i}_name + other_{i};\n" for i in range(n)) + "}\n"


def misspelt_names(n: int) -> str:
    return "void f()\n{\n" + "".join(f"\tvalue_{i} = {i};\n\tinfo valeu_{i} + fnuction_{i}();\n" for i in range(n)) + "}\nf();\n"


def chain(n: int) -> str:
    return 's = " a ";\ninfo s' + ".trim()" * n + ";\n"


def operands(n: int) -> str:
    return "a = 1;\nx = " + " + ".join(["a"] * n) + ";\ninfo x;\ny = " + ' + "-" + '.join(["a"] * n) + ";\ninfo y.length();\n"


def functions(n: int) -> str:
    text = "".join(f"int f{i}(int n)\n{{\n\tif(n > 0)\n\t{{\n\t\treturn f{(i + 1) % n}(n - 1);\n\t}}\n\treturn {i};\n}}\n" for i in range(n))
    return text + f"info f{n - 1}(3);\n"


def statements(n: int) -> str:
    return "".join(f"v{i} = {i};\ninfo v{i} + v{max(i - 1, 0)};\n" for i in range(n))


def conditions(n: int) -> str:
    return "a = 1;\n" + "".join(f"{'if' if i == 0 else 'else if'}(a == {i + 2})\n{{\n\tinfo {i};\n}}\n" for i in range(n))


def mistakes(n: int) -> str:
    return "".join(f'try\n{{\n\tx{i} = f("g("A",y.z(),w);\n}}\ncatch (e)\n{{\n}}\n' for i in range(n))


def literals(n: int) -> str:
    return "l = {" + ",".join(f'{{"id":{i},"name":"n{i}"}}' for i in range(n)) + "};\ninfo l.size();\n"


# Name, text, sizes, whether it can be run.
FILES = [
    ("undefined names", undefined_names, [500, 1000, 2000, 4000], False),
    ("misspelt names", misspelt_names, [500, 1000, 2000, 4000], False),
    ("a chain of .trim()", chain, [500, 1000, 2000, 4000], True),
    ("operands", operands, [300, 600, 1200, 2400], True),
    ("functions in a file", functions, [1500, 3000, 6000], True),
    ("variables and statements", statements, [1500, 3000, 6000], True),
    ("branches of an if", conditions, [250, 500, 1000], True),
    ("blocks with mistakes", mistakes, [100, 200, 400], False),
    ("maps in a list", literals, [2000, 4000, 8000], True),
]


class Meter:
    def __init__(self, dg: Path, bars: bool, repeat: int):
        self.dg, self.bars, self.repeat, self.failed = dg, bars, repeat, False

    def time(self, folder: Path, *arguments: str, codes=(0,)) -> float:
        best = math.inf
        home = {"RAINWRIGHT_HOME": str(folder / "home")}
        for _ in range(self.repeat):
            started = time.perf_counter()
            ran = subprocess.run([self.dg, *arguments], cwd=folder, env={**os.environ, **home}, capture_output=True, check=False)
            best = min(best, time.perf_counter() - started)
            if ran.returncode not in codes:
                sys.exit(f"dg {' '.join(arguments)} ended with {ran.returncode}:\n{ran.stderr.decode()[-2000:]}")
            if best > 5:
                break
        return best

    def judge(self, what: str, sizes: list[int], times: list[float], floor: float) -> None:
        """Prints a row. Starting the program, `floor`, is no part of the growth."""
        row = "  ".join(f"{size:>6}: {spent * 1000:>9.1f} ms" for size, spent in zip(sizes, times))
        notes = []
        for (small, before), (large, after) in zip(zip(sizes, times), list(zip(sizes, times))[1:]):
            fair = large / small
            # What is short beside starting the program is noise.
            grown = (after - floor) / max(before - floor, floor, 0.005)
            if grown > fair * SLACK:
                notes.append(f"grows {grown:.1f} times from {small} to {large}")
        bar = BARS.get(what)
        if self.bars and bar is not None and 1000 in sizes:
            spent = times[sizes.index(1000)]
            notes.append(f"bar {bar * 1000:.0f} ms at 1000")
            if spent > bar:
                notes.append("OVER")
        over = any(note.startswith(("grows", "OVER")) for note in notes)
        self.failed |= over
        print(f"{'OVER' if over else 'ok  '} {what:<34} {row}  {', '.join(notes)}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dg", type=Path, help="the program to measure")
    parser.add_argument("--no-bars", action="store_true", help="look at the growth only")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the best counts")
    parser.add_argument("--only", choices=["projects", "files"], help="measure one part")
    parser.add_argument("--sizes", type=int, nargs="+", default=PROJECTS, help="sizes of the projects")
    given = parser.parse_args()
    meter = Meter(given.dg.resolve(), not given.no_bars, given.repeat)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "empty.dg").write_text("info 1;\n")
        floor = meter.time(root, "run", "empty.dg")
        print(f"     {'starting the program':<34} {floor * 1000:.1f} ms")
        if given.only != "files":
            times = {what: [] for what in ["dg test", "dg check", "dg run", "dg try"]}
            for size in given.sizes:
                folder = root / f"project{size}"
                project(folder, size)
                times["dg test"].append(meter.time(folder, "test"))
                times["dg check"].append(meter.time(folder, "check"))
                times["dg run"].append(meter.time(folder, "run", "run.dg"))
                times["dg try"].append(meter.time(folder, "try", f"functions/price{size - 1}.dg"))
            for what, spent in times.items():
                meter.judge(what, given.sizes, spent, floor)
        if given.only != "projects":
            for name, text, sizes, runs in FILES:
                checks, plays = [], []
                for size in sizes:
                    file = root / "one.dg"
                    file.write_text(text(size))
                    checks.append(meter.time(root, "check", "one.dg", codes=(0, 3)))
                    plays.append(meter.time(root, "run", "one.dg") if runs else 0.0)
                meter.judge(f"check: {name}", sizes, checks, floor)
                if runs:
                    meter.judge(f"run: {name}", sizes, plays, floor)
    return 1 if meter.failed else 0


if __name__ == "__main__":
    sys.exit(main())

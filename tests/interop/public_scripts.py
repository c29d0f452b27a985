#!/usr/bin/env python3
"""Runs `dg try` over scripts that others have published, and plants mistakes that it must find.

    public_scripts.py DG FOLDER [--plant N] [--jobs N]

FOLDER holds checkouts or bare clones of repositories, one a folder; nothing of them is kept. A file that is not named as Deluge
and does not parse as it (prose, a part of a script, another language) is left out, and counted. Prints the table of verdicts and
causes, the coverage, and how many of the planted mistakes and markers were found. Exit code 1 when a bar is missed.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile

LOOKS_LIKE_DELUGE = re.compile(
    r"zoho\.(crm|creator|books|desk|adminuserid|currentdate|people|currenttime|loginuser|inventory|encryption|sign|projects|cliq)"
    r"|invokeurl|\binfo\s+[\w\"]|for each|\.toMap\(|getJSON|containKey|toJSONList|input\.\w",
    re.I,
)
OTHER_LANGUAGE = re.compile(
    r"\bconst \w+\s*=|=>\s*{|\bfunction\s*\w*\(|\blet \w+|import .* from|module\.exports|\brequire\(|\bdef \w+\(|document\.|console\.log\("
)
OTHER_FILES = set(
    "md png json py yml yaml css html tsx jpg sql lock svg sh csproj sln gitignore dart jpeg pdf docx xlsx zip".split()
)
PLANTS = {
    "method": (' zz = "a".toUperCase();', "E3008"),
    "null": (" zn = null; info zn.trim();", "E3003"),
    "zero": (" zd = 0; info 7 / zd;", "E3004"),
    "function": (" info noSuchFunction(1);", "E3008"),
    "name": (" zcounter = 1; info zcounteq;", "E3007"),
}


def files_of(repository):
    """Names and contents of the files of a checkout or a bare clone that may be scripts."""
    bare = repository / "repo" if (repository / "repo").is_dir() else repository
    git = ["git", "-c", "safe.directory=*", "-C", str(bare)]
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", "HEAD", "--name-only"], capture_output=True)
    for name in listed.stdout.decode("utf8", "replace").split("\0"):
        if name and ending_of(name) not in OTHER_FILES:
            yield name, subprocess.run([*git, "show", f"HEAD:{name}"], capture_output=True).stdout


def ending_of(name):
    return pathlib.PurePosixPath(name).suffix.lstrip(".").lower()


def collect(folder, into, dg):
    """Writes every script of the repositories as a file of its own; says which files are left out."""
    seen, left_out = set(), []
    for repository in sorted(path for path in folder.iterdir() if path.is_dir()):
        for name, data in files_of(repository):
            try:
                text = data.decode("utf8")
            except UnicodeDecodeError:
                continue
            if not 30 < len(text) < 3_000_000 or not LOOKS_LIKE_DELUGE.search(text):
                continue
            ending = ending_of(name)
            own = ending in ("dg", "ds", "deluge")
            if (not own and OTHER_LANGUAGE.search(text)) or text in seen:
                continue
            seen.add(text)
            # The number keeps files of the same name apart, the whole path says where a file comes from.
            flat = re.sub(r"[^\w.-]+", "_", f"{repository.name}__{name}")[-180:]
            path = into / f"{len(seen):04}_{flat}{'' if ending in ('dg', 'ds') else '.dg'}"
            path.write_text(text)
            if not own and subprocess.run([dg, "check", "--syntax", path], capture_output=True).returncode == 3:
                path.unlink()
                left_out.append(f"{repository.name}: {name}")
    return left_out


def tries(dg, files, jobs):
    """The reports of `dg try`, by file; None where it gave none in time."""

    def one(file):
        try:
            ran = subprocess.run(
                [dg, "try", str(file), "--json", "--now", "2025-06-01T09:00:00Z"], capture_output=True, timeout=300
            )
            report = json.loads(ran.stdout)
            return file, report if isinstance(report, list) else [report]
        except (subprocess.TimeoutExpired, json.JSONDecodeError):
            return file, None

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return dict(pool.map(one, files))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("dg")
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--plant", type=int, default=0)
    options.add_argument("--jobs", type=int, default=2)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as desk:
        desk = pathlib.Path(desk)
        left_out = collect(options.folder, desk, options.dg)
        print(f"{len(left_out):6}  files left out: not named as Deluge, and not readable as it")
        for name in left_out:
            print("        ", name)
        reports = tries(options.dg, sorted(desk.iterdir()), options.jobs)
        good = verdicts(reports)
        if options.plant:
            good &= planted(options, desk, reports)
    sys.exit(0 if good else 1)


def verdicts(reports):
    """Prints the table; says whether the bars hold."""
    counted, causes, shares, faults = collections.Counter(), collections.Counter(), [], []
    for file, scripts in reports.items():
        for report in scripts or [None]:
            verdict = report["verdict"] if report else "no answer"
            counted[verdict] += 1
            if not report:
                continue
            coverage = report["coverage"]
            shares.append(100 * coverage["reached"] / coverage["statements"] if coverage["statements"] else 100)
            if verdict in ("fault", "not playable"):
                error = next((entry["error"] for entry in report["entries"] if "error" in entry), {})
                causes[f"{verdict}: {error.get('code', '')}"] += 1
                faults.append((file.name, error.get("line"), error.get("code"), error.get("message", "")[:110]))
    total = sum(counted.values())
    for verdict, number in counted.most_common():
        print(f"{number:6}  {100 * number / total:5.1f} %  {verdict}")
    print(f"{total:6}  scripts; statements reached: median {statistics.median(shares):.0f} %, "
          f"lowest tenth {sorted(shares)[len(shares) // 10]:.0f} %")
    for cause, number in causes.most_common():
        print(f"{number:6}  {cause}")
    for fault in faults:
        print("        ", *fault)
    ended = counted["finished"] + counted["throws"]
    return (
        ended >= 0.9 * total
        and counted["not playable"] + counted["no answer"] <= 0.05 * total
        and statistics.median(shares) >= 80
    )


def assignments(text):
    """The lines that are nothing but an assignment of a name, outside of comments."""
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), text, flags=re.S)
    return [at for at, line in enumerate(text.split("\n")) if re.match(r"^\s*[A-Za-z_]\w*\s*=\s*[^=;]*;\s*$", line)]


def planted(options, desk, reports):
    """Plants a mistake, or a marker at the end, in scripts that ran whole; says whether nearly all are found."""
    random.seed(7)
    whole = [
        file
        for file, scripts in reports.items()
        if file.suffix == ".dg" and scripts and len(scripts) == 1 and scripts[0]["verdict"] == "finished"
        and scripts[0]["coverage"]["reached"] == scripts[0]["coverage"]["statements"]
        # A statement that always fails is reached, and what stands after it is not.
        and not any(entry["mistakes"] for entry in scripts[0]["entries"])
    ]
    random.shuffle(whole)
    jobs, ground = {}, desk / "planted"
    ground.mkdir()
    for number, file in enumerate(whole):
        if len(jobs) >= options.plant:
            break
        lines, alone = file.read_text().split("\n"), assignments(file.read_text())
        if not alone:
            continue
        kind = list(PLANTS)[number % len(PLANTS)]
        at = random.choice(alone)
        lines[at] += PLANTS[kind][0]
        path = ground / f"{number}_{kind}.dg"
        path.write_text("\n".join(lines))
        jobs[path] = (kind, at + 1)
    found = tries(options.dg, jobs, options.jobs)
    missed, marked = [], 0
    for path, (kind, line) in jobs.items():
        entries = found[path][0]["entries"] if found[path] else []
        mistakes = [mistake for entry in entries for mistake in entry["mistakes"]]
        if not any(m["code"] == PLANTS[kind][1] and m["line"] == line for m in mistakes):
            missed.append((path.name, line))
    print(f"{len(jobs) - len(missed)} of {len(jobs)} planted mistakes found; missed: {missed}")
    markers = {}
    for file in whole[: options.plant]:
        lines, alone = file.read_text().split("\n"), assignments(file.read_text())
        if not alone:
            continue
        lines[alone[-1]] += ' info "the marker";'
        path = ground / f"marked_{len(markers)}.dg"
        path.write_text("\n".join(lines))
        markers[path] = alone[-1] + 1
    found = tries(options.dg, markers, options.jobs)
    for path in markers:
        # The run that is shown goes another way where the marker is in a branch of its own; then it counts as reached.
        report = found[path][0] if found[path] else None
        shown = report and any(event["text"] == "the marker" for entry in report["entries"] for event in entry["events"])
        reached = report and report["coverage"]["reached"] == report["coverage"]["statements"]
        marked += bool(shown or reached)
    print(f"{marked} of {len(markers)} markers reached")
    return len(missed) <= 0.03 * max(1, len(jobs)) and marked >= 0.97 * len(markers)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures how the time of operations grows with the size of what they work on, beside Python and Lua.

    tests/interop/scale/growth.py DG [-n ROUNDS] [--only NAME,…] [--limit SECONDS] [--sizes 1000,10000,…]

Every operation is a small program, written for all three, in which N stands for the size. A run is one process; the time
of an empty program is subtracted. An operation whose exponent between its two largest measured sizes is above 1.35 is
marked: N log N stays below that, N² does not. Marked ones that are not listed in ACCEPTED make the program fail.
"""
import argparse, math, os, resource, shutil, statistics, subprocess, sys, tempfile, time

# What grows faster than N log N by what it says, with the reason.
ACCEPTED = {
    "list remove first": "all other elements move; dg check has a note",
    "map keys in a loop": "the result is a new list each time; dg check has a note",
    "map list keys": "a list that is a key may change, so that its content is no hash",
    "text prepend": "the whole text is copied each time; dg check has a note",
    "text list get": "a text is cut at its commas each time; dg check has a note",
}

LIST = "l = List(); i = 0; while(i < N) { l.add(i); i = i + 1; }"
TEXTS = "l = List(); i = 0; while(i < N) { l.add(\"key\" + i); i = i + 1; }"
MAPS = "l = List(); i = 0; while(i < N) { l.add({\"id\":i, \"name\":\"n\" + i}); i = i + 1; }"
MAP = "m = Map(); i = 0; while(i < N) { m.put(\"key\" + i,i); i = i + 1; }"
PY_LIST = "l = []\nfor i in range(N): l.append(i)\n"
PY_TEXTS = "l = []\nfor i in range(N): l.append('key' + str(i))\n"
PY_MAPS = "l = []\nfor i in range(N): l.append({'id': i, 'name': 'n' + str(i)})\n"
PY_MAP = "m = {}\nfor i in range(N): m['key' + str(i)] = i\n"
LUA_LIST = "l = {} for i = 0, N - 1 do l[#l + 1] = i end "
LUA_TEXTS = "l = {} for i = 0, N - 1 do l[#l + 1] = 'key' .. i end "
LUA_MAP = "m = {} for i = 0, N - 1 do m['key' .. i] = i end "


def walk(body):
    return "i = 0; while(i < N) { " + body + " i = i + 1; }"


# Name, Deluge, Python, Lua (None where it has no such thing).
OPERATIONS = [
    ("list add", LIST + "info l.size();", PY_LIST, LUA_LIST),
    ("list get", LIST + "s = 0;" + walk("s = s + l.get(i);") + "info s;", PY_LIST + "s = 0\nfor i in range(N): s += l[i]\n",
     LUA_LIST + "s = 0 for i = 1, N do s = s + l[i] end"),
    ("list remove last", LIST + walk("l.remove(l.size() - 1);") + "info l.size();",
     PY_LIST + "for i in range(N): l.pop()\n", LUA_LIST + "for i = 1, N do table.remove(l) end"),
    ("list remove first", LIST + walk("l.remove(0);") + "info l.size();",
     "from collections import deque\n" + PY_LIST + "l = deque(l)\nfor i in range(N): l.popleft()\n", None),
    ("list addAll", "l = List();" + walk("l.addAll({i,i});") + "info l.size();",
     "l = []\nfor i in range(N): l.extend([i, i])\n", "l = {} for i = 1, N do l[#l + 1] = i l[#l + 1] = i end"),
    ("list sort", "l = List(); x = 42; i = 0; while(i < N) { x = (x * 16807) % 2147483647; l.add(x); i = i + 1; } info l.sort(true).get(0);",
     "l = []\nx = 42\nfor i in range(N):\n x = (x * 16807) % 2147483647\n l.append(x)\nl.sort()\n",
     "l = {} x = 42 for i = 1, N do x = (x * 16807) % 2147483647 l[i] = x end table.sort(l)"),
    ("list sort texts", TEXTS + "info l.sort(false).get(0);", PY_TEXTS + "l.sort(reverse=True)\n", LUA_TEXTS + "table.sort(l)"),
    ("list distinct numbers", LIST + "info l.distinct().size();", PY_LIST + "len(set(l))\n", None),
    ("list distinct maps", MAPS + "info l.distinct().size();", PY_MAPS + "len({tuple(m.items()) for m in l})\n", None),
    ("list distinct lists", "l = List();" + walk("l.add({i,i + 1});") + "info l.distinct().size();",
     "l = []\nfor i in range(N): l.append([i, i + 1])\nlen({tuple(x) for x in l})\n", None),
    ("list distinct decimals", "l = List();" + walk("l.add(i * 1234567890123456.125);") + "info l.distinct().size();",
     "from decimal import Decimal\nl = [i * Decimal('1234567890123456.125') for i in range(N)]\nlen(set(l))\n", None),
    ("list intersect maps", MAPS + "info l.intersect(l).size();",
     PY_MAPS + "s = {tuple(m.items()) for m in l}\nlen([m for m in l if tuple(m.items()) in s])\n", None),
    ("list removeAll maps", MAPS + "k = l.subList(0,N - 1); l.removeAll(k); info l.size();",
     PY_MAPS + "s = {tuple(m.items()) for m in l[:-1]}\nlen([m for m in l if tuple(m.items()) not in s])\n", None),
    ("list subList", LIST + walk("p = l.subList(i,i);") + "info p;", PY_LIST + "for i in range(N): p = l[i:i]\n", None),
    ("list walk with break", LIST + "c = 0; for each a in l { for each b in l { c = c + b; break; } } info c;",
     PY_LIST + "c = 0\nfor a in l:\n for b in l:\n  c += b\n  break\n",
     LUA_LIST + "c = 0 for _, a in ipairs(l) do for _, b in ipairs(l) do c = c + b break end end"),
    ("list aliased append", "l = List(); k = l;" + walk("l.add(i); k.add(i);") + "info l.size();",
     "l = []\nk = l\nfor i in range(N):\n l.append(i)\n k.append(i)\n", "l = {} k = l for i = 1, N do l[#l + 1] = i k[#k + 1] = i end"),
    ("list to text", LIST + "info l.toString().length();", PY_LIST + "len(str(l))\n", None),
    ("map put", MAP + "info m.size();", PY_MAP, LUA_MAP),
    ("map get", MAP + "s = 0;" + walk("s = s + m.get(\"key\" + i);") + "info s;", PY_MAP + "s = 0\nfor i in range(N): s += m['key' + str(i)]\n",
     LUA_MAP + "s = 0 for i = 0, N - 1 do s = s + m['key' .. i] end"),
    ("map remove last", MAP + "i = N - 1; while(i >= 0) { m.remove(\"key\" + i); i = i - 1; } info m.size();",
     PY_MAP + "for i in range(N - 1, -1, -1): del m['key' + str(i)]\n", LUA_MAP + "for i = N - 1, 0, -1 do m['key' .. i] = nil end"),
    ("map remove first", MAP + walk("m.remove(\"key\" + i);") + "info m.size();",
     PY_MAP + "for i in range(N): del m['key' + str(i)]\n", LUA_MAP + "for i = 0, N - 1 do m['key' .. i] = nil end"),
    ("collection deleteKey", "c = Collection();" + walk("c.insert(\"key\" + i:i);") + walk("c.deleteKey(\"key\" + i);") + "info c.size();",
     PY_MAP + "for i in range(N): m.pop('key' + str(i))\n", LUA_MAP + "for i = 0, N - 1 do m['key' .. i] = nil end"),
    ("map keys in a loop", MAP + walk("s = m.keys().size();") + "info s;", PY_MAP + "for i in range(N): s = len(m.keys())\n", None),
    ("map list keys", "m = Map();" + walk("m.put({i,i},i);") + "info m.size();",
     "m = {}\nfor i in range(N): m[(i, i)] = i\n", None),
    ("map walk", MAP + "s = 0; for each k in m { s = s + m.get(k); } info s;", PY_MAP + "s = 0\nfor k in m: s += m[k]\n",
     LUA_MAP + "s = 0 for k, v in pairs(m) do s = s + v end"),
    ("text append", "s = \"\";" + walk("s = s + \"ab\";") + "info s.length();", "s = ''\nfor i in range(N): s += 'ab'\n",
     "t = {} for i = 1, N do t[#t + 1] = 'ab' end s = table.concat(t)"),
    ("text prepend", "s = \"\";" + walk("s = \"ab\" + s;") + "info s.length();",
     "from collections import deque\nt = deque()\nfor i in range(N): t.appendleft('ab')\ns = ''.join(t)\n", None),
    ("text subString", "s = \"abcdefghij\".repeat(N / 10);" + walk("c = s.subString(i,i + 1);") + "info c;",
     "s = 'abcdefghij' * (N // 10)\nfor i in range(N): c = s[i:i + 1]\n", "s = ('abcdefghij'):rep(N // 10) for i = 1, N do c = s:sub(i, i) end"),
    ("text subString äöü", "s = \"äbcdefghiö\".repeat(N / 10);" + walk("c = s.subString(i,i + 1);") + "info c;",
     "s = 'äbcdefghiö' * (N // 10)\nfor i in range(N): c = s[i:i + 1]\n", None),
    ("text length äöü", "s = \"äbcdefghiö\".repeat(N / 10);" + walk("c = s.length();") + "info c;",
     "s = 'äbcdefghiö' * (N // 10)\nfor i in range(N): c = len(s)\n", None),
    ("text split", "s = \"ab,\".repeat(N); info s.toList(\",\").size();", "s = 'ab,' * N\nlen(s.split(','))\n",
     "s = ('ab,'):rep(N) l = {} for w in s:gmatch('[^,]*') do l[#l + 1] = w end"),
    ("text replaceAll", "s = \"ab,\".repeat(N); info s.replaceAll(\",\",\";;\",true).length();", "s = 'ab,' * N\nlen(s.replace(',', ';;'))\n",
     "s = ('ab,'):rep(N):gsub(',', ';;')"),
    ("text indexOf far", "s = \"ab,\".repeat(N) + \"z\"; info s.indexOf(\"z\");", "s = 'ab,' * N + 'z'\ns.index('z')\n",
     "s = ('ab,'):rep(N) .. 'z' i = s:find('z', 1, true)"),
    ("text reverse", "s = \"ab,\".repeat(N); info s.reverse().length();", "s = 'ab,' * N\nlen(s[::-1])\n", "s = ('ab,'):rep(N):reverse()"),
    ("csv rows", "s = \"a,b\\n\".repeat(N); c = 0; for each r in s.toList(\"\\n\") { c = c + r.toList(\",\").size(); } info c;",
     "s = 'a,b\\n' * N\nc = 0\nfor r in s.split('\\n'): c += len(r.split(','))\n", None),
    ("text list get", "s = \"ab,\".repeat(N);" + walk("c = s.get(i);") + "info c;", "s = ('ab,' * N).split(',')\nfor i in range(N): c = s[i]\n", None),
    ("json print", MAPS + "info l.toString().length();", "import json\n" + PY_MAPS + "len(json.dumps(l))\n", None),
    ("json parse", MAPS + "info l.toString().toJSONList().size();", "import json\n" + PY_MAPS + "len(json.loads(json.dumps(l)))\n", None),
    ("collection insert", "c = Collection();" + walk("c.insert(i);") + "info c.size();", PY_LIST, LUA_LIST),
    ("collection distinct", "c = Collection();" + walk("c.insert(\"k\" + i:i % 7);") + "info c.distinct().size();", PY_MAP + "len(set(m.values()))\n", None),
    ("equal maps", MAPS + "k = List(); k.addAll(l); info k == l;", PY_MAPS + "k = list(l)\nk == l\n", None),
]


def run(command, limit):
    """CPU seconds of one process; None when it takes longer than the limit or fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=limit)
    except subprocess.TimeoutExpired:
        return None, "> %g s" % limit
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        return None, done.stderr.decode(errors="replace").strip().split("\n")[0][:60]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, None


def exponent(times, sizes):
    """How the time grows between the two largest sizes that took long enough to tell; None where none did."""
    known = [(n, t) for n, t in zip(sizes, times) if t is not None and t > 0.004]
    if len(known) < 2:
        return None
    (n1, t1), (n2, t2) = known[-2:]
    return math.log(t2 / t1) / math.log(n2 / n1)


def shown(seconds):
    return "-" if seconds is None else "%.1f" % (seconds * 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dg")
    parser.add_argument("-n", type=int, default=3, metavar="ROUNDS")
    parser.add_argument("--only", default="")
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    options = parser.parse_args()
    sizes = [int(n) for n in options.sizes.split(",")]
    engines = [("dg", [os.path.abspath(options.dg), "run"], "dg"), ("python3", [sys.executable], "py")]
    if shutil.which("lua5.4"):
        engines.append(("lua5.4", ["lua5.4"], "lua"))
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        def timed(engine, text, rounds):
            name, command, ending = engine
            path = os.path.join(folder, "program." + ending)
            with open(path, "w") as out:
                out.write(text)
            times = []
            for _ in range(rounds):
                seconds, problem = run(command + [path], options.limit)
                if seconds is None:
                    return None, problem
                times.append(seconds)
            return statistics.median(times), None

        empty = {e[0]: timed(e, {"dg": "info 1;", "py": "", "lua": ""}[e[2]], 9)[0] for e in engines}
        print("milliseconds of CPU time without the start, at %s; growth is the exponent" % ", ".join(map(str, sizes)))
        for name, deluge, python, lua in OPERATIONS:
            if options.only and name not in options.only.split(","):
                continue
            cells = []
            for engine, text in zip(engines, (deluge, python, lua)):
                if text is None:
                    continue
                times, problem = [], None
                for n in sizes:
                    seconds, problem = timed(engine, replace_size(text, n), options.n)
                    times.append(None if seconds is None else max(seconds - empty[engine[0]], 0.0))
                    if seconds is None:
                        break
                grown = exponent(times, sizes)
                cells.append("%s %s%s%s" % (engine[0], " ".join(map(shown, times)),
                                          "" if grown is None else " ^%.2f" % grown, "" if problem is None else " (%s)" % problem))
                if engine[0] == "dg" and (problem or (grown or 0) > 1.35) and name not in ACCEPTED:
                    wrong.append(name)
                    cells[-1] += " !"
            print("%-24s %s" % (name, " | ".join(cells)), flush=True)
    for name, reason in ACCEPTED.items():
        print("%s: %s" % (name, reason))
    if wrong:
        sys.exit("Too fast a growth, or not run: " + ", ".join(wrong))


def replace_size(text, n):
    """N as a word of its own becomes the size."""
    import re
    return re.sub(r"\bN\b", str(n), text)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compares the front end with Lua's in one run: dg check --syntax, dg check, luac -p.

    tests/interop/front_end.py [DG] [LUAC]

DG is target/release/dg and LUAC luac5.4 when left out. Each reads a file of the same functions in its own language, written to a
temporary folder; the programs take turns, and a file of one line tells what starting costs. Shown: medians of the processor's
time, and the peak of memory as a multiple of the source.
"""
import os
import statistics
import sys
import tempfile

FUNCTIONS = 6000
ROUNDS = 11

DELUGE = """string rate_order_%(i)d(string customer,int quantity)
{
	// what an order is worth
	rating = Map();
	short = customer.subString(0,customer.indexOf(" ")).toLowerCase();
	value = quantity * 7.25 + %(i)d;
	if(value > 2000 && customer.contains("Ltd"))
	{
		rating.put("class","A");
		rating.put("rebate",(value * 0.08).round(2));
	}
	else if(value > 200 || short.startsWith("x"))
	{
		rating.put("class","B");
	}
	else
	{
		rating.put("class","C");
	}
	words = {"post","phone","order %(i)d"};
	line = "";
	for each word in words
	{
		line = line + word + ", ";
	}
	rating.put("line",line);
	return rating.toString();
}
"""

LUA = """local function rate_order_%(i)d(customer, quantity)
  -- what an order is worth
  local rating = {}
  local short = customer:sub(1, customer:find(" ") - 1):lower()
  local value = quantity * 7.25 + %(i)d
  if value > 2000 and customer:find("Ltd") then
    rating["class"] = "A"
    rating["rebate"] = math.floor(value * 0.08 * 100 + 0.5) / 100
  elseif value > 200 or short:sub(1, 1) == "x" then
    rating["class"] = "B"
  else
    rating["class"] = "C"
  end
  local words = { "post", "phone", "order %(i)d" }
  local line = ""
  for _, word in ipairs(words) do
    line = line .. word .. ", "
  end
  rating["line"] = line
  return rating
end
"""


def write(folder):
    """The long files and the short ones."""
    deluge = "".join(DELUGE % {"i": i} for i in range(FUNCTIONS))
    # Lua allows 200 local functions in a block.
    blocks = (range(at, min(at + 100, FUNCTIONS)) for at in range(0, FUNCTIONS, 100))
    lua = "".join("do\n" + "".join(LUA % {"i": i} for i in block) + "end\n" for block in blocks)
    files = {"long.dg": deluge, "short.dg": "info 1;\n", "long.lua": lua, "short.lua": "print(1)\n"}
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    return len(deluge), len(lua)


def run(command):
    """Seconds of the processor and peak bytes of a command, which must succeed."""
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main():
    dg = sys.argv[1] if len(sys.argv) > 1 else "target/release/dg"
    luac = sys.argv[2] if len(sys.argv) > 2 else "luac5.4"
    with tempfile.TemporaryDirectory() as folder:
        deluge_bytes, lua_bytes = write(folder)
        rows = [
            ("dg check --syntax", [dg, "check", "--syntax"], "dg", deluge_bytes),
            ("dg check", [dg, "check"], "dg", deluge_bytes),
            ("luac -p", [luac, "-p"], "lua", lua_bytes),
        ]
        taken = {(row[0], size): [] for row in rows for size in ("long", "short")}
        for _ in range(ROUNDS):
            for name, command, ext, _ in rows:
                for size in ("long", "short"):
                    taken[name, size].append(run(command + [os.path.join(folder, f"{size}.{ext}")]))
        print(f"{'':20}{'source':>10}{'seconds':>10}{'start':>10}{'MB/s':>8}{'memory':>9}")
        for name, _, _, size in rows:
            long = statistics.median(seconds for seconds, _ in taken[name, "long"])
            start = statistics.median(seconds for seconds, _ in taken[name, "short"])
            peak = max(peak for _, peak in taken[name, "long"])
            speed = size / max(long - start, 1e-9) / 1e6
            print(f"{name:20}{size / 1e6:>8.1f} MB{long:>10.3f}{start:>10.4f}{speed:>8.1f}{peak / size:>8.1f}x")


if __name__ == "__main__":
    main()

"""Talks with `dg repl` in a real terminal, key by key. The program is the first argument."""

import os
import pty
import re
import select
import sys
import tempfile
import time

DG = os.path.abspath(sys.argv[1])
LONG = 60
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r")


class Terminal:
    """A program in a terminal of 100 columns."""

    def __init__(self, home, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(RAINWRIGHT_HOME=home, TERM="xterm-256color", COLUMNS="100", EDITOR=f"{home}/editor")
            os.environ.pop("NO_COLOR", None)
            os.execv(DG, [DG, *args])
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.seen = ""
        self.raw = ""

    def read(self, wait):
        ready, _, _ = select.select([self.fd], [], [], wait)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.raw += data.decode(errors="replace")
        self.seen = ESCAPES.sub("", self.raw)
        return bool(data)

    def type(self, keys):
        self.raw = self.seen = ""
        os.write(self.fd, keys.encode())

    def until(self, text):
        end = time.monotonic() + LONG
        while text not in self.seen:
            assert time.monotonic() < end, f"no {text!r} in {self.seen!r}"
            self.read(0.2)
        return self.seen

    def quiet(self):
        """Waits until nothing comes any more."""
        while self.read(0.4):
            pass
        return self.seen

    def end(self):
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("the program does not end")


def main():
    home = tempfile.mkdtemp(prefix="repl.")
    editor = os.path.join(home, "editor")
    with open(editor, "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\nprintf "x * 1000" > "$1"\n')
    os.chmod(editor, 0o700)
    saved = os.path.join(home, "talk.dg")

    t = Terminal(home, "repl")
    t.until("dg> ")
    t.type('lead = {"Full_Name":"Ada","age":36}\r')
    t.quiet()

    # Tab offers what a map has, with its documentation, and nothing of other kinds.
    t.type("lead.re")
    t.type("\t\t")
    listed = t.quiet()
    assert "remove" in listed and "replaceAll" not in listed, listed
    assert any(len(line) > 40 and "remove" in line for line in listed.split("\n")), listed
    t.type("\x03")
    t.quiet()
    # One candidate is put into the line: a key of the map.
    t.type('lead.get("Ful\t')
    assert "Full_Name" in t.quiet()
    t.type(")\r")
    t.until('"Ada"\n')
    t.quiet()
    # The call that is being typed is shown.
    t.type("lead.put(")
    assert "put(" in t.quiet().replace("lead.put(", "", 1), t.seen
    t.type("\x03")
    t.quiet()

    # An input of several lines comes back whole, and can be changed in its first line.
    t.type("x = 0;\r")
    t.quiet()
    t.type("for each n in {1,2,3}\r{\r\tx = x + n;\r}\r")
    t.quiet()
    t.type("x\r")
    t.until("6")
    t.quiet()
    t.type("\x1b[A\x1b[A")
    assert "for each n" in t.quiet() and "x = x + n" in t.seen, t.seen
    t.type("\x1b[A\x1b[A\x1b[A\x05\x7f,4}\r")
    t.quiet()
    t.type("x\r")
    t.until("16")
    t.quiet()

    # A paste of several statements is one input, tabs included.
    t.type('\x1b[200~y = 1;\nif(y == 1)\n{\n\tinfo "pasted";\n}\nelse\n{\n\tinfo "never";\n}\x1b[201~')
    assert "pasted\n" not in t.quiet(), "nothing runs before Enter"
    t.type("\r")
    t.until("pasted\n")
    t.quiet()

    # Lines that arrive together, without the marks of a paste, are all read; so is what is typed while a script runs.
    t.type("a = 41;\rb = a + 1;\rb * 1000\r")
    t.until("42000\n")
    t.quiet()
    t.type("i = 0; while(i < 3000000) { i = i + 1; }\rb + 1\rb + 2\r")
    t.until("44\n")
    assert "43\n" in t.seen, t.seen
    t.quiet()

    # Lists of maps are tables.
    t.type('{{"name":"Ada","n":1},{"name":"Bea","n":20}}\r')
    table = t.until(":last shows everything")
    assert re.search(r"name +n\n-+ +-+\nAda +1\nBea +20\n", table), table
    t.type(":last\r")
    t.until('[{"name":"Ada","n":1}')
    t.quiet()

    # :edit evaluates what the editor leaves.
    t.type(":edit\r")
    t.until("16000")
    t.quiet()

    # Ctrl-C stops a script, and the conversation goes on.
    t.type("while(true) { x = x + 1; }\r")
    time.sleep(0.5)
    t.type("\x03")
    t.until("The run was stopped")
    t.quiet()
    t.type("1 + 1\r")
    t.until("2\n")
    t.quiet()

    t.type(f":save {saved}\r")
    t.until("saved")
    t.quiet()
    # What people type elsewhere is answered.
    t.type("help\r")
    t.until(":profile")
    t.quiet()
    t.type("exit\r")
    assert t.end() == 0
    with open(saved, encoding="utf-8") as file:
        text = file.read()
    assert os.system(f"'{DG}' test '{saved}' >/dev/null") == 0, text
    assert re.search(r'info "pasted"; +// => pasted\n', text), text

    # The history is there in the next conversation, whole.
    t = Terminal(home, "repl")
    t.until("dg> ")
    t.type("\x12for each")
    assert "x = x + n" in t.quiet(), t.seen
    for key in "\x03\x03\x04":
        t.type(key)
        t.quiet()
    assert t.end() == 0

    # Long work shows how far it is.
    slow = os.path.join(home, "slow.dg")
    with open(slow, "w", encoding="utf-8") as file:
        file.write("//@ sandbox\nfor each name in {1,2,3,4,5,6,7,8,9,10,11,12}\n{\n")
        file.write('\tzoho.crm.createRecord("Leads",{"Last_Name":name.toString()});\n}\ninfo "done";   // => done\n')
    t = Terminal(home, "test", slow, "--chaos")
    t.until(" of 72 runs")
    t.end()
    print("terminal/repl.py: passed.")


main()

"""What goes wrong: in a script, and on the way to its host."""

from __future__ import annotations

import datetime


class ScriptError(Exception):
    """A script stopped. ``str(error)`` is the message; ``rendered`` shows it with the source."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        help: str | None = None,
        source: str | None = None,
        line: int | None = None,
        column: int | None = None,
        notes: list[str] | None = None,
        lines: list[str] | None = None,
        rendered: str = "",
    ) -> None:
        super().__init__(message)
        #: The number of the kind of mistake, such as ``E3004``.
        self.code = code
        #: What to do, where that is known.
        self.help = help
        #: The name of the source, the line and the column, from 1.
        self.source, self.line, self.column = source, line, column
        #: Tasks that a service refused before, which may be the reason.
        self.notes = notes or []
        #: What the run had logged by then.
        self.lines = lines or []
        #: The message with the source around it, as ``dg`` prints it.
        self.rendered = rendered


class CompileError(ScriptError):
    """A source is not Deluge."""


class Suspended(ScriptError):
    """A run was put aside by its host."""


class Problem(Exception):
    """Raised by a host or a function: something went wrong that the script may catch."""


class Suspend(Exception):
    """Raised by a host: the run is put aside, until a time or until a signal comes."""

    def __init__(self, *, until: datetime.datetime | None = None, signal: str | None = None) -> None:
        if (until is None) == (signal is None):
            raise ValueError("a run waits either until a time or for a signal")
        if until is not None and until.tzinfo is None:
            raise ValueError("the time needs a zone, such as timezone.utc")
        super().__init__(f"until {until}" if signal is None else f"for the signal {signal}")
        self.until, self.signal = until, signal
        self.millis = None if until is None else int(until.timestamp() * 1000)

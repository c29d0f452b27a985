"""Runs Deluge, Zoho's scripting language, from Python.

>>> import rainwright
>>> engine = rainwright.Engine(timezone="Asia/Kolkata")
>>> script = engine.compile("add.dg", "info a; return a + b;")
>>> result = script.run({"a": 2, "b": 40})
>>> result.value, result.lines
(42, ['2'])
"""

from __future__ import annotations

import dataclasses
import datetime
import inspect
from typing import Any, Callable

from ._rainwright import Call, File, Flow, Live, __version__
from ._rainwright import Engine as _Engine
from ._rainwright import Script as _Script
from .errors import CompileError, Problem, ScriptError, Suspend, Suspended

__all__ = [
    "Call",
    "CompileError",
    "Engine",
    "File",
    "Flow",
    "Live",
    "Problem",
    "Response",
    "Result",
    "Script",
    "ScriptError",
    "Suspend",
    "Suspended",
    "__version__",
]

Host = Callable[[Call], Any]


@dataclasses.dataclass(frozen=True)
class Response:
    """The answer to an HTTP call."""

    status: int
    body: str | bytes = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Result:
    """How a run ended."""

    #: What the script returned; ``None`` when nothing.
    value: Any
    #: What ``info`` logged.
    lines: list[str]
    #: The variables of the bare statements as they were at the end.
    variables: dict[str, Any]
    #: Loop turns and calls.
    fuel: int
    #: How often the script reached outside.
    effects: int


class Engine:
    """The settings of runs, and the functions that scripts may call.

    ``profile`` is the product whose rules hold (``zoho-crm``, ``zoho-creator`` ...), ``timezone`` the account's.
    ``seconds``, ``cpu_seconds``, ``memory`` (bytes), ``fuel`` (loop turns and calls) and ``effects`` bound each run.
    """

    def __init__(
        self,
        *,
        profile: str | None = None,
        timezone: str | None = None,
        seconds: float | None = None,
        cpu_seconds: float | None = None,
        memory: int | None = None,
        fuel: int | None = None,
        effects: int | None = None,
    ) -> None:
        self._engine = _Engine(
            profile=profile,
            timezone=timezone,
            seconds=seconds,
            cpu_seconds=cpu_seconds,
            memory=memory,
            fuel=fuel,
            effects=effects,
        )

    def function(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Lets scripts that are compiled from now on call the decorated function by ``name``, such as ``erp.price``.

        A ``Problem`` that it raises may be caught by the script.
        """

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            if inspect.iscoroutinefunction(function):
                raise TypeError("a coroutine is answered by the host of run_async; declare a plain function here")
            self._engine.add_function(name, function)
            return function

        return add

    def compile(self, name: str, source: str) -> Script:
        """Compiles a source; ``name`` is what messages call it."""
        return Script(self._engine.compile(name, source))

    def compile_file(self, path: str) -> Script:
        """Compiles the source in a file."""
        with open(path, encoding="utf-8") as file:
            return self.compile(str(path), file.read())


class Script:
    """A compiled script. It may be run on any thread, and on many at once."""

    def __init__(self, script: _Script) -> None:
        self._script = script

    @property
    def name(self) -> str:
        """The name that messages use."""
        return self._script.name

    @property
    def entries(self) -> list[tuple[str, list[str]]]:
        """The functions that can be called, with the names of their parameters."""
        return self._script.entries

    def run(
        self,
        args: dict[str, Any] | None = None,
        *,
        entry: str | None = None,
        host: Host | None = None,
        live: Live | None = None,
        run: str = "",
        now: datetime.datetime | None = None,
    ) -> Result:
        """Runs the bare statements, or the function ``entry``, on this thread.

        ``host`` is called with each ``Call`` and returns its answer, or ``NotImplemented`` to leave it to ``live``, which
        does things for real. Without either, a script has the clock and chance, and everything else is refused.
        ``now`` stops the clock.
        """
        millis = None if now is None else int(now.timestamp() * 1000)
        return Result(*self._script._run(entry, args, host, live, run, millis))

    async def run_async(
        self,
        args: dict[str, Any] | None = None,
        *,
        entry: str | None = None,
        host: Host | None = None,
        run: str = "",
        now: datetime.datetime | None = None,
    ) -> Result:
        """Runs it within an event loop: while ``host``, which may be a coroutine function, is awaited, others go on."""
        flow = self._script.flow(entry, args, run)
        failure: BaseException | None = None
        while (call := flow.next()) is not None:
            try:
                flow.answer(await _answer(call, host, now))
            except Exception as error:
                if not isinstance(error, (Problem, Suspend)):
                    failure = error
                flow.refuse(error)
        if failure is not None:
            raise failure
        return Result(*flow._result())

    def flow(self, args: dict[str, Any] | None = None, *, entry: str | None = None, run: str = "") -> Flow:
        """Begins a run that is driven step by step: ``next()``, then ``answer(...)`` or ``refuse(...)``."""
        return self._script.flow(entry, args, run)


async def _answer(call: Call, host: Host | None, now: datetime.datetime | None) -> Any:
    answer = NotImplemented if host is None else host(call)
    if inspect.isawaitable(answer):
        answer = await answer
    if answer is not NotImplemented:
        return answer
    if call.kind == "now":
        return now or datetime.datetime.now(datetime.timezone.utc)
    if call.kind == "random":
        import secrets

        return secrets.randbits(64)
    raise Problem(f"This host does not perform the effect '{call.kind}'.")

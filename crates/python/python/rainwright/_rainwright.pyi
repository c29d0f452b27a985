"""The compiled half of ``rainwright``."""

from typing import Any, Callable

__version__: str

class File:
    """A file: what scripts call FILE."""

    def __init__(self, name: str, content: bytes, mime: str = "") -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def content(self) -> bytes: ...

class Call:
    """One request of a run to its host."""

    @property
    def kind(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def run(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def details(self) -> dict[str, Any]: ...

class Live:
    """Performs effects for real, with the connections that ``dg connect`` has stored."""

    def __init__(self, environment: str | None = None, allow_net: list[str] = []) -> None: ...

class Flow:
    """A run that asks, is answered, and ends. It belongs to the thread that made it."""

    def next(self) -> Call | None: ...
    def answer(self, value: Any) -> None: ...
    def refuse(self, error: BaseException) -> None: ...
    def _result(self) -> tuple[Any, list[str], dict[str, Any], int, int]: ...

class Engine:
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
    ) -> None: ...
    def compile(self, name: str, source: str) -> Script: ...
    def add_function(self, name: str, function: Callable[..., Any]) -> None: ...

class Script:
    @property
    def name(self) -> str: ...
    @property
    def entries(self) -> list[tuple[str, list[str]]]: ...
    def flow(self, entry: str | None = None, args: dict[str, Any] | None = None, run: str = "") -> Flow: ...
    def _run(
        self,
        entry: str | None,
        args: dict[str, Any] | None,
        host: Callable[[Call], Any] | None,
        live: Live | None,
        run: str,
        now: int | None,
    ) -> tuple[Any, list[str], dict[str, Any], int, int]: ...

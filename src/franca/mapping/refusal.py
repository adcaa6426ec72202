"""How a mapping is refused while it is traced: an error at the user's line, with the remedy.

Every refusal is also kept by the running trace, so that an `except` in the user's code can't hide it.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from franca.errors import DefinitionError, Problem

PACKAGE = str(Path(__file__).parent.parent) + "/"


@dataclass(slots=True)
class Trace:
    """One run of a mapping's body: what it is called, its application's time zone, what was refused.

    `quiet` is true while a word does work of its own that is not to be watched.
    """

    name: str
    zone: str = "UTC"
    problems: list[Problem] = field(default_factory=list)
    nonce: str = ""
    quiet: bool = False

    def keep(self, problems: Iterable[Problem]) -> None:
        """Keep what was refused, each problem once."""
        self.problems.extend(problem for problem in problems if problem not in self.problems)


tracing: "ContextVar[Trace | None]" = ContextVar("tracing", default=None)


def refuse(reason: str, remedy: str, frame: FrameType | None = None) -> DefinitionError:
    """Return the error for the user's current line, and keep it in the running trace."""
    at = frame or user_frame()
    trace = tracing.get()
    name = trace.name if trace else "mapping"
    file, line = (at.f_code.co_filename, at.f_lineno) if at else ("", 0)
    problem = Problem(name, reason, remedy, file, line)
    if trace is not None:
        trace.keep([problem])
    return DefinitionError([problem])


@contextmanager
def quietly() -> Iterator[None]:
    """Let a word read what it needs (a time zone, annotations) without being watched."""
    trace = current()
    trace.quiet = True
    try:
        yield
    finally:
        trace.quiet = False


def user_frame() -> FrameType | None:
    """Return the innermost frame that runs the user's code."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame):
        frame = frame.f_back
    return frame


def is_users(frame: FrameType) -> bool:
    """Say whether a frame runs the user's code: neither franca's nor Python's own."""
    if is_ours(frame):
        return False
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] not in sys.stdlib_module_names


def is_ours(frame: FrameType) -> bool:
    """Say whether a frame runs code of franca, generated code included."""
    name = str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] == "franca" or frame.f_code.co_filename.startswith(PACKAGE)


def current() -> Trace:
    """Return the running trace. Raises DefinitionError where there is none."""
    trace = tracing.get()
    if trace is None:
        raise refuse(
            "a word of the mapping vocabulary was called outside of a mapping",
            "call it inside a function decorated with @app.maps",
        )
    return trace

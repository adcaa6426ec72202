"""Watches a mapping's body while it is traced: identity tests, and calls to what is not the row.

Python lets no object notice `is None`, so the body's instructions are watched; they need no source. Clocks,
random numbers, files and the environment would be frozen into the tree at the moment of the trace, so that
calls to them are refused. `sys.monitoring` serves from 3.12, `settrace` and `setprofile` before; what was
set before is restored.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from franca.mapping.instructions import UNKNOWN, instructions_of, tested
from franca.mapping.refusal import Trace, is_users, refuse
from franca.mapping.symbol import Symbol

_FOREIGN_MODULES = frozenset(
    {
        "random",
        "_random",
        "secrets",
        "os",
        "posix",
        "nt",
        "tempfile",
        "pathlib",
        "shutil",
        "socket",
        "_socket",
        "subprocess",
        "time",
        "threading",
        "urllib.request",
        "http.client",
        "sqlite3",
        "getpass",
        "platform",
        "io",
        "_io",
        "glob",
    }
)
_FOREIGN_NAMES = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "uuid.uuid1",
        "uuid.uuid4",
        "builtins.open",
        "builtins.input",
        "builtins.hash",
        "builtins.id",
        "builtins.exec",
        "builtins.eval",
    }
)
_PURE = frozenset({"fspath", "StringIO", "BytesIO"})
_REMEDY = (
    "compute it outside of the mapping as a constant, take it from the row, or use apply(function, column)"
)


class Watcher:
    """Judges what the body does; the tracers for each Python version report to it."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.returned: dict[int, object] = {}

    def instruction(self, frame: FrameType, offset: int) -> None:
        """Refuse an identity test of a value of the row, about to run at that offset."""
        found = instructions_of(frame.f_code).get(offset)
        if found is None or not found.is_identity_test:
            return
        for value in tested(found, frame, self.returned.get(id(frame), UNKNOWN)):
            if type(value) is Symbol:
                raise refuse("a value of the row was compared with is", _IDENTITY_REMEDY, frame)
            if value is UNKNOWN and not _is_installed(frame):
                reason = "an expression was compared with is, and it can't be seen whether it is of the row"
                raise refuse(reason, f"{_IDENTITY_REMEDY}; a constant goes into a variable first", frame)

    def called(self, frame: FrameType, function: object) -> None:
        """Refuse a call, about to be made from the frame, of something that is not of the row."""
        self.returned[id(frame)] = UNKNOWN
        name = getattr(function, "__qualname__", "") or getattr(function, "__name__", "")
        module = getattr(function, "__module__", None) or ""
        owner = getattr(function, "__self__", None)
        if not module and owner is not None:
            module = type(owner).__module__
        self._judge(frame, module, name)

    def entered(self, frame: FrameType) -> None:
        """Refuse a Python function of a foreign module that was entered from the body."""
        caller = frame.f_back
        if caller is not None:
            self._judge(caller, str(frame.f_globals.get("__name__", "")), frame.f_code.co_name)

    def _judge(self, caller: FrameType, module: str, name: str) -> None:
        short = name.rpartition(".")[2]
        named = name in _FOREIGN_NAMES or f"{module}.{name}" in _FOREIGN_NAMES
        foreign = not _FOREIGN_MODULES.isdisjoint((module, module.partition(".")[0])) and short not in _PURE
        if (foreign or named) and not self.trace.quiet and is_users(caller):
            called = name if module in {"", "builtins"} else f"{module}.{short}"
            raise refuse(f"{called} was called, whose answer does not come from the row", _REMEDY, caller)


_IDENTITY_REMEDY = "use is_null(x), not_null(x), given(x, function) or first(x, default)"


def _is_installed(frame: FrameType) -> bool:
    """Say whether a frame runs an installed package, where unclear tests are given the benefit of doubt."""
    return "site-packages" in frame.f_code.co_filename


@contextmanager
def watch(watcher: Watcher) -> Iterator[None]:
    """Let the watcher see what this thread does.

    The garbage collector rests meanwhile: the finalizers it runs are no part of the body.
    """
    if sys.version_info >= (3, 12):
        from franca.mapping.monitoring import monitored as watched
    else:
        from franca.mapping.settrace import traced as watched
    collecting = gc.isenabled()
    gc.disable()
    try:
        with watched(watcher):
            yield
    finally:
        if collecting:
            gc.enable()

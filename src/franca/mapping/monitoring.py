"""Watches by `sys.monitoring`, from Python 3.12."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from franca.mapping.instructions import instructions_of
from franca.mapping.refusal import is_users
from franca.mapping.watching import Watcher

_lock = threading.RLock()


@contextmanager
def monitored(watcher: Watcher) -> Iterator[None]:
    """Let the watcher see this thread's instructions and calls, and give the tool's place back."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # from 3.12
    with _lock:
        tool = next(each for each in (4, 3, 5, 2, 1, 0) if monitoring.get_tool(each) is None)
        monitoring.use_tool_id(tool, "franca")
        try:
            _register(monitoring, tool, watcher)
            yield
        finally:
            monitoring.set_events(tool, 0)
            for event in (monitoring.events.PY_START, monitoring.events.PY_RETURN, monitoring.events.CALL):
                monitoring.register_callback(tool, event, None)
            monitoring.register_callback(tool, monitoring.events.INSTRUCTION, None)
            monitoring.free_tool_id(tool)


def _register(monitoring: Any, tool: int, watcher: Watcher) -> None:
    events, thread = monitoring.events, threading.get_ident()

    def started(code: CodeType, _offset: int) -> None:
        if threading.get_ident() != thread:
            return
        frame = sys._getframe(1)
        if is_users(frame) and instructions_of(code):
            monitoring.set_local_events(tool, code, events.INSTRUCTION)
        watcher.entered(frame)

    def instruction(_code: CodeType, offset: int) -> None:
        if threading.get_ident() == thread:
            watcher.instruction(sys._getframe(1), offset)

    def returned(_code: CodeType, _offset: int, value: object) -> None:
        frame = sys._getframe(1)
        if threading.get_ident() == thread and frame.f_back is not None:
            watcher.returned[id(frame.f_back)] = value

    def called(_code: CodeType, _offset: int, function: object, _first: object) -> None:
        frame = sys._getframe(1)
        if threading.get_ident() == thread and is_users(frame):
            watcher.called(frame, function)

    monitoring.register_callback(tool, events.PY_START, started)
    monitoring.register_callback(tool, events.INSTRUCTION, instruction)
    monitoring.register_callback(tool, events.PY_RETURN, returned)
    monitoring.register_callback(tool, events.CALL, called)
    monitoring.set_events(tool, events.PY_START | events.PY_RETURN | events.CALL)

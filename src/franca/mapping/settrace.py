"""Watches by `sys.settrace` and `sys.setprofile`, for Python before 3.12."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from franca.mapping.refusal import is_users
from franca.mapping.watching import Watcher


@contextmanager
def traced(watcher: Watcher) -> Iterator[None]:
    """Let the watcher see this thread's instructions and calls, and restore what was set before."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "call":
            watcher.entered(frame)
            if is_users(frame):
                frame.f_trace_opcodes = True
            else:
                frame.f_trace_lines = False
        elif event == "opcode":
            watcher.instruction(frame, frame.f_lasti)
        elif event == "return" and frame.f_back is not None:
            watcher.returned[id(frame.f_back)] = argument
        return trace

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            watcher.called(frame, argument)

    before = sys.gettrace(), sys.getprofile()
    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])

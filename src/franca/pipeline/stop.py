"""How a run is asked to end: by a program, or by SIGINT and SIGTERM."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """A request to end that can be made once, from any thread or signal handler."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._actions: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """True after the request."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask every run that listens to end with what it has in hand."""
        self._event.set()
        for action in self._actions:
            action()

    def wait(self, seconds: float) -> bool:
        """Wait for the request at most so long; True where it was made."""
        return self._event.wait(seconds)

    def listen(self, action: Callable[[], None]) -> None:
        """Have `action` called by the request, at once where it was made already."""
        self._actions.append(action)
        if self.requested:
            action()


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Give a `Stop` that SIGINT and SIGTERM request; a second signal ends the process as usual.

    Only for the main thread.
    """
    stop = Stop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def heard(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop.request()

    for number in before:
        signal.signal(number, heard)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""How fast the processors are: shared ones take twice as long for minutes, whichever contestant runs."""

import time
from collections.abc import Iterable

from bench.plan import tell
from bench.results import loop_seconds

SLOWEST = 1.2
"""A run counts at once where a loop before and one behind it took at most so many times the quickest one."""

TRIES = 3
WAIT_SECONDS = 90.0
LOOK_SECONDS = 5.0


class Pace:
    """Knows the quickest loop so far; `known` are those of earlier runs, 0 where it was not told."""

    def __init__(self, known: Iterable[float] = ()) -> None:
        self._quickest = min([loop_seconds() for _ in range(3)] + [each for each in known if each > 0])

    def is_usual(self, seconds: float) -> bool:
        """Tell whether a loop that took so long shows the processors at their usual pace."""
        return seconds <= SLOWEST * self._quickest

    def look(self) -> float:
        """Return what the loop takes now."""
        seconds = loop_seconds()
        self._quickest = min(seconds, self._quickest)
        return seconds

    def wait(self) -> float:
        """Return what the loop takes when the processors are at their pace, or at the end of the waiting."""
        deadline = time.monotonic() + WAIT_SECONDS
        seconds = self.look()
        if not self.is_usual(seconds):
            told = f"the processors are slow: {seconds} s for a loop of {self._quickest} s"
            tell(f"{told}; waiting for at most {WAIT_SECONDS:.0f} s")
        while not self.is_usual(seconds) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            seconds = self.look()
        return seconds

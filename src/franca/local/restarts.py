"""How often a worker was killed and put back, and how long to wait before the next time."""

import signal
from dataclasses import dataclass

PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
HEALTHY_SECONDS = 60.0


@dataclass(slots=True)
class Restarts:
    """One worker's: `count` in this run, `ended_by` the last signal, `due` when it may be put back."""

    count: int = 0
    ended_by: str = ""
    due: float = 0.0
    _in_a_row: int = 0

    def killed(self, number: int, now: float, lived_seconds: float) -> None:
        """Note which signal has ended it, and when it is put back."""
        self.ended_by = signal_name(number)
        self.due = now + self.pause(lived_seconds)

    def pause(self, lived_seconds: float) -> float:
        """Return how long to wait: not at all for a worker that was healthy, longer each time else."""
        if lived_seconds >= HEALTHY_SECONDS:
            self._in_a_row = 0
        self._in_a_row += 1
        return PAUSES_SECONDS[min(self._in_a_row, len(PAUSES_SECONDS)) - 1]


def signal_name(number: int) -> str:
    """Return a signal's name.

    >>> signal_name(9), signal_name(99)
    ('SIGKILL', 'signal 99')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

"""How much is measured, and how progress is told."""

import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Two sizes, so that start-up cancels out; how often; for how long at 1,000 records a second.

    So many rows are `remembered` where a memory of rows is rebuilt, so many `commits` made in a row.
    `installs` tells whether the rival may be fetched where it is not installed yet.
    """

    small: int = 100_000
    large: int = 400_000
    repetitions: int = 5
    latency_seconds: float = 15.0
    remembered: int = 5_000_000
    commits: int = 2_000
    installs: bool = True

    @property
    def sizes(self) -> tuple[int, int]:
        """Both sizes."""
        return self.small, self.large


SHORT = Plan(
    small=2_000,
    large=20_000,
    repetitions=1,
    latency_seconds=2.0,
    remembered=20_000,
    commits=40,
    installs=False,
)


def tell(text: str) -> None:
    """Say on standard error what is being done."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

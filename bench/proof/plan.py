"""How much the proof measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Two sizes of each workload, how often, and for how long freshness and standing cost are watched.

    `base` rows are in the tables that increments of `hour` and `day` changes are merged into; `cycle` changes
    are as many as lead to one fold. `judged` is the larger size where a start-up's noise would hide a ratio
    to reach. Freshness is watched behind `warm_seconds` at the same rate, and what stands, of so many `pairs`
    of tables, for `standing_seconds`, after which franca looks after its lake when nothing is said. `rates`,
    in changes a second, are offered to find the highest that is sustained.
    """

    small: int = 100_000
    large: int = 400_000
    judged: int = 3_000_000
    base: int = 5_000_000
    hour: int = 10_000
    hours: int = 24
    cycle: int = 1_000_000
    repetitions: int = 5
    watch_seconds: float = 30.0
    warm_seconds: float = 30.0
    standing_seconds: float = 300.0
    pairs: tuple[int, int] = (1, 8)
    rates: tuple[int, ...] = (2_000, 5_000, 10_000, 20_000, 30_000)
    installs: bool = True

    @property
    def day(self) -> int:
        """Changes of a day."""
        return self.hour * self.hours

    @property
    def sizes(self) -> tuple[int, int]:
        """Both sizes of what is appended."""
        return self.small, self.large

    @property
    def increments(self) -> tuple[int, int]:
        """Both sizes of what is merged."""
        return self.hour, self.day


SHORT = Plan(
    small=2_000,
    large=20_000,
    judged=20_000,
    base=20_000,
    hour=500,
    hours=4,
    cycle=10_000,
    repetitions=1,
    watch_seconds=2.0,
    warm_seconds=1.0,
    standing_seconds=2.0,
    installs=False,
)

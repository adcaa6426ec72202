"""What a running pipeline tells about itself: counts, lag, latency, trouble."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from franca.pipeline.drift import Drift, DriftWatch
from franca.types import Partition, Positions, Record, Tally

SAMPLES = 4_096
SAMPLES_A_BATCH = 16

State = Literal["starting", "running", "waiting", "paused", "stopped", "failed"]


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """One worker of one pipeline, as of now; counts are this run's, `restarts` how often it was killed.

    `lag` and `positions` are by `<topic>/<partition>`, for the partitions this worker reads. The latencies,
    from a record's timestamp to its being stored, are those of the last few thousand records sampled.
    `paused` says since when and by whom, where the pipeline is.
    `drift` is where the messages leave their tables' declarations.
    """

    pipeline: str
    worker: str = ""
    state: State = "starting"
    read: int = 0
    written: int = 0
    dead: int = 0
    lag: dict[str, int] = {}
    positions: dict[str, int] = {}
    last_error: str = ""
    read_per_second: float = 0.0
    p50_milliseconds: float = 0.0
    p99_milliseconds: float = 0.0
    time: float = 0.0
    restarts: int = 0
    paused: str = ""
    drift: list[Drift] = []


class Meter:
    """Counts what a worker does; cheap enough for every batch."""

    def __init__(self, pipeline: str, worker: str = "", watch: DriftWatch | None = None) -> None:
        self._watch = watch
        self.state: State = "starting"
        self.last_error = ""
        self.paused = ""
        self._pipeline = pipeline
        self._worker = worker
        self._tally = Tally()
        self._positions: dict[Partition, int] = {}
        self._latencies: deque[float] = deque(maxlen=SAMPLES)
        self._rate = 0.0
        self._read_before, self._time_before = 0, time.monotonic()

    @property
    def positions(self) -> Positions:
        """The positions stored by this run."""
        return self._positions

    def stored(self, records: Sequence[Record], positions: Positions, tally: Tally) -> None:
        """Count a batch that is durable now."""
        self._tally = Tally(*(old + new for old, new in zip(self._tally, tally, strict=True)))
        self._positions.update(positions)
        if self._watch is not None:
            self._watch.stored(records)
        now = time.time() * 1000
        stride = 1 + len(records) // SAMPLES_A_BATCH
        self._latencies.extend(
            now - record.timestamp for record in records[::stride] if record.timestamp >= 0
        )

    def progress(self, lag: Mapping[Partition, int]) -> Progress:
        """Return the picture as of now; the rate is that since the last picture."""
        now = time.monotonic()
        if now > self._time_before:
            self._rate = (self._tally.read - self._read_before) / (now - self._time_before)
            self._read_before, self._time_before = self._tally.read, now
        ordered = sorted(self._latencies)
        return Progress(
            self._pipeline,
            self._worker,
            self.state,
            *self._tally,
            {f"{p.topic}/{p.partition}": n for p, n in lag.items()},
            {f"{p.topic}/{p.partition}": self._positions[p] for p in lag if p in self._positions},
            self.last_error,
            self._rate,
            _quantile(ordered, 0.5),
            _quantile(ordered, 0.99),
            time.time(),
            paused=self.paused,
            drift=self._watch.found() if self._watch is not None else [],
        )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0

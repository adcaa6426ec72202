"""In-memory ends and a fixed clock; they keep the contracts of `Source` and `Sink` and pass their suites."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from franca.errors import UnavailableError
from franca.topics.control import Pause
from franca.types import Batch, Partition, Positions, Record, Stored

T = TypeVar("T")


class MemorySource:
    """A source of the given records, in batches of `batch_records`; more may be appended while it runs.

    While `is_held` says so it gives none.
    """

    def __init__(
        self,
        records: Iterable[Record] = (),
        batch_records: int = 1_000,
        is_held: Callable[[], bool] = lambda: False,
    ) -> None:
        self._logs: dict[Partition, list[Record]] = {}
        self._next: dict[Partition, int] = {}
        self._unplaced: set[Partition] = set()
        self._batch_records = batch_records
        self._is_held = is_held
        self.is_interrupted = False
        for record in records:
            self.append(record)

    def append(self, record: Record) -> None:
        """Add a record at the end of its partition; offsets must grow."""
        partition = Partition(record.topic, record.partition)
        log = self._logs.setdefault(partition, [])
        if log and log[-1].offset >= record.offset:
            raise ValueError(f"offset {record.offset} of {partition} does not follow {log[-1].offset}")
        log.append(record)
        if partition not in self._next:
            self._unplaced.add(partition)

    def open(self, stored: Stored) -> None:
        """Take note whom to ask where partitions go on."""
        self._stored = stored
        self._unplaced = set(self._logs)

    def read(self, drain: bool = False) -> Batch[Record]:  # noqa: ARG002 - memory never waits
        """Return what there is, at most `batch_records`; never waits."""
        if self._is_held():
            self.rewind()
            return Batch([])
        self._place()
        batch: Batch[Record] = Batch([])
        for partition, log in self._logs.items():
            start = self._next[partition]
            room = self._batch_records - len(batch.items)
            records = [record for record in log if record.offset >= start][:room]
            if records:
                batch.items += records
                batch.starts[partition] = start
                self._next[partition] = batch.positions[partition] = records[-1].offset + 1
        return batch

    def rewind(self) -> None:
        """Ask again for every partition."""
        self._unplaced = set(self._logs)

    def lag(self) -> dict[Partition, int]:
        """Return how many records were not read yet."""
        return {
            partition: sum(record.offset >= self._next.get(partition, 0) for record in log)
            for partition, log in self._logs.items()
        }

    def trouble(self) -> str:
        """Return nothing: memory is always there."""
        return ""

    keeps_place = False

    def interrupt(self) -> None:
        """Take note; reads never wait anyway."""
        self.is_interrupted = True

    def close(self) -> None:
        """Nothing to release."""

    def _place(self) -> None:
        stored = self._stored(sorted(self._unplaced))
        for partition in self._unplaced:
            self._next[partition] = stored.get(partition, self._logs[partition][0].offset)
        self._unplaced = set()


class MemoryStore(Generic[T]):
    """What memory sinks have stored; several may share one, as workers share a cluster."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self.positions: dict[Partition, int] = {}


class MemorySink(Generic[T]):
    """A sink that keeps items in a list. The next `outages` writes find it away."""

    def __init__(self, store: MemoryStore[T] | None = None, outages: int = 0) -> None:
        self.store = store if store is not None else MemoryStore()
        self.outages = outages

    @property
    def items(self) -> list[T]:
        """Everything stored, in order."""
        return self.store.items

    def open(self) -> None:
        """Nothing to connect."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return what is stored for these partitions."""
        stored = self.store.positions
        return {partition: stored[partition] for partition in partitions if partition in stored}

    def write(self, batch: Batch[T]) -> bool:
        """Keep items and positions, unless the batch does not follow what is stored."""
        if self.outages > 0:
            self.outages -= 1
            raise UnavailableError("memory", f"{self.outages + 1} more writes will find it away")
        stored = self.store.positions
        if any(stored.get(partition, start) != start for partition, start in batch.starts.items()):
            return False
        self.store.items += batch.items
        stored.update(batch.positions)
        return True

    def close(self) -> None:
        """Nothing to release."""


class MemoryControl:
    """A control that a test sets; `heeded` are the pauses that a worker said it heeds.

    `refusal` is why it may not say so.
    """

    def __init__(self) -> None:
        self.now: Pause | None = None
        self.refusal = ""
        self.heeded: list[Pause] = []

    def open(self) -> None:
        """Nothing to learn."""

    def settle(self, seconds: float = 0.0) -> None:
        """Nothing is said elsewhere."""

    def pause(self) -> Pause | None:
        """Return what was set."""
        return self.now

    def heed(self, pause: Pause) -> str:
        """Take note, unless it is refused."""
        if not self.refusal:
            self.heeded.append(pause)
        return self.refusal

    def close(self) -> None:
        """Nothing to release."""


class FixedClock:
    """A clock that stands still until it is moved; call it for the time."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Move it."""
        self.now += timedelta(seconds=seconds)

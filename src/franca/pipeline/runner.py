"""Runs one pipeline: read a batch, step, write, again. docs/architecture.md, "How a batch travels"."""

import gc
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeAlias, TypeVar

from franca.errors import FrancaError, UnavailableError
from franca.pipeline.control import SETTLE_SECONDS, Control, NoControl
from franca.pipeline.drift import DriftWatch
from franca.pipeline.progress import Meter, Progress, State
from franca.pipeline.stop import Stop
from franca.sinks.sink import Sink
from franca.sources.source import Source
from franca.topics.control import Pause
from franca.types import NOTHING, Batch, Partition, Positions, Record, Tally

log = logging.getLogger("franca.pipeline")

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0
REPORT_SECONDS = 0.5
CHECK_SECONDS = 0.3
LOOK_SECONDS = 0.5

T = TypeVar("T")
R = TypeVar("R")

Report: TypeAlias = Callable[[Progress], None]
Until: TypeAlias = Callable[[], "Positions | None"]
"""Says up to where a run goes; None while that is not known yet."""


class Memory(Protocol):
    """What a step remembers between batches, true to what is stored. See `row_memory/memory.py`."""

    def restore(self, partitions: Sequence[Partition]) -> None:
        """Learn what is remembered of these partitions, from now on assigned. Raises UnavailableError."""

    def keep(self) -> None:
        """Take over what the last batch changed: it is stored. Raises UnavailableError."""

    def drop(self) -> None:
        """Forget what the last batch changed: it was not stored, or nobody knows."""

    def close(self) -> None:
        """Release everything. May be called twice."""


@dataclass(frozen=True, slots=True)
class Pipeline(Generic[T]):
    """A source, a step and a sink, described and not yet running.

    A step is pure but for its `memory`.

    The step turns a batch of records into a batch of outputs with the same positions, starts and group, and
    counts them in its tally. A bad record is the step's business; it raises UnavailableError at most. `watch`
    sees what was stored, and notes where it is not as declared.
    """

    name: str
    source: Source
    step: Callable[[Batch[Record]], Batch[T]]
    sink: Sink[T]
    worker: str = ""
    memory: Memory | None = None
    control: Control = field(default_factory=NoControl)
    watch: DriftWatch | None = None


def pauses() -> Iterator[float]:
    """Yield growing pauses, each somewhere between its half and its whole, so that workers spread.

    >>> [round(pause) <= 15 for _, pause in zip(range(20), pauses())].count(True)
    20
    """
    seconds = FIRST_PAUSE_SECONDS
    while True:
        yield seconds * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret depends on it
        seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)


def run(
    pipeline: Pipeline[T],
    *,
    report: Report | None = None,
    stop: Stop | None = None,
    until: Until | None = None,
) -> Progress:
    """Run until stopped, or until the sink holds everything up to `until`; return the last picture.

    What was read when the stop came is still written. A service that is away is waited for. A paused pipeline
    that would run up to `until` ends at once, in the state "paused". Raises DefinitionError, and whatever a
    bug raises, after everything is closed.
    """
    worker = _Worker(pipeline, report or _unheard, stop or Stop(), until)
    try:
        worker.meter.state = worker.work()
    except BaseException as error:
        worker.meter.state = "failed"
        worker.meter.last_error = str(error) if isinstance(error, FrancaError) else _bug(error)
        raise
    finally:
        worker.tell(always=True)
        worker.close()
    return worker.meter.progress({})


class _Worker(Generic[T]):
    """The state of one run."""

    def __init__(self, pipeline: Pipeline[T], report: Report, stop: Stop, until: Until | None) -> None:
        self.meter = Meter(pipeline.name, pipeline.worker, pipeline.watch)
        self._pipeline = pipeline
        self._report = report
        self._stop = stop
        self._until = until
        self._told_at = 0.0
        self._checked_at = 0.0
        self._refusals = 0
        self._pause: Pause | None = None
        self._is_open = False
        self._unwritten = self._unheard = ""

    def work(self) -> State:
        """Work until there is a reason to end, and return the last state."""
        source, sink = self._pipeline.source, self._pipeline.sink
        self._patiently(self._pipeline.control.open)
        self._patiently(sink.open)
        self._patiently(lambda: source.open(self._placed))
        self._is_open = True
        self._stop.listen(source.interrupt)
        gc.freeze()  # what is loaded by now stays: looking through it again and again took 5 % of the time
        drain = self._until is not None
        while not self._stop.requested:
            self._heed()
            batch = self._patiently(lambda: source.read(drain))
            if batch is not None and batch.positions:
                self._store(batch)
            elif self._unwritten and batch is not None and not any(source.lag().values()):
                self._unwritten = ""  # others have written it
            self._notice(source.trouble() or self._unwritten or self._unheard)
            self.tell()
            has_read = batch is not None and bool(batch.items)
            batch = None  # the next one takes its memory
            if drain and not has_read:
                done = self._patiently(self._is_done)
                if done or (done is False and self._pause):
                    return "stopped" if done else "paused"
        return "stopped"

    def close(self) -> None:
        gc.unfreeze()
        pipeline = self._pipeline
        for end in (pipeline.source, pipeline.sink, pipeline.memory, pipeline.control):
            if end is None:
                continue
            try:
                end.close()
            except FrancaError as error:
                log.warning("%s: closing: %s", self._pipeline.name, error)

    def _placed(self, partitions: Sequence[Partition]) -> Positions:
        """Return where assigned partitions go on; what is remembered of them is learnt as of there."""
        positions = self._pipeline.sink.positions(partitions)
        if self._pipeline.memory is not None:
            self._pipeline.memory.restore(partitions)
        return positions

    def tell(self, *, always: bool = False) -> None:
        """Report, at most every half second."""
        now = time.monotonic()
        if always or now - self._told_at >= REPORT_SECONDS:
            self._told_at = now
            self._report(self.meter.progress(self._pipeline.source.lag()))

    def _heed(self) -> None:
        """Pause or go on, as the control says; nothing is in hand here."""
        if not self._pipeline.source.trouble():
            with suppress(UnavailableError):
                self._pipeline.control.settle(SETTLE_SECONDS)
        pause = self._pipeline.control.pause()
        if pause == self._pause:
            return
        self._pause, self.meter.paused = pause, str(pause or "")
        self.meter.state = self._state()
        log.info("%s: %s", self._pipeline.name, pause or "goes on")
        self._unheard = ""
        if pause is not None:
            self._unheard = self._patiently(lambda: self._pipeline.control.heed(pause)) or ""
        if self._unheard:
            self._notice(self._unheard)
        self.tell(always=True)

    def _state(self) -> State:
        return "paused" if self._pause else "running"

    def _store(self, batch: Batch[Record]) -> None:
        """Step and write; a batch that the sink refuses is read again from where the sink is."""
        output = self._patiently(lambda: self._pipeline.step(batch))
        if output is None:
            self._give_up()
            return
        if output.tally == NOTHING:
            output.tally = Tally(len(batch.items), len(output.items))
        written = self._patiently(lambda: self._write(output))
        if written:
            self._unwritten = ""
            if self._pipeline.memory is not None:
                self._patiently(self._pipeline.memory.keep)
            self._refusals = 0
            self.meter.stored(batch.items, output.positions, output.tally)
            return
        self._give_up()
        if written is not None:
            self._refusals += 1
            self._stop.wait(min(1.0, 0.01 * 2 ** min(self._refusals, 10)))

    def _write(self, output: Batch[T]) -> bool:
        """Write; what is in the way of that is not over before something is written."""
        try:
            return self._pipeline.sink.write(output)
        except UnavailableError as error:
            self._unwritten = str(error)
            raise

    def _give_up(self) -> None:
        """Have the batch in hand read again later: it was not stored, or nobody knows."""
        if self._pipeline.memory is not None:
            self._pipeline.memory.drop()
        self._pipeline.source.rewind()

    def _patiently(self, action: Callable[[], R]) -> R | None:
        """Do it, however long a service is away; None where the stop or a pause came first."""
        for seconds in pauses():
            try:
                result = action()
            except UnavailableError as error:
                self.meter.state = "waiting"
                self._notice(str(error))
                self.tell()
                if self._wait(seconds):
                    return None
            else:
                self.meter.state = self._state()
                return result
        raise AssertionError

    def _wait(self, seconds: float) -> bool:
        """Wait at most so long; True where a stop came, or the pipeline was paused or told to go on."""
        deadline = time.monotonic() + seconds
        while (rest := deadline - time.monotonic()) > 0:
            if self._stop.wait(min(rest, LOOK_SECONDS)):
                return True
            if self._is_open and self._pipeline.control.pause() != self._pause:
                return True
        return False

    def _notice(self, trouble: str) -> None:
        """Say once what is wrong, however its words change, and once that it is over."""
        before, self.meter.last_error = self.meter.last_error, trouble
        if trouble and not _is_same(trouble, before):
            log.warning("%s: %s", self._pipeline.name, trouble)
        elif before and not trouble:
            log.warning("%s: going on, after: %s", self._pipeline.name, before)

    def _is_done(self) -> bool | None:
        """Tell whether the sink holds everything up to the target, whichever worker stored it.

        None where it is not known, or not the time to ask.
        """
        now = time.monotonic()
        target = self._until() if self._until and now - self._checked_at >= CHECK_SECONDS else None
        if target is None:
            return None
        self._checked_at = now
        open_ends = [p for p, end in target.items() if self.meter.positions.get(p, 0) < end]
        stored = self._pipeline.sink.positions(open_ends) if open_ends else {}
        return all(stored.get(p, 0) >= target[p] for p in open_ends)


def _is_same(trouble: str, before: str) -> bool:
    """Tell whether it is the same trouble: of a service that is away the reasons vary."""
    service, away, _ = trouble.partition(" is unavailable: ")
    return trouble == before or bool(away and before.startswith(service + away))


def _bug(error: BaseException) -> str:
    """Return what is told of a bug everywhere but in the log: what it says may be a row's value."""
    return f"{type(error).__name__}, a bug in franca: the worker's log has its trace"


def _unheard(_progress: Progress) -> None:
    """Report to nobody."""

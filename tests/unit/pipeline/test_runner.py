"""The loop: what is read is stored, whatever happens in between."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from franca.errors import DefinitionError, UnavailableError
from franca.pipeline.progress import Progress
from franca.pipeline.runner import Pipeline, run
from franca.pipeline.stop import Stop
from franca.testing.memory import MemoryControl, MemorySink, MemorySource, MemoryStore
from franca.topics.control import Pause
from franca.types import Batch, Partition, Positions, Record, Tally

PLACE = Partition("raw.crm.cust", 0)


def records(number: int) -> list[Record]:
    """Return numbered records of one partition."""
    return [Record("raw.crm.cust", 0, offset, 0, None, b"%d" % offset) for offset in range(number)]


def values(batch: Batch[Record]) -> Batch[bytes | None]:
    """Step: keep the value."""
    return Batch([r.value for r in batch.items], batch.positions, batch.starts, batch.group)


def until(end: int) -> Positions:
    """Return the target of a run."""
    return {PLACE: end}


def test_a_run_stores_everything_up_to_its_target() -> None:
    """`until` ends the run as soon as the sink holds everything."""
    sink: MemorySink[bytes | None] = MemorySink()
    source = MemorySource(records(25), batch_records=10)
    last = run(Pipeline("copy", source, values, sink), until=lambda: until(25))
    assert sink.items == [b"%d" % n for n in range(25)]
    assert (last.state, last.read, last.written) == ("stopped", 25, 25)


def test_a_service_that_is_away_is_waited_for_and_said_once() -> None:
    """The same batch is written when the service is back; nothing is lost or doubled."""
    sink: MemorySink[bytes | None] = MemorySink(outages=2)
    pictures: list[Progress] = []
    source = MemorySource(records(5))
    run(Pipeline("copy", source, values, sink), report=pictures.append, until=lambda: until(5))
    assert sink.items == [b"%d" % n for n in range(5)]
    assert "memory is unavailable" in pictures[0].last_error
    assert pictures[-1].last_error == ""


class Stuck(MemorySink[bytes | None]):
    """A sink that is away, that refuses after each time it was away, and that others may write to."""

    def __init__(self, times: int, *, others: bool = False) -> None:
        super().__init__()
        self.times, self.others = 2 * times, others

    def write(self, batch: Batch[bytes | None]) -> bool:
        """Be away, or refuse, until it was so often enough."""
        self.times -= 1
        if self.times < 0:
            return super().write(batch)
        if self.times % 2:
            raise UnavailableError("memory", f"{self.times} more")
        if self.others and self.times == 0:
            self.store.positions.update(batch.positions)
        return False


@pytest.mark.parametrize("others", [False, True])
def test_what_is_in_the_way_of_writing_is_over_when_it_is_written(
    caplog: pytest.LogCaptureFixture, *, others: bool
) -> None:
    """Not when the sink begins anew, which it may do again and again; by whom it is written is the same."""
    pictures: list[Progress] = []
    source = MemorySource(records(5))
    run(
        Pipeline("copy", source, values, Stuck(3, others=others)),
        report=pictures.append,
        until=lambda: until(5),
    )
    assert [record.getMessage() for record in caplog.records] == [
        "copy: memory is unavailable: 5 more",
        "copy: going on, after: memory is unavailable: 1 more",
    ]
    assert pictures[-1].last_error == ""


def test_a_refused_batch_is_read_again_from_where_the_sink_is() -> None:
    """Another worker moved on: what it stored is not stored again."""
    store: MemoryStore[bytes | None] = MemoryStore()
    moved: list[bool] = []

    def step(batch: Batch[Record]) -> Batch[bytes | None]:
        if not moved:
            store.items.append(b"0")
            store.positions[PLACE] = 1
            moved.append(True)
        return values(batch)

    run(Pipeline("copy", MemorySource(records(4)), step, MemorySink(store)), until=lambda: until(4))
    assert store.items == [b"0", b"1", b"2", b"3"]


def test_a_stop_stores_what_was_read_and_interrupts_the_source() -> None:
    """The batch in hand is still written; then everything is closed."""
    stop, source, sink = Stop(), MemorySource(records(3)), MemorySink[bytes | None]()

    def step(batch: Batch[Record]) -> Batch[bytes | None]:
        stop.request()
        return values(batch)

    last = run(Pipeline("copy", source, step, sink), stop=stop)
    assert len(sink.items) == 3
    assert source.is_interrupted
    assert last.state == "stopped"


def test_a_stop_ends_the_waiting_for_a_service() -> None:
    """Whoever stops franca need not wait until the service is back."""
    stop, sink = Stop(), MemorySink[bytes | None](outages=1_000_000)
    pictures: list[Progress] = []

    def report(progress: Progress) -> None:
        pictures.append(progress)
        if progress.state == "waiting":
            stop.request()

    run(Pipeline("copy", MemorySource(records(3)), values, sink), report=report, stop=stop)
    assert sink.items == []
    assert pictures[-1].state == "stopped"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DefinitionError.one("crm", "wrong"), "crm: wrong"),
        (ValueError("'Ada Lovelace'"), "ValueError, a bug in franca: the worker's log has its trace"),
    ],
)
def test_what_waiting_cannot_cure_stops_the_run(error: Exception, told: str) -> None:
    """Definition errors and bugs end the run; the last picture says so, without what a bug quotes."""
    pictures: list[Progress] = []

    def step(batch: Batch[Record]) -> Batch[bytes | None]:
        raise error

    sink: MemorySink[bytes | None] = MemorySink()
    with pytest.raises(type(error)):
        run(Pipeline("copy", MemorySource(records(3)), step, sink), report=pictures.append)
    assert pictures[-1].state == "failed"
    assert pictures[-1].last_error == told


def test_a_step_that_finds_a_service_away_is_waited_for_too() -> None:
    """The step is called again with the same batch."""
    calls: list[int] = []

    def step(batch: Batch[Record]) -> Batch[bytes | None]:
        calls.append(len(batch.items))
        if len(calls) == 1:
            raise UnavailableError("lookup", "away")
        return values(batch)

    sink: MemorySink[bytes | None] = MemorySink()
    run(Pipeline("copy", MemorySource(records(3)), step, sink), until=lambda: until(3))
    assert calls == [3, 3]


def test_the_tally_is_the_step_s_where_it_gives_one() -> None:
    """Dead letters among the outputs are counted as dead, not as written."""

    def step(batch: Batch[Record]) -> Batch[bytes | None]:
        output = values(batch)
        output.tally = Tally(len(batch.items), len(batch.items) - 1, 1)
        return output

    sink: MemorySink[bytes | None] = MemorySink()
    last = run(Pipeline("copy", MemorySource(records(5)), step, sink), until=lambda: until(5))
    assert (last.read, last.written, last.dead) == (5, 4, 1)


def test_a_target_that_another_worker_reached_ends_the_run() -> None:
    """A worker without a share asks the sink what the others have stored."""

    class Others(MemorySink[bytes | None]):
        def positions(self, partitions: Sequence[Partition]) -> Positions:
            return dict.fromkeys(partitions, 9)

    last = run(Pipeline("copy", MemorySource(), values, Others()), until=lambda: until(9))
    assert (last.state, last.read) == ("stopped", 0)


PAUSE = Pause("a1", datetime(2026, 11, 27, 10, 0, tzinfo=UTC), "ada@desk")


class Paused:
    """A pipeline of five records that is paused from the start; the first picture of a pause resumes it."""

    def __init__(self, outages: int = 0) -> None:
        self.control, self.sink = MemoryControl(), MemorySink[bytes | None](outages=outages)
        self.control.now = PAUSE
        source = MemorySource(records(5), is_held=lambda: self.control.now is not None)
        self.pipeline = Pipeline("copy", source, values, self.sink, control=self.control)
        self.pictures: list[Progress] = []

    def report(self, picture: Progress) -> None:
        """Let it go on once it says that it is paused."""
        self.pictures.append(picture)
        if picture.state == "paused":
            self.control.now = None


def test_a_paused_pipeline_stores_nothing_until_it_goes_on() -> None:
    """It says since when and by whom, tells that it heeds the pause, and loses nothing."""
    paused = Paused()

    last = run(
        paused.pipeline, report=paused.report, until=lambda: until(5) if not paused.control.now else None
    )

    told = [picture for picture in paused.pictures if picture.state == "paused"]
    assert [(p.read, p.paused) for p in told] == [(0, str(PAUSE))]
    assert paused.control.heeded == [PAUSE]
    assert (last.state, last.paused, last.read) == ("stopped", "", 5)


def test_a_pause_holds_where_the_worker_may_not_say_so() -> None:
    """It says what it lacks for as long as it is paused, and then goes on."""
    paused = Paused()
    paused.control.refusal = "may not write"

    def report(picture: Progress) -> None:
        paused.pictures.append(picture)
        if picture.last_error:
            paused.control.now = None

    last = run(paused.pipeline, report=report, until=lambda: until(5) if not paused.control.now else None)

    told = [picture.state for picture in paused.pictures if picture.last_error == "may not write"]
    assert told[0] == "paused"
    assert (last.state, last.last_error, last.read) == ("stopped", "", 5)


def test_a_run_to_a_target_ends_where_it_is_paused() -> None:
    """Nobody waits for ever for what does nothing; what is paused behind its target says so."""
    paused = Paused()
    last = run(paused.pipeline, until=lambda: until(5))
    assert (last.state, last.paused, last.read) == ("paused", str(PAUSE), 0)


def test_a_paused_pipeline_that_has_reached_its_target_is_through() -> None:
    """There is nothing that the pause keeps from it."""
    paused = Paused()
    paused.sink.store.positions[PLACE] = 5
    last = run(paused.pipeline, until=lambda: until(5))
    assert last.state == "stopped"


def test_a_pause_ends_the_waiting_for_a_service() -> None:
    """The batch in hand is given up and read again: whoever moves positions need not wait for a store."""
    paused = Paused(outages=1_000_000)
    paused.control.now = None

    def report(picture: Progress) -> None:
        paused.report(picture)
        if picture.state == "waiting":
            paused.control.now, paused.sink.outages = PAUSE, 0

    last = run(paused.pipeline, report=report, until=lambda: until(5) if paused.control.heeded else None)

    assert [picture.state for picture in paused.pictures].count("paused") == 1
    assert paused.control.heeded == [PAUSE]
    assert paused.sink.items == [b"%d" % n for n in range(5)]
    assert last.state == "stopped"

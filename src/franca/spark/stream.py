"""Structured Streaming from the entities' topics: each query begins where the store is, and never elsewhere.

What Spark notes itself of a query is forgotten with it. So there is one truth, in the same commit as the
rows, and whoever writes next, Spark or Python, goes on there. docs/decisions/spark-stream.md has the reasons.
"""

import json
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka.admin import AdminClient

from franca.errors import FrancaError, UnavailableError
from franca.pipeline.control import SETTLE_SECONDS, Control, NoControl
from franca.pipeline.runner import pauses
from franca.pipeline.stop import Stop
from franca.sources.lost import require_kept
from franca.spark.destination import Asked, Destination
from franca.spark.kafka_options import kafka_options
from franca.spark.records import COLUMNS
from franca.spark.translation import gone, translated_error
from franca.topics.admin import beginnings, committed_ends
from franca.topics.cluster import Cluster, topic_ids
from franca.topics.control import Pause
from franca.types import Partition, Positions, Tally

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

LOOK_SECONDS = 0.2
OTHERS = "others write the same tables: beginning again where they are"


@dataclass(frozen=True)
class StreamSettings:
    """What to read, and how much at a time.

    A micro-batch takes up to `most_records`, and another begins `seconds` after it did. `kafka` are options
    of Java's client. A query that is to catch up ends when all is stored that was there when it began. One
    that is to end waits `end_seconds` for the micro-batch in hand, and gives it up then.
    """

    cluster: Cluster
    topics: tuple[str, ...]
    seconds: float = 1.0
    most_records: int = 1_000_000
    until_caught_up: bool = False
    skip_lost: bool = False
    end_seconds: float = 60.0
    kafka: Mapping[str, str] = field(default_factory=dict)


class MovedError(Exception):
    """Another writer moved the positions: the query begins again where the store is now."""


class EventStream:
    """One stream into one destination. `tell` hears how many records are done, and in words what keeps it."""

    def __init__(
        self,
        session: "SparkSession",
        settings: StreamSettings,
        destination: Destination,
        control: Control | None = None,
        tell: Callable[[int, str], None] = lambda _records, _trouble: None,
    ) -> None:
        self._session = session
        self._settings = settings
        self._destination = destination
        self._control = control or NoControl()
        self._tell = tell
        self._pauses = pauses()
        self._heeded = ""
        self._admin: AdminClient | None = None
        self._query = _Query({}, {})
        self.tallies: dict[str, Tally] = dict.fromkeys(settings.topics, Tally())

    def run(self, stop: Stop | None = None) -> str:
        """Run until stopped, or caught up; return "stopped", "caught up" or "paused".

        A service that is away is waited for, unless the stream is to catch up and a pause came. Raises
        DefinitionError, and whatever a bug raises.
        """
        stop = stop or Stop()
        is_open = False
        try:
            while not stop.requested:
                try:
                    if not is_open:
                        self._control.open()
                        self._destination.open()
                        is_open = True
                    if self._is_held(stop):
                        if self._settings.until_caught_up:
                            return "paused"
                    elif self._stream(stop):
                        return "caught up"
                except MovedError as error:
                    self._tell(0, str(error))
                    stop.wait(next(self._pauses))
                except UnavailableError as error:
                    self._tell(0, str(error))
                    stop.wait(next(self._pauses))
            return "stopped"
        finally:
            self._destination.close()
            self._control.close()

    def _is_held(self, stop: Stop) -> bool:
        """Heed a pause, with nothing in hand, and wait a moment of it."""
        pause = self._paused()
        if pause is None:
            return False
        if self._heeded != pause.id:
            self._tell(0, self._control.heed(pause) or str(pause))
            self._heeded = pause.id
        stop.wait(LOOK_SECONDS)
        return True

    def _paused(self) -> Pause | None:
        with suppress(UnavailableError):
            self._control.settle(SETTLE_SECONDS)
        return self._control.pause()

    def _stream(self, stop: Stop) -> bool:
        """Run a query from where the store is; True where everything is stored that was there."""
        held = self._look()
        starts = dict(self._destination.positions(list(held)))
        begins = {p: self._begin(p, starts.get(p), held[p]) for p in held}
        last = {p: high for p, (_, high) in held.items()}
        lost = {p: begins[p] for p, start in starts.items() if begins[p] > start}
        if not self._destination.settle(lost, starts, lost=True):
            raise MovedError(OTHERS)
        starts |= lost
        if not (self._settings.until_caught_up and self._are_at(last, begins)):
            self._query = _Query({p.topic: p.topic_id for p in held}, starts)
            if not self._follow(self._start(begins), stop, last):
                return False
            starts = self._query.positions
        behind = {p: end for p, end in last.items() if starts.get(p, held[p][0]) < end}
        if not self._destination.settle(behind, starts):
            raise MovedError(OTHERS)
        return True

    def _look(self) -> dict[Partition, tuple[int, int]]:
        """Return what each partition of the topics holds: its first offset, the end of what is committed."""
        topics, admin = self._settings.topics, self._settings.cluster.admin()
        low, high = beginnings(admin, topics), committed_ends(admin, topics)
        missing = set(topics) - {partition.topic for partition in high}
        if missing:
            names = ", ".join(map(repr, sorted(missing)))
            raise UnavailableError("kafka", f"no such topic: {names}", "create it with `franca topics`")
        return {p: (low.get(p, 0), end) for p, end in high.items()}

    def _begin(self, partition: Partition, stored: int | None, held: tuple[int, int]) -> int:
        """Return where to begin. Raises DefinitionError where records are gone that were never read."""
        if stored is None:
            return held[0]
        name, skip_lost = self._destination.name, self._settings.skip_lost
        require_kept(partition, stored, held, name, skip_lost=skip_lost)
        return max(stored, held[0])

    def _are_at(self, ends: Positions, begins: Positions) -> bool:
        return all(begins[p] >= end for p, end in ends.items())

    def _start(self, begins: Positions) -> "StreamingQuery":
        """Start the query. Raises UnavailableError."""
        settings = self._settings
        options = {
            **kafka_options(settings.cluster, settings.kafka),
            "subscribe": ",".join(settings.topics),
            "startingOffsets": _offsets(begins),
            "maxOffsetsPerTrigger": str(settings.most_records),
            "includeHeaders": "true",
            "failOnDataLoss": "true",
        }
        messages = self._session.readStream.format("kafka").options(**options).load().selectExpr(*COLUMNS)
        this = weakref.ref(self)  # Spark never lets go of what it calls

        def store(frame: "DataFrame", _number: int) -> None:
            stream = this()
            if stream is not None:
                stream._store(frame)

        writer = messages.writeStream.foreachBatch(store)
        if settings.until_caught_up:
            return writer.trigger(availableNow=True).start()
        return writer.trigger(processingTime=f"{int(settings.seconds * 1000)} milliseconds").start()

    def _follow(self, query: "StreamingQuery", stop: Stop, last: Positions) -> bool:
        """Wait for the query's end, or end it where a stop or a pause comes; nothing is in hand then.

        True where it ended by itself and has read all before `last`. Spark by itself would break off a
        micro-batch, and say so in pages.
        """
        is_whole = False
        try:
            while query.isActive and not self._query.is_over:
                if stop.wait(LOOK_SECONDS) or self._paused():
                    break
            is_whole = not query.isActive and _has_read(query, last)
        finally:
            self._query.end(self._settings.end_seconds)
            with suppress(*gone()):  # what the query was doing has told so
                query.stop()
            with self._query.busy:
                pass
        is_ours = stop.requested or self._query.is_given_up
        failure = self._query.failure or (None if is_ours else query.exception())
        if failure is not None:
            raise translated_error(failure) from failure
        return is_whole

    def _store(self, frame: "DataFrame") -> None:
        """Store a micro-batch: called by Spark, from a thread of its own.

        Spark hears of bugs alone, and ends the query by them with a trace: of what franca tells itself there
        would be a second one. What Spark then takes for stored it forgets with the query.
        """
        query = self._query
        with query.busy:
            if query.is_over:
                return
            try:
                self._stored(frame, query)
            except Exception as error:
                if query.is_given_up:
                    return
                query.failure = error
                if not isinstance(error, (FrancaError, MovedError)):
                    raise
                query.is_over = True

    def _stored(self, frame: "DataFrame", query: "_Query") -> None:
        parallel = self._session.sparkContext.defaultParallelism
        asked = Asked(query.topics, query.positions, self._confirm)
        found = self._destination.store(frame.coalesce(parallel), asked)
        if found is None:
            raise MovedError(OTHERS)
        query.positions.update(found.positions)
        for place, tally in found.counts.items():
            known = self.tallies[place.topic]
            self.tallies[place.topic] = Tally(*map(sum, zip(known, tally, strict=True)))
        self._pauses = pauses()
        self._tell(sum(tally.read for tally in self.tallies.values()), "")

    def _confirm(self) -> None:
        if self._admin is None:
            self._admin = self._settings.cluster.admin()
        try:
            found = topic_ids(self._admin, self._query.topics)
        except UnavailableError:
            self._admin = None  # a client that saw an outage may never recover
            raise
        if found != self._query.topics:
            raise MovedError("a topic was made anew: beginning it again")


@dataclass
class _Query:
    """What a query knows: the ids of its topics, and where the store is by now."""

    topics: dict[str, str]
    positions: dict[Partition, int]
    is_over: bool = False
    is_given_up: bool = False
    failure: Exception | None = None
    busy: threading.Lock = field(default_factory=threading.Lock)

    def end(self, seconds: float) -> None:
        """Let no micro-batch begin any more, and wait for the one in hand, or give it up."""
        self.is_over = True
        if self.busy.acquire(timeout=seconds):
            self.busy.release()
        else:
            self.is_given_up = True


def _has_read(query: "StreamingQuery", last: Positions) -> bool:
    """Tell whether the query has read to these ends: it ends also where somebody stops it, or its cluster.

    By Spark's own account, in which what is no record counts: what the lines of PySpark make of it differs.
    """
    progress = query._jsq.lastProgress()
    read = json.loads(progress.json())["sources"][0]["endOffset"] if progress is not None else {}
    return all(read.get(p.topic, {}).get(str(p.partition), 0) >= end for p, end in last.items())


def _offsets(begins: Positions) -> str:
    found: dict[str, dict[str, int]] = {}
    for partition, offset in begins.items():
        found.setdefault(partition.topic, {})[str(partition.partition)] = offset
    return json.dumps(found)

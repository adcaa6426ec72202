"""Replays dead letters: what their records give now is published, each letter's end in the same transaction.

An event never comes behind a newer one of its key: it is left out, and its letter ends all the same.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from franca.config.telling import Tell, untold
from franca.errors import RecordError, UnavailableError
from franca.operations.letters.again import Again, Gives
from franca.operations.letters.spool import Place, Spool
from franca.operations.letters.turns import CHUNK_BYTES, Planner, Try, Turn
from franca.pipeline.runner import pauses
from franca.sinks.sink import Sink
from franca.sources.newest import Key, Newest, Rank, marks
from franca.topics.admin import message_limits
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter, message_of, read_dead_letter
from franca.types import Batch, Message

CHUNK = 2_000
"""How many letters go into one transaction; fewer where others write the same keys meanwhile."""

TRIES = 6
"""How often in a row nothing could be written, before it is told."""

FIRST_PAUSES = 2
"""So many of the usual pauses are left out: another replay needs a moment to be done."""


@dataclass(slots=True)
class Replayed:
    """What became of the letters: how many left the list, the messages they gave, and who failed why.

    `overtaken` events were left out, because a newer one of their key stands on the topic.
    """

    replayed: int = 0
    messages: int = 0
    overtaken: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def add(self, turns: Sequence[Turn]) -> None:
        """Count some turns."""
        for turn in turns:
            if turn.failure:
                self.failed.append((turn.letter.id, turn.failure))
                continue
            self.replayed += 1
            self.messages += len(turn.messages) - 1
            self.overtaken += turn.overtaken

    @property
    def count(self) -> int:
        """How many letters had their turn."""
        return self.replayed + len(self.failed)


class Aged(NamedTuple):
    """A letter laid aside: the rank of its oldest event, and where it lies."""

    age: Rank
    place: Place


class Replay:
    """One replay of the letters that `read` gives; they lie on disk meanwhile, whatever their size."""

    def __init__(
        self,
        cluster: Cluster,
        again: Again,
        read: Callable[[], Iterable[DeadLetter]],
        tell: Tell = untold,
    ) -> None:
        self._cluster = cluster
        self._again = again
        self._read = read
        self._tell = tell
        self._newest: Newest | None = None
        self._slice: Sequence[Message] = ()
        self._chunk = CHUNK
        self._overtaken = False
        self._result = Replayed()

    def rehearse(self) -> Replayed:
        """Return what would become of the letters. Raises UnavailableError, DefinitionError."""
        self._result = Replayed()
        with closing(Spool()) as spool:
            aged, planner = self._prepare(spool)
            for first in range(0, len(aged), CHUNK):
                tries = self._tries(spool, aged[first : first + CHUNK])
                self._result.add([planner.turn(*each) for each in tries])
                self._tell("trying letters", self._result.count, len(aged))
        return self._result

    def publish(self, sink: Sink[Message], tries: int = TRIES) -> Replayed:
        """Publish what succeeds, and of what fails why and how often; return what became of the letters.

        The sink is opened before the letters are read, so that whoever else replays can't write any more.
        Where it answers False, somebody wrote meanwhile: all is read again, and nothing is doubled. Raises
        UnavailableError where that goes on, DefinitionError, and WriteError for what Kafka refuses.
        """
        self._result = Replayed()
        left = tries
        while left:
            if left < tries and not self._overtaken:
                time.sleep(next(islice(pauses(), FIRST_PAUSES + tries - left, None)))
            before = self._result.count
            if self._attempt(sink):
                return self._result
            left = tries if self._result.count > before else left - 1
        reason = f"others wrote the same keys, or replayed, {tries} times in between"
        raise UnavailableError(
            "kafka", reason, "see `franca dead-letters list`; try again when they are done"
        )

    def confirm(self) -> bool:
        """Return whether what stands on the topics, not committed yet, came behind nothing newer."""
        self._overtaken = self._newest is not None and self._newest.is_behind(self._slice)
        return not self._overtaken

    def _attempt(self, sink: Sink[Message]) -> bool:
        """Write part by part, and count what is done; False where the sink said no."""
        self._overtaken = False
        sink.open()
        try:
            with closing(Spool()) as spool:
                return self._write(sink, spool)
        finally:
            sink.close()

    def _write(self, sink: Sink[Message], spool: Spool) -> bool:
        aged, planner = self._prepare(spool)
        total = self._result.count + len(aged)
        while aged:
            turns = planner.turns(self._tries(spool, aged[: self._chunk]), self._chunk)
            aged = aged[len(turns) :]
            self._slice = [message for turn in turns for message in turn.messages]
            if not sink.write(Batch(self._again.form.written(self._slice))):
                self._chunk = max(1, self._chunk // 8)
                return False
            self._chunk = min(CHUNK, 2 * self._chunk)
            self._result.add(turns)
            self._tell("replaying letters", self._result.count, total)
            if aged and self._newest is not None:
                self._newest.look()
        return True

    def _prepare(self, spool: Spool) -> tuple[list[Aged], Planner]:
        """Lay the letters aside; the oldest event goes first, because letters come in no order.

        Those that failed in this replay already are left out: they were tried.
        """
        failed = {name for name, _ in self._result.failed}
        aged: list[Aged] = []
        keys: set[Key] = set()
        topics: set[str] = set()
        for letter in self._read():
            if letter.id in failed:
                continue
            each = Try(letter, self._try(letter))
            topic, _, value = message_of(letter)
            aged.append(Aged(each.age, spool.add(value or b"")))
            topics.add(topic)
            if isinstance(each.gives, Gives):
                keys |= {key for key, _ in marks(each.gives.messages)}
            if len(aged) % CHUNK == 0:
                self._tell("mapping letters", len(aged), 0)
        aged.sort(key=lambda each: each.age)
        limits = message_limits(self._cluster.admin(), {topic for topic, _ in keys} | topics)
        self._newest = Newest(self._cluster, keys, opened=self._again.form.opened)
        self._newest.look()
        return aged, Planner(limits, self._newest.ranks)

    def _tries(self, spool: Spool, aged: Iterable[Aged]) -> list[Try]:
        """Take some letters up again, as many as go together, and map them."""
        tries: list[Try] = []
        size = 0
        for each in aged:
            letter = read_dead_letter(spool.take(each.place))
            tries.append(Try(letter, self._try(letter)))
            size += each.place.size
            if size >= CHUNK_BYTES:
                break
        return tries

    def _try(self, letter: DeadLetter) -> Gives | RecordError:
        try:
            return self._again.gives(letter)
        except RecordError as error:
            return error

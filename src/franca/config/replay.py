"""Replays dead letters: what their records give now is published, each letter's end in the same transaction.

An event never comes behind a newer one of its key: it is left out, and its letter ends all the same.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from franca.config.again import Again, Gives
from franca.config.turns import Planner, Try, Turn
from franca.errors import RecordError, UnavailableError
from franca.pipeline.runner import pauses
from franca.sinks.sink import Sink
from franca.sources.newest import Newest, marks
from franca.topics.admin import message_limits
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter
from franca.topics.names import dead_letter_topic
from franca.types import Batch, Message

CHUNK = 500
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


class Replay:
    """One replay of the letters that `read` gives."""

    def __init__(self, cluster: Cluster, again: Again, read: Callable[[], Sequence[DeadLetter]]) -> None:
        self._cluster = cluster
        self._again = again
        self._read = read
        self._newest: Newest | None = None
        self._slice: Sequence[Message] = ()
        self._chunk = CHUNK
        self._overtaken = False

    def rehearse(self) -> Replayed:
        """Return what would become of the letters. Raises UnavailableError, DefinitionError."""
        tries, planner = self._prepare()
        return _told([planner.turn(*each) for each in tries])

    def publish(self, sink: Sink[Message], tries: int = TRIES) -> Replayed:
        """Publish what succeeds, and the reasons that are new; return what became of the letters.

        The sink is opened before the letters are read, so that whoever else replays can't write any more.
        Where it answers False, somebody wrote meanwhile: all is read again, and nothing is doubled. Raises
        UnavailableError where that goes on, DefinitionError, and WriteError for what Kafka refuses.
        """
        done: list[Turn] = []
        left = tries
        while left:
            if left < tries and not self._overtaken:
                time.sleep(next(islice(pauses(), FIRST_PAUSES + tries - left, None)))
            before = len(done)
            failed = self._attempt(sink, done)
            if failed is not None:
                return _told([*done, *failed])
            left = tries if len(done) > before else left - 1
        reason = f"others wrote the same keys, or replayed, {tries} times in between"
        raise UnavailableError(
            "kafka", reason, "see `franca dead-letters list`; try again when they are done"
        )

    def confirm(self) -> bool:
        """Return whether what stands on the topics, not committed yet, came behind nothing newer."""
        self._overtaken = self._newest is not None and self._newest.is_behind(self._slice)
        return not self._overtaken

    def _attempt(self, sink: Sink[Message], done: list[Turn]) -> list[Turn] | None:
        """Write part by part, and note what is done; return what failed, None where the sink said no."""
        self._overtaken = False
        sink.open()
        try:
            tries, planner = self._prepare()
            failed: list[Turn] = []
            while tries:
                turns = planner.turns(tries, self._chunk)
                tries = tries[len(turns) :]
                self._slice = [message for turn in turns for message in turn.messages]
                if self._slice and not sink.write(Batch(self._again.written(self._slice))):
                    self._chunk = max(1, self._chunk // 8)
                    return None
                self._chunk = min(CHUNK, 2 * self._chunk)
                done += [turn for turn in turns if not turn.failure]
                failed += [turn for turn in turns if turn.failure]
                if tries and self._newest is not None:
                    self._newest.look()
            return failed
        finally:
            sink.close()

    def _prepare(self) -> tuple[list[Try], Planner]:
        """Map the letters again; the oldest event goes first, because letters come in no order."""
        tries = sorted((Try(letter, self._try(letter)) for letter in self._read()), key=lambda each: each.age)
        events = [message for _, gives in tries if isinstance(gives, Gives) for message in gives.messages]
        letters = {dead_letter_topic(letter.application) for letter, _ in tries}
        limits = message_limits(self._cluster.admin(), {topic for topic, _, _ in events} | letters)
        self._newest = Newest(self._cluster, {key for key, _ in marks(events)}, self._again.opened)
        self._newest.look()
        return tries, Planner(limits, self._newest.ranks)

    def _try(self, letter: DeadLetter) -> Gives | RecordError:
        try:
            return self._again.gives(letter)
        except RecordError as error:
            return error


def _told(turns: Sequence[Turn]) -> Replayed:
    good = [turn for turn in turns if not turn.failure]
    return Replayed(
        replayed=len(good),
        messages=sum(len(turn.messages) - 1 for turn in good),
        overtaken=sum(turn.overtaken for turn in good),
        failed=[(turn.letter.id, turn.failure) for turn in turns if turn.failure],
    )

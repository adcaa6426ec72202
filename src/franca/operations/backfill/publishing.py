"""Brings a snapshot's events onto their entities' topics: each that is newer than what stands there, once.

What stands tells what is done: whoever begins again after a kill compares again. Nothing comes behind a newer
event of its key, whoever else writes, since a compacted topic keeps the last one.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing

from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.config.schema_registry import TopicForm
from franca.config.telling import Tell
from franca.errors import RecordError, WriteError
from franca.lake.states import States
from franca.operations.backfill.mapped import Mapped, RowMapping
from franca.operations.backfill.piece import Piece
from franca.operations.past.standing import read_standing
from franca.operations.past.verdict import PUBLISHED, verdict
from franca.operations.replaying.careful import Careful, chunks
from franca.operations.replaying.sole import alone
from franca.sinks.kafka import ENVELOPE_BYTES
from franca.topics.admin import message_limits
from franca.topics.dead_letter import dead_letter
from franca.topics.event_mark import read_mark
from franca.topics.names import dead_letter_topic
from franca.types import Message, Record


class Publishing:
    """One snapshot on its way to the topics of its entities. Needs `close`."""

    def __init__(self, project: Project, places: Endpoints, application: str, mapping: RowMapping) -> None:
        self._project, self._cluster, self._mapping = project, places.cluster, mapping
        self._application, self._topics = application, sorted(mapping.partitions)
        self._form = TopicForm(project)
        self._limits = message_limits(self._cluster.admin(), self._topics)
        self._number = int(mapping.version.partition("-")[0])
        self._states = States(project.state / "backfill" / uuid.uuid4().hex)

    def take(self, piece: Piece, made: Mapped) -> list[Message]:
        """Take the events of a piece, and return letters of those that their topic can't take."""
        letters = []
        for topic, events in made.events.items():
            good = []
            for event in events:
                try:
                    self._require_room(event)
                except RecordError as error:
                    letters.append(self._letter(piece, made, event, error))
                else:
                    good.append((topic, event.key, event.value))
            self._states.add_made(good, self._number, self._topics, is_late=False)
        return letters

    def publish(self, tell: Tell) -> int:
        """Publish what is newer than what stands, and return how many events that were.

        Raises UnavailableError, also where another replay of the project runs.
        """
        return alone(self._project, lambda: self._publish(tell))

    def close(self) -> None:
        """Remove what was kept on disk. May be called twice."""
        self._states.close()

    def _publish(self, tell: Tell) -> int:
        tops = read_standing(self._states, self._cluster, self._topics, self._form, tell)
        self._states.settle()
        wanted = [number for number, *_, made, old in self._states.met() if verdict(made, old) in PUBLISHED]
        done = 0
        letters = dead_letter_topic(self._application)
        with closing(Careful(self._cluster, self._topics, letters, tops, self._form)) as careful:
            for chunk in chunks(self._events(wanted)):
                done += careful.write(chunk)
                tell("publishing events", done, 0)
        return done

    def _events(self, wanted: Iterable[int]) -> Iterator[list[Message]]:
        for topic, key, _, event in self._states.wanted(wanted):
            yield [(topic, key, event)]

    def _require_room(self, event: Record) -> None:
        """Raise WriteError where a topic can't take an event."""
        ((_, key, value),) = self._form.written([(event.topic, event.key, event.value)])
        size = len(key or b"") + len(value or b"") + ENVELOPE_BYTES
        limit = self._limits.get(event.topic, size)
        if size > limit:
            reason = f"the message has {size} bytes, topic {event.topic!r} takes {limit}"
            raise WriteError("", reason, "too-large")

    def _letter(self, piece: Piece, made: Mapped, event: Record, error: RecordError) -> Message:
        mark = read_mark(event.value or b"")
        record = made.records.get(event.offset)
        if record is None:
            record = self._mapping.record(next(iter(piece.given({event.offset}))))
        return dead_letter(
            self._application, record, error, refused_by=mark.trail, mapping=self._mapping.version
        )

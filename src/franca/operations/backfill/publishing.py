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
from franca.lake.states import State, States
from franca.operations.backfill.mapped import RowMapping
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.row_step import Mapped
from franca.operations.past.standing import read_standing
from franca.operations.past.verdict import PUBLISHED, verdict
from franca.operations.replaying.careful import Careful, chunks
from franca.operations.replaying.room import Room
from franca.operations.replaying.sole import alone
from franca.topics.admin import message_limits
from franca.topics.event_mark import Mark
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

        def record(mark: Mark) -> Record:
            number = int(mark.place.rpartition("/")[2])
            known = made.records.get(number)
            return known or self._mapping.record(next(iter(piece.given({number}))))

        room = Room(self._application, self._limits, self._form, record)
        letters = []
        for topic, events in made.events.items():
            good = []
            for event in events:
                message = topic, event.key, event.value
                letter = room.letter(message)
                if letter is None:
                    good.append(message)
                else:
                    letters.append(letter)
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
        wanted = [number for number, *_, made, old in self._states.met() if _is_wanted(made, old)]
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


def _is_wanted(made: State, standing: State) -> bool:
    """Tell whether an event is to stand in the place of another.

    One that says the same of a later position is: a change from between the two may come late, and loses.
    """
    return made.sequence > standing.sequence or verdict(made, standing) in PUBLISHED

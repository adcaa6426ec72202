"""The dead letters of a project: read from their topics, and replayed through the present mappings."""

from dataclasses import dataclass

from franca.config.again import Again
from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.config.replay import Replay, Replayed
from franca.config.topics import entity_topics
from franca.errors import DecodeError, DefinitionError, Problem, UnavailableError
from franca.pipeline.slot import Slot
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.sources.extract import extract
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter, read_dead_letter
from franca.topics.names import dead_letter_topic
from franca.types import Record

REPLAY = "franca.replay"
"""The transactional id of all replays: whoever opens it ends the transaction of the one before."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant; an empty condition holds for all."""

    application: str = ""
    code: str = ""
    ids: tuple[str, ...] = ()

    def takes(self, letter: DeadLetter) -> bool:
        """Return whether a letter is meant."""
        return (not self.code or letter.code == self.code) and (not self.ids or letter.id in self.ids)


class Letters:
    """Dead letters of a project's applications."""

    def __init__(self, project: Project, cluster: Cluster, places: Endpoints) -> None:
        self._project = project
        self._cluster = cluster
        self._places = places

    def read(self, wanted: Filter) -> list[DeadLetter]:
        """Return the letters, each id once, in the order of their topics; replayed ones are gone.

        Raises UnavailableError, and DefinitionError for an unknown application.
        """
        found: dict[bytes | None, DeadLetter] = {}
        for record in extract(self._cluster, self._topics(wanted.application)):
            found.pop(record.key, None)
            letter = _letter(record)
            if letter is not None and wanted.takes(letter):
                found[record.key] = letter
        return list(found.values())

    def replay(self, wanted: Filter, *, dry_run: bool) -> Replayed:
        """Map the letters again; publish what succeeds, together with the tombstones of its letters.

        Raises UnavailableError, where another replay of the project runs too, and DefinitionError for ids
        that no letter has.
        """
        if wanted.ids:
            self._expect(wanted)
        replay = Replay(self._cluster, Again(self._project, self._places), lambda: self.read(wanted))
        if dry_run:
            return replay.rehearse()
        topics = (*entity_topics(self._project), *self._topics(wanted.application))
        settings = KafkaSinkSettings(self._cluster, REPLAY, REPLAY, topics, is_shared=True)
        slot = Slot(self._project.state / "slots", "replay")
        try:
            if slot.number:
                raise UnavailableError(
                    "kafka", "another replay of this project is running", "wait for its end"
                )
            return replay.publish(KafkaSink(settings, confirm=replay.confirm))
        finally:
            slot.close()

    def _topics(self, application: str) -> list[str]:
        if application:
            self._project.application(application)
        names = [application] if application else [a.name for a in self._project.applications]
        return [dead_letter_topic(name) for name in names]

    def _expect(self, wanted: Filter) -> None:
        unknown = sorted(set(wanted.ids) - {letter.id for letter in self.read(wanted)})
        if unknown:
            remedy = "see `franca dead-letters list`"
            raise DefinitionError([Problem(name, "no such dead letter", remedy) for name in unknown])


def _letter(record: Record) -> DeadLetter | None:
    if record.value is None:
        return None
    try:
        return read_dead_letter(record.value)
    except DecodeError:
        return None  # somebody else's message; the listing goes on

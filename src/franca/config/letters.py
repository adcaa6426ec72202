"""The dead letters of a project: read from their topics, and replayed through the present mappings."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from franca.config.endpoints import Endpoints
from franca.config.pipelines import on_ramp
from franca.config.project import Project
from franca.errors import DecodeError, DefinitionError, Problem
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.sources.extract import extract
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter, read_dead_letter
from franca.topics.names import dead_letter_topic
from franca.types import Batch, Message, Record

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant; an empty condition holds for all."""

    application: str = ""
    code: str = ""
    ids: tuple[str, ...] = ()

    def takes(self, letter: DeadLetter) -> bool:
        """Return whether a letter is meant."""
        return (not self.code or letter.code == self.code) and (not self.ids or letter.id in self.ids)


@dataclass(slots=True)
class Replayed:
    """What became of the letters: how many succeeded, the messages they gave, and who failed why."""

    replayed: int = 0
    messages: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


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
        if wanted.application:
            self._project.application(wanted.application)
        names = [wanted.application] if wanted.application else [a.name for a in self._project.applications]
        found: dict[bytes | None, DeadLetter] = {}
        for record in extract(self._cluster, [dead_letter_topic(name) for name in names]):
            found.pop(record.key, None)
            letter = _letter(record)
            if letter is not None and wanted.takes(letter):
                found[record.key] = letter
        return list(found.values())

    def replay(self, wanted: Filter, *, dry_run: bool) -> Replayed:
        """Map the letters again; publish what succeeds, together with the tombstones of its letters.

        Raises UnavailableError, and DefinitionError for ids that no letter has.
        """
        result = Replayed()
        ready: list[Message] = []
        letters = self.read(wanted)
        unknown = sorted(set(wanted.ids) - {letter.id for letter in letters})
        if unknown:
            remedy = "see `franca dead-letters list`"
            raise DefinitionError([Problem(name, "no such dead letter", remedy) for name in unknown])
        for letter in letters:
            try:
                messages = self._again(letter)
            except DecodeError as error:
                result.failed.append((letter.id, str(error)))
                continue
            refused = [
                read_dead_letter(v).reason for t, _, v in messages if v and t.endswith(".dead-letters")
            ]
            if refused:
                result.failed.append((letter.id, refused[0]))
                continue
            result.replayed += 1
            result.messages += len(messages)
            ready += [*messages, (dead_letter_topic(letter.application), letter.id.encode(), None)]
        if ready and not dry_run:
            self._publish(ready)
        return result

    def _again(self, letter: DeadLetter) -> Sequence[Message]:
        """Return what a letter's record gives now. Raises DecodeError where the letter can't give it."""
        if not letter.whole:
            reason = "the letter holds only the record's first 64 KiB: expected the whole"
            raise DecodeError(letter.id, f"{reason}; find it in the archive and send it again", "not-whole")
        record = letter.record
        if letter.stage == "write":
            return [(record.topic, record.key, record.value)]
        step = on_ramp(self._project, self._project.application(letter.application))
        only = letter.refused_by if letter.stage == "map" else ""
        return [m for m in step(Batch([record])).items if not only or _made_by(m, only)]

    def _publish(self, messages: Sequence[Message]) -> None:
        settings = KafkaSinkSettings(self._cluster, "franca.replay", "franca.replay")
        sink = KafkaSink(settings)
        sink.open()
        try:
            for start in range(0, len(messages), CHUNK):
                sink.write(Batch(list(messages[start : start + CHUNK])))
        finally:
            sink.close()


def _letter(record: Record) -> DeadLetter | None:
    if record.value is None:
        return None
    try:
        return read_dead_letter(record.value)
    except DecodeError:
        return None  # somebody else's message; the listing goes on


def _made_by(message: Message, mapping: str) -> bool:
    """Return whether a message comes from one mapping: its event's id says so; tombstones follow events."""
    topic, _, value = message
    return value is None or topic.endswith(".dead-letters") or f"/{mapping}/".encode() in value[:400]

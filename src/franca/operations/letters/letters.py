"""The dead letters of a project: read from their topics, replayed through the present mappings, discarded."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.config.telling import Tell, untold
from franca.config.topics import entity_topics
from franca.errors import DecodeError, DefinitionError, Problem
from franca.operations.letters.again import Again
from franca.operations.letters.discard import Discard
from franca.operations.letters.filter import Filter, Sieve
from franca.operations.letters.replay import Replay, Replayed
from franca.operations.letters.summary import Summary, summary_of
from franca.operations.replaying.sole import alone, replaying
from franca.sinks.kafka import KafkaSink
from franca.sources.extract import Places, extract
from franca.topics.admin import ends, message_limits
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter, letter_on
from franca.topics.names import dead_letter_topic
from franca.types import Record

TELL_LETTERS = 10_000


class Letters:
    """Dead letters of a project's applications. `tell` hears of the progress of what takes long."""

    def __init__(self, project: Project, cluster: Cluster, places: Endpoints, tell: Tell = untold) -> None:
        self._project = project
        self._cluster = cluster
        self._places = places
        self._tell = tell

    def survey(self, wanted: Filter) -> list[Summary]:
        """Return the letters without their records, each id once, in the order of their topics.

        Replayed ones are gone. Raises UnavailableError, and UsageError for an unknown application or table.
        """
        sieve = Sieve(self._project, wanted)
        sieve.check()
        topics = self._topics(wanted.application)
        total = sum(ends(self._cluster.admin(), topics).values())
        found: dict[bytes | None, Summary] = {}
        for number, record in enumerate(extract(self._cluster, topics)):
            if number % TELL_LETTERS == 0:
                self._tell("reading letters", number, total)
            found.pop(record.key, None)
            letter = _letter(record)
            if letter is not None and sieve.takes(letter):
                found[record.key] = summary_of(letter, record, sieve.table_of(letter))
        return list(found.values())

    def read(self, wanted: Filter) -> Iterator[DeadLetter]:
        """Yield the letters with their records, each id once, partition by partition; see `survey`."""
        return self.whole(self.survey(wanted))

    def whole(self, summaries: Sequence[Summary]) -> Iterator[DeadLetter]:
        """Yield the letters of some summaries. Raises UnavailableError."""
        wanted = {each.place for each in summaries}
        begins: Places = {}
        for topic, partition, offset in wanted:
            begins[topic, partition] = min(offset, begins.get((topic, partition), offset))
        topics = sorted({topic for topic, _ in begins})
        for record in extract(self._cluster, topics, begins) if wanted else ():
            place = (record.topic, record.partition, record.offset)
            if place in wanted and record.value is not None:
                yield letter_on(record)
                wanted.remove(place)
                if not wanted:
                    return

    def replay(self, wanted: Filter, *, dry_run: bool) -> Replayed:
        """Map the letters again; publish what succeeds, together with the tombstones of its letters.

        Raises UnavailableError, where another replay of the project runs too, and DefinitionError for ids
        that no letter has.
        """
        self._expect(wanted)
        with closing(Again(self._project, self._places)) as again:
            replay = Replay(self._cluster, again, lambda: self.read(wanted), self._tell)
            if dry_run:
                return replay.rehearse()
            topics = (*entity_topics(self._project), *self._topics(wanted.application))
            sink = KafkaSink(replaying(self._cluster, topics), confirm=replay.confirm)
            return alone(self._project, lambda: replay.publish(sink))

    def discard(self, wanted: Filter, discard: Discard) -> int:
        """Mark the letters that are meant, or take their marks away; return how many there were.

        They stay where they are, whole. Raises UnavailableError and DefinitionError as `replay` does.
        """
        self._expect(wanted)
        topics = tuple(self._topics(wanted.application))
        limits = message_limits(self._cluster.admin(), topics)
        sink = KafkaSink(replaying(self._cluster, topics))
        return alone(
            self._project, lambda: discard.write(sink, limits, lambda: self.read(wanted), self._tell)
        )

    def _topics(self, application: str) -> list[str]:
        if application:
            self._project.application(application)
        names = [application] if application else [a.name for a in self._project.applications]
        return [dead_letter_topic(name) for name in names]

    def _expect(self, wanted: Filter) -> None:
        """Raise DefinitionError where letters are named that are not there, or are meant otherwise."""
        if not wanted.ids:
            return
        unknown = sorted(set(wanted.ids) - {letter.id for letter in self.survey(wanted)})
        if unknown:
            there = {each.id: each for each in self.survey(Filter(ids=wanted.ids, discarded=None))}
            raise DefinitionError([_missing(name, there.get(name)) for name in unknown])


def _missing(name: str, other: Summary | None) -> Problem:
    if other is None:
        return Problem(name, "no such dead letter", "see `franca dead-letters list`")
    if other.discarded is not None:
        return Problem(
            name, "the letter was discarded", "take it back with `franca dead-letters discard --undo`"
        )
    return Problem(name, "the letter is not among those that the options mean", "leave options out")


def _letter(record: Record) -> DeadLetter | None:
    if record.value is None:
        return None
    try:
        return letter_on(record)
    except DecodeError:
        return None  # somebody else's message; the listing goes on

"""Runs an application's past through its present mappings, and tells what that changes. Publishes nothing."""

import uuid
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from itertools import groupby
from typing import Any

from franca.config.endpoints import Endpoints
from franca.config.pipelines import on_ramp
from franca.config.project import Project
from franca.config.row_memory import replayed_rows
from franca.config.schema_registry import TopicForm
from franca.config.telling import Tell
from franca.errors import DefinitionError
from franca.lake.states import Pair, Single, State, States
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.operations.letters.summary import Summary
from franca.operations.past.changes import SAMPLES, Changes, Refusals, Report, Sample
from franca.operations.past.past import Past, Time, courses
from franca.operations.past.standing import read_standing
from franca.operations.past.verdict import PUBLISHED, content_of, differences, verdict
from franca.sources.archive import ArchiveSource
from franca.sources.extract import Places
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import first_stage, read_dead_letter
from franca.topics.event_mark import Mark, read_mark
from franca.topics.names import dead_letter_topic
from franca.types import Batch, Message, Record

MANY = 5_000


class Comparison:
    """The past of an application beside what stands, on disk as long as it is open.

    `whole` and `report` are there once `run` has ended.
    """

    def __init__(
        self, project: Project, places: Endpoints, past: Past, tell: Tell, samples: int = SAMPLES
    ) -> None:
        self.project, self.places, self.past = project, places, past
        self.cluster = Cluster(places.bootstrap, places.kafka_options)
        self.application = project.application(past.application)
        self.form = TopicForm(project)
        self.number = project.versions.number(self.application.name, self.application.hash)
        self.entities = past.entities(project)
        self.letters_topic = dead_letter_topic(past.application)
        self._tell = tell
        self._samples = samples
        self._courses = courses(project, places, self.cluster, past)
        self.source = ArchiveSource(self.cluster, self._courses.read)
        self._replayed: dict[tuple[str, str], tuple[int, int]] = {}
        self._known: dict[str, Summary] = {}
        self._published = array("q")
        self.tops: Places = {}
        self._folder = project.state / "replay" / uuid.uuid4().hex
        self.states = States(self._folder)

    def run(self) -> Report:
        """Map the past, read what stands, and compare. Raises UnavailableError, DefinitionError."""
        records = self._map()
        self._read_standing()
        self.states.settle()
        version = f"{self.number}-{self.application.hash}"
        report = Report(
            self.past.application, self.past.table, version, records, {}, Refusals(),
            self.source.damages, list(self._courses.left_out),
        )  # fmt: skip
        report.entities = {entity: Changes(fields={}, samples={}) for entity in sorted(self.entities)}
        self._count_unmet(report.entities)
        for pair in self.states.met():
            self._count(report.entities[pair[1]], pair)
        for topic, key, state in self.orphans():
            changes = report.entities[topic]
            changes.orphaned += 1
            self._sample(changes, "orphaned", key, state, {})
        report.refused = self._refusals()
        return report

    def published(self) -> Iterator[tuple[str, bytes, bool, bytes]]:
        """Yield topic and key of each entity that changes, whether it is deleted, and the event."""
        return self.states.wanted(self._published)

    def orphans(self) -> Iterator[Single]:
        """Yield what stands though the record that made it, which was replayed, makes nothing of that key.

        Only where the whole past was replayed; what its record's refusal leaves standing is none.
        """
        if not self.past.is_whole:
            return
        some: list[Single] = []
        for topic, key, standing in self.states.only_standing():
            if self._is_replayed(standing):
                some.append((topic, key, standing))
            if len(some) == MANY:
                yield from self._unrefused(some)
                some = []
        yield from self._unrefused(some)

    def letters(self) -> Iterator[tuple[str, bytes, Summary | None]]:
        """Yield id and value of each letter that was made, and what is known already under that id."""
        for name, value in self.states.letters():
            yield name, value, self._known.get(name)

    def ended_letters(self) -> list[str]:
        """Return the ids of the letters whose records are refused no more."""
        names = [name for name, letter in self._known.items() if self._is_tried(letter)]
        refused: set[str] = set()
        for first in range(0, len(names), MANY):
            refused |= self.states.known_letters(names[first : first + MANY])
        return [name for name in names if name not in refused]

    def record(self, event: str) -> Record:
        """Return the raw record that gave an event. Raises DefinitionError where nobody has it any more."""
        topic, partition, offset, _ = event.split("/", 3)
        for course in self._courses.read:
            if course.partition[:2] == (topic, int(partition)):
                place = course._replace(last=int(offset) + 1)
                source = ArchiveSource(self.cluster, [place])
                source.open(lambda partitions: dict.fromkeys(partitions, int(offset)))
                for record in source.read().items:
                    return record
        raise DefinitionError.one(event, "its raw record is gone", "send the row again")

    def close(self) -> None:
        """Remove what lies on disk. May be called twice."""
        self.states.close()

    def _map(self) -> int:
        """Map every record that tells something; return how many of them are replayed."""
        memory = replayed_rows(self.project, self.application, self._folder / "rows")
        step = on_ramp(self.project, self.application, memory)
        mappings = self.past.mappings(self.project)
        self.source.open(lambda _: {})
        count = 0
        total = sum(self.source.lag().values())
        with closing(memory) if memory is not None else nullcontext():
            while (batch := self.source.read()).positions:
                self._note(batch)
                for time, records in self._parts(batch.items):
                    if time is Time.BEFORE and memory is None:
                        continue
                    out = step(Batch(records)).items
                    if memory is not None:
                        memory.keep()
                    if time is not Time.BEFORE:
                        self.states.add_made(out, self.number, self.entities, is_late=time is Time.BEHIND)
                    if time is Time.WITHIN:
                        count += len(records)
                        self._add_letters(out, mappings)
                self._tell("mapping records", total - sum(self.source.lag().values()), total)
        return count

    def _parts(self, records: list[Record]) -> Iterator[tuple[Time, list[Record]]]:
        """Yield records in their order, by where they stand to the time that is replayed.

        What came behind tells what is newer; what came before, what rows were.
        """
        if self.past.is_whole:
            yield Time.WITHIN, records
            return
        for time, some in groupby(records, self.past.time_of):
            yield time, list(some)

    def _note(self, batch: Batch[Record]) -> None:
        for place, end in batch.positions.items():
            name = (place.topic, str(place.partition))
            first, _ = self._replayed.get(name, (batch.starts[place], 0))
            self._replayed[name] = (first, end)

    def _add_letters(self, out: list[Message], mappings: set[str]) -> None:
        for topic, key, value in out:
            if topic == self.letters_topic:
                letter = read_dead_letter(value or b"")
                if letter.refused_by == "" or letter.refused_by in mappings:
                    self.states.add_letter((key or b"").decode(), value or b"")

    def _read_standing(self) -> None:
        self.tops = read_standing(self.states, self.cluster, self.entities, self.form, self._tell)
        wanted = Filter(application=self.past.application, table=self.past.table, discarded=None)
        found = Letters(self.project, self.cluster, self.places, self._tell).survey(wanted)
        self._known = {letter.id: letter for letter in found if first_stage(letter.id) != "write"}

    def _is_replayed(self, standing: State) -> bool:
        """Return whether the record of an event was replayed, by newer mappings than made the event."""
        if standing.is_delete or standing.number >= self.number:
            return False
        mark = read_mark(standing.value)
        topic, partition, offset, _ = [*mark.id.split("/", 3), "", "", ""][:4]
        return offset.isdigit() and self._has(topic, partition, int(offset))

    def _has(self, topic: str, partition: str, offset: int) -> bool:
        first, last = self._replayed.get((topic, partition), (0, 0))
        return first <= offset < last and not any(
            damage.first <= offset < damage.last
            for damage in self.source.damages
            if damage.is_lost and damage.partition[:2] == (topic, int(partition))
        )

    def _unrefused(self, some: Sequence[Single]) -> Iterator[Single]:
        names = [_letters_of(read_mark(state.value)) for _, _, state in some]
        refused = self.states.known_letters([name for both in names for name in both])
        for each, both in zip(some, names, strict=True):
            if not refused & set(both):
                yield each

    def _is_tried(self, letter: Summary) -> bool:
        """Return whether a letter's record was replayed, by the mapping that had refused it."""
        _, partition, offset, _ = letter.id.removeprefix(letter.topic).split("/", 3)
        since, until = self.past.since, self.past.until
        is_meant = (since is None or letter.timestamp >= since) and (
            until is None or letter.timestamp < until
        )
        is_meant &= letter.discarded is None
        is_there = first_stage(letter.id) == "decode" or letter.refused_by in self.past.mappings(self.project)
        return is_meant and is_there and self._has(letter.topic, partition, int(offset))

    def _refusals(self) -> Refusals:
        refused = Refusals(samples=[])
        for _, value, known in self.letters():
            refused.still += known is not None
            refused.now += known is None
            if known is None and len(refused.samples) < self._samples:
                refused.samples.append(read_dead_letter(value))
        refused.no_longer = len(self.ended_letters())
        return refused

    def _count_unmet(self, entities: dict[str, Changes]) -> None:
        """Count what was made where nothing stands."""
        for topic, is_late, is_delete, keys in self.states.unmet():
            kind = verdict(State(b"", 0, is_late, is_delete, b""), None)
            changes = entities[topic]
            setattr(changes, kind, getattr(changes, kind) + keys)
        for topic, changes in entities.items():
            for _, key, made in self.states.created(topic, self._samples):
                self._sample(changes, "created", key, made, differences(None, made.value))

    def _count(self, changes: Changes, pair: Pair) -> None:
        """Find out what becomes of a key where something stands, and count it."""
        number, _, key, made, standing = pair
        found = verdict(made, standing)
        if found in PUBLISHED:
            self._published.append(number)
        kind: str = found
        if kind == "overtaken" and self.past.is_whole and self._is_stale(standing):
            kind = "stale"
        setattr(changes, kind, getattr(changes, kind) + 1)
        is_sample = len(changes.samples.get(kind, ())) < self._samples
        if kind != "changed" and not (is_sample and found in PUBLISHED):
            return
        fields = differences(standing.value, made.value)
        for name in fields if kind == "changed" else ():
            changes.fields[name] = changes.fields.get(name, 0) + 1
        self._sample(changes, kind, key, made, fields)

    def _is_stale(self, standing: State) -> bool:
        return self._is_replayed(standing) and bool(list(self._unrefused([("", b"", standing)])))

    def _sample(
        self, changes: Changes, kind: str, key: bytes, state: State, fields: dict[str, tuple[Any, Any]]
    ) -> None:
        kept = changes.samples.setdefault(kind, [])
        if len(kept) < self._samples:
            kept.append(Sample(key.decode("utf-8", "replace"), content_of(state.value).id, fields))


def _letters_of(mark: Mark) -> tuple[str, str]:
    """Return the ids of the letters by which an event's record would be refused."""
    return f"{mark.place}/decode", f"{mark.place}/map/{mark.mapper}"

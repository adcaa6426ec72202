"""Publishes every event that an application's past gives now, in the order of its records, exactly once.

A pipeline of its own: archive, on-ramp, topics. Its positions are a consumer group's, named after the version
of the mappings, so that whoever begins again goes on. In the end each key's newest event is the last again.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec

from franca.config.endpoints import Endpoints
from franca.config.pipelines import on_ramp
from franca.config.project import Project
from franca.config.row_memory import replayed_rows
from franca.config.schema_registry import TopicForm, encoder_of
from franca.config.telling import Tell
from franca.errors import UsageError, WriteError
from franca.lake.states import MADE, STANDING, State, States
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.operations.letters.summary import Summary, anew
from franca.operations.past.past import Courses, Past, courses
from franca.operations.replaying.careful import Careful, chunks
from franca.operations.replaying.sole import alone, replaying
from franca.pipeline.encoding import Encoding
from franca.pipeline.onramp import OnRamp
from franca.pipeline.progress import Progress
from franca.pipeline.refused_events import RefusedEvents
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.runner import Pipeline, run
from franca.pipeline.stop import Stop
from franca.sinks.kafka import KafkaSink
from franca.sinks.ledger import committed
from franca.sources.archive import ArchiveSource, Damage
from franca.sources.extract import Places, extract
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import first_stage, message_of, read_dead_letter
from franca.topics.event_mark import read_mark
from franca.topics.names import consumer_group, dead_letter_topic
from franca.types import Batch, Message, Partition, Positions, Record


class Retold(msgspec.Struct):
    """What was published: of how many records how many events and letters, and how many letters ended.

    `again` is how many events were published once more, to be the last of their keys.
    """

    records: int = 0
    events: int = 0
    letters: int = 0
    ended: int = 0
    again: int = 0
    damages: list[Damage] = []
    left_out: list[Partition] = []


class FullReplay:
    """The replay of a past, every event of it."""

    def __init__(self, project: Project, places: Endpoints, past: Past, tell: Tell) -> None:
        if past.until is not None:
            reason = "would publish what is older behind what is newer"
            raise UsageError.one("--until", reason, "leave --until or --all out")
        self._project, self._places, self._past, self._tell = project, places, past, tell
        self._cluster = Cluster(places.bootstrap, places.kafka_options)
        self._application = project.application(past.application)
        self._entities = past.entities(project)
        self._letters = dead_letter_topic(past.application)
        self._form = TopicForm(project)
        self._mappings = past.mappings(project)
        self._known: dict[str, Summary] = {}

    def run(self, stop: Stop) -> Retold:
        """Publish until all is done or the stop comes. Raises UnavailableError, DefinitionError."""
        application = self._application
        self._project.versions.publish(application.name, application.hash)
        return alone(self._project, lambda: self._run(stop))

    def _run(self, stop: Stop) -> Retold:
        plan, is_new = self._planned()
        self._known = {each.id: each for each in self._survey() if first_stage(each.id) != "write"}
        source = ArchiveSource(self._cluster, plan.read)
        targets = {course.partition: course.last for course in plan.read}
        topics = (*sorted(self._entities), self._letters)
        settings = replace(replaying(self._cluster, topics), group=consumer_group(self._name))
        application, folder = self._application, self._project.state / "replay" / f"{self._name}.rows"
        memory = replayed_rows(self._project, application, folder)
        step = on_ramp(self._project, application, memory)
        if memory is not None:
            with closing(KafkaSink(settings)) as ended:
                ended.open()  # ends the transaction of a killed run: the broker tells no offsets before
            self._learn(plan, step, memory, settings.group)
        refused = RefusedEvents(application.name, step, self._form.opened)
        sink = KafkaSink(settings, refused)
        total = sum(course.last - (course.links[0].start if course.links else 0) for course in plan.read)

        def report(progress: Progress) -> None:
            self._tell("publishing records", progress.read, total)

        def mapped(batch: Batch[Record]) -> Batch[Message]:
            return self._kept(step(self._meant(batch)))

        encoder = encoder_of(self._project)
        last = mapped if encoder is None else Encoding(mapped, encoder, refused)
        pipeline: Pipeline[Message] = Pipeline(self._name, source, last, sink, memory=memory)
        done = run(pipeline, report=report, stop=stop, until=lambda: targets)
        shutil.rmtree(folder, ignore_errors=True)
        told = Retold(
            done.read, done.written, done.dead, damages=source.damages, left_out=list(plan.left_out)
        )
        if not stop.requested:
            told.ended = self._end_letters(targets)
            if not is_new or done.dead or source.damages or self._moved(targets):
                told.again = self._say_newest_last()
        return told

    def _learn(self, plan: Courses, step: OnRamp, memory: RowMemory, group: str) -> None:
        """Learn what rows were where an earlier run of this name ended; what they gave is published."""
        if self._past.since is not None:
            reason = "tables remember their rows here, and these come from before"
            raise UsageError.one("--since", reason, "leave --since or --all out")
        ends = committed(self._cluster, group, [course.partition for course in plan.read])
        done = [c._replace(last=ends[c.partition].next) for c in plan.read if c.partition in ends]
        source = ArchiveSource(self._cluster, done)
        source.open(lambda _: {})
        while (batch := source.read()).positions:
            step(batch)
            memory.keep()

    @property
    def _name(self) -> str:
        """The pipeline's name: the same for the same past and the same mappings."""
        past, application = self._past, self._application
        number = self._project.versions.number(application.name, application.hash)
        part = hashlib.sha256(f"{past.table} {past.since}".encode()).hexdigest()[:8]
        return f"{application.name}.replay.{number}-{application.hash}.{part}"

    def _planned(self) -> tuple[Courses, bool]:
        """Return what is read, up to where the first run of this name went; and whether this is the first."""
        plan = courses(self._project, self._places, self._cluster, self._past)
        gone = [course for course in plan.read if course.on_topic is None]
        if gone:
            reason = f"the topic {gone[0].partition.topic!r} is gone, and the positions would be kept with it"
            raise UsageError.one("--all", reason, "leave --all out, or make the topic again")
        path = self._project.state / "replay" / f"{self._name}.json"
        ends = _read_ends(path)
        if ends is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            told = {_text(course.partition): course.last for course in plan.read}
            path.write_bytes(msgspec.json.encode(told))
            return plan, True
        read = [course._replace(last=ends.get(_text(course.partition), course.last)) for course in plan.read]
        return replace(plan, read=read), False

    def _moved(self, targets: Positions) -> bool:
        """Return whether the on-ramp has gone on since: its events stand before the last ones of this."""
        now = courses(self._project, self._places, self._cluster, self._past)
        return any(course.last > targets.get(course.partition, course.last) for course in now.read)

    def _meant(self, batch: Batch[Record]) -> Batch[Record]:
        if self._past.since is not None:
            batch.items = [record for record in batch.items if self._past.has(record.timestamp)]
        return batch

    def _kept(self, batch: Batch[Message]) -> Batch[Message]:
        """Leave out other tables' messages; of letters that are known say how often they were tried."""
        batch.placed = ()  # the rows' own topic is the on-ramp's
        if not batch.tally.dead and not self._past.table:
            return batch
        kept: list[Message] = []
        for message in batch.items:
            if message[0] in self._entities:
                kept.append(message)
            elif message[0] == self._letters:
                kept += self._letter(message)
        batch.items = kept
        return batch

    def _letter(self, message: Message) -> Iterator[Message]:
        letter = read_dead_letter(message[2] or b"")
        if letter.refused_by == "" or letter.refused_by in self._mappings:
            written = anew(letter, self._known.get(letter.id))
            if written is not None:
                yield message_of(written)

    def _survey(self) -> list[Summary]:
        wanted = Filter(application=self._past.application, table=self._past.table, discarded=None)
        return Letters(self._project, self._cluster, self._places, self._tell).survey(wanted)

    def _end_letters(self, targets: Positions) -> int:
        """End the letters whose records gave their events; those refused again have today's mappings."""
        version = str(self._project.versions.number(self._application.name, self._application.hash))
        ends = {place[:2]: last for place, last in targets.items()}
        ended: list[Message] = []
        for letter in self._survey():
            _, partition, offset, _ = letter.id.removeprefix(letter.topic).split("/", 3)
            is_replayed = int(offset) < ends.get((letter.topic, int(partition)), 0)
            is_ours = first_stage(letter.id) == "decode" or letter.refused_by in self._mappings
            is_meant = self._past.has(letter.timestamp)
            is_alive = first_stage(letter.id) != "write" and letter.discarded is None
            is_old = letter.mapping.partition("-")[0] != version
            if is_replayed and is_meant and is_ours and is_alive and is_old:
                ended.append((self._letters, letter.id.encode(), None))
        with closing(Careful(self._cluster, [], self._letters, {}, self._form)) as careful:
            for chunk in chunks([message] for message in ended):
                careful.write([], [message for group in chunk for message in group])
        return len(ended)

    def _say_newest_last(self) -> int:
        """Publish the newest event of each key again where an older one stands behind it."""
        tops: Places = {}
        count = 0
        with closing(States(self._project.state / "replay" / f"{self._name}.last")) as states:
            standing = self._form.records(extract(self._cluster, sorted(self._entities), tops))
            for number, record in enumerate(standing):
                key, value = record.key or b"", record.value
                if value is None:
                    continue
                try:
                    mark = read_mark(value)
                    sequence, version = mark.rank
                except WriteError:
                    continue
                rank, place = sequence.encode(), b"%020d" % number
                states.add(STANDING, record.topic, key, State(rank, version, False, mark.is_delete, value))
                states.add(MADE, record.topic, key, State(place, 0, False, mark.is_delete, value))
            states.settle()
            entities = sorted(self._entities)
            with closing(Careful(self._cluster, entities, self._letters, tops, self._form)) as careful:
                for chunk in chunks(_overtaken(states)):
                    count += careful.write(chunk)
        return count


def _overtaken(states: States) -> Iterator[list[Message]]:
    for _, topic, key, last, newest in states.met():
        if read_mark(last.value).rank < read_mark(newest.value).rank:
            messages: list[Message] = [(topic, key, newest.value)]
            if newest.is_delete:
                messages.append((topic, key, None))
            yield messages


def _text(place: Partition) -> str:
    return f"{place.topic}/{place.partition}/{place.topic_id}"


def _read_ends(path: Path) -> dict[str, int] | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError):
        return None

"""What a dead letter's record gives now: its events through the present mappings, or why there are none."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from franca.config.endpoints import Endpoints
from franca.config.pipelines import archive_paths, on_ramp, shapes
from franca.config.project import Project
from franca.config.row_memory import present_rows
from franca.config.schema_registry import TopicForm
from franca.errors import DecodeError
from franca.mapping.application import Application
from franca.operations.letters.filter import mapper_of
from franca.pipeline.input_line import Given
from franca.pipeline.onramp import OnRamp
from franca.topics.dead_letter import DeadLetter, Left, first_stage, read_dead_letter
from franca.topics.event_decoder import EventDecoder
from franca.topics.event_mark import Mark, read_mark
from franca.topics.names import backfilled_table, dead_letter_topic, entity_topic
from franca.types import Batch, Message, Partition, Record


class Gives(NamedTuple):
    """The messages that a letter's record gives now, and what letter it would be now where it is refused."""

    messages: list[Message]
    refused: DeadLetter | None = None


class Again:
    """Gives letters another try. What it asks for is made once, and kept until it is closed."""

    def __init__(self, project: Project, places: Endpoints) -> None:
        self._project = project
        self._places = places
        self._steps: dict[str, OnRamp] = {}
        self._open = ExitStack()
        self.form = TopicForm(project)

    def gives(self, letter: DeadLetter) -> Gives:
        """Return what a letter's record gives now.

        Raises DecodeError where nobody has the whole record or its mapping is gone, WriteError for what
        stands on an entity's topic and is no event, or what the topic's form can't hold, UnavailableError
        and DefinitionError for the archive and the registry.
        """
        application = self._project.application(letter.application)
        if letter.line.topic in self._decoders:
            record = self._whole(letter)
            event = self.form.opened(record.value or b"")
            self._decoders[record.topic].decode(event)
            self.form.written([(record.topic, record.key, event)])
            return Gives([(record.topic, record.key, event)])
        mapper = mapper_of(letter)
        if mapper and mapper not in {mapping.name for mapping in application.mappings}:
            reason = f"the mapping {mapper!r} is gone: bring it back, or discard the letter"
            raise DecodeError(letter.id, reason, "no-mapping")
        table = backfilled_table(application.name, letter.line.topic)
        out = self._again(application, table, letter)
        topic = dead_letter_topic(application.name)
        letters = [read_dead_letter(value) for name, _, value in out if name == topic and value is not None]
        refused = [new for new in letters if not mapper or new.refused_by in ("", mapper)]
        events = [message for message in out if message[0] != topic]
        kept = _kept(events, _wanted(letter))
        self.form.written(kept)
        return Gives(kept, next(iter(refused), None))

    def close(self) -> None:
        """Release the memories of rows. May be called twice."""
        self._open.close()

    def _step(self, application: Application) -> OnRamp:
        if application.name not in self._steps:
            cluster = self._places.cluster
            folder = self._open.enter_context(TemporaryDirectory(prefix="franca-rows-"))
            memory = present_rows(self._project, application, cluster, Path(folder))
            if memory is not None:
                self._open.callback(memory.close)
            self._steps[application.name] = on_ramp(self._project, application, memory)
        return self._steps[application.name]

    @cached_property
    def _decoders(self) -> dict[str, EventDecoder]:
        return {entity_topic(shape): EventDecoder(shape) for shape in shapes(self._project)}

    def _again(self, application: Application, table: str, letter: DeadLetter) -> Sequence[Message]:
        """Return what a letter's record gives; that of a file's row has the sequence of its snapshot."""
        if not table:
            return self._step(application)(Batch([self._whole(letter)])).items
        if not letter.whole:
            reason = "the letter holds only a part of the row: load the file again, `franca backfill`"
            raise DecodeError(letter.id, reason, "not-whole")
        from franca.operations.backfill.row_step import RowStep
        from franca.operations.backfill.snapshot import snapshot_of_row

        record = letter.record
        _, declared = self._project.table(f"{application.name}.{table}")
        step = RowStep(self._project, application, declared, snapshot_of_row(record))
        return step.one_by_one([Given(record.value or b"", record.offset)]).messages

    def _whole(self, letter: DeadLetter) -> Record:
        """Return the letter's record, from the archive where the letter holds only a part of it."""
        if letter.whole:
            return letter.record
        found = None
        if letter.line.topic not in self._decoders:
            found = self._archived(letter)
        parts = () if found is None else ((found.key, letter.key_left), (found.value, letter.value_left))
        if found is None or not all(_is_same(data, left) for data, left in parts):
            reason = "the letter holds only a part of the record, and the archive has not the whole"
            raise DecodeError(letter.id, f"{reason}: send the row again", "not-whole")
        return found

    def _archived(self, letter: DeadLetter) -> Record | None:
        from franca.sinks.archive import ArchiveSink  # in an extra, and rarely needed

        application = self._project.application(letter.application)
        archive = ArchiveSink(
            self._places.archive_url, archive_paths(self._project, application), self._places.archive_options
        )
        archive.open()
        line = letter.line
        return archive.find(Partition(line.topic, line.partition), line.offset)


def _is_same(data: bytes | None, left: Left | msgspec.UnsetType) -> bool:
    return not isinstance(left, Left) or hashlib.sha256(data or b"").hexdigest() == left.sha256


def _wanted(letter: DeadLetter) -> Callable[[Mark], bool]:
    """Return which events a letter is about: all of a record, those of one mapping, or a single one."""
    stage = first_stage(letter.id)
    if stage == "decode":
        return lambda _mark: True
    if stage == "map":
        return lambda mark: mark.mapper == letter.refused_by
    if "/" not in letter.refused_by:  # of a file's row, a store tells its own name: any event may be meant
        return lambda _mark: True
    return lambda mark: mark.trail == letter.refused_by


def _kept(messages: Iterable[Message], wanted: Callable[[Mark], bool]) -> list[Message]:
    """Return the wanted events; a tombstone goes with the delete before it."""
    kept: list[Message] = []
    is_ended = False
    for topic, key, value in messages:
        if value is not None:
            mark = read_mark(value)
            is_kept = wanted(mark)
            is_ended = is_kept and mark.is_delete
        if is_kept if value is not None else is_ended:
            kept.append((topic, key, value))
    return kept

"""How events stand on their topics where a registry keeps their schema, and how they are read from there.

JSON is what the rest of franca knows: `written` is asked last before a topic, `opened` first behind it.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol, TypeAlias

from franca.errors import DecodeError, DefinitionError, Problem, WriteError
from franca.model.shape import Shape
from franca.schemas.frame import Frame, Schemas, frame, frame_of
from franca.topics.event_avro import EventReader, EventWriter
from franca.topics.event_schema import json_schema
from franca.topics.schema_registry import incompatible

Encoding: TypeAlias = Literal["avro", "json-schema"]
_TYPES = {"avro": "AVRO", "json-schema": "JSON"}
_Read: TypeAlias = Callable[[bytes], bytes]


class Registry(Schemas, Protocol):
    """Keeps the schemas of subjects, and says which may follow which.

    Every question raises UnavailableError where no answer comes, DefinitionError where it is refused.
    """

    def latest(self, subject: str) -> str | None:
        """Return the text of a subject's newest schema, None where the subject has none."""

    def is_compatible(self, subject: str, text: str, kind: str) -> bool:
        """Return whether a schema may follow the newest of a subject."""

    def register(self, subject: str, text: str, kind: str) -> int:
        """Return the id of a subject's schema, registered where it is new."""


class EventOpener:
    """Makes JSON of events, however they stand on their topics; one that is JSON stays as it is."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._readers: dict[bytes, _Read] = {}

    def opened(self, value: bytes) -> bytes:
        """Return an event as JSON. Raises WriteError for what is none, UnavailableError."""
        found = frame_of(value, (), "")
        if found is None:
            return value
        read = self._readers.get(found.head)
        if read is None:
            try:
                read = self._readers[found.head] = self._reader(found)
            except DecodeError as error:
                raise WriteError(error.path, error.reason, error.code) from error
        return read(value[found.start :])

    def _reader(self, found: Frame) -> _Read:
        schema = self._schemas.schema(found.id)
        return EventReader(schema).read if schema.type == "AVRO" else _as_is


class EventEncoder:
    """Writes the events of entities' topics as the encoding has it.

    `shapes` are the entities by topic. A schema is registered under `<topic>-value` when it is first needed.
    """

    def __init__(self, registry: Registry, encoding: Encoding, shapes: Mapping[str, Shape]) -> None:
        self._registry = registry
        self._type = _TYPES[encoding]
        self._shapes = shapes
        self._writers: dict[str, _Read] = {}

    def register(self) -> dict[str, int]:
        """Return the schemas' ids by subject; register those that are new.

        Raises DefinitionError, with all of them, for those that the registry's rules forbid.
        """
        ids = {}
        problems: list[Problem] = []
        for topic, shape in self._shapes.items():
            try:
                ids[subject_of(topic)] = self._registered(topic, self._text(shape))
            except DefinitionError as error:
                problems += error.problems
        if problems:
            raise DefinitionError(problems)
        return ids

    def written(self, topic: str, value: bytes) -> bytes:
        """Return an event's JSON as it stands on its topic; on other topics all stays as it is.

        Raises WriteError for what the schema can't hold, UnavailableError, DefinitionError.
        """
        write = self._writers.get(topic)
        if write is None:
            write = self._writers[topic] = self._writer(topic)
        return write(value)

    def _writer(self, topic: str) -> _Read:
        shape = self._shapes.get(topic)
        if shape is None:
            return _as_is
        head = frame(self._registered(topic, self._text(shape)))
        if self._type == "JSON":
            return lambda value: head + value
        write = EventWriter(shape).write
        return lambda value: head + write(value)

    def _text(self, shape: Shape) -> str:
        return json_schema(shape) if self._type == "JSON" else EventWriter(shape).schema

    def _registered(self, topic: str, text: str) -> int:
        subject = subject_of(topic)
        latest = self._registry.latest(subject)
        if (
            latest is not None
            and latest != text
            and not self._registry.is_compatible(subject, text, self._type)
        ):
            raise incompatible(subject, _other_kind(latest, self._type))
        return self._registry.register(subject, text, self._type)


def subject_of(topic: str) -> str:
    """Return the subject of a topic's values, as Confluent's TopicNameStrategy has it."""
    return f"{topic}-value"


def _other_kind(text: str, kind: str) -> str:
    """Return what to say where a registered schema is not of the kind that is to follow it, else nothing."""
    is_avro = '"record"' in text and "$schema" not in text
    if is_avro == (kind == "AVRO"):
        return ""
    return "that one is Avro, this one JSON Schema" if is_avro else "that one is JSON Schema, this one Avro"


def _as_is(value: bytes) -> bytes:
    return value

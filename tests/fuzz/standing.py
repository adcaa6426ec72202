"""What stands of rows on the topics of their entities, for whoever keeps the newest event of each."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from franca.types import Message, Record
from tests.fuzz.accounts import is_letter, require

Facts = dict[tuple[str, str], bytes]
"""Events' data, by entity and subject."""


class RowId(NamedTuple):
    """A row: where its messages come from, and the text of its key, with which subjects begin."""

    topic: str
    partition: int
    key: str


class _Event(msgspec.Struct):
    type: str
    source: str
    subject: str
    sequence: str
    data: msgspec.Raw


class _Row(msgspec.Struct):
    facts: Facts = {}
    sequence: str = ""
    is_certain: bool = True


_event = msgspec.json.Decoder(_Event).decode


class Standing:
    """Follows the events of one lineage, row by row."""

    def __init__(self, lineage: str) -> None:
        self._lineage = lineage
        self._rows: dict[RowId, _Row] = {}

    def take(self, record: Record, items: Iterable[Message]) -> dict[RowId, set[str]]:
        """Follow what a message gave; return its rows, each with the entities that it ended."""
        touched: dict[RowId, set[str]] = {}
        for topic, event in self._own(items):
            id_ = RowId(record.topic, record.partition, event.subject.split("/")[0])
            row = self._rows.setdefault(id_, _Row())
            row.is_certain &= event.sequence >= row.sequence
            row.sequence = max(row.sequence, event.sequence)
            ended = touched.setdefault(id_, set())
            if event.type.endswith(".deleted"):
                row.facts.pop((topic, event.subject), None)
                ended.add(topic)
            else:
                row.facts[topic, event.subject] = bytes(event.data)
        return touched

    def is_in(self, items: Iterable[Message]) -> bool:
        """Return whether an event of the lineage is among messages."""
        return any(True for _ in self._own(items))

    def _own(self, items: Iterable[Message]) -> Iterator[tuple[str, _Event]]:
        for topic, key, value in items:
            if value is not None and not is_letter((topic, key, value)):
                event = _event(value)
                if event.source == self._lineage:
                    yield topic, event

    def give_up(self, id_: RowId) -> None:
        """Leave a row alone from now on."""
        self._rows.setdefault(id_, _Row()).is_certain = False

    def is_certain(self, id_: RowId) -> bool:
        """Return whether all changes of a row came in order: after a late one, who came first decides."""
        return id_ not in self._rows or self._rows[id_].is_certain

    def look(self, id_: RowId, expected: Facts) -> None:
        """Make sure that exactly this stands of a row."""
        facts = self._rows[id_].facts if id_ in self._rows else {}
        require(
            facts.keys() <= expected.keys(), "an entity stands that its row does not make", facts, expected
        )
        require(
            facts.keys() >= expected.keys(), "an entity does not stand that its row makes", facts, expected
        )
        require(facts == expected, "an entity is not as its row is remembered", facts, expected)

"""An application whose rows are remembered, and an on-ramp that is fed change by change."""

import json
from collections.abc import Sequence
from typing import Any

from franca.mapping.application import Application
from franca.mapping.words.choice import given
from franca.mapping.words.text import upper
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.pipeline.onramp import OnRamp, Tables
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.store import DictRows
from franca.types import Batch, Record

Row = dict[str, Any]


class Person(Entity):
    """A natural person."""

    id: Key[str]
    name: str


class Member(Entity):
    """A person who takes part."""

    email: Key[str]


class Phone(Entity):
    """A number."""

    number: Key[str]


class Cust(Table):
    """The legacy table."""

    num: Key[str]
    name: str
    status: str | None
    email: str
    phone1: str
    phone2: str | None


crm = Application("crm")


@crm.maps
def person(cust: Cust) -> Person:
    """Map every row."""
    return Person(id=cust.num, name=upper(cust.name))


@crm.maps(Cust, where=lambda cust: cust.status == "A")
def member(cust: Cust) -> Member:
    """Map rows in force, by a key that may change."""
    return Member(email=cust.email)


@crm.maps
def phones(cust: Cust) -> list[Phone | None]:
    """Map up to two numbers."""
    return [Phone(number=cust.phone1), given(cust.phone2, lambda number: Phone(number=number))]


FIRST = {"num": "1", "name": "Ada", "status": "A", "email": "a@x", "phone1": "11", "phone2": "12"}


class Town:
    """An on-ramp with a memory, fed change by change; tells what became of the entities."""

    def __init__(
        self, capture: str = "auto", store: DictRows | None = None, application: Application = crm
    ) -> None:
        self.memory = RowMemory(store or DictRows())
        tables = Tables(topics={"cust": "raw.crm.cust"}, captures={"cust": capture})
        self.step = OnRamp(application, number=1, tables=tables, memory=self.memory)
        self.offset = 0

    def record(self, op: str, after: Row | None, before: Row | None = None, lsn: int | None = None) -> Record:
        """Return Debezium's message of a change."""
        self.offset += 1
        source = {"connector": "postgresql", "ts_ms": 5, "lsn": lsn or self.offset, "table": "cust"}
        value = {"before": before, "after": after, "source": source, "op": op}
        key = {"num": {"num": "1", **(before or {}), **(after or {})}["num"]}
        return Record("raw.crm.cust", 0, self.offset, 1, json.dumps(key).encode(), json.dumps(value).encode())

    def batch(self, *records: Record, stored: bool = True) -> list[str]:
        """Run a batch and store it; return `entity key` of events, with `-` before deletes, and codes."""
        out = self.step(Batch(list(records)))
        if stored:
            self.memory.keep()
        return [each for message in out.items for each in told(message)]

    def change(
        self, op: str, after: Row | None, before: Row | None = None, lsn: int | None = None
    ) -> list[str]:
        """Run one change."""
        return self.batch(self.record(op, after, before, lsn))


def told(message: tuple[str, bytes | None, bytes | None]) -> Sequence[str]:
    """Return `entity key` of an event, with `-` before a delete's, and `!code` of a dead letter."""
    topic, _, value = message
    if value is None:
        return []
    event = json.loads(value)
    if topic.endswith("dead-letters"):
        return ["!" + event["code"]]
    return [("-" if event["type"].endswith("deleted") else "") + f"{topic} {event['subject']}"]

"""What a message's key tells of its row: all that can be read, and nothing where it can't."""

import json
from typing import Annotated, Any

import msgspec
import pytest

from franca.formats.change import Change, Wanted
from franca.formats.keys import key_reader
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.markers import Column, Key
from franca.pipeline.loose_lines import loose_lines
from franca.topics.raw_record import encode_line
from franca.types import Record

INT = '{"schema":{"type":"struct","fields":[{"type":"int32","field":"id"}]},"payload":%s}'


class Thing(Table):
    """A table of one key column."""

    id: Key[int]
    name: str


class Line(Table):
    """A table of two."""

    thing: Key[int]
    number: Key[int]


class Named(Table):
    """A table whose key is text."""

    code: Key[str]


def told(table: type[Table], key: str | bytes | None) -> dict[str, Any] | None:
    """Return what a key tells, by column."""
    columns = frozenset(table.__struct_fields__)
    row = key_reader(Wanted(table, columns, columns))(key.encode() if isinstance(key, str) else key)
    if row is None:
        return None
    found = {name: getattr(row, name) for name in columns}
    return {name: value for name, value in found.items() if value is not msgspec.UNSET}


@pytest.mark.parametrize(
    ("table", "key", "expected"),
    [
        (Thing, '{"id":7}', {"id": 7}),
        (Thing, '{"id":7,"name":null}', {"id": 7}),
        (Thing, INT % '{"id":7}', {"id": 7}),
        (Thing, "7", {"id": 7}),
        (Thing, '"7"', {"id": 7}),
        (Line, '{"thing":1,"number":2}', {"thing": 1, "number": 2}),
        (Named, "a b", {"code": "a b"}),
        (Named, '"a b"', {"code": "a b"}),
        (Named, "7", {"code": "7"}),
    ],
)
def test_a_key_that_can_be_read_tells_its_columns(
    table: type[Table], key: str | bytes, expected: dict[str, Any]
) -> None:
    """An object, one in an envelope, or the bare value of the only key column."""
    assert told(table, key) == expected


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (Thing, None),
        (Thing, ""),
        (Thing, "{}"),
        (Thing, "x"),
        (Thing, '{"id":"x"}'),
        (Thing, '{"other":1}'),
        (Thing, '{"schema":5,"payload":{"id":7}}'),
        (Thing, INT % "5"),
        (Line, "7"),
        (Named, b"\xff"),
        (Named, b'{"code":"\xff"}'),
    ],
)
def test_a_key_that_can_not_be_read_tells_nothing(table: type[Table], key: str | bytes | None) -> None:
    """It never raises: who needs the key says what is missing."""
    assert told(table, key) is None


@pytest.mark.parametrize(
    ("format_", "value"),
    [
        (
            "goldengate",
            '{"table":"S.T","op_type":"D","pos":"1","primary_keys":["id"],"before":{}}',
        ),
        ("dms", '{"metadata":{"record-type":"data","operation":"delete"}}'),
        ("qlik", '{"data":null,"headers":{"operation":"DELETE"}}'),
        ("wal2json", '{"action":"D","schema":"p","table":"t"}'),
        ("shareplex", '{"meta":{"op":"del","table":"S.T"},"data":{}}'),
        ("dataworks", '{"payload":{"op":"DELETE","before":null,"timestamp":{"eventTime":5}}}'),
        ("debezium", '{"op":"d","before":null,"after":null,"source":{"connector":"mysql"}}'),
    ],
)
def test_a_delete_without_a_row_has_the_key_of_its_message(format_: str, value: str) -> None:
    """Without a table too, whichever product wrote it; a key that is no object names no column."""
    for key, expected in ((b'{"id":7}', {"id": 7}), (b"7", {})):
        line = encode_line(Record("t", 0, 1, 1, key, value.encode()))
        (made,) = loose_lines([line], format_, records=True)
        assert json.loads(made.text)["key"] == expected


class Paper(Table):
    """A collection of documents."""

    id: Annotated[Key[int], Column("_id")]
    name: str | None


@pytest.mark.parametrize(
    "change",
    [
        {"updateDescription": {"updatedFields": '{"name": "Ada"}', "removedFields": None}},
        {"updateDescription": None, "patch": '{"$set": {"name": "Ada"}}'},
    ],
)
def test_a_document_that_is_not_sent_whole_has_its_messages_key(change: dict[str, Any]) -> None:
    """What has changed of a document is of no use without its key, which only the message's key tells."""
    source = {"connector": "mongodb", "collection": "paper", "ord": 1, "ts_ms": 1}
    value = msgspec.json.encode({"op": "u", "after": None, **change, "source": source})
    columns = frozenset(Paper.__struct_fields__)

    found = format_named("debezium").decoder(Wanted(Paper, columns))(
        Record("raw.shop.paper", 0, 7, 0, b'{"id":"7"}', value)
    )

    assert isinstance(found, Change)
    assert msgspec.to_builtins(found.after) == {"_id": 7, "name": "Ada"}

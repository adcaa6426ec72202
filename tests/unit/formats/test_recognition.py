"""What is nearly a message of a format is not taken for one, and what is oddly put together is still read."""

import json
from typing import Annotated, Any

import msgspec
import pytest

from franca.errors import DecodeError
from franca.formats.auto import Auto
from franca.formats.change import Change, Skip, Wanted, decode
from franca.formats.document import document_of
from franca.formats.keys import cells_of_key
from franca.formats.maxwell import Maxwell
from franca.formats.registry import format_named
from franca.formats.semantics import Semantic
from franca.formats.unsent import looks, row_test
from franca.formats.untyped import untyped
from franca.model.entity import Table, Value
from franca.model.kind import Kind
from franca.model.markers import Column, Key
from franca.model.shape import shape_of
from franca.types import Record


def record(message: object, key: bytes | None = None) -> Record:
    """Return a record of a JSON value."""
    return Record("t", 0, 1, 1, key, json.dumps(message).encode())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("goldengate", {"table": "T", "op_type": "X", "op_ts": "2026-11-22 10:00:00", "pos": "1"}),
        ("goldengate", {"table": "", "op_type": "I", "after": {"id": 1}}),
        ("dms", {"data": {"id": 1}, "metadata": {"operation": "insert"}, "other": 1}),
        ("shareplex", {"meta": {"op": "ins"}, "data": {"id": 1}}),
        ("shareplex", {"meta": {"op": "ins", "table": "t"}, "data": {"id": 1}, "other": 1}),
        ("dataworks", {"payload": {"op": "INSERT", "timestamp": {}}}),
        ("dataworks", {"payload": {"op": "insert", "timestamp": {"eventTime": 5}}}),
        ("dataworks", {"payload": {"op": "INSERT", "timestamp": {"eventTime": 5}}, "other": 1}),
        ("qlik", {"headers": {"operation": "MERGE"}, "data": {"id": 1}}),
        ("canal", {"type": "insert", "data": [{"id": "1"}]}),
        ("flattened", None),
        ("flattened", {"schema": [1], "payload": {"id": 1}}),
        ("flattened", {"schema": {"type": "struct"}, "payload": {"op": "c"}}),
        ("flattened", {"id": 1}),
    ],
)
def test_what_is_nearly_a_message_is_none(name: str, message: object) -> None:
    """A field of another value, or one too many, and somebody else wrote it."""
    assert not format_named(name).recognises(record(message))


def test_a_row_may_have_the_columns_of_an_envelope() -> None:
    """A table with the columns schema and payload has rows that look like one."""

    class Envelopes(Table):
        schema: Key[str]
        payload: str

    message = {"schema": {"type": "struct", "fields": [{"field": "id"}]}, "payload": {"id": 1}}

    assert format_named("flattened").recognises(record(message))
    assert not format_named("flattened").recognises(record(message), Envelopes)


def test_a_deleted_document_has_the_key_of_its_message() -> None:
    """MongoDB's connector writes the key's JSON as a text."""

    class Doc(Table):
        id: Annotated[Key[str], Column("_id")]

    source = {"connector": "mongodb", "ts_ms": 5_000, "ord": 1, "collection": "doc"}
    decoder = format_named("debezium").decoder(Wanted(Doc, frozenset({"id"}), frozenset({"id"})))
    key = json.dumps({"id": '{"$oid":"5f1b"}'}).encode()
    got: Any = decode(decoder, record({"op": "d", "before": None, "source": source}, key))

    assert (got.operation, got.key.id) == ("delete", "5f1b")


def test_messages_alone_teach_nothing() -> None:
    """A transaction of version 1 may hold no row at all."""
    decoder = format_named("wal2json").decoder(Wanted(Odd, frozenset({"id"})))
    change = {"kind": "message", "transactional": True, "prefix": "p", "content": "c"}

    assert [decode(decoder, record({"change": [change]})) for _ in range(2)] == [[Skip("message")]] * 2


def test_a_time_of_no_usual_layout_is_read_carefully() -> None:
    """With an offset, for one."""
    headers = {"operation": "INSERT", "changeSequence": "1", "timestamp": "2026-11-22T10:00:00.5+02:00"}
    decoder = format_named("qlik").decoder(Wanted(Odd, frozenset({"id"})))
    for _ in range(2):
        got: Any = decode(decoder, record({"data": {"id": 1}, "headers": headers}))
        assert got.time == 1_795_334_400_500_000


def test_a_table_without_texts_looks_for_no_text_that_was_not_sent() -> None:
    """Of numbers only the placeholder itself could stand for one."""

    class Numbers(Table):
        id: Key[int]
        size: int | None

    lines, _ = looks(shape_of(Numbers).fields)
    assert lines[0].count("value.find") == 1


def test_some_formats_alone_know_no_others() -> None:
    """Who asks for a few has told what is of none of them."""
    with pytest.raises(DecodeError) as caught:
        Auto((Maxwell(),)).loose(record({"id": 1}))
    assert caught.value.code == "unknown-format"


@pytest.mark.parametrize("name", ["auto", "flattened", "debezium", "csv", "copybook", "forwarded"])
def test_a_value_that_is_not_there_is_a_tombstone(name: str) -> None:
    """Whatever the format is: the key's record is gone."""
    assert format_named(name).loose(Record("t", 0, 1, 1, b"1", None)) == Skip("tombstone")


class Odd(Table):
    """A table whose columns are called like what products add to rows."""

    id: Key[int]
    op: Annotated[str | None, Column("__op")]
    table: str | None
    name_missing: Annotated[str | None, Column("name_isMissing")]


HEAD = {"table": "T", "op_type": "I", "op_ts": "2026-11-22 10:00:00", "pos": "1"}


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        ("flattened", {"id": 1, "__op": "c", "__lsn": 5, "__source_ts_ms": 5}, {"id": 1}),
        ("goldengate", {**HEAD, "id": 1}, {"id": 1}),
        (
            "goldengate",
            {**HEAD, "after": {"id": 1, "table": "x", "name_isMissing": False}},
            {"id": 1, "table": "x"},
        ),
    ],
)
def test_a_column_called_like_a_mark_is_absent(name: str, message: Any, expected: dict[str, Any]) -> None:
    """The product's own field stands there; it is never taken for the column's value, however it is read."""
    columns = frozenset(field.name for field in shape_of(Odd).fields)
    decoder = format_named(name).decoder(Wanted(Odd, columns, frozenset({"id"})))
    for _ in range(2):
        got = decode(decoder, record(message))
        assert isinstance(got, Change)
        assert got.after is not None
        held = {field: getattr(got.after, field) for field in columns}
        assert {field: value for field, value in held.items() if value is not msgspec.UNSET} == expected


def test_a_key_that_is_no_text_tells_nothing() -> None:
    """With its bytes replaced it would be another key."""
    assert cells_of_key(b'{"id":"\xff"}') is None


def test_a_value_without_a_table_is_at_least_text() -> None:
    """What its message says of it may not hold; a number beyond any is refused, as everywhere."""
    assert untyped("at", msgspec.Raw(b'{"a":1}'), Semantic(told=Kind.TIMESTAMP)) == msgspec.Raw(b'{"a":1}')
    with pytest.raises(DecodeError) as caught:
        untyped("n", msgspec.Raw(b"1e-9999999999999999999999"), Semantic(told=Kind.DECIMAL))
    assert caught.value.code == "number-too-long"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":{"$uuid":"6f9619ff-8b86-d011-b42d-00c04fc964ff"}}', b'"6f9619ff-8b86-d011-b42d-00c04fc964ff"'),
        ('{"a":{"$binary":{"base64":"b5YZ/4uG0BG0LQDAT8lk/w==","subType":"04"}}}',
         b'"6f9619ff-8b86-d011-b42d-00c04fc964ff"'),
        ('{"a":{"$binary":"AQ==","$type":"00"}}', b'"AQ=="'),
        ('{"a":{"$undefined":true}}', b"null"),
        ('{"a":{"$numberDouble":"NaN"}}', b'"NaN"'),
        ('{"a":[{"$numberInt":"1"},{"b":{"$oid":"5f"}}]}', b'[1,{"b":"5f"}]'),
        ('{"a":{"$date":"2016-11-04T13:51:30.123Z"}}', b'"2016-11-04T13:51:30.123000Z"'),
        ('{"a":"$5"}', b'"$5"'),
    ],
)  # fmt: skip
def test_extended_json_is_the_values_it_stands_for(text: str, expected: bytes) -> None:
    """In canonical and relaxed form, and in the older one (MongoDB, Extended JSON 2)."""
    assert bytes(document_of(text, "after")["a"]) == expected


class Home(Value):
    """A part of a row."""

    city: str


class Nested(Table):
    """A table with a part of several fields."""

    id: Key[int]
    home: Home | None


def test_a_part_of_a_row_may_not_have_been_sent() -> None:
    """The placeholder within it is looked for in the message itself."""
    assert row_test("after", shape_of(Nested).fields) == (
        "122 in value and value.find(b'__debezium_unavailable_value') >= 0"
    )

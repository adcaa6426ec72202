"""What decoders learn of the messages before, and how it stays bounded, changes nothing in what they give."""

import json
from datetime import date
from typing import Any

import pytest
from msgspec import UNSET

from franca.errors import DecodeError
from franca.formats.change import TOMBSTONE, Change, Wanted, decode
from franca.formats.registry import AUTO, format_named
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record

SOURCE = {"connector": "postgresql", "table": "thing", "ts_ms": 1_700_000_000_000, "lsn": 5}
COLUMN = {"type": "int32", "field": "day", "name": "io.debezium.time.Date"}


class Thing(Table):
    """A table with a text, a date and a list."""

    id: Key[int]
    day: str | None
    born: date | None
    tags: list[str] | None


COLUMNS = frozenset({"id", "day", "born", "tags"})


def record(value: object, offset: int = 1, partition: int = 0) -> Record:
    """Return a record with a value in JSON."""
    return Record(
        "raw.shop.thing", partition, offset, 1_700_000_000_000, b'{"id":7}', json.dumps(value).encode()
    )


def change(version: int = 1, *, parameters: Any = None, **row: Any) -> dict[str, Any]:
    """Return a message in a schema envelope; the version makes it another schema."""
    column = {**COLUMN, "parameters": parameters or {}}
    image = {"type": "struct", "field": "after", "fields": [column], "version": version}
    payload = {"before": None, "after": {"id": 7, **row}, "source": SOURCE, "op": "c"}
    return {"schema": {"type": "struct", "fields": [image]}, "payload": payload}


def after(decoder: Any, value: object) -> Any:
    """Return the row after a change, read the careful way and the learned way alike."""
    got = decode(decoder, record(value))
    assert isinstance(got, Change)
    assert decode(decoder, record(value)) == got
    return got.after


@pytest.fixture
def decoder() -> Any:
    """Give a fresh decoder."""
    return AUTO.decoder(Wanted(Thing, COLUMNS, COLUMNS))


def test_a_number_with_a_meaning_becomes_text_the_learned_way_too(decoder: Any) -> None:
    """The schema says that it counts days."""
    assert after(decoder, change(day=17_109)).day == "2016-11-04"
    assert after(decoder, change(day=17_110)).day == "2016-11-05"


def test_a_parameter_that_is_no_number_says_nothing(decoder: Any) -> None:
    """Connectors put all sorts of things there."""
    assert after(decoder, change(parameters={"scale": "x"}, day=0)).day == "1970-01-01"


def test_two_schemas_may_take_turns(decoder: Any) -> None:
    """As when a connector is upgraded while another partition is behind."""
    for day in range(4):
        assert after(decoder, change(version=day % 2, day=day)).day == f"1970-01-0{day + 1}"


def test_any_number_of_schemas_is_read(decoder: Any) -> None:
    """What was learned is forgotten before it fills the memory."""
    for version in range(200):
        assert after(decoder, change(version=version, day=0)).day == "1970-01-01"


def test_any_number_of_partitions_is_read(decoder: Any) -> None:
    """Plain rows are ordered by where they arrived."""
    for partition in range(5_000):
        got = decode(decoder, record({"id": 7}, partition=partition))
        assert isinstance(got, Change)
        assert f".{partition:06d}." in got.sequence


def test_an_envelope_may_have_its_payload_first(decoder: Any) -> None:
    """Nobody promised an order."""
    message = change(day=0)
    assert after(decoder, {"payload": message["payload"], "schema": message["schema"]}).day == "1970-01-01"


def test_a_list_with_a_value_that_was_not_sent_is_absent(decoder: Any) -> None:
    """Debezium's placeholder stands where a large value has not changed."""
    bare = {"before": None, "source": SOURCE, "op": "u"}
    assert after(decoder, {**bare, "after": {"id": 7, "tags": ["a"]}}).tags == ["a"]
    got = decode(decoder, record({**bare, "after": {"id": 7, "tags": "__debezium_unavailable_value"}}))
    assert isinstance(got, Change)
    assert not hasattr(got.after, "tags") or str(got.after.tags) == "UNSET"  # type: ignore[union-attr]  # a row type made at run time


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({**change(day=0), "schema": [1]}, "schema"),
        ({"before": None, "after": {"id": 7}, "source": {**SOURCE, "ts_ms": "x"}, "op": "c"}, "source.ts_ms"),
        ({"after": {"id": 7}, "source": {"connector": "x"}, "ts_ms": "now", "op": "c"}, "ts_ms"),
        ({"after": {"id": 7}, "source": {"file": f"bin.{10**10}", "pos": 1}, "op": "c"}, "source"),
        ({"after": {"id": 7, "born": 1}, "source": {**SOURCE, "lsn": "5x"}, "op": "c"}, "source"),
    ],
)
def test_what_can_not_be_read_is_named(decoder: Any, message: object, path: str) -> None:
    """The schema, a time, or a position."""
    with pytest.raises(DecodeError) as caught:
        decode(decoder, record(message))
    assert caught.value.path == path


def test_a_position_may_lack_its_change(decoder: Any) -> None:
    """A SQL Server snapshot has a commit alone."""
    source = {"connector": "sqlserver", "ts_ms": 1, "commit_lsn": "00000027:00000ac0:0007"}
    got = decode(decoder, record({"before": None, "after": {"id": 7}, "source": source, "op": "c"}))
    assert isinstance(got, Change)
    assert "0007-" + "0" * 22 in got.sequence


@pytest.mark.parametrize(
    ("value", "table"),
    [
        (change(day=0)["payload"], "thing"),
        ({"topic": "t", "partition": 0, "offset": 1, "value": change(day=0)["payload"]}, "thing"),
        ({"topic": "t t", "partition": 0, "offset": 1, "value": {}}, ""),
        ({"op": "c", "source": 5}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_the_table_of_a_message_is_the_sources(value: object, table: str) -> None:
    """Where a topic has several tables' messages; nothing where a message names none."""
    assert AUTO.table_of(record(value)) == table


def test_text_that_ends_within_a_character_is_no_json(decoder: Any) -> None:
    """Half an escape is not taken for a lone surrogate."""
    with pytest.raises(DecodeError) as caught:
        decode(decoder, Record("raw.shop.thing", 0, 1, 1, None, b'{"id":7,"day":"\\ud83d'))
    assert caught.value.code == "not-json"


def test_an_envelope_without_a_schema_has_the_tables_types(decoder: Any) -> None:
    """As some converters write it."""
    assert after(decoder, {**change(day="x"), "schema": None}).day == "x"


def test_a_forwarded_record_may_hold_nothing() -> None:
    """Then it is a tombstone."""
    forwarded = format_named("forwarded").decoder(Wanted(Thing, COLUMNS, COLUMNS))
    for value in (None, b"null"):
        assert decode(forwarded, Record("t", 0, 1, 1, None, value)) == TOMBSTONE


@pytest.mark.parametrize("holds_text", [False, True])
def test_a_forwarded_deletes_own_key_tells_what_was_sent(holds_text: bool) -> None:
    """Of a row that was deleted the key alone may be sent, which the key inside tells, learned or not."""
    fresh, decoder = (format_named("forwarded").decoder(Wanted(Thing, COLUMNS, COLUMNS)) for _ in range(2))
    row = {"__deleted": "true", "__op": "d", "__lsn": 5, "id": 7, "born": None, "tags": None}
    for row_day, key in [("x", '{"id":7}'), ("x", None), ("", '{"id":7}'), ("", {"id": 7})]:
        value = {**row, "day": row_day}
        inner = {"topic": "t", "partition": 0, "offset": 1, "key": key}
        message = {**inner, "value": json.dumps(value) if holds_text else value}
        got = decode(decoder, record(message))
        assert isinstance(got, Change)
        assert got == fresh(record(message))
        assert (getattr(got.before, "day") is UNSET) == (row_day == "")  # noqa: B009  # a row type made at run time


def test_an_informix_position_is_a_number(decoder: Any) -> None:
    """And no hexadecimal text."""
    source = {"connector": "informix", "ts_ms": 1, "commit_lsn": "21484679168", "change_lsn": "21484679169"}
    got = decode(decoder, record({"before": None, "after": {"id": 7}, "source": source, "op": "c"}))
    assert isinstance(got, Change)
    assert "21484679168-" in got.sequence


FLAT = {"id": 7, "day": "x", "__op": "c"}
MARKED = {"id": 7, "id_isMissing": False, "day": None, "day_isMissing": True, "born": "2020-01-01"}
OPERATION = {"table": "SHOP.THING", "op_type": "I", "op_ts": "2020-01-01 00:00:00", "pos": "1"}
LOADED = {"operation": "load", "record-type": "data"}
ENVELOPE = {"magic": "atMSG", "type": "DT"}
MASKED = {"operation": "UPDATE", "columnMask": "03"}


@pytest.mark.parametrize(
    ("name", "usual", "other"),
    [
        ("flattened", FLAT, {**FLAT, "__lsn": 5}),
        ("flattened", {**FLAT, "__source_ts_ms": 5}, {**FLAT, "__source_ts_ms": 5, "__ts_us": 7_000}),
        ("flattened", {**FLAT, "__lsn": 5}, {**FLAT, "__lsn": 5, "__source_lsn": 6}),
        ("flattened", FLAT, {**FLAT, "__file": "bin.01", "__pos": 5}),
        ("dms", {"data": {"id": 7}, "metadata": LOADED},
         {"data": {"id": 7}, "metadata": {**LOADED, "timestamp": "2020-01-01T00:00:00Z"}}),
        ("goldengate", {**OPERATION, "after": {"id": 7, "day": "x"}},
         {**OPERATION, "after": MARKED, "tokens": {"a": {}}}),
        ("qlik", {"data": {"id": 7, "day": None}, "headers": MASKED},
         {"data": {"id": 7, "day": "x", "born": None}, "headers": MASKED}),
        ("qlik", {**ENVELOPE, "message": {"data": {"id": 7, "day": "x"}, "headers": MASKED}},
         {**ENVELOPE, "message": {"data": {"new": 1, "id": 7, "day": None}, "headers": MASKED}}),
        ("plain", {"id": 7, "day": "x"}, {"id": 7, "day": "__debezium_unavailable_value"}),
        ("auto", {"id": 7, "day": "x"},
         {"id": 7, "day": "x", "before": None, "after": {"id": 8}, "source": SOURCE, "op": "c"}),
    ],
)  # fmt: skip
def test_what_tells_more_than_the_messages_before_is_heard(name: str, usual: object, other: object) -> None:
    """A place, a time, a mark or a value not sent means the same, whatever was read before."""
    fresh, decoder = (format_named(name).decoder(Wanted(Thing, COLUMNS, COLUMNS)) for _ in range(2))
    for _ in range(3):
        decode(decoder, record(usual))

    assert decode(decoder, record(other)) == fresh(record(other)) != decode(decoder, record(usual))


@pytest.mark.parametrize("column", ["\u0000", '"', "\\", "ö"])
def test_a_column_may_have_any_name_beside_a_mask(column: str) -> None:
    """What no type can be made of is read the careful way."""
    decoder = format_named("qlik").decoder(Wanted(Thing, COLUMNS, COLUMNS))
    message = {"data": {"id": 7, column: "x"}, "headers": MASKED}
    for _ in range(3):
        change = decode(decoder, record(message))
        assert isinstance(change, Change)
        assert change.after is not None

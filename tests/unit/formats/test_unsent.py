"""What Debezium writes for a large value that has not changed: another thing for each type of column."""

import json
from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET, Raw

from franca.formats.change import Change, Loose, Wanted, decode
from franca.formats.registry import format_named
from franca.formats.unsent import is_placeholder
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record

TEXT = "__debezium_unavailable_value"
BASE64 = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="
FULL: dict[str, Any] = {
    "id": 1,
    "note": "n",
    "data": "AAE=",
    "notes": ["n"],
    "blobs": ["AAE="],
    "numbers": [95, 95],
    "tokens": ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
}


class Doc(Table):
    """Columns that PostgreSQL keeps apart when they are large."""

    id: Key[int]
    note: str | None
    data: bytes | None
    notes: list[str] | None
    blobs: list[bytes] | None
    numbers: list[int] | None
    tokens: list[UUID] | None


CASES = [
    ("note", TEXT),
    ("note", BASE64),
    ("note", f'{{"{TEXT}":"{TEXT}"}}'),
    ("data", BASE64),
    ("notes", [TEXT]),
    ("blobs", [BASE64]),
    ("numbers", [*TEXT.encode()]),
    ("tokens", ["b68a35a7-17ad-35b3-af2a-ae46edb4545a"]),
]


def value(name: str, row: dict[str, Any], op: str = "u") -> bytes:
    """Return a message in a format, an update's unless told otherwise."""
    place = {"lsn": 6} if op == "u" else {"scn": "6", "commit_scn": "7", "rs_id": "", "ssn": 0}
    source = {"connector": "postgresql" if op == "u" else "oracle", "ts_ms": 5, "table": "doc", **place}
    message = {
        "debezium": {"before": None, "after": row, "source": source, "op": op},
        "flattened": row | {"__op": op},
        "plain": row,
    }
    return json.dumps(message[name]).encode()


PLACES: list[dict[str, Any]] = [
    {"connector": "postgresql", "lsn": 6},
    {"connector": "mysql", "file": "binlog.000003", "pos": 4, "row": 0},
]


@pytest.mark.parametrize("place", PLACES, ids=["postgresql", "mysql"])
@pytest.mark.parametrize("op", ["c", "r", "u"])
@pytest.mark.parametrize("name", ["debezium", "flattened"])
def test_a_placeholder_means_the_same_whatever_was_read_before(
    place: dict[str, Any], op: str, name: str
) -> None:
    """Even in a row of a kind that should have none."""
    columns = frozenset(FULL)
    fresh, decoder = (format_named(name).decoder(Wanted(Doc, columns, columns)) for _ in range(2))
    for column, placeholder in CASES:
        for row in (FULL, FULL | {column: placeholder}):
            source = {"ts_ms": 5, "table": "doc", **place}
            added = {f"__{field}": found for field, found in place.items()} | {"__op": op}
            message = {"before": None, "after": row, "source": source, "op": op}
            text = json.dumps(message if name == "debezium" else row | added)
            record = Record("t", 0, 7, 1, b'{"id":1}', text.encode())
            got = decode(decoder, record)
            assert got == fresh(record)
        assert isinstance(got, Change)
        assert getattr(got.after, column) is UNSET


@pytest.mark.parametrize("name", ["debezium", "flattened", "plain"])
@pytest.mark.parametrize(("column", "placeholder"), CASES)
@pytest.mark.parametrize(("is_learned", "op"), [(False, "u"), (True, "u"), (True, "c"), (True, "r")])
def test_a_value_that_was_not_sent_is_absent(
    name: str, column: str, placeholder: Any, is_learned: bool, op: str
) -> None:
    """Read carefully or by what earlier messages taught; in Oracle's new rows too."""
    columns = frozenset(FULL)
    decoder = format_named(name).decoder(Wanted(Doc, columns, columns))
    for row in [FULL, FULL, FULL | {column: placeholder}][0 if is_learned else 2 :]:
        got = decode(decoder, Record("t", 0, 7, 1, b'{"id":1}', value(name, row, op)))
    assert isinstance(got, Change)
    absent = [each for each in FULL if getattr(got.after, each) is UNSET]
    assert absent == [column]


@pytest.mark.parametrize(("column", "placeholder"), [*CASES, ("map", {TEXT: TEXT})])
def test_a_value_that_was_not_sent_is_absent_without_a_table(column: str, placeholder: Any) -> None:
    """However the message is spaced, and whatever the column."""
    row = FULL | {column: placeholder}
    got = format_named("debezium").loose(Record("t", 0, 7, 1, None, value("debezium", row)))
    assert isinstance(got, Loose)
    assert got.after is not None
    assert got.after.keys() == FULL.keys() - {column}


def test_a_list_that_holds_no_number_is_no_placeholder() -> None:
    """Its exponent is beyond any; who reads the cell refuses it."""
    assert not is_placeholder(Raw(b"[1e99999999999999999999]"))


@pytest.mark.parametrize("is_learned", [False, True])
def test_what_debezium_writes_for_such_a_value_is_a_value_in_other_formats(is_learned: bool) -> None:
    """They leave values out in ways of their own, and a text is a text, learnt or not."""
    columns = frozenset(FULL)
    decoder = format_named("maxwell").decoder(Wanted(Doc, columns, columns))
    message = {"database": "s", "table": "doc", "type": "insert", "ts": 1, "data": FULL | {"note": TEXT}}
    for _ in range(2 if is_learned else 1):
        got = decode(decoder, Record("t", 0, 7, 1, None, json.dumps(message).encode()))
    assert isinstance(got, Change)
    assert getattr(got.after, "note") == TEXT  # noqa: B009  # a row's columns are known at run time

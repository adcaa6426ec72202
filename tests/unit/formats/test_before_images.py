"""Debezium's row before a change in PostgreSQL: the whole row, or the key with what stands for the rest."""

import json
from typing import Any

import pytest
from msgspec import UNSET

from franca.formats.change import Change, Wanted, decode
from franca.formats.registry import AUTO
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record

FULL = {"id": 1, "status": "A", "active": True, "name": "Ada"}
ALONE = {"id": 1, "status": "", "active": False, "name": None}
USUAL = ("c", None, FULL)


class Cust(Table):
    """A table of which a condition mentions two columns that may not be null."""

    id: Key[int]
    status: str
    active: bool


def change(operation: str, before: Any, after: Any, *, first: Any = None) -> Change:
    """Return what a message gives, after another one if there is one."""
    columns = frozenset({"id", "status", "active"})
    decoder = AUTO.decoder(Wanted(Cust, columns, columns))
    source = {"connector": "postgresql", "ts_ms": 5, "table": "cust", "lsn": 6}
    for op, old, new in filter(None, [first, first, (operation, before, after)]):
        value = {"before": old, "after": new, "source": source, "op": op}
        got = decode(decoder, Record("t", 0, 7, 1, b'{"id":1}', json.dumps(value).encode()))
    assert isinstance(got, Change)
    return got


@pytest.mark.parametrize("first", [None, USUAL])
@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [("d", ALONE, None), ("d", {"id": 1, "status": None}, None), ("u", ALONE, FULL | {"id": 2})],
)
def test_a_value_that_stands_for_none_that_was_sent_is_absent(
    operation: str, before: Any, after: Any, first: Any
) -> None:
    """Debezium writes "", 0 and false where null may not be; taken for values, a condition would not hold."""
    got: Any = change(operation, before, after, first=first).before
    assert (got.id, got.status, got.active) == (1, UNSET, UNSET)


@pytest.mark.parametrize("first", [None, USUAL])
@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        ("d", FULL, None),
        ("d", ALONE | {"name": "Ada"}, None),
        ("d", ALONE | {"active": True}, None),
        ("u", ALONE, FULL),
        ("u", ALONE | {"name": "Ada"}, FULL | {"id": 2}),
    ],
)
def test_a_row_that_was_sent_keeps_its_values(operation: str, before: Any, after: Any, first: Any) -> None:
    """Another column tells, mapped or not, and so does a key that an update has not changed."""
    got: Any = change(operation, before, after, first=first).before
    assert (got.id, got.status, got.active) == (1, before["status"], before["active"])

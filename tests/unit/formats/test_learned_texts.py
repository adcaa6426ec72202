"""Times, places in logs, marks, placeholders: the learned way reads them as the careful way does."""

import json
from typing import Any

import pytest

from franca.errors import DecodeError
from franca.formats.change import Decoded, Decoder, Wanted, decode
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record

PLACEHOLDER = "__debezium_unavailable_value"


class Thing(Table):
    """A table with texts."""

    id: Key[str]
    name: str | None
    note: str | None


COLUMNS = frozenset({"id", "name", "note"})
ROW = {"id": "7", "name": "Ada", "note": None}
MARKED = {**ROW, "id_isMissing": False, "name_isMissing": False, "note_isMissing": False}
OPERATION = {"table": "SHOP.THING", "op_type": "I", "op_ts": "2026-11-22 10:00:00.123456", "pos": "0042"}
ORACLE = {
    "connector": "oracle",
    "ts_ms": 5,
    "scn": "41",
    "commit_scn": "42",
    "rs_id": "0x00002f.00012b40.000e",
}
WAL = {"action": "I", "timestamp": "2026-11-22 10:00:00.123456+00", "lsn": "0/16E3778", "table": "thing"}
CELLS = [{"name": name, "value": value} for name, value in ROW.items()]
TIMES = [
    *("2026-11-22 10:00:00.123456", "2026-11-22 10:00:01.123456", "2026-11-22T10:00:00.123456Z"),
    *("2026-11-22T10:00:00Z123456", "2026-11-22 10:00:00,123456", "2026-11-22 10:00:00,5", ""),
    *("2026-11-22 10:00:00.123", "2026-11-22T10:00:00.123Z", "2026-11-22T10:00:00.123+05", "infinity"),
    *("2026-11-22 10:00:00.12", "2026-11-22 10:00:00.1_", "2026-11-22 10:00:00.1234567"),
    *("2026-11-22 10:00:00.1_3456", "2026-11-22 10:00:00. 23456", "2026-11-22 10:00:00.12345\uff16"),
    *("2026-11-22 24:00:00.123456", "2026-13-22 10:00:00.123456", "1960-01-01 00:00:00.000001"),
    *("2026-11-22 10:00:00.123456+00", "2026-11-22 10:00:00.123456+01", "2026-W47-7T10:00:00.123456"),
]
PLACES = [
    *("0/16E3778", "0/16e3778", "0/16E3FFF", "1/0000A123", "FFFFFFFF/FFFFFFFF", "0/7", "0/", "/7", ""),
    *("100000000/0", "0/000000001", "0/0x16E3", "0/+16E3778", "0/16E_778", "0/16E3 78", "A/B/CDEF"),
    *("0x0/16E3778", " 0/16E3778", "0/16E3778 ", "16E3778", "0/\uff116E3778"),
]
ADDRESSES = [
    *("0x00002f.00012b40.000e", " 0x00002f.00012b40.000f ", "00002f.00012b40.000e", "1x00002f.00012b40.000e"),
    *("0x00002F.00012B40.000E", "0X00002f.00012b40.000e", "0x00002g.00012b40.000e", "0x0x002f.00012b40.000e"),
    *("0x00002f.00012b40.000\xe9", "0x00002f-00012b40.000e", "", None),
]


def image(message: dict[str, Any], **row: Any) -> dict[str, Any]:
    """Return a message of which the row after has other cells."""
    return {**message, "after": {**message["after"], **row}}


CHANGE = {"before": None, "after": ROW, "source": ORACLE, "op": "c"}
GOLDEN, GOLDEN_MARKED = {**OPERATION, "after": ROW}, {**OPERATION, "after": MARKED}
GOLDEN_ROW, GOLDEN_ROW_MARKED = {**OPERATION, **ROW}, {**OPERATION, **MARKED}
MARKS: list[Any] = [True, False, None, "true", 1]
TEXTS = [f'{{"{PLACEHOLDER}":"{PLACEHOLDER}"}}', PLACEHOLDER, "a\\b=z"]
CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    ("goldengate", GOLDEN, [{**GOLDEN, "op_ts": time} for time in TIMES]),
    ("wal2json", {**WAL, "columns": CELLS}, [{**WAL, "columns": CELLS, "timestamp": time} for time in TIMES]),
    ("wal2json", {**WAL, "columns": CELLS}, [{**WAL, "columns": CELLS, "lsn": place} for place in PLACES]),
    ("debezium", CHANGE, [{**CHANGE, "source": {**ORACLE, "rs_id": text}} for text in ADDRESSES]),
    ("debezium", CHANGE, [image(CHANGE, note=text) for text in TEXTS]),
    ("goldengate", GOLDEN, [image(GOLDEN, name_isMissing=mark) for mark in MARKS]),
    ("goldengate", GOLDEN, [image(GOLDEN, note='"note_isMissing":true')]),
    ("goldengate", GOLDEN_MARKED, [image(GOLDEN_MARKED, name_isMissing=mark) for mark in MARKS]),
    ("goldengate", GOLDEN_MARKED, [GOLDEN, {**GOLDEN_MARKED, "op_type": "D", "before": MARKED}]),
    ("goldengate", GOLDEN_ROW, [{**GOLDEN_ROW, "name_isMissing": mark} for mark in MARKS]),
    ("goldengate", GOLDEN_ROW_MARKED, [{**GOLDEN_ROW_MARKED, "id_isMissing": mark} for mark in MARKS]),
    ("goldengate", GOLDEN_ROW_MARKED, [{**GOLDEN_ROW_MARKED, "op_type": "D"}, GOLDEN_ROW]),
]


def outcome(decoder: Decoder, message: object) -> "Decoded | tuple[str, str]":
    """Return what becomes of a message: a change, or its problem's code and path."""
    try:
        return decode(decoder, Record("t", 0, 1, 1, None, json.dumps(message).encode()))
    except DecodeError as error:
        return error.code, error.path


@pytest.mark.parametrize(("name", "usual", "others"), CASES)
@pytest.mark.parametrize("before", [frozenset(), COLUMNS])
def test_a_text_means_the_same_the_fast_way(
    name: str, usual: dict[str, Any], others: list[dict[str, Any]], before: frozenset[str]
) -> None:
    """Whatever stands in the place of a usual text, in whichever order the messages come."""
    wanted = Wanted(Thing, COLUMNS, before)
    learned = format_named(name).decoder(wanted)
    for other in (*others, *reversed(others)):
        expected = outcome(format_named(name).decoder(wanted), other)
        assert [outcome(learned, usual), outcome(learned, other), outcome(learned, other)][1:] == [
            expected
        ] * 2
    assert learned.reading is not None


def test_a_column_called_like_a_mark_is_read_carefully() -> None:
    """It is taken for a mark, whatever was read before."""

    class Odd(Table):
        """A table with such a column."""

        id: Key[str]
        id_isMissing: str | None  # noqa: N815  # as a source may call it

    wanted = Wanted(Odd, frozenset({"id", "id_isMissing"}))
    learned = format_named("goldengate").decoder(wanted)
    for row in (MARKED, ROW, MARKED):
        for message in ({**OPERATION, "after": row}, {**OPERATION, **row}):
            assert outcome(learned, message) == outcome(format_named("goldengate").decoder(wanted), message)

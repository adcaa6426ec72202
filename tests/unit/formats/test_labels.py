"""Columns of MySQL whose numbers stand for labels, while their types change between messages."""

import json
from enum import Enum
from typing import Any

import pytest

from franca.formats.change import REFUSED, Change, Wanted
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record


class Size(Enum):
    """Sizes."""

    SMALL = "small"
    LARGE = "large"


class Shirt(Table):
    """A text, an enumeration and the number of one."""

    id: Key[int]
    size: Size | None
    shade: str | None
    place: int | None


def record(size: str, shade: str, types: dict[str, str] | None, numbers: dict[str, int] | None) -> Record:
    """Return a message of Canal's with one row."""
    row = {"id": "7", "size": size, "shade": shade, "place": "2"}
    told = {"mysqlType": types, "sqlType": numbers, "es": 5, "database": "d", "table": "t", "isDdl": False}
    value = json.dumps({"type": "INSERT", "data": [row], **told}).encode()
    return Record("raw.shop.shirt", 0, 1, 1, None, value)


PLAIN = {"id": "int", "size": "varchar(9)", "shade": "varchar(9)", "place": "enum('a','b')"}
SIZES = "enum('small','large')"
NUMBERS = {"id": 4, "size": 4, "shade": 4, "place": 4}
TEXTS = {"id": 4, "size": 12, "shade": 12, "place": 4}
STEPS = [
    ("large", "2", PLAIN, TEXTS),
    ("2", "2", {**PLAIN, "size": SIZES, "shade": "enum('x','y')"}, NUMBERS),
    ("2", "2", {**PLAIN, "size": SIZES, "shade": "enum('w','x','y')"}, NUMBERS),
    ("large", "('", PLAIN, TEXTS),
    ("2", "2", {**PLAIN, "size": SIZES}, {**NUMBERS, "shade": 12}),
    ("2", "2", {"size": SIZES, "shade": "enum('p','q')"}, None),
    ("large", "2", {**PLAIN, "size": SIZES}, {**TEXTS, "size": 4 * 10**19}),
    ("large", "2", None, None),
]
SHADES = ["2", "y", "x", "('", "2", "q", "2", "2"]


@pytest.mark.parametrize("times", [1, 3])
def test_each_message_is_read_by_the_types_that_it_names(times: int) -> None:
    """A column becomes an enumeration, gets labels and is text again; what was learnt before never counts."""
    columns = frozenset({"id", "size", "shade", "place"})
    decoder = format_named("canal").decoder(Wanted(Shirt, columns, frozenset({"id"})))
    for _ in range(times):
        for step, shade in zip(STEPS, SHADES, strict=True):
            for _ in range(times):
                message = record(*step)
                try:
                    found = decoder.planned(message)
                except REFUSED:
                    found = decoder(message)
                assert isinstance(found, Change)
                row: Any = found.after
                assert (row.size, row.shade, row.place) == (Size.LARGE, shade, 2)


def test_numbers_stay_numbers_where_no_text_is_wanted() -> None:
    """A column declared as an integer has the number of its label, whatever types are told."""
    decoder = format_named("canal").decoder(Wanted(Shirt, frozenset({"id", "place"}), frozenset({"id"})))
    for step in STEPS:
        first, again = decoder(record(*step)), decoder.planned(record(*step))
        assert isinstance(first, Change)
        found: Any = first.after
        assert first == again
        assert (found.id, found.place) == (7, 2)

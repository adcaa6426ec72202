"""Lines of COPY text: what a nested value looks like in the store is what it looks like in its event."""

from datetime import datetime, time
from typing import Any

import msgspec
import pytest

from franca.model.entity import Entity, Value
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.sinks.postgres_rows import RowMaker
from franca.types import Record


class Opening(Value):
    at: time | None = None
    since: datetime | None = None
    note: str | None = None


class Shop(Entity):
    id: Key[str]
    opening: Opening | None = None
    openings: list[Opening | None] | None = None
    times: list[list[time]] | None = None
    moments: list[datetime | None] | None = None
    notes: list[str] | None = None


OPENING = {"at": "09:00:00.000000", "since": "0999-01-01T00:00:00.000000Z", "note": 'a\\b"\n'}
NOTHING = {"at": None, "since": None, "note": None}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opening", OPENING),
        ("opening", NOTHING),
        ("openings", [OPENING, None, NOTHING]),
        ("times", [["23:59:59.999999", "00:00:00.000000"], []]),
        ("moments", ["2026-01-01T10:00:00.500000Z", None, "2026-01-01T10:00:00.000000Z"]),
        ("notes", ["10:00:00", "\\n"]),
    ],
)
def test_nested_values_have_the_form_of_the_event(name: str, value: Any) -> None:
    """So texts of moments in `jsonb` compare as the moments do."""
    names = ("specversion", "id", "source", "type", "subject", "time", "sequence", "mapping", "dataschema")
    texts = ("1.0", "e/0/1", "a/t", "shop.changed", "1", "2026-01-01T00:00:00.000000Z", "1", "1-aa", "shop/1")
    event = dict(zip(names, texts, strict=True)) | {"datacontenttype": "application/json", "origin": "a"}
    encoded = msgspec.json.encode(event | {"data": {"id": "1", name: value}})
    (row,), refused = RowMaker(shape_of(Shop)).newest([Record("shop", 0, 0, -1, b"1", encoded)])
    assert not refused
    place = [field.name for field in shape_of(Shop).fields].index(name)
    copied = row.line.split("\t")[place].replace("\\\\", "\\")
    assert msgspec.json.decode(copied) == value

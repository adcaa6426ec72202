"""The same row behind a registry and in JSON is the same change, and no bytes make the reading crash."""

import json
from base64 import b64encode
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from franca.errors import DecodeError
from franca.formats.change import Change, Wanted, decode
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.pipeline.change_line import change_line
from franca.testing.schemas import MemorySchemas
from franca.types import Record
from tests.avro import framed


class Thing(Table):
    """A column for each type of Kafka Connect that means something."""

    id: Key[int]
    name: str | None
    exact: Decimal | None
    varied: Decimal | None
    weight: float | None
    born: date | None
    clock: time | None
    at: datetime | None
    told: datetime | None
    data: bytes | None
    flag: bool | None


COLUMNS = frozenset(field.name for field in shape_of(Thing).fields)
CONNECT, DEBEZIUM = "org.apache.kafka.connect.data.", "io.debezium."
BYTES = st.binary(min_size=1, max_size=20).map(lambda data: b64encode(data).decode())
INT64 = st.integers(-(2**63), 2**63 - 1)
MICROSECONDS = st.integers(-(10**15), 4 * 10**15) | INT64
ZONED = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
SCALES = st.integers(-20, 30)
VARIED = {
    "type": "struct",
    "name": DEBEZIUM + "data.VariableScaleDecimal",
    "fields": [{"field": "scale", "type": "int32"}, {"field": "value", "type": "bytes"}],
}
TYPES: dict[str, tuple[dict[str, Any], st.SearchStrategy[Any]]] = {
    "id": ({"type": "int64"}, INT64),
    "name": ({"type": "string"}, st.text(st.characters(exclude_categories=["Cs"]))),
    "exact": ({"type": "bytes", "name": CONNECT + "Decimal", "parameters": {"scale": "3"}}, BYTES),
    "varied": (VARIED, st.fixed_dictionaries({"scale": SCALES, "value": BYTES})),
    "weight": ({"type": "double"}, st.floats(allow_nan=False, allow_infinity=False) | st.just("NaN")),
    "born": ({"type": "int32", "name": DEBEZIUM + "time.Date"}, st.integers(-(2**31), 2**31 - 1)),
    "clock": ({"type": "int64", "name": DEBEZIUM + "time.MicroTime"}, st.integers(0, 86_400_000_000)),
    "at": ({"type": "int64", "name": DEBEZIUM + "time.NanoTimestamp"}, MICROSECONDS),
    "told": ({"type": "string", "name": DEBEZIUM + "time.ZonedTimestamp"}, ZONED),
    "data": ({"type": "bytes"}, BYTES),
    "flag": ({"type": "boolean"}, st.booleans()),
}  # fmt: skip
ROW = {
    "type": "struct",
    "name": "shop.thing.Value",
    "optional": True,
    "fields": [{**kind, "field": name, "optional": name != "id"} for name, (kind, _) in TYPES.items()],
}
SOURCE = {"connector": "string", "name": "string", "table": "string", "ts_ms": "int64", "lsn": "int64"}
ENVELOPE = {
    "type": "struct",
    "name": "shop.thing.Envelope",
    "fields": [
        {**ROW, "field": "before"},
        {**ROW, "field": "after"},
        {
            "field": "source",
            "type": "struct",
            "name": "shop.Source",
            "fields": [{"field": name, "type": kind} for name, kind in SOURCE.items()],
        },
        {"field": "op", "type": "string"},
    ],
}
ROWS = st.fixed_dictionaries(
    {name: values if name == "id" else st.none() | values for name, (_, values) in TYPES.items()}
)


def told(decoder: Any, value: bytes) -> list[str]:
    """Return what the careful way and then the fast one make of a message: its line, or its problem."""
    lines = []
    for _ in range(2):
        try:
            found = decode(decoder, Record("t", 0, 7, 9, None, value))
            assert isinstance(found, Change)
            lines.append(change_line("shop", Thing, found).decode())
        except DecodeError as error:
            lines.append(f"{error.code} {error}")
    return lines


@settings(deadline=None)
@given(st.sampled_from("cur"), st.none() | ROWS, ROWS)
def test_a_change_in_avro_is_the_one_in_json(op: str, before: Any, after: Any) -> None:
    """Values, problems and positions are the same, whatever stands in the columns."""
    source = {"connector": "postgresql", "name": "shop", "table": "thing", "ts_ms": 5, "lsn": 6}
    payload = {"before": before, "after": after, "source": source, "op": op}
    document = {"schema": ENVELOPE, "payload": payload}
    wanted, schemas = Wanted(Thing, COLUMNS, COLUMNS), MemorySchemas()

    in_json = told(format_named("auto").decoder(wanted), json.dumps(document).encode())
    in_avro = told(format_named("auto", schemas).decoder(wanted), framed(schemas, document))

    assert in_avro == in_json


SCHEMAS = MemorySchemas()
VALUE = framed(
    SCHEMAS,
    {
        "schema": ENVELOPE,
        "payload": {
            "before": None,
            "after": {**dict.fromkeys(TYPES), "id": 1, "name": "Ada", "data": "AAAA", "weight": 1.5},
            "source": {"connector": "postgresql", "name": "shop", "table": "thing", "ts_ms": 5, "lsn": 6},
            "op": "c",
        },
    },
)


@settings(deadline=1_000)
@given(st.lists(st.tuples(st.integers(5, len(VALUE)), st.integers(0, 3), st.binary(max_size=4)), max_size=4))
@example([(5, 0, b"\xff\xff\xff\xff"), (9, 0, b"\xff\xff\xff\xff"), (13, 0, b"\x7f")])
def test_no_bytes_make_the_reading_crash(changes: list[tuple[int, int, bytes]]) -> None:
    """Whatever stands behind the schema's id is a change or a problem, at once."""
    data = bytearray(VALUE)
    for place, cut, put in changes:
        data[place : place + cut] = put
    decoder = format_named("auto", SCHEMAS).decoder(Wanted(Thing, COLUMNS, COLUMNS))
    decode(decoder, Record("t", 0, 6, 9, None, VALUE))

    for value in (bytes(data), bytes(data[:5])):
        with suppress(DecodeError):
            decode(decoder, Record("t", 0, 7, 9, None, value))

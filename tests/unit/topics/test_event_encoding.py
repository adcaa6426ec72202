"""Events in Avro are the events in JSON: what is written in one is read as the other."""

import json
from datetime import UTC
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from franca.errors import WriteError
from franca.model.entity import Entity
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.testing.schemas import MemorySchemas
from franca.topics.event_avro import EventWriter
from franca.topics.event_decoder import EventDecoder
from franca.topics.event_encoding import EventOpener, subject_of
from franca.topics.event_schema import avro_schema, json_schema
from tests.individuals import FULL, SHAPE, event

WRITER = EventWriter(SHAPE)
SCHEMAS = MemorySchemas()
HEAD = SCHEMAS.head(SCHEMAS.add(WRITER.schema))
OPENER = EventOpener(SCHEMAS)


def there_and_back(value: bytes) -> bytes:
    """Return an event after it stood on a topic in Avro."""
    return OPENER.opened(HEAD + WRITER.write(value))


@pytest.mark.parametrize(
    "data", [{}, FULL, {**FULL, "score": "NaN"}, {"score": "-Infinity", "homes": [None]}]
)
def test_an_event_in_avro_is_the_event_in_json(data: dict[str, Any]) -> None:
    """Byte for byte: values, nulls, attributes and their order."""
    assert json.loads(there_and_back(event("A", **data))) == json.loads(event("A", **data))
    assert list(json.loads(there_and_back(event("A", **data)))) == list(json.loads(event("A", **data)))


def test_a_delete_has_the_key_only() -> None:
    """A delete says nothing of the other fields, in Avro as in JSON."""
    assert there_and_back(event("A", deleted=True)) == event("A", deleted=True)


def test_what_is_json_or_of_json_schema_is_read_too() -> None:
    """A topic may change its encoding in the middle: each event tells how it is written."""
    number = SCHEMAS.add(json_schema(SHAPE), "JSON")
    assert OPENER.opened(event("A")) == event("A")
    assert OPENER.opened(SCHEMAS.head(number) + event("A")) == event("A")


VALUES = {
    "name": st.text(st.characters(exclude_categories=["Cs"])),
    "gender": st.none() | st.sampled_from(["Female", "Male"]),
    "born": st.none() | st.dates(),
    "balance": st.none() | st.decimals(-(10**9), 10**9, places=2),
    "visits": st.none() | st.integers(0, 1_000_000),
    "counter": st.none() | st.integers(-(10**38) + 1, 10**38 - 1),
    "score": st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["NaN", "Infinity"]),
    "active": st.none() | st.booleans(),
    "wakes": st.none() | st.times(),
    "seen": st.none() | st.datetimes(timezones=st.just(UTC)),
    "photo": st.none() | st.binary(),
    "token": st.none() | st.uuids(),
    "nicknames": st.none() | st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))),
}


@settings(deadline=None)
@given(st.fixed_dictionaries(VALUES))
def test_every_value_of_the_model_survives(data: dict[str, Any]) -> None:
    """Whatever a store can take is the same behind Avro, to the last digit."""
    decoder = EventDecoder(SHAPE)
    written = decoder.decode(event("A", **data)).data
    found = decoder.decode(there_and_back(event("A", **data))).data

    for name in written.__struct_fields__:
        before, after = getattr(written, name), getattr(found, name)
        assert (Decimal(after) == Decimal(before)) if name == "balance" and before else after == before


@pytest.mark.parametrize(
    "data",
    [{"balance": "1.001"}, {"balance": "99999999999.00"}, {"counter": 10**38}, {"gender": "Other"},
     {"balance": "NaN"},
     {"visits": 2**64}, {"name": 7}],
)  # fmt: skip
def test_what_the_schema_cant_hold_is_refused(data: dict[str, Any]) -> None:
    """Nothing is rounded or cut."""
    with pytest.raises(WriteError):
        WRITER.write(event("A", **data))


def test_noughts_behind_the_point_take_no_room() -> None:
    """A decimal fits by its value, as in every store."""
    assert json.loads(there_and_back(event("A", balance="1.1000")))["data"]["balance"] == "1.10"


@pytest.mark.parametrize(
    "value", [b"\0\0\0\0\x63x", HEAD, HEAD + b"\x80", HEAD + WRITER.write(event("A")) + b"x"]
)
def test_what_is_no_event_is_refused(value: bytes) -> None:
    """An unknown schema and broken data are the record's problem."""
    with pytest.raises(WriteError):
        OPENER.opened(value)


def test_avro_of_another_shape_is_no_event() -> None:
    """What somebody else put on an entity's topic is refused."""
    head = SCHEMAS.head(
        SCHEMAS.add('{"type":"record","name":"x","fields":[{"name":"data","type":"string"}]}')
    )
    for value in (head + b"\2a", SCHEMAS.head(SCHEMAS.add('"string"')) + b"\2a"):
        with pytest.raises(WriteError):
            OPENER.opened(value)


def test_any_reader_of_avro_sees_typed_columns() -> None:
    """Dates, decimals, instants and enumerations have Avro's own logical types."""
    schema = fastavro.parse_schema(json.loads(avro_schema(SHAPE)))
    found: Any = fastavro.schemaless_reader(BytesIO(WRITER.write(event("A", **FULL))), schema, None)

    assert found["data"]["balance"] == Decimal("-12.50")
    assert found["data"]["counter"] == Decimal(FULL["counter"])
    assert found["data"]["born"].isoformat() == FULL["born"]
    assert found["data"]["gender"] == "Female"
    assert found["time"].isoformat() == "2026-11-22T10:00:00.123456+00:00"


class Grade(Enum):
    """Values that no symbol of Avro can be."""

    BEST = "A+"
    GOOD = "A"


class Result(Entity):
    """An entity with such an enumeration."""

    id: Key[str]
    grade: Grade | None = None


def test_an_enumeration_that_avro_cant_have_is_text() -> None:
    """Avro's symbols are names; other values stay as they are."""
    shape = shape_of(Result)
    fields = {
        each["name"]: each["type"] for each in json.loads(avro_schema(shape))["fields"][-1]["type"]["fields"]
    }

    assert fields == {"id": "string", "grade": ["null", "string"]}


def test_json_schema_is_closed_and_asks_for_the_key() -> None:
    """A property more is then a compatible change in a registry."""
    data = json.loads(json_schema(SHAPE))["properties"]["data"]

    assert data["required"] == ["id"]
    assert data["additionalProperties"] is False
    assert data["properties"]["balance"] == {"type": ["string", "null"]}
    assert data["properties"]["homes"]["items"]["type"] == ["object", "null"]


def test_a_subject_is_named_by_its_topic() -> None:
    """Confluent's TopicNameStrategy."""
    assert subject_of("individual") == "individual-value"


def test_an_event_in_avro_is_smaller_than_its_data_in_json() -> None:
    """Names stand in the schema, not in each event."""
    assert len(WRITER.write(event("A", **FULL))) < len(msgspec.json.encode(FULL))

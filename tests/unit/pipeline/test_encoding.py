"""Events get their topics' form behind the on-ramp, and lose it before the stores."""

import json

import pytest

from franca.errors import DefinitionError, WriteError
from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.pipeline.encoding import Encoding, Opening
from franca.pipeline.onramp import OnRamp
from franca.pipeline.refused_events import RefusedEvents
from franca.sinks.kafka import Refusal
from franca.testing.schemas import MemorySchemas
from franca.topics.dead_letter import read_dead_letter
from franca.topics.event_encoding import EventEncoder, EventOpener
from franca.types import Batch, Record, Tally


class Part(Entity):
    """An entity with an integer of any size."""

    number: Key[str]
    count: int | None = None


shop = Application("shop")


class Row(Table):
    """A row."""

    no: Key[str]
    count: int | None


@shop.maps
def part(row: Row) -> Part:
    """Map a part."""
    return Part(number=row.no, count=row.count)


def record(number: int, count: object) -> Record:
    """Return a raw record."""
    return Record(
        "raw.shop.row", 0, number, 1, None, json.dumps({"no": str(number), "count": count}).encode()
    )


def encoding(schemas: MemorySchemas) -> Encoding:
    """Return the on-ramp with its topic in Avro."""
    step = OnRamp(shop, number=1)
    encoder = EventEncoder(schemas, "avro", {"part": shape_of(Part)})
    return Encoding(step, encoder, RefusedEvents("shop", step, EventOpener(schemas).opened))


def test_events_are_avro_on_their_topic_and_json_behind_it() -> None:
    """Who reads them gets what the on-ramp made, tombstones too."""
    schemas = MemorySchemas()
    records = [record(1, 5), record(2, None)]
    plain = OnRamp(shop, number=1)(Batch(records))
    output = encoding(schemas)(Batch(records))
    opening = Opening(EventOpener(schemas))
    stored = [Record(topic, 0, at, 1, key, value) for at, (topic, key, value) in enumerate(output.items)]

    opened = opening(Batch([*stored, Record("part", 0, 9, 1, b"1", None)]))

    assert [value[:5] for _, _, value in output.items if value] == [schemas.head(1)] * 2
    assert [each.value for each in opened.items] == [*(value for _, _, value in plain.items), None]
    assert output.tally == Tally(2, 2, 0)


def test_what_the_form_cant_hold_goes_to_the_dead_letters() -> None:
    """With the raw record that gave it; the others go on."""
    records = [record(1, 5), record(2, 10**40), record(3, 7)]
    output = encoding(MemorySchemas())(Batch(records))

    assert [topic for topic, _, _ in output.items] == ["part", "shop.dead-letters", "part"]
    letter = read_dead_letter(output.items[1][2] or b"")
    assert (letter.stage, letter.code, letter.record) == ("write", "out-of-range", records[1])
    assert output.tally == Tally(3, 2, 1)


def test_an_event_in_avro_that_kafka_refuses_is_parked() -> None:
    """Its mark is read through its form."""
    schemas = MemorySchemas()
    step = OnRamp(shop, number=1)
    refused = RefusedEvents("shop", step, EventOpener(schemas).opened)
    records = [record(1, 5)]
    output = encoding(schemas)(Batch(records))

    letter = refused(Refusal(output.items[0], WriteError("", "too large", "too-large"), 100, records))

    assert letter is not None
    assert read_dead_letter(letter[2] or b"").record == records[0]


def test_a_store_parks_what_came() -> None:
    """The letter has the topic's bytes, and the reason why they could not be opened."""
    schemas = MemorySchemas()
    good = encoding(schemas)(Batch([record(1, 5)])).items[0]
    came = [Record("part", 0, 0, 1, good[1], good[2]), Record("part", 0, 1, 1, b"2", b"\0\0\0\0\x63x")]
    opening = Opening(EventOpener(schemas))
    given = opening(Batch(list(came))).items
    reason = WriteError("data", "some reason", "some-code")

    assert opening.origin(given[0], reason) == (came[0], reason)
    found, why = opening.origin(given[1], reason)
    assert (found, why.code) == (came[1], "unknown-schema")
    json_record = Record("part", 0, 2, 1, b"3", b"{}")
    assert opening.origin(json_record, reason) == (json_record, reason)


def test_all_forbidden_schemas_are_told_at_once() -> None:
    """A definition error has every problem."""
    schemas = MemorySchemas()
    for subject in ("part-value", "other-value"):
        schemas.register(subject, "{}", "AVRO")
    encoder = EventEncoder(schemas, "avro", {"part": shape_of(Part), "other": shape_of(Part)})

    with pytest.raises(DefinitionError) as refused:
        encoder.register()
    assert [problem.path for problem in refused.value.problems] == ["part-value", "other-value"]


def test_a_schema_is_registered_once() -> None:
    """What is registered already keeps its id, and JSON Schema is one more way."""
    schemas = MemorySchemas()
    shapes = {"part": shape_of(Part)}
    first = EventEncoder(schemas, "json-schema", shapes)

    assert first.register() == EventEncoder(schemas, "json-schema", shapes).register() == {"part-value": 1}
    assert first.written("part", b"{}") == schemas.head(1) + b"{}"
    assert first.written("shop.dead-letters", b"{}") == b"{}"

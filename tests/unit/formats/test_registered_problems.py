"""What can be wrong behind a schema registry, and what only real messages show."""

import json
import math
import struct
from typing import Any
from uuid import UUID

import pytest

from franca.errors import DecodeError
from franca.formats.change import Wanted, decode
from franca.formats.registry import AUTO, format_named
from franca.mapping.application import Application
from franca.pipeline.lines import Input, decode_lines
from franca.pipeline.loose_lines import loose_lines
from franca.testing.schemas import MemorySchemas
from franca.topics.raw_record import encode_line
from tests.accounts import (
    ENVELOPE,
    WANTED,
    Account,
    change,
    loose,
    record,
)
from tests.avro import avro_of, datum_of, framed, written
from tests.cases.tables import Thing
from tests.samples import lines


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"\0\0\0\0\x63abc", "unknown-schema"),
        (b"\0\0\0\0\1", "not-avro"),
        (b"\0\0\0\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "not-avro"),
        (b"\0\0\0\0\2{}", "unsupported-schema"),
        (b"\0\0\0\0\3\0", "unsupported-schema"),
        (b"\0\0\0\0\4\2\0", "unsupported-schema"),
        (b"\0\0\0\0\5\2\0", "unsupported-schema"),
    ],
    ids=["unknown", "empty", "cut", "protobuf", "no schema", "holds itself", "list of nothing"],
)
def test_what_cant_be_read_is_a_problem(value: bytes, code: str) -> None:
    """Bytes that are none of the schema, and schemas that nobody reads, have their codes."""
    schemas = MemorySchemas()
    schemas.add(json.dumps(avro_of(ENVELOPE)))
    schemas.add('syntax = "proto3";', "PROTOBUF")
    schemas.add('{"type":"record","name":"x"}')
    schemas.add('{"type":"record","name":"x","fields":[{"name":"next","type":["null","x"]}]}')
    schemas.add('{"type":"array","items":{"type":"record","name":"x","fields":[]}}')

    for name in ("auto", "debezium", "plain"):
        with pytest.raises(DecodeError) as refused:
            decode(format_named(name, schemas).decoder(WANTED), record(value))
        assert refused.value.code == code


def test_bytes_too_many_are_not_passed_over() -> None:
    """Data that go on behind the record were written by another schema."""
    schemas = MemorySchemas()
    value = framed(schemas, change())
    decoder = format_named("auto", schemas).decoder(WANTED)
    decode(decoder, record(value))

    with pytest.raises(DecodeError, match="1 bytes are left"):
        decode(decoder, record(value + b"\0"))


@pytest.mark.parametrize(
    "number", [0.1, 1e-7, 3.4028235e38, 1.1754944e-38, 16777216.0, -0.0, 0.3, 1.36441695e-05]
)
def test_single_precision_is_written_as_java_writes_it(number: float) -> None:
    """The shortest digits that stand for the same four bytes: what JSON holds of the same column."""
    schemas = MemorySchemas()
    (single,) = struct.unpack("f", struct.pack("f", number))
    schema = {"type": "record", "name": "x", "fields": [{"name": "id", "type": "float"}]}
    value = schemas.head(schemas.add(json.dumps(schema))) + written(schema, {"id": single})

    assert loose(schemas, value)[0]["after"]["id"] == number


def test_without_a_registry_the_remedy_is_told() -> None:
    """Who reads Avro without a registry learns what to name."""
    schemas = MemorySchemas()
    with pytest.raises(DecodeError, match=r"\[registry\]") as refused:
        AUTO.loose(record(framed(schemas, change())))
    assert refused.value.code == "no-registry"


def test_raw_record_lines_of_avro_are_decoded() -> None:
    """The command's input is a raw record line, with a table and without."""
    schemas = MemorySchemas()
    line = encode_line(record(framed(schemas, change())))
    told = list(decode_lines(Input(Application("bank"), Account, True, schemas=schemas), [line]))
    untold = list(loose_lines([line], records=True, schemas=schemas))

    assert [each.kind for each in told] == ["change", "note"]
    assert json.loads(told[0].text)["after"]["balance"] == "12.34"
    assert [each.kind for each in untold] == ["note", "change"]


def captured() -> list[Any]:
    """Return the captured changes that carry their schema, without those that do not keep to it."""
    told = [each["json"] for name in ("examples", "docs") for each in lines(f"debezium/{name}_events.jsonl")]
    enveloped = [
        each for each in told if isinstance(each, dict) and each.get("schema") and each.get("payload")
    ]
    return [each for each in enveloped if _fits(each["schema"], each["payload"])]


def _fits(schema: Any, payload: Any) -> bool:
    try:
        written(avro_of(schema), datum_of(schema, payload))
    except (ValueError, TypeError):
        return False
    return True


@pytest.mark.parametrize("document", captured())
def test_captured_changes_are_the_same_in_avro(document: Any) -> None:
    """Real schemas of Debezium's connectors, as Confluent's converter would register them."""
    schemas = MemorySchemas()

    assert loose(schemas, framed(schemas, document)) == loose(None, json.dumps(document).encode())


def test_numbers_that_are_none_are_texts_in_avro_too() -> None:
    """Not a number and the infinities of both precisions, as the contract writes them."""
    schemas = MemorySchemas()
    fields = [{"name": name, "type": name} for name in ("float", "double")]
    head = schemas.head(schemas.add(json.dumps({"type": "record", "name": "x", "fields": fields})))
    for number, told in ((math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (0.5, 0.5)):
        row = loose(schemas, head + struct.pack("<fd", number, number))[0]["after"]
        assert row == {"float": told, "double": told}


def test_a_uuid_of_sixteen_bytes_is_its_text() -> None:
    """Avro 1.12 allows the logical type for them as for text."""
    schemas = MemorySchemas()
    kind = {"type": "fixed", "name": "u", "size": 16, "logicalType": "uuid"}
    schema = {"type": "record", "name": "x", "fields": [{"name": "id", "type": kind}]}
    ref = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")

    value = schemas.head(schemas.add(json.dumps(schema))) + ref.bytes

    assert loose(schemas, value)[0]["after"] == {"id": str(ref)}


@pytest.mark.parametrize("digits", [b"", b"\x7f" * 501])
def test_a_decimal_of_no_digits_or_of_too_many_is_a_problem(digits: bytes) -> None:
    """The unscaled integer may have any length in Avro, and a thousand digits are the most that is taken."""
    schemas = MemorySchemas()
    kind = {"type": "bytes", "logicalType": "decimal", "precision": 2000, "scale": 2}
    schema = {"type": "record", "name": "x", "fields": [{"name": "op_type", "type": kind}]}
    value = schemas.head(schemas.add(json.dumps(schema))) + written(schema, {"op_type": digits})

    with pytest.raises(DecodeError) as caught:
        format_named("goldengate", schemas).loose(record(value))
    assert caught.value.code == "number-too-long"


def test_any_number_of_schemas_is_read() -> None:
    """Each has its own way, and the oldest are forgotten before they fill the memory."""
    schemas = MemorySchemas()
    decoder = format_named("plain", schemas).decoder(WANTED)
    fields = [{"name": "id", "type": "int"}]
    heads = [
        schemas.head(schemas.add(json.dumps({"type": "record", "name": f"x{number}", "fields": fields})))
        for number in range(70)
    ]
    for head in [*heads, *heads[:3]]:
        found: Any = decode(decoder, record(head + b"\x0e"))
        assert found.after.id == 7


def test_a_message_of_several_rows_is_read_behind_a_registry_too() -> None:
    """Each of its rows is a change, in the first message and in the next."""
    schemas = MemorySchemas()
    head = schemas.head(schemas.add('{"type":"object"}', "JSON"))
    rows = [{"id": str(number)} for number in range(2)]
    message = {"type": "INSERT", "data": rows, "es": 5, "database": "d", "table": "t", "isDdl": False}
    decoder = format_named("canal", schemas).decoder(WANTED)
    for _ in range(3):
        found: Any = decode(decoder, record(head + json.dumps(message).encode()))
        assert [change.after.id for change in found] == [0, 1]


def test_a_registered_format_names_and_recognises_what_it_can_open() -> None:
    """A schema that nobody knows names no table, and is nobody's."""
    schemas = MemorySchemas()
    value = framed(schemas, change())
    format_ = format_named("debezium", schemas)

    assert format_.recognises(record(value))
    assert (format_.table_of(record(value)), format_.table_of(record(b"\0\0\0\0\x63abc"))) == ("account", "")
    assert not format_.recognises(record(b"\0\0\0\0\x63abc"))


@pytest.mark.parametrize("name", ["auto", "qlik"])
def test_bytes_are_what_they_are_where_a_format_has_its_own_text_for_them(name: str) -> None:
    """Qlik writes hexadecimal digits in JSON and bytes in Avro; both give the same value."""
    schemas = MemorySchemas()
    row = {"type": "record", "name": "row", "fields": [{"name": "id", "type": "long"}]}
    row["fields"] += [{"name": "data", "type": "bytes"}]  # type: ignore[operator]
    headers = {"type": "record", "name": "headers", "fields": [{"name": "operation", "type": "string"}]}
    parts = [{"name": "data", "type": row}, {"name": "headers", "type": headers}]
    schema = {"type": "record", "name": "x", "fields": parts}
    datum = {"data": {"id": 7, "data": b"\xde\xad\xbe"}, "headers": {"operation": "INSERT"}}
    head = schemas.head(schemas.add(json.dumps(schema)))
    decoder = format_named(name, schemas).decoder(Wanted(Thing, frozenset({"id", "data"}), frozenset()))

    for _ in range(2):
        found: Any = decode(decoder, record(head + written(schema, datum)))
        assert found.after.data == b"\xde\xad\xbe"

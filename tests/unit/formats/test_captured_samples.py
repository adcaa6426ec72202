"""Debezium's own documentation, examples and value encodings, and other projects' samples of its messages."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from franca.errors import DecodeError
from franca.formats.change import Change, Decoded, Skip, Wanted, decode
from franca.formats.debezium import Debezium
from franca.formats.registry import AUTO
from franca.model.entity import ModelMeta, Table
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.types import Record
from tests.samples import ABSENT, lines
from tests.samples import CDC as DATA

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=ABSENT)

RELATIONAL = {"db2", "mysql", "oracle", "postgresql", "sqlserver", "informix", "shared-mariadb-mysql"}
SKIPPED = {
    "transaction_BEGIN": "transaction",
    "transaction_END": "transaction",
    "schema_change": "schema",
    "envelope_op_t": "truncate",
    "envelope_op_m": "message",
}
TYPES: dict[str, Any] = {
    "decimal": Decimal,
    "int": int,
    "boolean": bool,
    "timestamp(no tz)": datetime,
    "timestamp(tz)": datetime,
    "timestamp-special": datetime,
    "date": date,
    "time": time,
    "time(tz)": time,
    "uuid": UUID,
    "double-special": float,
    "decimal-special": Decimal,
}


class Customer(Table):
    """The table of Debezium's examples."""

    id: Key[int]
    first_name: str | None
    last_name: str | None
    email: str | None


class Product(Table):
    """The table of Flink's and Paimon's examples."""

    id: Key[int]
    name: str | None
    description: str | None
    weight: float | None


def wanted(table: type[Table]) -> Wanted:
    """Return a wish for all columns of a table."""
    columns = frozenset(field.name for field in shape_of(table).fields)
    return Wanted(table, columns, columns)


def decoded(message: object, table: type[Table] = Customer, key: bytes = b'{"id":1}') -> Decoded:
    """Return what a fresh decoder makes of a message that comes twice, which must be the same."""
    decoder = AUTO.decoder(wanted(table))
    record = Record("t", 0, 7, 1_700_000_000_000, key, json.dumps(message).encode())
    first = decode(decoder, record)
    assert decode(decoder, record) == first
    return first


def documented() -> list[dict[str, Any]]:
    """Return the documented events of relational connectors, but for mere fragments."""
    return [
        event
        for event in lines("debezium/docs_events.jsonl")
        if Path(event["file"]).stem in RELATIONAL
        and ("elisions" not in event["repair"] or event["json"].get("payload"))
    ]


@pytest.mark.parametrize("event", documented(), ids=lambda e: f"{e['file'][-30:]}:{e['line']}")
def test_documented_events_decode(event: dict[str, Any]) -> None:
    """Each documented event of a relational connector is a change of its operation, or what is no row."""
    got = decoded(event["json"])
    if event["kind"] in SKIPPED:
        assert got == Skip(SKIPPED[event["kind"]])  # type: ignore[arg-type]  # the table's texts are kinds
    else:
        expected = {"c": "insert", "u": "update", "d": "delete", "r": "read"}[event["kind"].split("_")[2]]
        assert isinstance(got, Change)
        assert got.operation == expected
        assert ".offset." not in got.sequence


@pytest.mark.parametrize("event", lines("debezium/examples_events.jsonl"), ids=lambda e: str(e["file"]))
def test_example_events_decode_to_their_rows(event: dict[str, Any]) -> None:
    """The row after the change is the message's, field by field."""
    got = decoded(event["json"])
    assert isinstance(got, Change)
    assert got.after is not None
    after = event["json"]["after"]
    assert [getattr(got.after, name) for name in after if name in Customer.__struct_fields__] == [
        after[name] for name in after if name in Customer.__struct_fields__
    ]


def _enveloped(vector: dict[str, Any]) -> bytes:
    column = {"type": vector["connect_type"], "field": "v", "parameters": vector["params"]}
    column |= {"name": vector["semantic_name"]} if vector["semantic_name"] else {}
    image = {"type": "struct", "field": "after", "fields": [{"type": "int32", "field": "id"}, column]}
    source = {"connector": vector["connector"], "ts_ms": 5, "lsn": 6}
    payload = {"before": None, "after": {"id": 1, "v": vector["json_value"]}, "source": source, "op": "u"}
    return json.dumps({"schema": {"type": "struct", "fields": [image]}, "payload": payload}).encode()


def _vector_value(vector: dict[str, Any], kind: Any) -> object:
    table: Any = ModelMeta(
        "Vector",
        (Table,),
        {"__annotations__": {"id": Key[int], "v": kind | None}, "__module__": __name__},
        frozen=True,
        kw_only=True,
    )
    decoder = Debezium().decoder(Wanted(table, frozenset({"id", "v"}), frozenset({"id"})))
    record = Record("t", 0, 7, 0, None, _enveloped(vector))
    got = decode(decoder, record)
    assert isinstance(got, Change)
    assert got == decode(decoder, record)
    return got.after.v  # type: ignore[union-attr]  # of the table made above


def _vectors() -> Iterator[Any]:
    for vector in lines("debezium/value_vectors.jsonl"):
        kind = TYPES.get(vector["canonical_type"])
        if kind is not None:
            yield pytest.param(vector, kind, id=f"{vector['n']} {vector['canonical_type']}")


@pytest.mark.parametrize(("vector", "kind"), list(_vectors()))
def test_an_encoded_value_is_the_canonical_value(vector: dict[str, Any], kind: Any) -> None:
    """What fits the declared type is exactly the SQL value; what does not is refused and never rounded."""
    text = vector["canonical_value"]
    too_fine = kind is datetime and len(text.partition(".")[2].rstrip("Z")) > 6
    if text.startswith("+") or too_fine or (text.lower() == "infinity" and kind is not float):
        with pytest.raises(DecodeError) as caught:
            _vector_value(vector, kind)
        assert caught.value.code in {"out-of-range", "not-finite", "inexact"}
        return
    got = _vector_value(vector, kind)
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        assert got == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    elif kind is time:
        assert got == time.fromisoformat(text).replace(tzinfo=None)
    elif kind is bool:
        assert got is (text == "true")
    else:
        assert got == (date.fromisoformat(text) if kind is date else kind(text))
        assert kind is not Decimal or str(got) == text


@pytest.mark.parametrize(
    "vector",
    [v for v in lines("debezium/value_vectors.jsonl") if v["canonical_type"] in {"string", "bits", "json"}],
)
def test_an_encoded_text_is_the_canonical_text(vector: dict[str, Any]) -> None:
    """Texts and bit strings come as the source's text."""
    assert _vector_value(vector, str) == vector["canonical_value"]


def test_flinks_changelog_decodes_to_its_rows() -> None:
    """The changes of Flink's sample give, one by one, the changelog that Flink's own test expects."""
    decoder = AUTO.decoder(wanted(Product))
    got = []
    for number, line in enumerate((DATA / "flink" / "debezium-data.txt").read_bytes().splitlines()):
        change = decode(decoder, Record("t", 0, number, 0, None, line))
        assert isinstance(change, Change)
        if change.before is not None and change.operation != "insert":
            got.append(["-D" if change.operation == "delete" else "-U", *_texts(change.before)])
        if change.after is not None:
            got.append(["+U" if change.operation == "update" else "+I", *_texts(change.after)])
    expected = json.loads((DATA / "flink" / "expected.json").read_text())["debezium"]["changelog"]
    assert [[row[0], *row[1:]] for row in got] == expected


def _texts(row: Any) -> list[str]:
    weight = None if row.weight is None else str(_single(row.weight))
    return [str(row.id), str(row.name), str(row.description), str(weight)]


def _single(number: float) -> float:
    """Return the shortest decimal of the single-precision number that the source's FLOAT column held."""
    import struct

    wide = struct.unpack("f", struct.pack("f", number))[0]
    return next(
        float(f"{wide:.{n}g}")
        for n in range(1, 10)
        if struct.pack("f", float(f"{wide:.{n}g}")) == struct.pack("f", wide)
    )


@pytest.mark.parametrize(
    "path", sorted((DATA / "paimon").rglob("debezium-data-*.jsonl")), ids=lambda p: "/".join(p.parts[-3:])
)
def test_paimons_messages_decode(path: Path) -> None:
    """Every message of Paimon's samples, with and without schema, is a change."""
    for number, line in enumerate(path.read_bytes().splitlines()):
        if b'"_id"' in line or (b'"value"' in line and b'"name"' not in line):
            continue
        change = AUTO.decoder(wanted(Product))(Record("t", 0, number, 0, b'{"id":1}', line))
        assert isinstance(change, Change)

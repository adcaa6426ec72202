"""Other projects' samples of Maxwell's, Canal's and GoldenGate's messages, against what they say of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from franca.formats.change import Change, Decoded, Skip, Wanted, decode
from franca.formats.registry import AUTO, format_named
from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.pipeline.change_line import change_line
from franca.pipeline.lines import Input, map_lines
from franca.pipeline.loose_lines import loose_lines
from franca.types import Record
from tests.samples import ABSENT, CDC, lines, raw_lines

pytestmark = pytest.mark.skipif(not CDC.exists(), reason=ABSENT)
FLINK = {
    "debezium": ("debezium", "flink/debezium-data.txt"),
    "canal": ("canal", "flink/canal-data-filter-table.txt"),
    "maxwell": ("maxwell", "flink/maxwell-data-filter-table.txt"),
    "ogg": ("goldengate", "flink/ogg-data-filter-table.txt"),
}


class Product(Table):
    """The table of Flink's samples."""

    id: Key[int]
    name: str | None
    description: str | None
    weight: float | None


class Article(Entity):
    """What the table tells of."""

    number: Key[int]
    title: str | None
    text: str | None


shop = Application("shop")


@shop.maps
def article(product: Product) -> Article:
    """Map all but the weight, which products write with unlike precision."""
    return Article(number=product.id, title=product.name, text=product.description)


def each(decoded: Decoded) -> list[Change | Skip]:
    """Return what a message gave as a list."""
    return [decoded] if isinstance(decoded, Change | Skip) else list(decoded)


def line_of(one: Change | Skip) -> bytes:
    """Return the change line of a product."""
    return change_line("shop", Product, one)


def changes(name: str, path: str) -> Iterator[Change]:
    """Yield the changes of the products of a sample, through `auto` as through the format itself."""
    columns = frozenset(field.name for field in shape_of(Product).fields)
    chosen = format_named(name)
    decoders = [kind.decoder(Wanted(Product, columns, columns)) for kind in (AUTO, chosen)]
    for number, line in enumerate(raw_lines(path)):
        record = Record("t", 0, number, 1_700_000_000_000, None, line)
        if (chosen.table_of(record) or "none").lower() not in {"product", "products", "tbl_test"}:
            continue
        found, again = (each(decode(decoder, record)) for decoder in decoders)
        assert [*map(line_of, found)] == [*map(line_of, again)]
        yield from [one for one in found if isinstance(one, Change)]


def single(number: float) -> str:
    """Return the shortest text of the single-precision number that the column held."""
    import struct

    wide = struct.unpack("f", struct.pack("f", number))[0]
    texts = (f"{wide:.{digits}g}" for digits in range(1, 10))
    return str(float(next(t for t in texts if struct.pack("f", float(t)) == struct.pack("f", wide))))


def texts(row: Any) -> list[str]:
    """Return a row as Flink's tests write it."""
    weight = "null" if row.weight is None else single(row.weight)
    return [str(row.id), str(row.name), str(row.description or "null"), weight]


@pytest.mark.parametrize("source", FLINK)
def test_flinks_changelogs_decode_to_their_rows(source: str) -> None:
    """The changes give, one by one, the changelog that Flink's own test expects."""
    got = []
    for change in changes(*FLINK[source]):
        if change.operation in {"update", "delete"}:
            got.append(["-U" if change.operation == "update" else "-D", *texts(change.before)])
        if change.operation != "delete":
            got.append(["+U" if change.operation == "update" else "+I", *texts(change.after)])
    assert got == json.loads((CDC / "flink" / "expected.json").read_text())[source]["changelog"]


def _alike(source: str) -> list[Any]:
    """Return the changes of the rows that all products' samples have in common, without place and time."""
    got = []
    for change in changes(*FLINK[source]):
        line = json.loads(line_of(change))
        for image in ("before", "after"):
            if line[image]:
                line[image]["weight"] = single(line[image]["weight"])
                if line[image]["description"] is None:  # Canal's sample alone has no text for one row
                    line[image]["description"] = "16oz carpenter's hammer"
        got.append({name: value for name, value in line.items() if name not in {"sequence", "time"}})
    return got


@pytest.mark.parametrize("source", ["canal", "maxwell", "ogg"])
def test_the_same_rows_give_the_same_changes_whichever_product_wrote_them(source: str) -> None:
    """Key, images and absent columns; position and time are each product's own."""
    reference = _alike("debezium")
    assert _alike(source)[: len(reference)] == reference


@pytest.mark.parametrize("source", ["canal", "maxwell", "ogg"])
def test_the_same_rows_give_the_same_events_whichever_product_wrote_them(source: str) -> None:
    """Type, subject and data of every event."""
    assert _events(source)[: len(_events("debezium"))] == _events("debezium")


def _events(source: str) -> list[Any]:
    name, path = FLINK[source]
    wanted = [line for line in raw_lines(path) if _is_product(name, line)]
    made = [json.loads(line.text) for line in map_lines(Input(shop, Product, format=name), wanted)]
    events = [{part: event[part] for part in ("type", "subject", "source", "data")} for event in made]
    for event in events:
        if event["data"].get("text", "") is None:
            event["data"]["text"] = "16oz carpenter's hammer"
    return events


def _is_product(name: str, line: bytes) -> bool:
    table = format_named(name).table_of(Record("t", 0, 0, 0, None, line))
    return (table or "").lower() in {"product", "products", "tbl_test"}


@pytest.mark.parametrize("case", lines("maxwell/sql_to_json_cases.jsonl"), ids=lambda case: str(case["test"]))
def test_maxwells_own_messages_are_recognised_with_their_rows(case: dict[str, Any]) -> None:
    """Each expected message of Maxwell's tests is a change with its data, or a bootstrap's control."""
    for message in case["expected_messages"]:
        if "_unparsed" in message:
            continue
        made = [json.loads(line.text) for line in loose_lines([json.dumps(message).encode()])]
        assert made[0] == {"line": 1, "format": "maxwell"}
        line = made[1]
        if message["type"].startswith("bootstrap-") and message["type"] != "bootstrap-insert":
            assert line == {"op": "skip", "kind": "control"}
            continue
        assert (line["application"], line["table"]) == (message["database"], message["table"])
        assert line["before" if message["type"] == "delete" else "after"] == message["data"]


@pytest.mark.parametrize(
    "path", sorted((CDC / "paimon").rglob("canal-data-*.jsonl")), ids=lambda p: "/".join(p.parts[-2:])
)
def test_paimons_messages_of_canal_decode(path: Path) -> None:
    """Every message is a change for each of its rows, or a definition; numbers are exact as their texts."""
    for line in path.read_bytes().splitlines():
        message = json.loads(line)
        made = [json.loads(each.text) for each in loose_lines([line], "canal")]
        if message.get("isDdl"):
            assert made == [{"op": "skip", "kind": "schema"}]
            continue
        assert len(made) == len(message["data"])
        for change, row in zip(made, message["data"], strict=True):
            image = change["before"] if change["op"] == "delete" else change["after"]
            assert list(image) == list(row)
            assert change["key"] == {name: image[name] for name in message.get("pkNames") or []}
            assert [str(image[name]) for name in row if name != "v4"] == [
                str(row[name]) for name in row if name != "v4"
            ]


@pytest.mark.parametrize("case", lines("wal2json/messages.jsonl"), ids=lambda case: str(case["n"]))
def test_wal2jsons_own_messages_are_recognised_with_their_rows(case: dict[str, Any]) -> None:
    """Each message of wal2json's tests is a change with its columns and identity, or no row of its kind."""
    made = [json.loads(line.text) for line in loose_lines([case["raw"].encode()])]
    message = case["json"]
    assert made[0] == {"line": 1, "format": "wal2json"}
    kinds = {"B": "transaction", "C": "transaction", "T": "truncate", "M": "message"}
    if message["action"] in kinds:
        assert made[1] == {"op": "skip", "kind": kinds[message["action"]]}
        return
    line = made[1]
    assert (line["application"], line["table"]) == (message["schema"], message["table"])
    for image, part in (("after", "columns"), ("before", "identity")):
        assert list(line[image] or {}) == [column["name"] for column in message.get(part, [])]
    for column in message.get("columns", []):
        value, got = column["value"], line["after"][column["name"]]
        if column["type"].startswith("timestamp"):
            assert got.endswith("Z")
        elif column["type"].startswith(("numeric", "real", "double")) and value is not None:
            assert str(float(got)) == str(float(value))
        else:
            assert str(got) == str(value)


MONGO = [
    e
    for e in lines("debezium/docs_events.jsonl")
    if "mongodb.adoc" in e["file"] and "after" in str(e["json"])
]


@pytest.mark.parametrize("event", MONGO, ids=lambda event: str(event["line"]))
def test_documented_documents_of_mongodb_are_rows(event: dict[str, Any]) -> None:
    """Each document is the row of its fields, numbers in extended JSON being numbers."""
    message = event["json"].get("payload") or event["json"]
    (line,) = (
        json.loads(each.text) for each in loose_lines([json.dumps(event["json"]).encode()], "debezium")
    )
    if message["source"].get("ts_ms", 0) > 10**15:  # this one's milliseconds are nanoseconds
        assert line["code"] == "out-of-range"
        return
    document = json.loads(message.get("after") or message["before"])
    row = line["after"] if message.get("after") else line["before"]
    assert row == {**document, "_id": int(document["_id"]["$numberLong"])}

"""Tables as a sample of messages shows them: no type promises more than was seen."""

import json
from collections.abc import Iterable
from typing import Any

from franca.catalog.messages import tables_of
from franca.catalog.module import module_text
from franca.catalog.sample import sample_of
from franca.catalog.table import Catalog, SourceTable
from franca.formats.registry import AUTO
from franca.model.kind import Kind
from franca.types import Record


def catalog(values: Iterable[Any], keys: Iterable[bytes | None] = (), name: str = "cust") -> Catalog:
    """Return what messages with these values show; a value may be bytes as they are."""
    told = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
    known = [*keys, *[None] * len(told)]
    records = [Record("t", 0, at, 1_000, known[at], value) for at, value in enumerate(told)]
    return tables_of(sample_of(records, AUTO, name), "a sample")


def table(values: Iterable[Any], keys: Iterable[bytes | None] = ()) -> SourceTable:
    """Return the only table of a sample."""
    (found,) = catalog(values, keys).tables
    return found


def kinds(found: SourceTable) -> dict[str, str]:
    """Return each column's kind, with a question mark where it may be null."""
    return {c.name: c.type.kind.value + "?" * c.nullable for c in found.columns}


def test_types_follow_the_values() -> None:
    """A number with a fraction anywhere is a decimal; text stays text, digits and dates too."""
    found = table(
        [
            {"i": 1, "d": 2, "t": "01", "day": "2026-01-01", "b": True, "l": [1]},
            {"i": 2, "d": 2.5, "t": "02", "day": "2026-01-02", "b": False, "l": []},
        ]
    )
    assert kinds(found) == {
        "i": "integer",
        "d": "decimal",
        "t": "text",
        "day": "text",
        "b": "boolean",
        "l": "list",
    }
    assert "2 changes" in found.comment


def test_a_column_that_was_null_or_missing_may_be_null() -> None:
    """So may one of which only nulls are known, as text that says so."""
    found = table([{"a": 1, "b": 1, "c": None}, {"a": None, "c": None}])
    assert kinds(found) == {"a": "integer?", "b": "integer?", "c": "text?"}
    assert found.columns[2].type.remark == "only nulls were seen"


def test_values_of_several_kinds_are_said() -> None:
    """Nothing is guessed where values disagree: text says what came, objects are left to the user."""
    found = table([{"a": 1, "o": {"x": 1}, "m": [1, "a"]}, {"a": "x", "o": {"x": 2}, "m": []}])
    assert kinds(found) == {"a": "text", "o": "struct", "m": "struct"}
    assert found.columns[0].type.remark == "values were integer, text"
    text = module_text(Catalog("a sample", (found,)))
    assert "    # o: values were object; declare a class of Value, or a list of one\n" in text
    assert "\n    o:" not in text


def test_the_key_is_that_of_the_messages() -> None:
    """An object's names, whichever format told them, or the one column that equals a bare key every time."""
    assert table([{"a": 1, "b": 2}], [b'{"a":1}']).keys == ("a",)
    assert table([{"a": 1, "b": 2}, {"a": 2, "b": 2}], [b"1", b"2"]).keys == ("a",)
    assert table([{"a": "x", "b": 2}], [b"x"]).keys == ("a",)
    both = table([{"a": 1, "b": 1}], [b"1"])
    assert both.keys == ()
    assert both.remarks == ("its messages tell no key: mark the columns that tell its rows apart",)


def test_keys_that_disagree_are_said() -> None:
    """The commonest is taken, and the others are named."""
    found = table([{"a": 1, "b": 2}] * 3, [b'{"a":1}', b'{"a":1,"b":2}', b'{"a":1}'])
    assert found.keys == ("a",)
    assert found.remarks == ("its messages tell other keys too: a, b",)


def test_what_a_schema_tells_counts() -> None:
    """A type that the message names is taken, with digits and nulls, whatever came."""
    field = {
        "type": "struct",
        "field": "after",
        "fields": [
            {"type": "int32", "field": "day", "name": "io.debezium.time.Date"},
            {"type": "bytes", "field": "sum", "name": "org.apache.kafka.connect.data.Decimal"},
            {"type": "double", "field": "share"},
            {"type": "string", "field": "note", "optional": True},
            {"type": "string", "field": "name", "optional": True},
            {"type": "string", "field": "uid", "name": "io.debezium.data.Uuid", "optional": False},
            {
                "type": "bytes",
                "field": "paid",
                "name": "org.apache.kafka.connect.data.Decimal",
                "parameters": {"scale": "2", "connect.decimal.precision": "12"},
            },
            {"type": "array", "field": "tags", "items": {"type": "string", "optional": True}},
        ],
    }
    source = {"connector": "postgresql", "table": "acct", "lsn": 1, "ts_ms": 1, "db": "x", "schema": "public"}
    row = {"day": 1, "sum": "AQ==", "share": 1.5, "note": None, "name": "x"}
    row |= {"uid": "6f1c1e0a-0000-4000-8000-000000000001", "paid": "AQ==", "tags": ["a"]}
    payload = {"op": "c", "before": None, "after": row, "source": source, "ts_ms": 1}
    found = table([{"schema": {"type": "struct", "fields": [field]}, "payload": payload}])
    assert found.name == "acct"
    assert kinds(found) == {
        "day": "date", "sum": "decimal", "share": "float", "note": "text?", "name": "text?", "uid": "uuid",
        "paid": "decimal", "tags": "list",
    }  # fmt: skip
    paid, tags = found.columns[6].type, found.columns[7].type
    assert (paid.precision, paid.scale, tags.has_nulls) == (12, 2, True)


def test_a_message_with_many_rows_and_its_primary_key() -> None:
    """Canal names the key, the types, and holds several rows."""
    message = {
        "database": "shop", "table": "orders", "type": "INSERT", "isDdl": False, "id": 1, "es": 1, "ts": 2,
        "pkNames": ["id"], "mysqlType": {"id": "int", "at": "datetime"}, "sqlType": {"id": 4, "at": 93},
        "old": None, "sql": "", "data": [{"id": "1", "at": "2026-01-01 00:00:00"}, {"id": "2", "at": None}],
    }  # fmt: skip
    found = table([message])
    assert (found.name, found.keys, kinds(found)) == (
        "orders",
        ("id",),
        {"id": "integer", "at": "timestamp?"},
    )
    assert found.comment.startswith("As 2 changes")


def test_a_message_names_columns_and_key_of_its_schema() -> None:
    """DataWorks tells six types of every column, those without a value too; what is no row is counted."""
    columns = {"id": "LONG", "sum": "DOUBLE", "at": "DATE", "ok": "BOOLEAN", "raw": "BYTES", "note": "STRING"}
    row = {"id": 1, "sum": "1.10", "at": 1_731_661_114_000, "ok": True, "raw": "AQID", "note": None}
    schema = {
        "dataColumn": [{"name": name, "type": kind} for name, kind in columns.items()],
        "primaryKey": ["id"],
        "source": {"tableName": "orders"},
    }
    payload = {"op": "INSERT", "after": {"dataColumn": row}, "timestamp": {"eventTime": 5}}
    beat = {"op": "MHEARTBEAT", "timestamp": {"eventTime": 5}}
    found = catalog([{"schema": schema, "payload": payload}, {"schema": None, "payload": beat}])
    (orders,) = found.tables
    assert (orders.name, orders.keys) == ("orders", ("id",))
    assert kinds(orders) == {
        "id": "integer", "sum": "decimal", "at": "timestamp", "ok": "boolean", "raw": "bytes",
        "note": "text?",
    }  # fmt: skip
    assert found.skipped == ("1 messages that are no rows",)


def test_what_can_not_be_read_is_listed_and_the_rest_is_read() -> None:
    """Each bad message has its place and its reason; the kinds of other documents are counted."""
    found = catalog([{"a": 1}, b"nonsense", b"[1]", {"a": 2}], name="t")
    assert [each.line for each in found.unread] == [2, 3]
    assert found.tables[0].columns[0].type.kind is Kind.INTEGER


def test_items_of_arrays_are_what_was_seen_or_told() -> None:
    """A schema tells the type of an array's items; a null among them is a null that may come."""
    item = {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2"}}
    fields = [
        {"type": "array", "field": "sums", "items": item},
        {"type": "array", "field": "ends", "items": {"type": "string"}},
    ]
    source = {"connector": "postgresql", "table": "acct", "lsn": 1, "ts_ms": 1, "db": "x", "schema": "public"}
    row = {"sums": ["AQ==", None], "ends": []}
    schema = {"type": "struct", "fields": [{"type": "struct", "field": "after", "fields": fields}]}
    found = table([{"schema": schema, "payload": {"op": "c", "after": row, "source": source, "ts_ms": 1}}])

    assert [
        (each.type.item and each.type.item.kind.value, each.type.has_nulls) for each in found.columns
    ] == [
        ("decimal", True),
        ("text", False),
    ]
    assert table([{"a": [1, None]}]).columns[0].type.has_nulls

"""What `auto` skips: documents whose whole shape is Debezium's, never what may be a row of the table."""

import json
from typing import Annotated, Any

import pytest

from franca.errors import DecodeError
from franca.formats.change import Change, Decoded, Skip, Wanted, decode
from franca.formats.registry import AUTO, format_named
from franca.model.entity import ModelMeta, Table
from franca.model.markers import Column, Key
from franca.model.shape import shape_of
from franca.types import Record

SOURCE = {"version": "3.0", "connector": "postgresql", "name": "s", "ts_ms": 5, "table": "t", "lsn": 6}
BEGIN = {"status": "BEGIN", "id": "571:5", "ts_ms": 5, "event_count": None, "data_collections": None}
END = BEGIN | {
    "status": "END",
    "event_count": 1,
    "data_collections": [{"data_collection": "a.b", "event_count": 1}],
}
SCHEMA = {"source": SOURCE, "ts_ms": 5, "databaseName": "d", "ddl": "CREATE TABLE t", "tableChanges": []}
PLACE = {"id": "1", "topic": "a", "partition": 0, "offset": 1}
DOCUMENTS = [
    ("transaction", BEGIN),
    ("transaction", END),
    ("transaction", {k: v for k, v in BEGIN.items() if k != "ts_ms"}),
    ("heartbeat", {"ts_ms": 5}),
    ("heartbeat", {"ts_ms": 5, "ts_us": 5000, "ts_ns": 5000000}),
    ("schema", SCHEMA),
    ("schema", SCHEMA | {"ddl": None}),
    ("message", {"op": "m", "ts_ms": 5, "source": SOURCE, "message": {"prefix": "p", "content": "aGk="}}),
    ("truncate", {"op": "t", "ts_ms": 5, "source": SOURCE, "before": None, "after": None}),
]

DIALECTS: dict[str, dict[str, Any]] = {
    "debezium": {"op": "c", "before": None, "after": {"id": "1"}, "source": SOURCE},
    "forwarded": {"topic": "t", "partition": 0, "offset": 7, "key": "1", "value": {"id": "1"}},
    "maxwell": {"database": "d", "table": "t", "type": "insert", "ts": 5, "data": {"id": "1"}},
    "canal": {"data": [{"id": "1"}], "database": "d", "table": "t", "type": "INSERT", "es": 5, "id": 3},
    "goldengate": {"table": "D.T", "op_type": "I", "op_ts": "2026-11-22", "pos": "1", "after": {"id": "1"}},
    "dms": {"data": {"id": "1"}, "metadata": {"record-type": "data", "operation": "insert"}},
    "qlik": {"data": {"id": "1"}, "headers": {"operation": "INSERT", "changeSequence": "1"}},
    "wal2json": {"action": "I", "schema": "p", "table": "t", "columns": [{"name": "id", "value": "1"}]},
    "flattened": {"id": "1", "__deleted": "false", "__op": "u", "__lsn": 5},
    "shareplex": {"meta": {"op": "ins", "table": "D.T", "scn": "5"}, "data": {"id": "1"}},
    "dataworks": {
        "schema": {"dataColumn": [{"name": "id", "type": "STRING"}], "source": {"tableName": "t"}},
        "payload": {
            "op": "INSERT",
            "before": None,
            "after": {"dataColumn": {"id": "1"}},
            "sequenceId": "5",
            "timestamp": {"eventTime": 5},
        },
        "version": "0.0.1",
    },
}
"""A message of each format with one row, whose key is "1"."""

SKIPPED: dict[str, list[dict[str, Any]]] = {
    "maxwell": [
        {"type": "table-alter", "database": "d", "table": "t", "def": {}, "ts": 5, "sql": "alter"},
        {"type": "bootstrap-start", "database": "d", "table": "t", "ts": 5, "data": {}},
    ],
    "canal": [
        {"type": "ALTER", "database": "d", "table": "t", "isDdl": True, "sql": "alter", "data": None},
        {"type": "TRUNCATE", "database": "d", "table": "t", "isDdl": True, "sql": "truncate"},
    ],
    "goldengate": [{"table": "D.T", "op_type": "T", "op_ts": "2026-11-22", "pos": "1"}],
    "dms": [{"control": {}, "metadata": {"record-type": "control", "operation": "create-table"}}],
    "qlik": [{"magic": "atMSG", "type": "MD", "message": {"schemaId": "1"}}],
    "wal2json": [{"action": "B"}, {"action": "T", "schema": "p", "table": "t"}, {"change": []}],
    "shareplex": [{"meta": {"op": "truncate", "table": "D.T"}}],
    "dataworks": [
        {"schema": None, "payload": {"op": op, "timestamp": {"eventTime": 5}}, "version": "0.0.1"}
        for op in ("MHEARTBEAT", "ALTER", "TRUNCATE", "TRANSACTION_END")
    ],
}
"""What is no row of anybody, by format."""


def table(columns: str, key: str = "id") -> Wanted:
    """Return a wish for all columns of a table with these columns, all of them texts."""
    annotations: dict[str, Any] = {
        name.lstrip("_"): Annotated[str | None, Column(name)] for name in columns.split()
    } | {key: Key[str]}
    made: Any = ModelMeta(
        "T", (Table,), {"__annotations__": annotations, "__module__": __name__}, frozen=True, kw_only=True
    )
    names = frozenset(field.name for field in shape_of(made).fields)
    return Wanted(made, names, names)


def decoded(wanted: Wanted, value: object, before: object = None, name: str = "auto") -> Decoded:
    """Return what a decoder makes of a value, after another one if there is one."""
    decoder = format_named(name).decoder(wanted)
    for each in [value] if before is None else [before, before, value]:
        got = decode(decoder, Record("t", 0, 7, 1_700_000_000_000, b"1", json.dumps(each).encode()))
    return got


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ("id status", {"id": "1", "status": "NEW"}),
        ("id status", {"id": "1", "status": "BEGIN"}),
        ("id name", {"id": "1", "status": "NEW", "ts_ms": 5}),
        ("id status event_count data_collections", {k: v for k, v in BEGIN.items() if k != "ts_ms"}),
        ("id ts_ms", {"id": "1", "ts_ms": "5"}),
        ("id databaseName ddl", {"id": "1", "databaseName": "d", "ddl": "x"}),
        ("id name", {"id": "1", "databaseName": "d", "ddl": "x", "tableChanges": []}),
        ("id op", {"id": "1", "op": "m"}),
        ("id op", {"id": "1", "op": "t", "source": None}),
        ("id op", {"id": "1", "op": "d", "before": {"id": "1"}, "after": None, "at": "x"}),
        ("id name", {"id": "1", "op": "m", "source": {"page": 1}, "name": "x"}),
        ("id name", {"id": "1", "op": 5}),
        ("id op after", {"id": "1", "op": "u", "after": None}),
        ("id topic partition offset value", PLACE | {"value": None}),
        ("id name", PLACE | {"value": None}),
        ("id name", PLACE | {"value": "hello"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "before", [None, BEGIN, {"op": "c", "after": {"id": "1"}, "source": SOURCE}, {"id": "9"}]
)
def test_a_row_is_a_row_whatever_its_columns_are_called(columns: str, row: Any, before: object) -> None:
    """Whatever came before it: a row gives a change, or a problem that somebody sees."""
    try:
        got = decoded(table(columns), row, before)
    except DecodeError:
        assert any(type(row.get(name)) not in {str, type(None)} for name in columns.split())
        return
    assert isinstance(got, Change)
    assert got.after is not None
    assert got.after.id == row["id"]  # type: ignore[attr-defined]  # of the table made above


@pytest.mark.parametrize(("kind", "document"), DOCUMENTS)
@pytest.mark.parametrize("columns", ["num name", "id status", "id op name"])
@pytest.mark.parametrize("before", [None, {"id": "9", "num": "9", "status": "x", "op": "x"}])
def test_a_document_of_debeziums_is_skipped(kind: Any, document: Any, columns: str, before: object) -> None:
    """Whatever stands on the topic beside it, and though the table has some columns of these names."""
    wanted = table(columns, columns.partition(" ")[0])
    enveloped = {"schema": {"type": "struct"}, "payload": document}
    if before is None or kind != "transaction":  # a learnt plain row's columns may be a marker's
        assert decoded(wanted, document, before) == Skip(kind)
    assert decoded(wanted, enveloped, before) == Skip(kind)


@pytest.mark.parametrize(
    "document",
    [
        {"payload": {"id": "1", "status": "NEW"}},
        {"schema": {}, "payload": {"id": "1", "op": "m"}},
        {"schema": {}, "payload": {"ts_ms": "5"}},
        {"databaseName": "d", "ddl": "x"},
        {"ts_ms": None},
        {"op": "m"},
    ],
)
def test_what_is_neither_row_nor_document_is_a_problem(document: object) -> None:
    """Half a likeness is not enough to say nothing."""
    with pytest.raises(DecodeError) as caught:
        decoded(table("id name"), document)
    assert caught.value.code == "wrong-shape"


@pytest.mark.parametrize(("kind", "document"), [*DOCUMENTS, ("transaction", {"id": "1", "status": "NEW"})])
def test_who_says_debezium_is_believed(kind: Any, document: object) -> None:
    """With `format = "debezium"` an object of these names is what Debezium would mean by it."""
    assert decoded(table("id status"), document, name="debezium") == Skip(kind)


@pytest.mark.parametrize("value", [b'{"schema":null,"payload":null}', b"null", b" null "])
def test_an_envelope_around_nothing_is_a_tombstone(value: bytes) -> None:
    """Connect's converter writes a tombstone so where it writes schemas."""
    assert decode(AUTO.decoder(table("id name")), Record("t", 0, 7, 1, b"1", value)) == Skip("tombstone")


@pytest.mark.parametrize("columns", ["id op", "id source name", "id value", "id topic key"])
def test_a_learnt_row_is_not_taken_for_a_change(columns: str) -> None:
    """A table with a column of another format's name still gets that format's messages."""
    change = {"op": "c", "before": None, "after": {"id": "1"}, "source": SOURCE}
    row = dict.fromkeys(columns.split(), "x")
    for value in (change, {"topic": "t", "partition": 0, "offset": 7, "key": "1", "value": {"id": "1"}}):
        wanted = table(columns)
        got, fresh = decoded(wanted, value, row), decoded(wanted, value)
        assert got == fresh
        assert isinstance(got, Change)
        assert got.after.id == "1"  # type: ignore[union-attr]  # of the table made above


def test_what_is_no_json_names_no_table() -> None:
    """Where several tables share a topic, each is asked, and the record is a problem of the first."""
    assert format_named("debezium").table_of(Record("t", 0, 0, -1, None, b'{"op":')) == ""


@pytest.mark.parametrize("first", [None, *DIALECTS])
@pytest.mark.parametrize("second", DIALECTS)
@pytest.mark.parametrize("columns", ["id name", "id type data", "id table op", "id op_type after"])
def test_each_format_is_taken_for_itself_whatever_came_before(
    first: str | None, second: str, columns: str
) -> None:
    """What `auto` has learnt of one product's messages is never applied to another's."""
    before = None if first is None else DIALECTS[first]
    wanted = table(columns)
    got = decoded(wanted, DIALECTS[second], before)
    assert got == decoded(wanted, DIALECTS[second], name=second)
    assert isinstance(got, Change)
    assert got.after.id == "1"  # type: ignore[union-attr]  # of the table made above


@pytest.mark.parametrize("name", DIALECTS)
def test_a_row_with_the_columns_of_a_message_is_a_row(name: str) -> None:
    """A table may be called and filled as it likes: what has no further field is its row."""
    message = {field: str(value) for field, value in DIALECTS[name].items()} | {"id": "1"}
    got = decoded(table(" ".join(message)), message)
    assert isinstance(got, Change)
    assert got.after.id == "1"  # type: ignore[union-attr]  # of the table made above


@pytest.mark.parametrize(
    ("name", "message"), [(name, message) for name, messages in SKIPPED.items() for message in messages]
)
def test_what_is_no_row_is_skipped_unless_it_may_be_one(name: str, message: dict[str, Any]) -> None:
    """A document is skipped for a table that can't hold it, but not where it may have the table's key."""
    assert isinstance(decoded(table("id name"), message), Skip)
    for key in set(message) - {"data", "def", "isDdl", "ts"}:
        try:
            got = decoded(table(f"{key} other", key), {**message, key: "x" if key == "sql" else message[key]})
        except DecodeError:
            continue
        assert isinstance(got, Change), key


ADDED = {"_sequence_id_": "5", "_execute_time_": 5, "_before_image_": "Y", "_after_image_": "N"}


@pytest.mark.parametrize(
    "marks",
    [
        {"__deleted": "true"},
        {"__deleted": True},
        {"__op": "d", "__lsn": 5},
        {**ADDED, "_operation_type_": "D"},
    ],
)
@pytest.mark.parametrize("before", [None, {"id": "9", "name": "x"}, {"id": "9"}])
def test_a_row_that_is_a_delete_is_no_row_though_rows_came_before(marks: Any, before: object) -> None:
    """What is to be deleted is never inserted, whatever has been learnt of rows without marks."""
    got = decoded(table("id name"), {"id": "1", "name": "x", **marks}, before)
    assert isinstance(got, Change)
    assert (got.operation, got.after) == ("delete", None)


@pytest.mark.parametrize("before", [None, {"id": "9", "name": "x"}])
def test_the_row_before_an_update_is_no_row(before: object) -> None:
    """It is neither inserted nor does it undo what was, whatever has been learnt of plain rows."""
    marked = {"id": "1", "name": "x", **ADDED, "_operation_type_": "U"}
    assert decoded(table("id name"), marked, before) == Skip("before-image")


def test_a_table_that_declares_what_was_added_has_plain_rows() -> None:
    """Whoever has columns of these names wants them as they come."""
    columns = {"_sequence_id_": "5", "_execute_time_": "5", "_before_image_": "Y", "_after_image_": "N"}
    row = {"id": "1", **columns, "_operation_type_": "U"}
    made = table(" ".join(row))
    assert decoded(made, row) == decoded(made, row, name="plain")


CHANGES = [
    *DIALECTS.values(),
    *(message for messages in SKIPPED.values() for message in messages),
    *(document for _, document in DOCUMENTS),
]


@pytest.mark.parametrize("message", CHANGES)
def test_names_tell_what_may_be_more_than_a_row(message: dict[str, Any]) -> None:
    """Of every format's messages, but where all of the names are the table's columns."""
    assert AUTO.may_be_change(message.keys(), table("id name").table)
    assert not AUTO.may_be_change(message.keys(), table(" ".join(message)).table)


@pytest.mark.parametrize("names", ["id name", "id type", "id status", "id source", "value key", "_row op"])
def test_names_that_rows_have_make_no_change_of_them(names: str) -> None:
    """Many tables have a column that some format's messages have too."""
    assert not AUTO.may_be_change({*names.split()}, table("number other", "number").table)

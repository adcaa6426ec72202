"""Which table a message is about, by each format: none for what is no row, empty where it says nothing."""

import json
from typing import Any

import pytest

from franca.formats.change import ManyTables, Wanted, decode
from franca.formats.registry import format_named
from franca.formats.strict import Strict
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record

W1 = {"kind": "insert", "schema": "p", "columnnames": ["id"], "columnvalues": [1]}
PAYLOAD: dict[str, Any] = {
    "op": "INSERT",
    "before": None,
    "after": {"dataColumn": {"id": 7}},
    "sequenceId": "5",
    "timestamp": {"eventTime": 5, "systemTime": 6},
}
CASES: list[tuple[str, object, str | None]] = [
    ("maxwell", {"database": "d", "table": "t", "type": "insert", "data": {}}, "t"),
    ("maxwell", {"database": "d", "table": "t", "type": "table-drop"}, None),
    ("maxwell", {"type": 1}, ""),
    ("canal", {"table": "t", "type": "INSERT"}, "t"),
    ("canal", {"table": "t", "type": "ALTER"}, None),
    ("canal", {"type": 1}, ""),
    ("goldengate", {"table": "s.t", "op_type": "I"}, "t"),
    ("goldengate", {"table": 1}, ""),
    ("dms", {"metadata": {"operation": "insert", "table-name": "t"}}, "t"),
    ("dms", {"metadata": {"operation": "create-table", "record-type": "control"}}, None),
    ("dms", {"metadata": 1}, ""),
    ("qlik", {"headers": {"operation": "INSERT"}, "table": "t"}, "t"),
    ("qlik", {"magic": "atMSG", "type": "MD", "message": {}}, None),
    ("qlik", {"headers": 1}, ""),
    ("wal2json", {"action": "I", "table": "t"}, "t"),
    ("wal2json", {"action": "B"}, None),
    ("wal2json", {"change": [{**W1, "table": "t"}]}, "t"),
    ("wal2json", {"change": []}, None),
    ("wal2json", {"change": [{**W1, "table": "t"}, {**W1, "table": "u"}]}, ""),
    ("wal2json", {"change": 1}, ""),
    ("shareplex", {"meta": {"op": "ins", "table": "s.t"}}, "t"),
    ("shareplex", {"meta": 1}, ""),
    ("dataworks", {"payload": PAYLOAD, "schema": {"source": {"tableName": "t"}}}, "t"),
    ("dataworks", {"payload": PAYLOAD | {"op": "TRUNCATE"}, "schema": {"source": {"tableName": "t"}}}, "t"),
    ("dataworks", {"payload": PAYLOAD | {"op": "ALTER"}, "schema": {"source": {"tableName": "t"}}}, None),
    ("dataworks", {"payload": PAYLOAD | {"op": "MHEARTBEAT"}, "schema": None}, None),
    ("dataworks", {"payload": PAYLOAD, "schema": {"source": None}}, ""),
    ("dataworks", {"payload": 1}, ""),
    ("flattened", {"id": 1, "__op": "c", "__table": "t"}, "t"),
    ("flattened", {"id": 1, "__op": "c", "__table": 1}, ""),
    ("flattened", None, ""),
    (
        "forwarded",
        {"topic": "t", "partition": 0, "offset": 0, "value": {"action": "T", "schema": "p", "table": "t"}},
        "t",
    ),
    ("forwarded", {"topic": "t"}, ""),
]


class Thing(Table):
    """A table whose rows before are wanted too."""

    id: Key[int]
    name: str | None


@pytest.mark.parametrize(("name", "message", "table"), CASES)
def test_a_message_names_its_table(name: str, message: object, table: str | None) -> None:
    """Looking at all names, as strict decoding does, changes nothing of it."""
    record = Record("t", 0, 0, -1, None, json.dumps(message).encode())
    for chosen in (format_named(name), Strict(format_named(name))):
        assert chosen.table_of(record) == table
        assert isinstance(chosen.recognises(record), bool)


@pytest.mark.parametrize(
    ("message", "tables"),
    [
        ({"change": [{**W1, "table": "t"}, {**W1, "table": "u"}, {**W1, "table": "t"}]}, ("t", "u")),
        ({"topic": "t", "partition": 0, "offset": 0, "value": {"change": [{**W1, "table": "t"}]}}, ("t",)),
        ({"topic": "", "partition": 0, "offset": 0, "value": {}}, ()),
        ({"id": 1}, ()),
    ],
)
def test_a_message_may_name_several_tables(message: object, tables: tuple[str, ...]) -> None:
    """Each once, in the order of the message; of other messages none."""
    chosen = Strict(format_named("auto"))
    assert isinstance(chosen, ManyTables)
    assert tuple(chosen.tables_of(Record("t", 0, 0, -1, None, json.dumps(message).encode()))) == tables
    assert tuple(Strict(format_named("plain")).tables_of(Record("t", 0, 0, -1, None, b"{}"))) == ()


HEAD = {"schema": "p", "table": "thing", "lsn": "0/16E3778", "timestamp": "2026-11-22 10:00:00.123456+00"}
COLUMNS = [{"name": "id", "type": "integer", "value": 7}, {"name": "name", "type": "text", "value": "Ada"}]
FIRST: dict[str, Any] = {
    "wal2json": {**HEAD, "action": "U", "columns": COLUMNS, "identity": COLUMNS[:1]},
    "maxwell": {
        "database": "d",
        "table": "t",
        "type": "insert",
        "ts": 5,
        "data": {"id": 7},
        "position": "m.1:5",
    },
    "goldengate": {
        "table": "S.T",
        "op_type": "I",
        "op_ts": "2026-11-22 10:00:00",
        "pos": "5",
        "after": {"id": 7},
    },
    "shareplex": {"meta": {"op": "ins", "table": "t", "time": "2026-11-22T10:00:00"}, "data": {"id": 7}},
    "dataworks": {"schema": {"dataColumn": [{"name": "id", "type": "LONG"}]}, "payload": PAYLOAD},
    "flattened": {"id": 7, "__op": "c", "__lsn": 5, "__source_ts_ms": 5, "__deleted": "false"},
    "qlik": {
        "data": {"id": 7},
        "headers": {"operation": "INSERT", "changeSequence": "5", "timestamp": "2026-11-22T10:00:00.5"},
    },
    "dms": {
        "data": {"id": 7},
        "metadata": {"operation": "insert", "record-type": "data", "timestamp": "2026-11-22T10:00:00Z"},
    },
}
CHANGED: dict[str, dict[str, Any]] = {
    "wal2json": {"timestamp": "2026-11-22 10:00:00.5+00"},
    "maxwell": {"position": "m.2:7"},
    "goldengate": {"op_ts": "2026-11-22 10:00:00.123456"},
    "shareplex": {"meta": {"op": "ins", "table": "t", "time": "2026-11-22T10:00:00.5"}},
    "dataworks": {"payload": PAYLOAD | {"timestamp": {"eventTime": -1, "systemTime": 6}}},
    "flattened": {"__op": "u", "name": "__debezium_unavailable_value"},
    "qlik": {
        "headers": {"operation": "INSERT", "changeSequence": "6", "timestamp": "2026-11-22T10:00:00.12"}
    },
    "dms": {
        "metadata": {"operation": "insert", "record-type": "data", "timestamp": "2026-11-22T10:00:00.5Z"}
    },
}


@pytest.mark.parametrize("name", FIRST)
def test_what_was_learnt_of_one_layout_reads_no_other_wrongly(name: str) -> None:
    """Times with more or fewer digits, another log file, a value left out: as if nothing had been learnt."""
    columns = frozenset({"id", "name"})
    learnt = format_named(name).decoder(Wanted(Thing, columns, columns))
    for message in (FIRST[name], FIRST[name], FIRST[name] | CHANGED[name], FIRST[name]):
        record = Record("t", 0, 5, 1, None, json.dumps(message).encode())
        fresh = format_named(name).decoder(Wanted(Thing, columns, columns))
        assert decode(learnt, record) == fresh(record)

"""Messages of formats that are not the usual insert, and what reads their bytes barely."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from bench.formats.replicated import REPLICATED, BareOld
from bench.formats.row import Case, Maker, bare_of, changed, clock, lsn, plain
from bench.onramp_step import HandRow, HandSource, record

ROWS = 20
"""How many rows a message of several has."""


class BarePair(msgspec.Struct, gc=False):
    """Both images of a change."""

    before: HandRow | None
    after: HandRow | None
    source: HandSource
    op: str


class BareMysqlSource(msgspec.Struct, gc=False):
    """Where a change of MySQL's comes from."""

    ts_ms: int
    file: str
    pos: int
    row: int


class BareMysql(msgspec.Struct, gc=False):
    """A change of MySQL's."""

    after: HandRow | None
    source: BareMysqlSource
    op: str


class BareOracleSource(msgspec.Struct, gc=False):
    """Where a change of Oracle's comes from."""

    ts_ms: int
    scn: str
    commit_scn: str
    rs_id: str
    ssn: int


class BareOracle(msgspec.Struct, gc=False):
    """A change of Oracle's."""

    after: HandRow | None
    source: BareOracleSource
    op: str


class BareSqlServerSource(msgspec.Struct, gc=False):
    """Where a change of SQL Server's comes from."""

    ts_ms: int
    change_lsn: str
    commit_lsn: str
    event_serial_no: int


class BareSqlServer(msgspec.Struct, gc=False):
    """A change of SQL Server's."""

    after: HandRow | None
    source: BareSqlServerSource
    op: str


class BareMongoSource(msgspec.Struct, gc=False):
    """Where a change of MongoDB's comes from."""

    ts_ms: int
    ord: int


class BareMongo(msgspec.Struct, gc=False):
    """A change of MongoDB's, whose document is a text."""

    after: str
    source: BareMongoSource
    op: str


def debezium(op: str, **source: Any) -> Maker:
    def make(number: int) -> Any:
        found = json.loads(record(number).value or b"")
        if source:
            common = {name: found["source"][name] for name in ("version", "name", "ts_ms", "snapshot", "db")}
            own = {name: value(number) if callable(value) else value for name, value in source.items()}
            found["source"] = {**common, "table": "cust", **own}
        if op == "u":
            found["before"] = changed(number)
        if op == "d":
            found["before"], found["after"] = found["after"], None
        return {**found, "op": op}

    return make


def mongodb(number: int) -> Any:
    made = debezium("c", connector="mongodb", ord=number)(number)
    return {**made, "after": json.dumps(made["after"], separators=(",", ":"))}


def bare_mongo() -> Callable[[bytes], object]:
    outer, inner = msgspec.json.Decoder(BareMongo).decode, msgspec.json.Decoder(HandRow).decode

    def bare(value: bytes) -> object:
        found = outer(value)
        return found, inner(found.after)

    return bare


class BareMaxwell(msgspec.Struct, gc=False):
    """A message of Maxwell's with what was."""

    database: str
    table: str
    type: str
    ts: int
    xid: int
    commit: bool
    position: str
    data: HandRow
    old: BareOld | None = None


def maxwell(operation: str) -> Maker:
    def make(number: int) -> Any:
        head = {"database": "crm", "table": "cust", "type": operation, "ts": 1_700_000_000, "xid": number}
        old = {"old": {"lname": "Byron"}} if operation == "update" else {}
        return {**head, "commit": True, "position": f"master.000006:{number}", "data": plain(number), **old}

    return make


class BareCanal(msgspec.Struct, gc=False):
    """The least of a message of Canal's with what was."""

    type: str
    es: int
    data: list[HandRow]
    old: list[BareOld] | None = None


def canal(operation: str, rows: int) -> Maker:
    def make(number: int) -> Any:
        row = plain(number)
        return {
            "data": [plain(number + place) for place in range(rows)],
            "database": "crm",
            "es": 1_700_000_000_000,
            "id": number,
            "isDdl": False,
            "mysqlType": dict.fromkeys(row, "varchar(40)"),
            "old": [{"lname": "Byron"}] * rows if operation == "UPDATE" else None,
            "pkNames": ["cust_num"],
            "sql": "",
            "sqlType": dict.fromkeys(row, 12),
            "table": "cust",
            "ts": 1_700_000_000_100,
            "type": operation,
        }

    return make


class BareColumn(msgspec.Struct, gc=False):
    """A column of wal2json."""

    name: str
    type: str
    value: Any = None


class BareWal2json(msgspec.Struct, gc=False):
    """A change of wal2json with its identity."""

    action: str
    timestamp: str
    lsn: str
    schema: str
    table: str
    columns: list[BareColumn] | None = None
    identity: list[BareColumn] | None = None


def wal2json(operation: str) -> Maker:
    def make(number: int) -> Any:
        columns = [{"name": name, "type": "text", "value": value} for name, value in plain(number).items()]
        head = {"action": operation, "timestamp": clock(number, end="+00"), "lsn": lsn(number)}
        images = {} if operation == "D" else {"columns": columns}
        images |= {} if operation == "I" else {"identity": columns[:1]}
        return {**head, "schema": "public", "table": "cust", **images}

    return make


class BareChange(msgspec.Struct, gc=False):
    """A change of a transaction of wal2json's."""

    kind: str
    schema: str
    table: str
    columnnames: list[str]
    columnvalues: list[Any]


class BareTransaction(msgspec.Struct, gc=False):
    """A transaction of wal2json's first version."""

    nextlsn: str
    timestamp: str
    change: list[BareChange]


def transaction(number: int) -> Any:
    changes = []
    for place in range(ROWS):
        row = plain(number + place)
        change = {"kind": "insert", "schema": "public", "table": "cust", "columnnames": [*row]}
        changes.append({**change, "columntypes": ["text"] * len(row), "columnvalues": [*row.values()]})
    head = {"xid": number, "nextlsn": lsn(number), "timestamp": clock(number, end="+00")}
    return {**head, "change": changes}


class BareFlattened(HandRow, gc=False, kw_only=True):
    """A row with what was added to it."""

    deleted: str = msgspec.field(name="__deleted")
    op: str = msgspec.field(name="__op")
    lsn: int = msgspec.field(name="__lsn")
    ts_ms: int = msgspec.field(name="__source_ts_ms")


def flattened(op: str) -> Maker:
    def make(number: int) -> Any:
        marks = {"__deleted": "true" if op == "d" else "false", "__op": op}
        return {**plain(number), **marks, "__lsn": number, "__source_ts_ms": 1_700_000_000_123}

    return make


_mysql = {"connector": "mysql", "file": "binlog.000003", "pos": lambda number: 100 + number, "row": 0}
_oracle = {"connector": "oracle", "scn": str, "commit_scn": str, "rs_id": "0x00002f.00012b40.000e", "ssn": 1}
_sql_server = {
    "connector": "sqlserver",
    "change_lsn": lambda number: f"00000027:{number:08x}:0002",
    "commit_lsn": lambda number: f"00000027:{number:08x}:0005",
    "event_serial_no": 1,
}

RARER: dict[str, Case] = {
    "debezium, update": ("debezium", debezium("u"), bare_of(BarePair)),
    "debezium, delete": ("debezium", debezium("d"), bare_of(BarePair)),
    "debezium, MySQL": ("debezium", debezium("c", **_mysql), bare_of(BareMysql)),
    "debezium, Oracle": ("debezium", debezium("c", **_oracle), bare_of(BareOracle)),
    "debezium, SQL Server": ("debezium", debezium("c", **_sql_server), bare_of(BareSqlServer)),
    "debezium, MongoDB": ("debezium", mongodb, bare_mongo()),
    "maxwell, update": ("maxwell", maxwell("update"), bare_of(BareMaxwell)),
    "maxwell, delete": ("maxwell", maxwell("delete"), bare_of(BareMaxwell)),
    "canal, update": ("canal", canal("UPDATE", 1), bare_of(BareCanal)),
    "canal, delete": ("canal", canal("DELETE", 1), bare_of(BareCanal)),
    f"canal, {ROWS} rows": ("canal", canal("INSERT", ROWS), bare_of(BareCanal)),
    f"canal, {ROWS} updates": ("canal", canal("UPDATE", ROWS), bare_of(BareCanal)),
    "wal2json, update": ("wal2json", wal2json("U"), bare_of(BareWal2json)),
    "wal2json, delete": ("wal2json", wal2json("D"), bare_of(BareWal2json)),
    f"wal2json 1, {ROWS} changes": ("wal2json", transaction, bare_of(BareTransaction)),
    "flattened, update": ("flattened", flattened("u"), bare_of(BareFlattened)),
    "flattened, delete": ("flattened", flattened("d"), bare_of(BareFlattened)),
    **REPLICATED,
}
"""By title: the format, the maker of a message, and what reads its bytes barely."""

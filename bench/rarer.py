"""Messages of formats that are not the usual insert, and what reads their bytes barely, for `formats.py`."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
from onramp_step import HandRow, HandSource, record

Maker = Callable[[int], Any]
ROWS = 20
"""How many rows a message of several has."""


def plain(number: int) -> Any:
    return json.loads(record(number).value or b"")["after"]


def changed(number: int) -> Any:
    """Return a row as it was."""
    return {**plain(number), "lname": "Byron"}


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


class BareOld(msgspec.Struct, gc=False):
    """What an update has changed."""

    lname: str | None = None


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


class BareGoldenGate(msgspec.Struct, gc=False):
    """An operation of GoldenGate's with both images."""

    table: str
    op_type: str
    op_ts: str
    pos: str
    before: HandRow | None = None
    after: HandRow | None = None


def goldengate(operation: str) -> Maker:
    def make(number: int) -> Any:
        images = {} if operation == "I" else {"before": changed(number)}
        images |= {} if operation == "D" else {"after": plain(number)}
        return {
            "table": "CRM.CUST",
            "op_type": operation,
            "op_ts": "2026-11-22 10:00:00.123456",
            "current_ts": "2026-11-22T10:00:01.000000",
            "pos": f"{number:020d}",
            **images,
        }

    return make


class BareGoldenGateRow(HandRow, gc=False, kw_only=True):
    """An operation of GoldenGate's row model."""

    table: str
    op_type: str
    op_ts: str
    pos: str


def goldengate_row(operation: str) -> Maker:
    def make(number: int) -> Any:
        found = goldengate("I")(number)
        row = found.pop("after")
        return {**found, "op_type": operation, **row}

    return make


def goldengate_marked(number: int) -> Any:
    """Return an operation as its Avro has it: beside each column, whether it is missing."""
    found = goldengate("I")(number)
    marks = {f"{name}_isMissing": False for name in found["after"]}
    return {**found, "after": {**found["after"], **marks}}


class BareDmsMetadata(msgspec.Struct, gc=False, rename="kebab"):
    """Where a record of DMS comes from."""

    operation: str
    record_type: str
    schema_name: str
    table_name: str
    timestamp: str


class BareDms(msgspec.Struct, gc=False, rename="kebab"):
    """A data record of DMS with the row before."""

    data: HandRow
    metadata: BareDmsMetadata
    before_image: HandRow | None = None


def dms(operation: str) -> Maker:
    def make(number: int) -> Any:
        metadata = {
            "timestamp": "2026-11-22T10:00:01.721201Z",
            "record-type": "data",
            "operation": operation,
            "partition-key-type": "primary-key",
            "schema-name": "crm",
            "table-name": "cust",
        }
        if operation != "load":
            metadata["commit-timestamp"] = "2026-11-22T10:00:00.123456Z"
        image = {"before-image": changed(number)} if operation == "update" else {}
        return {"data": plain(number), **image, "metadata": metadata}

    return make


class BareHeaders(msgspec.Struct, gc=False, rename="camel"):
    """The headers of a message of Qlik Replicate."""

    operation: str
    change_sequence: str
    timestamp: str | None
    column_mask: str | None


class BareQlik(msgspec.Struct, gc=False, rename="camel"):
    """A message of Qlik Replicate with the row before."""

    data: HandRow
    headers: BareHeaders
    before_data: HandRow | None = None


def qlik(operation: str) -> Maker:
    def make(number: int) -> Any:
        is_load = operation == "REFRESH"
        headers = {
            "operation": operation,
            "changeSequence": "" if is_load else f"20261122100000130{number:018d}",
            "timestamp": None if is_load else "2026-11-22T10:00:00.067",
            "streamPosition": "" if is_load else "000dac8c:000fc98a:0002",
            "transactionId": "" if is_load else f"{number:032d}",
            "changeMask": None if is_load else "03FF",
            "columnMask": None if is_load else "03FF",
        }
        before = changed(number) if operation == "UPDATE" else None
        return {"data": plain(number), "beforeData": before, "headers": headers}

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
        head = {"action": operation, "timestamp": "2026-11-22 10:00:00.123456+00", "lsn": f"0/{number:X}"}
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
    head = {"xid": number, "nextlsn": f"0/{number:X}", "timestamp": "2026-11-22 10:00:00.123456+00"}
    return {**head, "change": changes}


class BareMeta(msgspec.Struct, gc=False):
    """Where a message of SharePlex comes from."""

    time: str
    op: str
    scn: str
    seq: int
    table: str


class BareShareplex(msgspec.Struct, gc=False):
    """A message of SharePlex with what was."""

    meta: BareMeta
    data: BareOld | HandRow
    key: HandRow | None = None


class BareUpdate(BareShareplex, gc=False):
    """An update of SharePlex."""

    data: BareOld
    key: HandRow | None = None


class BareDelete(BareShareplex, gc=False):
    """A delete of SharePlex."""

    data: HandRow
    key: HandRow | None = None


def shareplex(operation: str) -> Maker:
    def make(number: int) -> Any:
        meta = {"time": "2026-11-22T10:00:00", "op": operation, "scn": f"{number}", "seq": 1}
        row = plain(number)
        images = {"data": {"lname": "Byron"}, "key": row} if operation == "upd" else {"data": row}
        return {"meta": {**meta, "table": "CRM.CUST"}, **images}

    return make


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


def _of(kind: Any) -> Callable[[bytes], object]:
    return msgspec.json.Decoder(kind).decode


_mysql = {"connector": "mysql", "file": "binlog.000003", "pos": lambda number: 100 + number, "row": 0}
_oracle = {"connector": "oracle", "scn": str, "commit_scn": str, "rs_id": "0x00002f.00012b40.000e", "ssn": 1}
_sql_server = {
    "connector": "sqlserver",
    "change_lsn": lambda number: f"00000027:{number:08x}:0002",
    "commit_lsn": lambda number: f"00000027:{number:08x}:0005",
    "event_serial_no": 1,
}

RARER: dict[str, tuple[str, Maker, Callable[[bytes], object]]] = {
    "debezium, update": ("debezium", debezium("u"), _of(BarePair)),
    "debezium, delete": ("debezium", debezium("d"), _of(BarePair)),
    "debezium, MySQL": ("debezium", debezium("c", **_mysql), _of(BareMysql)),
    "debezium, Oracle": ("debezium", debezium("c", **_oracle), _of(BareOracle)),
    "debezium, SQL Server": ("debezium", debezium("c", **_sql_server), _of(BareSqlServer)),
    "debezium, MongoDB": ("debezium", mongodb, bare_mongo()),
    "maxwell, update": ("maxwell", maxwell("update"), _of(BareMaxwell)),
    "maxwell, delete": ("maxwell", maxwell("delete"), _of(BareMaxwell)),
    "canal, update": ("canal", canal("UPDATE", 1), _of(BareCanal)),
    "canal, delete": ("canal", canal("DELETE", 1), _of(BareCanal)),
    f"canal, {ROWS} rows": ("canal", canal("INSERT", ROWS), _of(BareCanal)),
    f"canal, {ROWS} updates": ("canal", canal("UPDATE", ROWS), _of(BareCanal)),
    "goldengate, update": ("goldengate", goldengate("U"), _of(BareGoldenGate)),
    "goldengate, delete": ("goldengate", goldengate("D"), _of(BareGoldenGate)),
    "goldengate, marks": ("goldengate", goldengate_marked, _of(BareGoldenGate)),
    "goldengate, row model": ("goldengate", goldengate_row("I"), _of(BareGoldenGateRow)),
    "goldengate, row's delete": ("goldengate", goldengate_row("D"), _of(BareGoldenGateRow)),
    "dms, load": ("dms", dms("load"), _of(BareDms)),
    "dms, update": ("dms", dms("update"), _of(BareDms)),
    "dms, delete": ("dms", dms("delete"), _of(BareDms)),
    "qlik, load": ("qlik", qlik("REFRESH"), _of(BareQlik)),
    "qlik, update": ("qlik", qlik("UPDATE"), _of(BareQlik)),
    "qlik, delete": ("qlik", qlik("DELETE"), _of(BareQlik)),
    "wal2json, update": ("wal2json", wal2json("U"), _of(BareWal2json)),
    "wal2json, delete": ("wal2json", wal2json("D"), _of(BareWal2json)),
    f"wal2json 1, {ROWS} changes": ("wal2json", transaction, _of(BareTransaction)),
    "shareplex, update": ("shareplex", shareplex("upd"), _of(BareUpdate)),
    "shareplex, delete": ("shareplex", shareplex("del"), _of(BareDelete)),
    "flattened, update": ("flattened", flattened("u"), _of(BareFlattened)),
    "flattened, delete": ("flattened", flattened("d"), _of(BareFlattened)),
}
"""By title: the format, the maker of a message, and what reads its bytes barely."""

"""An insert of each format, and what reads its bytes barely."""

import json
from typing import Any

import msgspec

from bench.formats.row import Case, bare_of, clock, lsn, plain
from bench.onramp_step import Cust, HandRow, HandSource, record


class Bare(msgspec.Struct, gc=False):
    """The least that is needed of a change."""

    after: HandRow | None
    source: HandSource
    op: str


class BareEnvelope(msgspec.Struct, gc=False):
    """The same within a schema envelope, which is parsed to be skipped."""

    payload: Bare


class BareForwarded(msgspec.Struct, gc=False):
    """A forwarded row."""

    topic: str
    partition: int
    offset: int
    value: HandRow


def forwarded(number: int) -> Any:
    return {"topic": "raw_table_cust", "partition": 0, "offset": number, "key": "1", "value": plain(number)}


def enveloped(number: int) -> Any:
    columns = [{"type": "string", "optional": True, "field": name} for name in Cust.__struct_fields__]
    images = [
        {
            "type": "struct",
            "fields": columns,
            "optional": True,
            "name": "crm.public.cust.Value",
            "field": image,
        }
        for image in ("before", "after")
    ]
    names = (
        "version",
        "connector",
        "name",
        "ts_ms",
        "snapshot",
        "db",
        "schema",
        "table",
        "txId",
        "lsn",
        "xmin",
    )
    source = [{"type": "string", "optional": True, "field": name} for name in names]
    fields = [*images, {"type": "struct", "fields": source, "optional": False, "field": "source"}]
    schema = {"type": "struct", "fields": fields, "optional": False, "name": "crm.public.cust.Envelope"}
    return {"schema": schema, "payload": json.loads(record(number).value or b"")}


class BareMaxwell(msgspec.Struct, gc=False):
    """A message of Maxwell's."""

    database: str
    table: str
    type: str
    ts: int
    xid: int
    commit: bool
    position: str
    data: HandRow


class BareCanal(msgspec.Struct, gc=False):
    """The least of a message of Canal's, without its types."""

    type: str
    es: int
    data: list[HandRow]


class BareGoldenGate(msgspec.Struct, gc=False):
    """An operation of GoldenGate's."""

    table: str
    op_type: str
    op_ts: str
    current_ts: str
    pos: str
    primary_keys: list[str]
    after: HandRow | None = None


def maxwell(number: int) -> Any:
    head = {"database": "crm", "table": "cust", "type": "insert", "ts": 1_700_000_000, "xid": number}
    return {**head, "commit": True, "position": f"master.000006:{number}", "data": plain(number)}


def canal(number: int) -> Any:
    row = plain(number)
    return {
        "data": [row],
        "database": "crm",
        "es": 1_700_000_000_000,
        "id": number,
        "isDdl": False,
        "mysqlType": dict.fromkeys(row, "varchar(40)"),
        "old": None,
        "pkNames": ["cust_num"],
        "sql": "",
        "sqlType": dict.fromkeys(row, 12),
        "table": "cust",
        "ts": 1_700_000_000_100,
        "type": "INSERT",
    }


def goldengate(number: int) -> Any:
    return {
        "table": "CRM.CUST",
        "op_type": "I",
        "op_ts": clock(number),
        "current_ts": "2026-11-22T10:00:01.000000",
        "pos": f"{number:020d}",
        "primary_keys": ["cust_num"],
        "after": plain(number),
    }


class BareMetadata(msgspec.Struct, gc=False, rename="kebab"):
    """Where a record of DMS comes from."""

    timestamp: str
    record_type: str
    operation: str
    partition_key_type: str
    schema_name: str
    table_name: str
    transaction_id: int
    commit_timestamp: str


class BareDms(msgspec.Struct, gc=False):
    """A data record of DMS."""

    data: HandRow
    metadata: BareMetadata


class BareHeaders(msgspec.Struct, gc=False, rename="camel"):
    """The headers of a message of Qlik Replicate."""

    operation: str
    change_sequence: str
    timestamp: str
    stream_position: str
    transaction_id: str
    change_mask: str
    column_mask: str


class BareQlik(msgspec.Struct, gc=False):
    """A message of Qlik Replicate."""

    data: HandRow
    headers: BareHeaders


class BareColumn(msgspec.Struct, gc=False):
    """A column of wal2json."""

    name: str
    type: str
    value: Any


class BareWal2json(msgspec.Struct, gc=False):
    """A change of wal2json."""

    action: str
    timestamp: str
    lsn: str
    schema: str
    table: str
    columns: list[BareColumn]


class BareMeta(msgspec.Struct, gc=False):
    """Where a message of SharePlex comes from."""

    time: str
    op: str
    scn: str
    trans: str
    seq: int
    table: str


class BareShareplex(msgspec.Struct, gc=False):
    """A message of SharePlex."""

    meta: BareMeta
    data: HandRow


def dms(number: int) -> Any:
    metadata = {
        "timestamp": clock(number + 60_000, middle="T", end="Z"),
        "record-type": "data",
        "operation": "insert",
        "partition-key-type": "primary-key",
        "schema-name": "crm",
        "table-name": "cust",
        "transaction-id": number,
        "commit-timestamp": clock(number, middle="T", end="Z"),
    }
    return {"data": plain(number), "metadata": metadata}


def qlik(number: int) -> Any:
    headers = {
        "operation": "INSERT",
        "changeSequence": f"20261122100000130{number:018d}",
        "timestamp": clock(number, 3, "T"),
        "streamPosition": "000dac8c:000fc98a:0002",
        "transactionId": f"{number:032d}",
        "changeMask": "03FF",
        "columnMask": "03FF",
    }
    return {"data": plain(number), "beforeData": None, "headers": headers}


def wal2json(number: int) -> Any:
    columns = [{"name": name, "type": "text", "value": value} for name, value in plain(number).items()]
    head = {"action": "I", "timestamp": clock(number, end="+00"), "lsn": lsn(number)}
    return {**head, "schema": "public", "table": "cust", "columns": columns}


def shareplex(number: int) -> Any:
    meta = {"time": clock(number, 0, "T"), "op": "ins", "scn": f"{number}", "trans": "7.0.4", "seq": 1}
    return {"meta": {**meta, "table": "CRM.CUST"}, "data": plain(number)}


class BareFlattened(HandRow, gc=False, kw_only=True):
    """A row with what was added to it."""

    deleted: str = msgspec.field(name="__deleted")
    op: str = msgspec.field(name="__op")
    lsn: int = msgspec.field(name="__lsn")
    ts_ms: int = msgspec.field(name="__source_ts_ms")


def flattened(number: int) -> Any:
    marks = {"__deleted": "false", "__op": "c", "__lsn": number, "__source_ts_ms": 1_700_000_000_123}
    return {**plain(number), **marks}


USUAL: dict[str, Case] = {
    "plain": ("plain", plain, bare_of(HandRow)),
    "forwarded": ("forwarded", forwarded, bare_of(BareForwarded)),
    "debezium": ("debezium", lambda number: json.loads(record(number).value or b""), bare_of(Bare)),
    "maxwell": ("maxwell", maxwell, bare_of(BareMaxwell)),
    "canal": ("canal", canal, bare_of(BareCanal)),
    "goldengate": ("goldengate", goldengate, bare_of(BareGoldenGate)),
    "dms": ("dms", dms, bare_of(BareDms)),
    "qlik": ("qlik", qlik, bare_of(BareQlik)),
    "wal2json": ("wal2json", wal2json, bare_of(BareWal2json)),
    "shareplex": ("shareplex", shareplex, bare_of(BareShareplex)),
    "flattened": ("flattened", flattened, bare_of(BareFlattened)),
    "debezium with schema": ("debezium", enveloped, bare_of(BareEnvelope)),
}
"""By title: the format, the maker of a message, and what reads its bytes barely."""

"""Each format's decoding beside msgspec's bare typed decoding of the same bytes: none over three times bare.

Beside formats that are no JSON stands what one writes by hand: csv.reader, slices, and a type per column.

CPU-seconds per million messages, in turns in one process; the least of each, and the median of the ratios.
`PYTHONPATH=. python bench/formats.py` from the root; words choose titles that begin so: `… canal csv`.
"""

import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from laid_out import COPYBOOK, LAID_OUT
from onramp_step import Cust, HandRow, HandSource, record
from rarer import RARER
from registered import REGISTERED

from franca.formats.change import Decoder, Wanted, decode
from franca.formats.registry import format_named, format_of_layout
from franca.model.layouts import Copybook
from franca.model.shape import shape_of
from franca.types import Record

T = TypeVar("T")
MESSAGES, ROUNDS = 2_000, 40
COLUMNS = frozenset(HandRow.__struct_fields__)


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


def plain(number: int) -> Any:
    return json.loads(record(number).value or b"")["after"]


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
        "op_ts": "2026-11-22 10:00:00.123456",
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
        "timestamp": "2026-11-22T10:00:01.721201Z",
        "record-type": "data",
        "operation": "insert",
        "partition-key-type": "primary-key",
        "schema-name": "crm",
        "table-name": "cust",
        "transaction-id": number,
        "commit-timestamp": "2026-11-22T10:00:00.123456Z",
    }
    return {"data": plain(number), "metadata": metadata}


def qlik(number: int) -> Any:
    headers = {
        "operation": "INSERT",
        "changeSequence": f"20261122100000130{number:018d}",
        "timestamp": "2026-11-22T10:00:00.067",
        "streamPosition": "000dac8c:000fc98a:0002",
        "transactionId": f"{number:032d}",
        "changeMask": "03FF",
        "columnMask": "03FF",
    }
    return {"data": plain(number), "beforeData": None, "headers": headers}


def wal2json(number: int) -> Any:
    columns = [{"name": name, "type": "text", "value": value} for name, value in plain(number).items()]
    head = {"action": "I", "timestamp": "2026-11-22 10:00:00.123456+00", "lsn": f"0/{number:X}"}
    return {**head, "schema": "public", "table": "cust", "columns": columns}


def shareplex(number: int) -> Any:
    meta = {"time": "2026-11-22T10:00:00", "op": "ins", "scn": f"{number}", "trans": "7.0.4", "seq": 1}
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


CASES: dict[str, tuple[str, Callable[[int], Any], Any]] = {
    "plain": ("plain", plain, HandRow),
    "forwarded": ("forwarded", forwarded, BareForwarded),
    "debezium": ("debezium", lambda number: json.loads(record(number).value or b""), Bare),
    "maxwell": ("maxwell", maxwell, BareMaxwell),
    "canal": ("canal", canal, BareCanal),
    "goldengate": ("goldengate", goldengate, BareGoldenGate),
    "dms": ("dms", dms, BareDms),
    "qlik": ("qlik", qlik, BareQlik),
    "wal2json": ("wal2json", wal2json, BareWal2json),
    "shareplex": ("shareplex", shareplex, BareShareplex),
    "flattened": ("flattened", flattened, BareFlattened),
    "debezium with schema": ("debezium", enveloped, BareEnvelope),
}


def cost(call: Callable[[Record], object], records: list[Record]) -> float:
    start = time.process_time()
    for each in records:
        call(each)
    return (time.process_time() - start) / MESSAGES * 1e6


def main() -> None:
    words = tuple(sys.argv[1:])
    print(f"{'format':24}{'bytes':>8}{'bare':>8}{'franca':>8}{'ratio':>8}")
    usual = {t: (n, make, msgspec.json.Decoder(bare).decode) for t, (n, make, bare) in CASES.items()}
    for title, (name, make, bare) in _chosen({**usual, **RARER}, words):
        values = [msgspec.json.encode(make(number)) for number in range(MESSAGES)]
        decoder = format_named(name).decoder(Wanted(Cust, COLUMNS, frozenset({"cust_num"})))
        compare(title, values, decoder, bare)
    for title, setup in _chosen(REGISTERED, words):
        values, schemas, bare = setup()
        decoder = format_named("debezium", schemas).decoder(Wanted(Cust, COLUMNS, frozenset({"cust_num"})))
        compare(title, values, decoder, bare)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cust.cpy"
        path.write_text(COPYBOOK)
        for title, (table, write, by_hand_too) in _chosen(LAID_OUT, words):
            columns = frozenset(field.name for field in shape_of(table).fields)
            layout = shape_of(table).format
            layout = replace(layout, path=str(path)) if isinstance(layout, Copybook) else layout
            decoder = format_of_layout(layout).decoder(Wanted(table, columns, columns))
            compare(title, [write(number) for number in range(MESSAGES)], decoder, by_hand_too)


def _chosen(cases: dict[str, T], words: tuple[str, ...]) -> Iterator[tuple[str, T]]:
    return ((title, case) for title, case in cases.items() if not words or title.startswith(words))


def compare(title: str, values: list[bytes], decoder: Decoder, bare: Callable[[bytes], object]) -> None:
    records = [Record("t", 0, number, 1, None, value) for number, value in enumerate(values)]
    decode(decoder, records[0])
    gc.collect()
    gc.freeze()
    ways = partial(decode, decoder), lambda each: bare(each.value)
    rows = [tuple(cost(way, records) for way in ways) for _ in range(ROUNDS)]
    ours, least = (min(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(ours / floor for ours, floor in rows)
    print(f"{title:24}{len(values[0]):8}{least:8.2f}{ours:8.2f}{ratio:8.2f}")


if __name__ == "__main__":
    main()

"""Messages of replication products that are not the usual insert."""

from typing import Any

import msgspec

from bench.formats.row import Case, Maker, bare_of, changed, clock, plain
from bench.onramp_step import HandRow


class BareOld(msgspec.Struct, gc=False):
    """What an update has changed."""

    lname: str | None = None


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
            "op_ts": clock(number),
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
            "timestamp": clock(number + 60_000, middle="T", end="Z"),
            "record-type": "data",
            "operation": operation,
            "partition-key-type": "primary-key",
            "schema-name": "crm",
            "table-name": "cust",
        }
        if operation != "load":
            metadata["commit-timestamp"] = clock(number, middle="T", end="Z")
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
            "timestamp": None if is_load else clock(number, 3, "T"),
            "streamPosition": "" if is_load else "000dac8c:000fc98a:0002",
            "transactionId": "" if is_load else f"{number:032d}",
            "changeMask": None if is_load else "03FF",
            "columnMask": None if is_load else "03FF",
        }
        before = changed(number) if operation == "UPDATE" else None
        return {"data": plain(number), "beforeData": before, "headers": headers}

    return make


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
        meta = {"time": clock(number, 0, "T"), "op": operation, "scn": f"{number}", "seq": 1}
        row = plain(number)
        images = {"data": {"lname": "Byron"}, "key": row} if operation == "upd" else {"data": row}
        return {"meta": {**meta, "table": "CRM.CUST"}, **images}

    return make


class BareRow(msgspec.Struct, gc=False, rename="camel"):
    """A row of DataWorks."""

    data_column: HandRow


class BareTimes(msgspec.Struct, gc=False, rename="camel"):
    """The times of a message of DataWorks."""

    event_time: int


class BarePayload(msgspec.Struct, gc=False, rename="camel"):
    """A change of DataWorks."""

    op: str
    timestamp: BareTimes
    sequence_id: str
    before: BareRow | None
    after: BareRow | None


class BareDataworks(msgspec.Struct, gc=False):
    """A message of DataWorks."""

    payload: BarePayload


def dataworks(operation: str) -> Maker:
    def make(number: int) -> Any:
        is_load = operation == "LOAD"
        columns = [{"name": name, "type": "STRING"} for name in plain(number)]
        source = {"dbType": "mysql", "dbVersion": "1.0.0", "dbName": "crm", "tableName": "cust"}
        images = {
            "before": {"dataColumn": changed(number)} if operation in {"UPDATE_AFTER", "DELETE"} else None,
            "after": None if operation == "DELETE" else {"dataColumn": plain(number)},
        }
        payload = {
            **images,
            "sequenceId": "-1" if is_load else f"1764496800123{number:06d}",
            "timestamp": {"eventTime": -1 if is_load else 1_764_496_800_123, "systemTime": 1_764_496_801_456},
            "op": "INSERT" if is_load else operation,
            "ddl": None,
        }
        schema = {"dataColumn": columns, "primaryKey": ["cust_num"], "source": source}
        return {"schema": schema, "payload": payload, "version": "0.0.1"}

    return make


class BareDataworksRow(HandRow, gc=False, kw_only=True):
    """A row to which DataWorks has added columns."""

    operation: str = msgspec.field(name="_operation_type_")
    sequence: str = msgspec.field(name="_sequence_id_")
    moment: int = msgspec.field(name="_execute_time_")
    is_before: str = msgspec.field(name="_before_image_")
    is_after: str = msgspec.field(name="_after_image_")


def dataworks_row(operation: str) -> Maker:
    def make(number: int) -> Any:
        added = {"_sequence_id_": f"1764496800123{number:06d}", "_operation_type_": operation}
        images = {"_before_image_": "N", "_after_image_": "Y"}
        if operation == "D":
            images = {"_before_image_": "Y", "_after_image_": "N"}
        return {**added, "_execute_time_": 1_764_496_800_123, **images, **plain(number)}

    return make


REPLICATED: dict[str, Case] = {
    "goldengate, update": ("goldengate", goldengate("U"), bare_of(BareGoldenGate)),
    "goldengate, delete": ("goldengate", goldengate("D"), bare_of(BareGoldenGate)),
    "goldengate, marks": ("goldengate", goldengate_marked, bare_of(BareGoldenGate)),
    "goldengate, row model": ("goldengate", goldengate_row("I"), bare_of(BareGoldenGateRow)),
    "goldengate, row's delete": ("goldengate", goldengate_row("D"), bare_of(BareGoldenGateRow)),
    "dms, load": ("dms", dms("load"), bare_of(BareDms)),
    "dms, update": ("dms", dms("update"), bare_of(BareDms)),
    "dms, delete": ("dms", dms("delete"), bare_of(BareDms)),
    "qlik, load": ("qlik", qlik("REFRESH"), bare_of(BareQlik)),
    "qlik, update": ("qlik", qlik("UPDATE"), bare_of(BareQlik)),
    "qlik, delete": ("qlik", qlik("DELETE"), bare_of(BareQlik)),
    "shareplex, update": ("shareplex", shareplex("upd"), bare_of(BareUpdate)),
    "shareplex, delete": ("shareplex", shareplex("del"), bare_of(BareDelete)),
    "dataworks": ("dataworks", dataworks("INSERT"), bare_of(BareDataworks)),
    "dataworks, load": ("dataworks", dataworks("LOAD"), bare_of(BareDataworks)),
    "dataworks, update": ("dataworks", dataworks("UPDATE_AFTER"), bare_of(BareDataworks)),
    "dataworks, delete": ("dataworks", dataworks("DELETE"), bare_of(BareDataworks)),
    "dataworks, row": ("dataworks", dataworks_row("U"), bare_of(BareDataworksRow)),
    "dataworks, row's delete": ("dataworks", dataworks_row("D"), bare_of(BareDataworksRow)),
}

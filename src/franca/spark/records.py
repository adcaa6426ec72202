"""Kafka's messages as Spark hands them over."""

from base64 import b64decode

import msgspec
import pyarrow as pa

from franca.types import Headers, Record

_HEADERS = "to_json(transform(headers, each -> struct(each.key AS name, base64(each.value) AS value)))"
COLUMNS = (
    "topic",
    "partition",
    "offset",
    "unix_millis(timestamp) AS timestamp",
    "key",
    "value",
    f"CASE WHEN size(headers) > 0 THEN {_HEADERS} END AS headers",
)
"""What a task is given of each message, in Spark's SQL.

Headers are JSON, since Spark 4.1 asks for the size of a batch after each row, and goes through all rows of a
column of lists for it: that took two thirds of a stream's time.
"""


class _Header(msgspec.Struct):
    name: str
    value: str | None = None


_decode = msgspec.json.Decoder(list[_Header]).decode


def records_of(batch: pa.RecordBatch) -> list[Record]:
    """Return the messages of a batch of `COLUMNS`."""
    columns = [column.to_pylist() for column in batch.columns]
    headers = [() if each is None else _headers(each) for each in columns.pop()]
    return list(map(Record, *columns, headers))


def _headers(told: str) -> Headers:
    found = _decode(told)
    return tuple((each.name, None if each.value is None else b64decode(each.value)) for each in found)

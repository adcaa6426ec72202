"""Kafka's messages as Spark hands them over."""

import pyarrow as pa

from franca.types import Headers, Record

COLUMNS = (
    "topic",
    "partition",
    "offset",
    "unix_millis(timestamp) AS timestamp",
    "key",
    "value",
    "headers",
)
"""What a task is given of each message, in Spark's SQL."""


def records_of(batch: pa.RecordBatch) -> list[Record]:
    """Return the messages of a batch of `COLUMNS`."""
    columns = [column.to_pylist() for column in batch.columns]
    headers = [_headers(each) for each in columns.pop()]
    return list(map(Record, *columns, headers))


def _headers(found: list[dict[str, object]] | None) -> Headers:
    return tuple((each["key"], each["value"]) for each in found or ())  # type: ignore[misc]  # as Spark types them

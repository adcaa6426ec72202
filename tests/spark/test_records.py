"""Messages of Kafka on their way to a task of Python."""

from typing import TYPE_CHECKING

import pyarrow as pa

from franca.spark.records import COLUMNS, records_of
from franca.types import Record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MESSAGES = """SELECT * FROM VALUES
    ('t', 0, 7L, timestamp '2026-11-28 12:00:00.123456Z', X'4B', X'7B7D', array(
        named_struct('key', 'a"', 'value', X'00FF'), named_struct('key', 'b', 'value', NULL),
        named_struct('key', 'long', 'value', CAST(repeat('x', 100) AS BINARY)),
        named_struct('key', 'a"', 'value', X''))),
    ('t', 1, 8L, timestamp '1969-12-31 23:59:59.999Z', NULL, NULL, array()),
    ('t', 1, 9L, timestamp '1970-01-01 00:00:00Z', X'', X'', NULL)
    AS messages(topic, partition, offset, timestamp, key, value, headers)"""


def test_a_message_arrives_as_it_is(spark: "SparkSession") -> None:
    """Headers too, in their order, of any bytes or none, several of one name."""
    headers = (('a"', b"\0\xff"), ("b", None), ("long", b"x" * 100), ('a"', b""))
    found = [row.asDict() for row in spark.sql(MESSAGES).selectExpr(*COLUMNS).collect()]
    assert sorted(records_of(pa.RecordBatch.from_pylist(found)), key=lambda record: record.offset) == [
        Record("t", 0, 7, 1_795_867_200_123, b"K", b"{}", headers),
        Record("t", 1, 8, -1, None, None, ()),
        Record("t", 1, 9, 0, b"", b"", ()),
    ]

"""A stream in Spark, Kafka to the current state of two Delta tables.

`mgmt_spark_stream.py BOOTSTRAP CUSTOMERS ACCOUNTS FOLDER` reads what is there and ends (AvailableNow). Each
micro-batch is merged in `foreachBatch`, as Delta's documentation has upserts of a stream.
"""

import sys

from pyspark.sql import DataFrame

from bench.proof.programs.mgmt_columns import ENTITIES
from bench.proof.programs.mgmt_sql import newest, row_type, state
from bench.proof.programs.spark_session import session

PER_BATCH = 1_000_000
SPARK = ("STRING", "timestamp_millis(ts_ms)", "date_from_unix_date({})")


def main(bootstrap: str, customers: str, accounts: str, folder: str) -> None:
    spark = session()
    queries = []
    for entity, topic in zip(ENTITIES, (customers, accounts), strict=True):
        row = f"STRUCT<{row_type(entity, 'STRING', ':')}>"
        schema = f"op STRING, before {row}, after {row}, source STRUCT<lsn: BIGINT, ts_ms: BIGINT>"
        empty = spark.createDataFrame([], schema)
        empty.createOrReplaceTempView(f"no_{entity}")
        spark.sql(state(entity, f"no_{entity}", *SPARK)).write.format("delta").save(f"{folder}/{entity}")
        messages = (
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", bootstrap)
            .option("kafka.max.poll.records", 10_000)
            .option("subscribe", topic)
            .option("startingOffsets", "earliest")
            .option("maxOffsetsPerTrigger", PER_BATCH)
            .load()
        )
        parsed = messages.selectExpr(f"from_json(CAST(value AS STRING), '{schema}') AS change")
        writer = parsed.select("change.*").writeStream.foreachBatch(merge_of(entity, folder))
        checkpoint = f"{folder}/.checkpoints/{entity}"
        queries.append(writer.option("checkpointLocation", checkpoint).trigger(availableNow=True).start())
    for query in queries:
        query.awaitTermination()
    spark.stop()


class merge_of:  # noqa: N801  # used as a function that Spark calls
    """Merges the micro-batches of one table."""

    def __init__(self, entity: str, folder: str) -> None:
        self.entity, self.table = entity, f"delta.`{folder}/{entity}`"

    def __call__(self, changes: DataFrame, _number: int) -> None:
        entity, fields = self.entity, ENTITIES[self.entity]
        name, column = next(iter(fields.items()))
        changes.createOrReplaceTempView(f"new_{entity}")
        key = f"coalesce(after.{column}, before.{column}) AS number_of_row"
        rows = newest(entity, f"new_{entity}", *SPARK, "op", key)
        kept = [f"_{part}" for part in ("sequence", "mapping", "event_id", "origin", "changed_at")]
        columns = [*kept, *fields]
        sets = ", ".join(f"{each} = new.{each}" for each in columns)
        values = ", ".join(f"new.{each}" for each in columns)
        changes.sparkSession.sql(f"""MERGE INTO {self.table} AS kept USING ({rows}) AS new
            ON kept.{name} = new.number_of_row
            WHEN MATCHED AND new.op = 'd' THEN DELETE
            WHEN MATCHED AND new._sequence > kept._sequence THEN UPDATE SET {sets}
            WHEN NOT MATCHED AND new.op <> 'd' THEN INSERT ({", ".join(columns)}) VALUES ({values})""")


if __name__ == "__main__":
    main(*sys.argv[1:])

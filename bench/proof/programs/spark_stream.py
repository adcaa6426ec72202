"""A stream in Spark, Kafka to two Delta tables: `spark_stream.py BOOTSTRAP TOPIC COUNT FOLDER [live]`.

Without `live` it reads what is there and ends (AvailableNow), else it commits every second. One query per
table, each with its checkpoint, as Structured Streaming's guide has it.
"""

import sys

from bench.proof.programs.bank_sql import spark_row, spark_tables
from bench.proof.programs.spark_session import session

PER_BATCH = 100_000


def main(bootstrap: str, topic: str, _count: str, folder: str, mode: str = "") -> None:
    spark = session()
    messages = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", PER_BATCH)
        .load()
    )
    parsed = messages.selectExpr(f"from_json(CAST(value AS STRING), '{spark_row()}') AS change")
    parsed.selectExpr("change.after.*", "change.source.lsn", "change.source.ts_ms").createOrReplaceTempView(
        "cust"
    )
    for name, query in spark_tables().items():
        writer = (
            spark.sql(f"{query} FROM cust")
            .writeStream.format("delta")
            .option("checkpointLocation", f"{folder}/.checkpoints/{name}")
        )
        trigger = {"processingTime": "1 second"} if mode == "live" else {"availableNow": True}
        writer.trigger(**trigger).start(f"{folder}/{name}")
    for query in spark.streams.active:
        query.awaitTermination()
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A stream in Spark, Kafka to two Delta tables: `spark_stream.py BOOTSTRAP TOPIC COUNT FOLDER [live]`.

Without `live` it reads what is there and ends (AvailableNow), else it commits every second. One query writes
both tables of each micro-batch, exactly once by `txnAppId` and `txnVersion`, as Delta's guide has it: dearer
were a query per table, and to keep the parsed micro-batch in memory between the two.
"""

import sys
from typing import TYPE_CHECKING

from bench.proof.programs.bank_sql import spark_row, spark_tables
from bench.proof.programs.spark_session import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PER_BATCH = 1_000_000
FILES = 2
"""As many tasks, and so files of a commit, as there are processors."""


def main(bootstrap: str, topic: str, _count: str, folder: str, mode: str = "") -> None:
    spark = session()
    messages = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("kafka.max.poll.records", 10_000)  # after each poll Spark asks for the partition's ends
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", PER_BATCH)
        .load()
    )
    parsed = messages.selectExpr(f"from_json(CAST(value AS STRING), '{spark_row()}') AS change")
    changes = parsed.selectExpr("change.after.*", "change.source.lsn", "change.source.ts_ms")

    def write(frame: "DataFrame", number: int) -> None:
        frame.coalesce(FILES).createOrReplaceTempView("cust")
        for name, query in spark_tables().items():
            made = frame.sparkSession.sql(f"{query} FROM cust").write.format("delta").mode("append")
            made.option("txnAppId", topic).option("txnVersion", number).save(f"{folder}/{name}")

    writer = changes.writeStream.foreachBatch(write).option("checkpointLocation", f"{folder}/.checkpoints")
    trigger = {"processingTime": "1 second"} if mode == "live" else {"availableNow": True}
    writer.trigger(**trigger).start().awaitTermination()
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

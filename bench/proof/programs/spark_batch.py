"""A batch in Spark that appends files of changes to Delta tables: `spark_batch.py FILE FOLDER`."""

import sys

from bench.proof.programs.bank_sql import spark_row, spark_tables
from bench.proof.programs.spark_session import session


def main(file: str, folder: str) -> None:
    spark = session()
    changes = spark.read.schema(spark_row()).json(file)
    changes.select("after.*", "source.lsn", "source.ts_ms").createOrReplaceTempView("cust")
    for name, query in spark_tables().items():
        spark.sql(f"{query} FROM cust").write.format("delta").mode("append").save(f"{folder}/{name}")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

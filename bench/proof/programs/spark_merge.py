"""Merges a file of changes into two Delta tables in Spark: `spark_merge.py FILE FOLDER`."""

import sys

from bench.proof.programs.bank_columns import FIELDS
from bench.proof.programs.bank_sql import spark_row, spark_tables
from bench.proof.programs.spark_session import session
from bench.proof.programs.states import KEYS, newest


def main(file: str, folder: str) -> None:
    spark = session()
    changes = spark.read.schema(spark_row()).json(file)
    changes.select("after.*", "source.lsn", "source.ts_ms").createOrReplaceTempView("cust")
    for name, query in spark_tables().items():
        table, key = f"delta.`{folder}/{name}`", KEYS[name]
        spark.sql(f"""MERGE INTO {table} AS kept USING ({newest(name, query, FIELDS[name])}) AS new
            ON kept.{key} = new.{key}
            WHEN MATCHED AND new._sequence > kept._sequence THEN UPDATE SET *
            WHEN NOT MATCHED THEN INSERT *""")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A batch in Spark, files of changes to the current state: `mgmt_spark.py FOLDER-OF-FILES FOLDER`."""

import sys

from bench.proof.programs.mgmt_columns import ENTITIES
from bench.proof.programs.mgmt_sql import row_type, state
from bench.proof.programs.spark_session import session


def main(files: str, folder: str) -> None:
    spark = session()
    for entity in ENTITIES:
        row = f"STRUCT<{row_type(entity, 'STRING', ':')}>"
        schema = f"op STRING, before {row}, after {row}, source STRUCT<lsn: BIGINT, ts_ms: BIGINT>"
        spark.read.schema(schema).json(f"{files}/{entity}.jsonl").createOrReplaceTempView("changes")
        made = state(entity, "changes", "STRING", "timestamp_millis(ts_ms)", "date_from_unix_date({})")
        spark.sql(made).write.format("delta").mode("overwrite").save(f"{folder}/{entity}")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])

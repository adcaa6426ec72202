"""A stream in Flink SQL, Kafka to two tables: `flink_stream.py BOOTSTRAP TOPIC COUNT FOLDER [live]`.

Parquet files by its own file sink, committed with each checkpoint: Delta's connector for Flink is made for
Flink 1 and not continued, so Flink writes no Delta log here, and does so much less than the others.
Without `live` the source ends at what is there (`scan.bounded.mode`).
"""

import os
import sys
from pathlib import Path

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment

from bench.proof.programs.bank_sql import COLUMNS, flink_tables

TYPES = {"_changed_at": "TIMESTAMP_LTZ(3)", "_mapping": "BIGINT"}


def main(bootstrap: str, topic: str, _count: str, folder: str, *rest: str) -> None:
    jars = [Path(jar) for jar in os.environ["FLINK_JARS"].split(os.pathsep)]
    settings = Configuration()
    settings.set_string("pipeline.jars", ";".join(jar.as_uri() for jar in jars))
    settings.set_string("pipeline.classpaths", ";".join(jar.as_uri() for jar in jars))
    settings.set_string("parallelism.default", "2")
    settings.set_string("pipeline.object-reuse", "true")
    settings.set_string("table.local-time-zone", "UTC")
    is_live = rest == ("live",)
    settings.set_string("execution.checkpointing.interval", "1 s" if is_live else "10 s")
    builder = EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(settings)
    flink = TableEnvironment.create(builder.build())
    row = ", ".join(f"{name} STRING" for name in COLUMNS)
    bounded = "" if is_live else "'scan.bounded.mode' = 'latest-offset',"
    settings_of_topic = f"""'connector' = 'kafka', 'topic' = '{topic}', 'format' = 'json',
        'properties.bootstrap.servers' = '{bootstrap}', {bounded} 'scan.startup.mode' = 'earliest-offset'"""
    columns_of_topic = f"`after` ROW<{row}>, source ROW<lsn BIGINT, ts_ms BIGINT>"
    flink.execute_sql(f"CREATE TABLE messages ({columns_of_topic}) WITH ({settings_of_topic})")
    columns = ", ".join(f"messages.`after`.{name} AS {name}" for name in COLUMNS)
    place = "messages.source.lsn AS lsn, messages.source.ts_ms AS ts_ms"
    flink.execute_sql(f"CREATE TEMPORARY VIEW cust AS SELECT {columns}, {place} FROM messages")
    statements = flink.create_statement_set()
    for name, query in flink_tables().items():
        made = flink.sql_query(f"{query} FROM cust")
        names = made.get_schema().get_field_names()
        fields = ", ".join(f"`{field}` {TYPES.get(field, 'STRING')}" for field in names)
        flink.execute_sql(f"""CREATE TABLE {name} ({fields}) WITH ('connector' = 'filesystem',
            'path' = '{folder}/{name}', 'format' = 'parquet')""")
        statements.add_insert(name, made)
    statements.execute().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])

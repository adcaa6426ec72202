"""The bare floor of the lake: confluent-kafka, DuckDB's from_json and deltalake.

Reads events from a topic and appends them to a Delta table, 50,000 a commit, the offsets in the commit:
`python -m bench.floors.lake BOOTSTRAP TOPIC RECORDS FOLDER FIELD,FIELD,…`.
"""

import json
import sys

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from bench.floors.reading import batches, rest_collector

BATCH = 50_000
ENVELOPE = {
    "id": "VARCHAR",
    "source": "VARCHAR",
    "type": "VARCHAR",
    "subject": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "sequence": "VARCHAR",
    "origin": "VARCHAR",
    "mapping": "VARCHAR",
}


def main(bootstrap: str, topic: str, records: int, folder: str, fields: list[str]) -> None:
    structure = json.dumps({**ENVELOPE, "data": dict.fromkeys(fields, "VARCHAR")})
    columns = ", ".join(f"e.{name} AS _{name}" for name in ENVELOPE)
    query = (
        f"SELECT {columns}, unnest(e.data), place, start FROM "
        f"(SELECT from_json(value, '{structure}') AS e, place, start FROM batch)"
    )
    connection = duckdb.connect(":memory:", config={"threads": "1"})
    connection.execute("SET TimeZone = 'UTC'")
    table: str | DeltaTable = folder
    for messages in batches(bootstrap, topic, records, BATCH):
        batch = {
            "value": pa.array([message.value() for message in messages], pa.binary()).cast(pa.string()),
            "place": pa.array([message.partition() for message in messages], pa.int32()),
            "start": pa.array([message.offset() for message in messages], pa.int64()),
        }
        connection.register("batch", pa.table(batch))
        rows = connection.sql(query).to_arrow_table()
        ends = {message.partition(): message.offset() + 1 for message in messages}
        marks = [Transaction(f"floor:{topic}:{place}", end) for place, end in ends.items()]
        properties = CommitProperties(app_transactions=marks)
        write_deltalake(table, rows, mode="append", commit_properties=properties)
        table = table if isinstance(table, DeltaTable) else DeltaTable(folder)


if __name__ == "__main__":
    rest_collector()
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5].split(","))

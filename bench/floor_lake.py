"""The bare floor of the lake: confluent-kafka, DuckDB's from_json and deltalake, with no franca import.

Reads events from a topic and appends them to a Delta table, 50,000 a commit, the offsets in the commit:
`python bench/floor_lake.py --bootstrap 127.0.0.1:9092`.
"""

import argparse
import json
import tempfile
import uuid
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from events import SIZES, batches, fill, marginal, measured

BATCH = 50_000
DATA = ("id", "name", "first_name", "last_name", "middle_names", "prefix", "gender", "marital_status")
STRUCTURE = {
    "id": "VARCHAR",
    "source": "VARCHAR",
    "type": "VARCHAR",
    "subject": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "sequence": "VARCHAR",
    "origin": "VARCHAR",
    "mapping": "VARCHAR",
    "data": dict.fromkeys(DATA, "VARCHAR"),
}
ENVELOPE = ", ".join(f"e.{name} AS _{name}" for name in STRUCTURE if name != "data")
QUERY = (
    f"SELECT {ENVELOPE}, unnest(e.data), place, start FROM "
    f"(SELECT from_json(value, '{json.dumps(STRUCTURE)}') AS e, place, start FROM batch)"
)


def lake(bootstrap: str, topic: str, records: int, folder: str) -> None:
    connection = duckdb.connect(":memory:", config={"threads": "1"})
    connection.execute("SET TimeZone = 'UTC'")
    table: str | DeltaTable = folder
    for messages in batches(bootstrap, topic, records, BATCH):
        columns = {
            "value": pa.array([message.value() for message in messages], pa.binary()).cast(pa.string()),
            "place": pa.array([message.partition() for message in messages], pa.int32()),
            "start": pa.array([message.offset() for message in messages], pa.int64()),
        }
        connection.register("batch", pa.table(columns))
        rows = connection.sql(QUERY).to_arrow_table()
        ends = {message.partition(): message.offset() + 1 for message in messages}
        marks = [Transaction(f"floor:{topic}:{place}", end) for place, end in ends.items()]
        write_deltalake(
            table, rows, mode="append", commit_properties=CommitProperties(app_transactions=marks)
        )
        table = table if isinstance(table, DeltaTable) else DeltaTable(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", help="a topic of events that is filled already")
    parser.add_argument("--sizes", type=int, nargs=2, default=SIZES)
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    topic = arguments.topic or f"floor-events-{uuid.uuid4().hex}"
    if arguments.run:
        with tempfile.TemporaryDirectory() as folder:
            table = str(Path(folder, "events"))
            measured(lambda: lake(arguments.bootstrap, topic, arguments.run, table), arguments.run)
        return
    if not arguments.topic:
        fill(arguments.bootstrap, topic, max(arguments.sizes))
    given = ["--bootstrap", arguments.bootstrap, "--topic", topic]
    print(json.dumps(marginal(__file__, given, arguments.sizes)))


if __name__ == "__main__":
    main()

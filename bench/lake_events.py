"""Writes events of individuals straight into a project's lake, where what is measured comes after writing.

As a program, `python -m bench.lake_events FOLDER KEYS EVENTS COMMITS FIRST`: so many events of random ones of
so many keys, in so many commits, numbered from FIRST on; with FIRST 0 each key once, in order.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.messages import FIRST_NAMES, LAST_NAMES, PARTITIONS
from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.config.project import load
from franca.lake.columns import events_schema, ranged_columns, repeating_columns
from franca.lake.events_table import EventsTable
from franca.lake.location import events_url


def main(arguments: Sequence[str]) -> int:
    """Write them."""
    keys, events, commits, first = map(int, arguments[1:])
    project = load(Path(arguments[0]), "")
    shape = next(shape for shape in shapes(project) if shape.name.startswith("individual"))
    places, schema = endpoints(project, "", ""), events_schema(shape)
    url, repeats = events_url(places.lake_url, shape.name), repeating_columns(shape)
    table = EventsTable(url, places.lake_options, schema, repeats, ranged_columns(shape))
    table.open()
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        size = max(1, events // commits)
        for begin in range(first, first + events, size):
            end = min(begin + size, first + events)
            rows = _rows(connection, shape.name, keys if first else 0, begin, end)
            table.append(rows.select(schema.names).cast(schema), {}, {})
    return 0


def _rows(connection: duckdb.DuckDBPyConnection, entity: str, keys: int, begin: int, end: int) -> pa.Table:
    """Return events with these numbers, as the bench's events on a topic are."""
    key = f"(hash(n) % {keys})::BIGINT" if keys else "n"
    return connection.sql(f"""SELECT 'raw.crm.cust/0/' || n || '/individual/c' AS _event_id,
        'crm/cust' AS _source, '{entity}.changed' AS _type, id AS _subject,
        TIMESTAMPTZ '2026-11-22 10:00:00+00' + n * INTERVAL 1 millisecond AS _changed_at,
        '0001.lsn.' || lpad(n::VARCHAR, 20, '0') || '.000' AS _sequence, 'crm' AS _origin, 1 AS _mapping,
        '3f2a9c1b' AS _mapping_hash, '{entity}/1' AS _schema, id,
        ['Mr ', 'Ms '][1 + n % 2] || {list(FIRST_NAMES)}[1 + n % 4] || {list(LAST_NAMES)}[1 + n % 4] AS name,
        {list(FIRST_NAMES)}[1 + n % 4] AS first_name, {list(LAST_NAMES)}[1 + n % 4] AS last_name,
        CASE n % 2 WHEN 1 THEN 'Maria' END AS middle_names, ['Mr', 'Ms'][1 + n % 2] AS prefix,
        ['Female', 'Male'][1 + n % 2] AS gender, ['Married', 'Single'][1 + n % 2] AS marital_status,
        lpad((n % 97)::VARCHAR, 4, '0') AS branch, (hash(id) % {PARTITIONS})::INTEGER AS _partition,
        n AS _offset, 't' AS _topic_id
        FROM (SELECT n, 'CUST' || lpad(({key})::VARCHAR, 8, '0') AS id
              FROM range({begin}, {end}) AS numbers(n))""").to_arrow_table()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

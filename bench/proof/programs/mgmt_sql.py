"""The current state of TPC-DI's customers and accounts out of their changes, in SQL for DuckDB and Spark."""

from bench.proof.programs.mgmt_columns import DATES, ENTITIES, NUMBERS


def row_type(entity: str, text: str, colon: str) -> str:
    """Return the fields of a table's row in a dialect: `name TYPE, …`."""
    fields = ENTITIES[entity].items()
    types = {
        name: "INT" if name in DATES else "BIGINT" if name in NUMBERS else text for name in ENTITIES[entity]
    }
    return ", ".join(f"{column}{colon} {types[name]}" for name, column in fields)


def state(entity: str, source: str, text: str, moment: str, day: str) -> str:
    """Return the query of the newest row of each key, deleted ones left out.

    `source` has `op`, `before`, `after` and the `source` of Debezium; `moment` and `day` are the dialect's
    instant of `ts_ms` and its date of a column.
    """
    return f"{newest(entity, source, text, moment, day)} AND op <> 'd'"


def newest(entity: str, source: str, text: str, moment: str, day: str, *more: str) -> str:
    """Return the query of the newest row of each key, with further columns; null fields for a delete."""
    fields = ENTITIES[entity]
    key = next(iter(fields.values()))
    columns = ",\n    ".join(f"{_field(name, column, day)} AS {name}" for name, column in fields.items())
    rank = f"row_number() OVER (PARTITION BY coalesce(after.{key}, before.{key}) ORDER BY source.lsn DESC)"
    place = "source.lsn AS lsn, source.ts_ms AS ts_ms"
    ranked = f"SELECT op, before, after, {place}, {rank} AS rank_of_key FROM {source}"
    further = "".join(f",\n    {each}" for each in more)
    return f"""SELECT '0001.lsn.' || lpad(CAST(lsn AS {text}), 20, '0') || '.000' AS _sequence,
    CAST(1 AS BIGINT) AS _mapping,
    'raw.mgmt.{entity}/' || CAST(lsn AS {text}) || '/{entity}/c' AS _event_id,
    'mgmt' AS _origin,
    {moment} AS _changed_at,
    {columns}{further}
    FROM ({ranked}) AS ranked WHERE rank_of_key = 1"""


def _field(name: str, column: str, day: str) -> str:
    if name in DATES:
        return day.format(f"after.{column}")
    if name == "gender":
        return f"CASE after.{column} WHEN 'M' THEN 'Male' WHEN 'F' THEN 'Female' END"
    return f"after.{column}"

"""What a table should hold, and in which columns and rows one of as many rows differs from that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from bench.proof.reading import TEXT, Content, Stored, hashed, opened

MOST = 3
"""Of so many columns the values are told; of more, in how many rows they differ."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the table `name` should hold, whoever makes it.

    `kinds` are its columns with what they are. In `compared` of them its rows, or those `where` something is
    so, should have `content`. `key` tells these rows apart; `rows` computes them, to tell what differs.
    """

    name: str
    kinds: Mapping[str, str]
    compared: Sequence[str]
    content: Content
    key: str
    rows: Callable[[], pa.Table]
    where: str = "true"


def kinds(columns: Sequence[str], others: Mapping[str, str]) -> dict[str, str]:
    """Return what columns are: text, where `others` say nothing else."""
    return {name: others.get(name, TEXT) for name in columns}


def difference(rows: Stored, wanted: Wanted, suffix: str = "") -> str:
    """Return what differs, as the end of a sentence."""
    connection = opened(rows)
    connection.register("right_rows", wanted.rows())
    columns = ", ".join(f'{_shown(name, suffix)} AS "{name}"' for name in wanted.compared)
    connection.execute(f"CREATE VIEW here AS SELECT {columns} FROM found WHERE {wanted.where}")
    connection.execute(f"CREATE VIEW there AS SELECT {columns} FROM right_rows")
    return _of_keys(connection, wanted) or _of_values(connection, wanted) or "with another content"


def _of_keys(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> str:
    """Tell the first key that should be there and is not, and the first that is there too often."""
    key = f'"{wanted.key}"'
    counts = (
        f"SELECT key, sum(here), sum(there) FROM (SELECT {key} AS key, 1 AS here, 0 AS there FROM here "
        f"UNION ALL SELECT {key}, 0, 1 FROM there) GROUP BY key"
    )
    compare = (
        "SELECT key, here FROM ({}) AS each_key(key, here, there) WHERE here {} there ORDER BY key LIMIT 1"
    )
    lacking, more = (connection.execute(compare.format(counts, sign)).fetchall() for sign in "<>")
    if not lacking or not more:
        return ""
    (absent, _), (present, count) = lacking[0], more[0]
    return (
        f"none where {wanted.key!r} is {_value(wanted, wanted.key, absent)}, and {count} where it is "
        f"{_value(wanted, wanted.key, present)}"
    )


def _of_values(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> str:
    """Tell the columns that differ, and where first."""
    both = f'FROM here JOIN there ON here."{wanted.key}" IS NOT DISTINCT FROM there."{wanted.key}"'
    differs = {name: f'here."{name}" IS DISTINCT FROM there."{name}"' for name in wanted.compared}
    counts = ", ".join(f"count(*) FILTER ({each})" for each in differs.values())
    (found,) = connection.execute(f"SELECT {counts} {both}").fetchall()
    told = {name: count for name, count in zip(differs, found, strict=True) if count}
    parts = []
    for name in list(told)[:MOST]:
        query = f'SELECT here."{wanted.key}", here."{name}", there."{name}" {both} WHERE {differs[name]}'
        ((key, one, other),) = connection.execute(f"{query} ORDER BY 1 LIMIT 1").fetchall()
        parts.append(
            f"{name!r} differs in {told[name]:,}, first where {wanted.key!r} is "
            f"{_value(wanted, wanted.key, key)}: {_value(wanted, name, one)}, expected "
            f"{_value(wanted, name, other)}"
        )
    if others := list(told)[MOST:]:
        parts.append(f"also {', '.join(f'{name!r} in {told[name]:,}' for name in others)}")
    return "; ".join(parts)


def _shown(name: str, suffix: str) -> str:
    return (
        f"make_timestamp({hashed(name, suffix)})::VARCHAR" if name == "_changed_at" else hashed(name, suffix)
    )


def _value(wanted: Wanted, name: str, value: object) -> str:
    if value is None:
        return "null"
    return repr(value) if wanted.kinds[name] == TEXT else str(value)

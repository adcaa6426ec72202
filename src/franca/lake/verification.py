"""Proves an entity's tables against each other: each event once, as many as counted, the newest folded."""

from collections.abc import Sequence

import duckdb
import msgspec
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from franca.lake.columns import STATE, deleted_schema, events_schema, snapshot_schema
from franca.lake.fold import deleted_of, snapshot_of
from franca.lake.location import Options, events_url
from franca.lake.newest import told
from franca.lake.position import held, later
from franca.lake.relation import relation
from franca.lake.translation import translated
from franca.model.shape import Shape


class Verified(msgspec.Struct, frozen=True):
    """What was looked at, and what is wrong; nothing where `problems` is empty."""

    entity: str
    events: int
    folded: int
    rows: int
    problems: list[str]


def verify(lake_url: str, shape: Shape, options: Options, pipeline: str) -> Verified:
    """Read an entity's tables whole, and compare them. Raises UnavailableError, DefinitionError.

    The snapshot is compared with the newest events up to its position, column by column.
    """
    snapshot, deleted = snapshot_of(lake_url, shape, options), deleted_of(lake_url, shape, options)
    position = snapshot.position if snapshot.open() else ()
    with translated("lake"):
        try:
            events = DeltaTable(events_url(lake_url, shape.name), storage_options=options)
        except TableNotFoundError:
            return Verified(shape.name, 0, 0, 0, [])
    with told(), duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = {
            "events": relation(connection, "e", events_schema(shape), events),
            "snapshot": relation(connection, "s", snapshot_schema(shape), snapshot.table),
            "deleted": relation(
                connection, "d", deleted_schema(shape), deleted.table if deleted.open() else None
            ),
        }
        for name, rows in tables.items():
            connection.execute(f"CREATE VIEW {name} AS {rows}")
        folds = f"SELECT * FROM events WHERE NOT ({later(held(position))})"  # noqa: S608 - quoted
        connection.execute(f"CREATE VIEW folded AS {folds}")
        every, folded, rows_ = (_count(connection, name) for name in ("events", "folded", "snapshot"))
        problems = _event_problems(connection, events, pipeline)
        if position:
            problems += _snapshot_problems(connection, shape)
    return Verified(shape.name, every, folded, rows_, problems)


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    sql = f"SELECT count(*) FROM {name}"  # noqa: S608 - our own names
    return int(connection.execute(sql).fetchall()[0][0])


def _event_problems(connection: duckdb.DuckDBPyConnection, events: DeltaTable, pipeline: str) -> list[str]:
    """Return where events stand twice, are not as many as the writer counted, or lie behind its position."""
    found = connection.execute(
        'SELECT "_topic_id", "_partition", count(*), count(DISTINCT "_offset"), max("_offset") '
        "FROM events GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    problems = []
    for topic, partition, rows, offsets, last in found:
        place, mark = f"{topic}/{partition}", f"franca:{pipeline}:{topic}:{partition}"
        if rows != offsets:
            problems.append(f"{place}: {rows - offsets} events stand twice; only `franca seek` may do that")
        written, following = (events.transaction_version(name) for name in (f"{mark}:written", mark))
        if written is not None and written != rows:
            problems.append(f"{place}: got {rows} events, expected {written}, which were counted as written")
        if following is not None and last >= following:
            problems.append(f"{place}: offset {last} is there, the writer says that it is at {following}")
    return problems


def _snapshot_problems(connection: duckdb.DuckDBPyConnection, shape: Shape) -> list[str]:
    gone = f"\"_type\" = '{shape.entity}.deleted'"
    names = ", ".join(f'"{name}"' for name in (*(field.name for field in shape.fields), *STATE, "_subject"))
    order = '"_sequence" DESC, "_mapping" DESC, "_topic_id", "_offset"'
    place = f'row_number() OVER (PARTITION BY "_subject" ORDER BY {order}) AS "_place"'
    newest = f'SELECT *, {gone} AS "_gone", {place} FROM folded'  # noqa: S608 - the model checks names
    expected = f'SELECT {names} FROM ({newest}) WHERE "_place" = 1 AND NOT "_gone"'  # noqa: S608 - as above
    found = f"SELECT {names} FROM snapshot"  # noqa: S608 - as above
    rank = '"_subject", "_sequence", "_mapping"'
    ranks = f'SELECT {rank} FROM ({newest}) WHERE "_place" = 1 AND "_gone"'  # noqa: S608 - as above
    questions: Sequence[tuple[str, str]] = (
        (f"{expected} EXCEPT {found}", "rows are missing in the snapshot, or have other values there"),
        (f"{found} EXCEPT {expected}", "rows of the snapshot are not the newest of their key"),
        (
            f"{ranks} EXCEPT SELECT {rank} FROM deleted",  # noqa: S608 - as above
            "deleted keys are not among those of `deleted`",
        ),
        (
            'SELECT "_subject" FROM snapshot GROUP BY "_subject" HAVING count(*) > 1',
            "keys have several rows in the snapshot",
        ),
    )
    problems = []
    for sql, what in questions:
        question = f'SELECT count(*), min("_subject") FROM ({sql})'  # noqa: S608 - as above
        ((count, example),) = connection.execute(question).fetchall()
        if count:
            such = "" if any(field.pii for field in shape.keys) else f", such as {example!r}"
            problems.append(f"{count} {what}{such}: remove the snapshot's folder and fold anew")
    return problems

"""Compares an entity's snapshot with the newest of its folded events, column by column."""

import duckdb
import pyarrow as pa

from franca.lake.columns import snapshot_schema
from franca.lake.position import REMEDY
from franca.model.shape import Shape

_QUESTIONS = {
    "rows are missing in the snapshot": """
        SELECT "_subject" FROM newest n
        WHERE NOT is_gone AND NOT EXISTS (FROM states s WHERE s."_subject" = n."_subject")""",
    "rows of the snapshot have other values than the newest event of their key": """
        SELECT s."_subject" FROM states s JOIN newest n ON n."_subject" = s."_subject"
        WHERE NOT is_gone AND n.content <> s.content""",
    "rows of the snapshot are of keys that were deleted, or never there": """
        SELECT "_subject" FROM states s
        WHERE NOT EXISTS (FROM newest n WHERE n."_subject" = s."_subject" AND NOT is_gone)""",
    "keys have several rows in the snapshot": """
        SELECT "_subject" FROM states GROUP BY "_subject" HAVING count(*) > 1""",
    "deleted keys are not among those of `deleted`": """
        SELECT "_subject" FROM newest n WHERE is_gone AND NOT EXISTS (
            FROM deleted d WHERE d."_subject" = n."_subject"
            AND (d."_sequence", d."_mapping") >= (n."_sequence", n."_mapping"))""",
    "ranks in `deleted` are larger than that of any event that deletes their key": """
        SELECT d."_subject" FROM deleted d LEFT JOIN deletes e ON e."_subject" = d."_subject"
        WHERE e.rank IS NULL OR row(d."_sequence", d."_mapping") > e.rank""",
}


def snapshot_problems(connection: duckdb.DuckDBPyConnection, shape: Shape) -> list[str]:
    """Return what is wrong, in words.

    The connection has the views `events`, `folded`, those that should be in the snapshot, `snapshot`,
    `deleted`, and the keys in `open`, which are left out: whether an event that is read again was read before
    nobody knows. Values are compared by a hash of 64 bits, so that only narrow rows have to be sorted.
    """
    gone = f"\"_type\" = '{shape.entity}.deleted'"
    order = '"_sequence" DESC, "_mapping" DESC, "_topic_id", "_offset", "_partition"'
    place = f'row_number() OVER (PARTITION BY "_subject" ORDER BY {order}) AS place'
    narrow = f'"_subject", "_sequence", "_mapping", hash({_values(connection, shape)}) AS content'
    known = 'WHERE "_subject" NOT IN (FROM open)'
    place_of = '"_topic_id", "_offset", "_partition"'
    events = f"SELECT {narrow}, {gone} AS is_gone, {place_of} FROM folded {known}"  # noqa: S608 - the model checks names
    every = f"SELECT *, {place} FROM ({events})"  # noqa: S608 - as above
    connection.execute(f"CREATE TABLE newest AS SELECT * FROM ({every}) WHERE place = 1")  # noqa: S608 - as above
    connection.execute(f"CREATE TABLE states AS SELECT {narrow} FROM snapshot {known}")  # noqa: S608 - as above
    rank = '"_subject", max(row("_sequence", "_mapping")) AS rank'
    connection.execute(f"CREATE VIEW deletes AS SELECT {rank} FROM events WHERE {gone} GROUP BY ALL")  # noqa: S608 - as above
    problems = []
    for what, sql in _QUESTIONS.items():
        question = f'SELECT count(*), min("_subject") FROM ({sql})'  # noqa: S608 - constants
        ((count, example),) = connection.execute(question).fetchall()
        if count:
            such = "" if any(field.pii for field in shape.keys) else f", such as {example!r}"
            problems.append(f"{count} {what}{such}: {REMEDY}")
    return problems


def _values(connection: duckdb.DuckDBPyConnection, shape: Shape) -> str:
    """Return the SQL of a row's values.

    A hash does not tell -0.0 from 0.0, nor in nested values nothing from an empty one, but their texts do. Of
    nested values the parts of the model count: a table may have more, in another order.
    """
    schema = snapshot_schema(shape)
    connection.register("model", schema.empty_table())
    kinds = {name: kind for name, kind, *_ in connection.execute("DESCRIBE model").fetchall()}
    connection.unregister("model")
    texts = {each.name for each in schema if pa.types.is_nested(each.type) or pa.types.is_floating(each.type)}
    return ", ".join(
        f'CAST(CAST("{name}" AS {kind}) AS VARCHAR)' if name in texts else f'"{name}"'
        for name, kind in kinds.items()
    )

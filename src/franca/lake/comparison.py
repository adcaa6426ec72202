"""Compares an entity's snapshot with the newest of its folded events, column by column."""

import duckdb

from franca.lake.columns import STATE
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
}


def snapshot_problems(connection: duckdb.DuckDBPyConnection, shape: Shape) -> list[str]:
    """Return what is wrong, in words.

    The connection has the views `folded`, the events that should be in the snapshot, `snapshot`, `deleted`,
    and the keys in `open`, which are left out: whether an event that is read again was read before nobody
    knows. Values are compared by a hash of 64 bits, so that only narrow rows have to be sorted.
    """
    names = ", ".join(f'"{name}"' for name in (*(field.name for field in shape.fields), *STATE, "_subject"))
    gone = f"\"_type\" = '{shape.entity}.deleted'"
    order = '"_sequence" DESC, "_mapping" DESC, "_topic_id", "_offset", "_partition"'
    place = f'row_number() OVER (PARTITION BY "_subject" ORDER BY {order}) AS place'
    narrow = f'"_subject", "_sequence", "_mapping", hash({names}) AS content'
    known = 'WHERE "_subject" NOT IN (FROM open)'
    place_of = '"_topic_id", "_offset", "_partition"'
    events = f"SELECT {narrow}, {gone} AS is_gone, {place_of} FROM folded {known}"  # noqa: S608 - the model checks names
    every = f"SELECT *, {place} FROM ({events})"  # noqa: S608 - as above
    connection.execute(f"CREATE TABLE newest AS SELECT * FROM ({every}) WHERE place = 1")  # noqa: S608 - as above
    connection.execute(f"CREATE TABLE states AS SELECT {narrow} FROM snapshot {known}")  # noqa: S608 - as above
    problems = []
    for what, sql in _QUESTIONS.items():
        question = f'SELECT count(*), min("_subject") FROM ({sql})'  # noqa: S608 - constants
        ((count, example),) = connection.execute(question).fetchall()
        if count:
            such = "" if any(field.pii for field in shape.keys) else f", such as {example!r}"
            problems.append(f"{count} {what}{such}: remove the snapshot's folder and fold anew")
    return problems

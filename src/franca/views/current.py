"""The SQL of an entity's current state. Never opens a connection."""

from franca.lake.columns import STATE
from franca.lake.position import Position, contested
from franca.model.shape import Shape


def current_state(shape: Shape, folded: Position = ()) -> str:
    """Return the query that gives the newest state of each key, without the deleted.

    Newest is the largest sequence, then the largest mapping number; of equals the first on its topic. It
    reads `_<entity>_newer`, the events that are not folded, and with a position `_<entity>_snapshot`, the
    state up to there, and `_<entity>_deleted`, the ranks of the keys that were deleted.
    """
    fields = ", ".join(f'"{name}"' for name in (*(field.name for field in shape.fields), *STATE))
    newer, snapshot, deleted = (f'"_{shape.name}_{name}"' for name in ("newer", "snapshot", "deleted"))
    gone = f"\"_type\" = '{shape.entity}.deleted'"
    if not folded:
        return _newest(fields, f'SELECT *, {gone} AS "_gone", 1 AS "_turn" FROM {newer}')  # noqa: S608 - the model checks names
    keys = f'SELECT "_subject" FROM {newer}'  # noqa: S608 - as above
    rivals = f"{keys} WHERE {contested(folded)}"
    nothing = ", ".join(f'NULL AS "{field.name}"' for field in shape.fields)
    rank = '"_sequence", "_mapping"'
    candidates = (
        f'SELECT {fields}, "_subject", {gone} AS "_gone", 1 AS "_turn", "_offset" FROM {newer} '  # noqa: S608 - as above
        f'UNION ALL SELECT {fields}, "_subject", FALSE, 0, 0 FROM {snapshot} WHERE "_subject" IN ({rivals}) '
        f'UNION ALL SELECT {nothing}, {rank}, NULL, NULL, "_changed_at", "_subject", TRUE, 0, 0 '
        f'FROM {deleted} WHERE "_subject" IN ({rivals})'
    )
    is_newer = f'{keys} n WHERE n."_subject" = s."_subject"'
    unchanged = f"SELECT {fields} FROM {snapshot} s WHERE NOT EXISTS ({is_newer})"  # noqa: S608 - as above
    return f"{unchanged} UNION ALL {_newest(fields, candidates)}"


def _newest(fields: str, candidates: str) -> str:
    order = '"_sequence" DESC, "_mapping" DESC, "_turn", "_offset"'
    place = f'row_number() OVER (PARTITION BY "_subject" ORDER BY {order}) AS "_place"'
    return (
        f"SELECT {fields} FROM (SELECT *, {place} FROM ({candidates})) "  # noqa: S608 - as above
        'WHERE "_place" = 1 AND NOT "_gone"'
    )

"""The SQL of an entity's current state. Never opens a connection."""

from franca.lake.columns import STATE
from franca.lake.position import Position, contested
from franca.model.shape import Shape

_KEY = '"_subject"'
PLACE = ("_offset", "_partition")
"""Where an event stands among those of equal rank; the mappings of a backfilled row have a partition each."""

RANK = '"_sequence" DESC, "_mapping" DESC, "_turn", "_offset", "_partition"'
"""What the newest of a key's events comes first by, and of its folded state, whose turn is before them."""


def current_state(shape: Shape, folded: Position = ()) -> str:
    """Return the query that gives the newest state of each key, without the deleted.

    Newest is the largest sequence, then the largest mapping number; of equals the first on its topic. It
    reads `_<entity>_newer`, the events that are not folded, and with a position `_<entity>_snapshot`, the
    state up to there, and `_<entity>_deleted`, the ranks of the keys that were deleted.

    Only keys with rivals, which are several newer events or one that may be older than what is folded, are
    ranked: most have one newer event, and ranking is half of the cost of reading them.
    """
    fields = ", ".join(f'"{name}"' for name in (*(field.name for field in shape.fields), *STATE))
    newer, snapshot, deleted = (f'"_{shape.name}_{name}"' for name in ("newer", "snapshot", "deleted"))
    gone = f"\"_type\" = '{shape.entity}.deleted'"
    is_late = contested(folded) if folded else "FALSE"
    told = f'count(*) > 1 AS "_several", bool_or({is_late}) AS "_late"'
    keys = f"SELECT {_KEY}, {told} FROM {newer} GROUP BY {_KEY}"  # noqa: S608 - the model checks names
    rival = f'(SELECT {_KEY} FROM "_keys" WHERE "_several" OR "_late") k USING ({_KEY})'  # noqa: S608 - as above
    alone = f"SELECT {fields} FROM {newer} ANTI JOIN {rival} WHERE NOT ({gone})"  # noqa: S608 - as above
    place = ", ".join(f'"{name}"' for name in PLACE)
    rivals = (
        f'SELECT {fields}, {_KEY}, {gone} AS "_gone", 1 AS "_turn", {place} FROM {newer} SEMI JOIN {rival}'  # noqa: S608 - as above
    )
    given = f'WITH "_keys" AS MATERIALIZED ({keys})'
    if not folded:
        return f"{given} {alone} UNION ALL {_newest(fields, rivals)}"
    nothing = ", ".join(f'NULL AS "{field.name}"' for field in shape.fields)
    late = f'(SELECT {_KEY} FROM "_keys" WHERE "_late") k USING ({_KEY})'  # noqa: S608 - as above
    before = ", ".join(["0"] * (1 + len(PLACE)))
    rivals += (
        f" UNION ALL SELECT {fields}, {_KEY}, FALSE, {before} FROM {snapshot} SEMI JOIN {late} "  # noqa: S608 - as above
        f'UNION ALL SELECT {nothing}, "_sequence", "_mapping", NULL, NULL, "_changed_at", {_KEY}, '
        f"TRUE, {before} FROM {deleted} SEMI JOIN {late}"
    )
    unchanged = f'SELECT {fields} FROM {snapshot} ANTI JOIN "_keys" USING ({_KEY})'  # noqa: S608 - as above
    return f"{given} {unchanged} UNION ALL {alone} UNION ALL {_newest(fields, rivals)}"


def _newest(fields: str, candidates: str) -> str:
    place = f'row_number() OVER (PARTITION BY {_KEY} ORDER BY {RANK}) AS "_place"'
    return (
        f"SELECT {fields} FROM (SELECT *, {place} FROM ({candidates})) "  # noqa: S608 - as above
        'WHERE "_place" = 1 AND NOT "_gone"'
    )

"""The SQL of an entity's current state. Never opens a connection."""

from collections.abc import Iterable

from franca.lake.columns import STATE
from franca.lake.position import Position
from franca.model.shape import Shape
from franca.views.rank import PLACE, RANK

_KEY = '"_subject"'
_EVENT = f'{_KEY}, "_offset", "_partition"'
"""What tells an event of a key from its others, but for those that were read again, or from another topic."""

_CHEAPEST = "_mapping"
"""The column that is read where only rows are counted."""

_RANKS = f"(PARTITION BY {_KEY} ORDER BY {RANK})"


def current_state(shape: Shape, folded: Position = ()) -> str:
    """Return the query that gives the newest state of each key, without the deleted.

    Newest is the largest sequence, then the largest mapping number; of equals the first on its topic. It
    reads `_<entity>_newer`, the events that are not folded, and with a position `_<entity>_snapshot`, the
    state up to there, and `_<entity>_deleted`, the ranks of the keys that were deleted; `_is_late` tells of
    each newer event then whether it may be older than what is folded of its key.

    Only keys with rivals, which are several newer events or one that may be older than what is folded, are
    ranked: most have one newer event. Ranking takes few columns, so that all of them are read once.
    """
    names = [*(field.name for field in shape.fields), *STATE]
    fields = _listed(sorted(names, key=_CHEAPEST.__ne__))
    newer, snapshot = (f'"_{shape.name}_{name}"' for name in ("newer", "snapshot"))
    gone = f"\"_type\" = '{shape.entity}.deleted'"
    older = f'SELECT {_EVENT} FROM "_ranked" WHERE "_turn" = 1 AND "_nth" > 1'  # noqa: S608 - the model checks names
    alike = f'SELECT DISTINCT {_EVENT} FROM "_ranked" WHERE "_nth" > 1 AND {_place()} = "_first"'  # noqa: S608 - as above
    twins = f'(SELECT *, 1 AS "_turn" FROM {newer}) SEMI JOIN ({alike}) a USING ({_EVENT})'  # noqa: S608 - as above
    placed = f'SELECT *, {gone} AS "_gone", row_number() OVER {_RANKS} AS "_nth" FROM {twins}'  # noqa: S608 - as above
    states = [
        f"SELECT {fields} FROM {newer} ANTI JOIN ({older}) o USING ({_EVENT}) WHERE NOT ({gone})",  # noqa: S608 - as above
        f'SELECT {fields} FROM ({placed}) WHERE "_nth" = 1 AND NOT "_gone"',  # noqa: S608 - as above
    ]
    if folded:
        stays = f'SELECT {_KEY} FROM "_ranked" WHERE "_turn" = 0 AND "_nth" = 1 AND NOT "_gone"'  # noqa: S608 - as above
        states += [
            f'SELECT {fields} FROM {snapshot} ANTI JOIN "_keys" USING ({_KEY})',  # noqa: S608 - as above
            f"SELECT {fields} FROM {snapshot} SEMI JOIN ({stays}) s USING ({_KEY})",  # noqa: S608 - as above
        ]
    union = f"{_ranked(shape, folded)} {' UNION ALL '.join(states)}"
    # Where no column is asked for, DuckDB reads the first one of a union, but all below the WITH on its top.
    return f"SELECT {_listed(names)} FROM (({union}) UNION ALL SELECT {fields} FROM {newer} WHERE FALSE)"  # noqa: S608 - as above


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _place() -> str:
    return f"ROW({_listed(PLACE)})"


def _ranked(shape: Shape, folded: Position) -> str:
    """Return what tells of the keys of newer events, and how the events of those with rivals rank."""
    newer, snapshot, deleted = (f'"_{shape.name}_{name}"' for name in ("newer", "snapshot", "deleted"))
    is_late = 'bool_or("_is_late")' if folded else "FALSE"
    told = f'count(*) > 1 AS "_several", {is_late} AS "_late"'
    keys = f"SELECT {_KEY}, {told} FROM {newer} GROUP BY {_KEY}"  # noqa: S608 - the model checks names
    rank = f'{_KEY}, "_sequence", "_mapping"'
    rivals = (
        f'SELECT {rank}, "_topic_id", {_listed(PLACE)}, FALSE AS "_gone", 1 AS "_turn" FROM {newer} '  # noqa: S608 - as above
        f'SEMI JOIN (SELECT {_KEY} FROM "_keys" WHERE "_several" OR "_late") k USING ({_KEY})'
    )
    if folded:
        none = ", ".join(["-1"] * len(PLACE))
        late = f'(SELECT {_KEY} FROM "_keys" WHERE "_late") k USING ({_KEY})'  # noqa: S608 - as above
        rivals += "".join(
            f" UNION ALL SELECT {rank}, '', {none}, {is_gone}, 0 FROM {rows} SEMI JOIN {late}"  # noqa: S608 - as above
            for rows, is_gone in ((snapshot, "FALSE"), (deleted, "TRUE"))
        )
    places = f'row_number() OVER {_RANKS} AS "_nth", first_value({_place()}) OVER {_RANKS} AS "_first"'
    ranked = f"SELECT *, {places} FROM ({rivals})"  # noqa: S608 - as above
    return f'WITH "_keys" AS MATERIALIZED ({keys}), "_ranked" AS MATERIALIZED ({ranked})'

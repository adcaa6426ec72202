"""The current states as engines read them that can't look up how far events are folded: it stands in the SQL.

The snapshot may be further than that by the time it is read: what is in both is the same event.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from franca.lake.position import later
from franca.model.shape import Shape
from franca.model.views import EVENTS
from franca.views.catalogue import Catalogue
from franca.views.rank import PLACE, RANK
from franca.views.trees import column, parsed, select, staged, table
from franca.views.view import STATE_COLUMNS, View

if TYPE_CHECKING:
    from franca.lake.bound import Bound  # which is in an extra


_EVENT = ("_topic_id", *PLACE)


def snapshot_name(entity: str) -> str:
    """Return what an entity's snapshot is called where views read it: no entity's name begins so."""
    return f"_{entity}_snapshot"


def deleted_name(entity: str) -> str:
    """Return what the table of an entity's deleted keys is called."""
    return f"_{entity}_deleted"


def folded(views: Catalogue, bounds: "Mapping[str, Bound]") -> Catalogue:
    """Return the views where those of current states read the snapshot, and of the events what is newer."""
    shapes = {shape.name: shape for shape in views.shapes}

    def of(view: View) -> View:
        if view.kind != "current" or view.entity not in bounds:
            return view
        return replace(view, make=partial(_query, shapes[view.entity], bounds[view.entity]))

    return Catalogue(views.shapes, map(of, views))


def _query(shape: Shape, bound: "Bound") -> exp.Query:
    """Return the snapshot's rows of keys without newer events, and of the others the newest state."""
    names = [*(field.name for field in shape.fields), *STATE_COLUMNS]
    snapshot, subject = snapshot_name(shape.name), '"_subject" IN (SELECT "_subject" FROM "_newer")'
    newer = select(exp.Star()).from_(table(f"{shape.name}{EVENTS}")).where(parsed(later(bound.position)))
    fields = [*map(column, names), column("_subject")]
    gone = parsed(f"\"_type\" = '{shape.entity}.deleted'", "_gone")
    events = select(*fields, gone, parsed("1", "_turn"), *map(column, _EVENT)).from_(table("_newer"))
    known = select(*(each.copy() for each in fields), *_older(is_gone=False)).from_(table(snapshot))
    candidates: exp.Query = exp.union(events, known.where(parsed(subject)), distinct=False)
    if bound.has_deleted:
        deleted = select(*_deleted(shape), column("_subject"), *_older(is_gone=True))
        deleted = deleted.from_(table(deleted_name(shape.name))).where(parsed(subject))
        candidates = exp.union(candidates, deleted, distinct=False)
    place = parsed(f'ROW_NUMBER() OVER (PARTITION BY "_subject" ORDER BY {RANK})', "_place")
    ranked = select(exp.Star(), place).from_(table("_candidates"))
    newest = select(*map(column, names)).from_(table("_ranked")).where(parsed('"_place" = 1 AND NOT "_gone"'))
    same = parsed('NOT EXISTS (SELECT 1 FROM "_newer" AS "_1" WHERE "_1"."_subject" = "_0"."_subject")')
    unchanged = select(*(column(name, "_0") for name in names)).from_(table(snapshot, "_0")).where(same)
    stages = [("_newer", newer), ("_candidates", candidates), ("_ranked", ranked)]
    return staged(stages, exp.union(unchanged, newest, distinct=False))


def _older(*, is_gone: bool) -> list[exp.Expr]:
    """Return what ranks a folded state before an event of equal rank."""
    return [
        parsed("TRUE" if is_gone else "FALSE", "_gone"),
        parsed("0", "_turn"),
        parsed("''", "_topic_id"),
        *(parsed("0", name) for name in PLACE),
    ]


def _deleted(shape: Shape) -> list[exp.Expr]:
    """Return the columns of a deleted key: nothing but its rank is known."""
    known = ("_sequence", "_mapping", "_changed_at")
    names = [*(field.name for field in shape.fields), *STATE_COLUMNS]
    return [column(name) if name in known else parsed("NULL", name) for name in names]

"""`<entity>_joined_history`: every state of an entity with every state of what its links lead to.

One row holds as long as nothing on any side changes, so that for each moment it says what `<entity>_joined`
said then. Each hop cuts the intervals so far where its target came, changed or went.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from sqlglot import exp

from franca.model.shape import Shape
from franca.views.kinds.intervals import interval_of
from franca.views.kinds.joined import joined_columns
from franca.views.model import Model
from franca.views.names import Names
from franca.views.paths import Hop, Ways, ways_from
from franca.views.trees import column, parsed, select, staged, table
from franca.views.view import STATE_COLUMNS, View, state_columns

_OVERLAPS = """("_1"."_from" IS NULL OR "_0"."_to" IS NULL OR "_1"."_from" < "_0"."_to")
    AND ("_1"."_to" IS NULL OR "_1"."_to" > "_0"."_from")"""
_LATER = 'CASE WHEN "_1"."_from" > "_0"."_from" THEN "_1"."_from" ELSE "_0"."_from" END'
_EARLIER = 'CASE WHEN "_0"."_to" IS NULL OR "_1"."_to" < "_0"."_to" THEN "_1"."_to" ELSE "_0"."_to" END'
"""What two intervals have in common; a beginning that is null is always, an end that is null is never."""


def joined_history(model: Model) -> Iterator[View]:
    """Yield the joined history of each entity that links to another."""
    for shape in model.shapes:
        interval = interval_of(shape)
        names = Names([*(field.name for field in shape.fields), *interval])
        ways = ways_from(shape, model.links, names)
        if ways.hops:
            pasts = {each.name: model.of(each, "history").name for each in _shapes(shape, ways)}
            yield View(
                model.name(f"{shape.name}_joined_history"),
                "joined_history",
                shape.name,
                f"Every state of {shape.name} with what its links led to then, as it was then.",
                (*joined_columns(shape, ways), *state_columns(), *interval.columns()),
                partial(_query, shape, ways, pasts),
                notes=ways.notes,
            )


def _shapes(shape: Shape, ways: Ways) -> list[Shape]:
    return [shape, *(hop.link.target for hop in ways.hops)]


def _query(shape: Shape, ways: Ways, pasts: dict[str, str]) -> exp.Select:
    names = [*(field.name for field in shape.fields), *STATE_COLUMNS]
    stages: list[tuple[str, exp.Query]] = []
    for target in {hop.link.target.name: hop.link.target for hop in ways.hops}.values():
        stages += _times(target, pasts[target.name])
    stages.append(("_joined_0", _past(shape, names, pasts[shape.name])))
    for hop in ways.hops:
        stages.append((f"_joined_{hop.number}", _with(hop, names)))
        names += [name for _, name in hop.columns]
    interval = interval_of(shape)
    fields = [f.name for f in shape.fields] + [name for hop in ways.hops for _, name in hop.columns]
    ends = column("_from", to=interval.start), column("_to", to=interval.end)
    last = select(*map(column, [*fields, *STATE_COLUMNS]), *ends)
    return staged(stages, last.from_(table(f"_joined_{len(ways.hops)}")))


def _past(shape: Shape, names: Sequence[str], past: str) -> exp.Select:
    """Return an entity's history with `_from` and `_to`, whatever it calls them."""
    interval = interval_of(shape)
    ends = column(interval.start, to="_from"), column(interval.end, to="_to")
    return select(*map(column, names), *ends).from_(table(past))


def _times(target: Shape, past: str) -> list[tuple[str, exp.Query]]:
    """Return the stages of an entity's past, and of when each key was there and when not, without a gap.

    The last has the keys, `_from` and `_to`; no state begins where a key was not there.
    """
    keys = [field.name for field in target.keys]
    own, ends = f"_past_{target.name}", f"_ends_{target.name}"
    there = select(*map(column, [*keys, "_from", "_to"])).from_(table(own))
    never, first = parsed("CAST(NULL AS TIMESTAMPTZ)", "_from"), parsed('MIN("_from")', "_to")
    before = select(*map(column, keys), never, first).from_(table(own))
    quoted = ", ".join(f'"{key}"' for key in keys)
    following = parsed(f'LEAD("_from") OVER (PARTITION BY {quoted} ORDER BY "_from")', "_to")
    ended = select(*map(column, keys), column("_to", to="_from"), following).from_(table(own))
    gone = select(*map(column, [*keys, "_from", "_to"])).from_(table(ends))
    gone = gone.where(parsed('"_from" IS NOT NULL AND ("_to" IS NULL OR "_from" < "_to")'))
    whole = exp.union(
        exp.union(there, before.group_by(*map(column, keys)), distinct=False), gone, distinct=False
    )
    return [
        (own, _past(target, [field.name for field in target.fields], past)),
        (ends, ended),
        (f"_times_{target.name}", whole),
    ]


def _with(hop: Hop, names: Sequence[str]) -> exp.Select:
    """Return the stage that adds the target of one hop: first when it was there, then what it was then."""
    target = hop.link.target
    columns = [column(name, "_0") for name in names] + [column(f.name, "_2", name) for f, name in hop.columns]
    times = parsed(f"{hop.link_from_view().condition('_0', '_1')} AND {_OVERLAPS}")
    same = " AND ".join(f'"_2"."{key.name}" = "_1"."{key.name}"' for key in target.keys)
    then = parsed(f'{same} AND "_2"."_from" = "_1"."_from"')
    query = select(*columns, parsed(_LATER, "_from"), parsed(_EARLIER, "_to"))
    query = query.from_(table(f"_joined_{hop.number - 1}", "_0"))
    query = query.join(table(f"_times_{target.name}", "_1"), on=times, join_type="left", copy=False)
    return query.join(table(f"_past_{target.name}", "_2"), on=then, join_type="left", copy=False)

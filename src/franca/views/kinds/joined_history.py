"""`<entity>_joined_history`: every state of an entity with every state of what its links lead to.

One row holds as long as nothing on any side changes, so that for each moment it says what `<entity>_joined`
said then. Each hop cuts the intervals so far where its target came, changed or went. A target's times, those
when it was not there among them, are told in one reading of its history: some engines carry a stage out again
for each that names it.
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

_IS_TIME = """"_part" = 0 OR ("_part" = 1 AND ("_before" IS NULL OR "_before" < "_from"))
    OR ("_part" = 2 AND "_after" IS NULL AND "_to" IS NOT NULL)"""
_BEGIN = 'CASE "_part" WHEN 0 THEN "_from" WHEN 1 THEN "_before" ELSE "_to" END'
_END = 'CASE "_part" WHEN 0 THEN "_to" WHEN 1 THEN "_from" END'
_IF_STATE = 'CASE WHEN "_part" = 0 THEN {of} END'
_IF_STATE_OF_HOP = 'CASE WHEN "_1"."_part" = 0 THEN "_1".{of} END'
"""The times of a key: each of its states, and those in which it was not there."""


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
    """Return the stages of all times of an entity's keys, without a gap: `_from`, `_to`, the entity then.

    `_part` says which: 0 a state, 1 the time before it in which the key was not there, 2 the time after the
    last. What is no state has the keys and nothing else.
    """
    own, beside = f"_past_{target.name}", f"_beside_{target.name}"
    keys = [field.name for field in target.keys]
    others = [field.name for field in target.fields if not field.key]
    window = f'PARTITION BY {", ".join(map(_quoted, keys))} ORDER BY "_from"'
    before = parsed(f'LAG("_to") OVER ({window})', "_before")
    after = parsed(f'LEAD("_from") OVER ({window})', "_after")
    parts = exp.values([(0,), (1,), (2,)])
    parts.set("alias", exp.TableAlias(this=_name("_parts"), columns=[_name("_part")]))
    names = [*map(column, keys), *(parsed(_IF_STATE.format(of=_quoted(name)), name) for name in others)]
    ends = parsed(_BEGIN, "_from"), parsed(_END, "_to"), column("_part")
    times = select(*names, *ends).from_(table(beside)).join(parts, join_type="cross", copy=False)
    return [
        (own, _past(target, [*keys, *others], past)),
        (beside, select(exp.Star(), before, after).from_(table(own))),
        (f"_times_{target.name}", times.where(parsed(_IS_TIME))),
    ]


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _with(hop: Hop, names: Sequence[str]) -> exp.Select:
    """Return the stage that adds the target of one hop: when it was what, and when it was not there."""
    target = hop.link.target
    columns = [column(name, "_0") for name in names]
    for field, name in hop.columns:
        key = parsed(_IF_STATE_OF_HOP.format(of=_quoted(field.name)), name)
        columns.append(key if field.key else column(field.name, "_1", name))
    times = parsed(f"{hop.link_from_view().condition('_0', '_1')} AND {_OVERLAPS}")
    query = select(*columns, parsed(_LATER, "_from"), parsed(_EARLIER, "_to"))
    query = query.from_(table(f"_joined_{hop.number - 1}", "_0"))
    return query.join(table(f"_times_{target.name}", "_1"), on=times, join_type="left", copy=False)

"""What views have to say, recomputed from the events in Python, by position in the views' columns."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from tests.models.plans import EntityPlan, EventPlan, FieldPlan, Plan
from tests.models.values import subject_of, text_of, told
from tests.scenes import at

Row = dict[str, Any]
MOST_LINKS, MOST_ENTITIES, MOST_COLUMNS = 3, 40, 1_000
ENVELOPE = ("_sequence", "_mapping", "_changed_at")
"""What a plan tells of where a row comes from."""

UNKNOWN = "(unknown)"
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class State:
    """A row that held from one minute to another, None while it lasts."""

    row: Row
    start: int
    end: int | None

    def holds(self, minute: float) -> bool:
        """Return whether it held at a minute."""
        return self.start <= minute and (self.end is None or minute < self.end)


@dataclass(frozen=True)
class Hop:
    """A link on a way from an entity: where it begins (0 is the entity itself), its field, its target."""

    before: int
    field: FieldPlan
    target: str


@dataclass
class Expected:
    """The states of all entities of a plan."""

    plan: Plan
    shapes: dict[str, Shape]
    of: dict[str, EntityPlan] = field(default_factory=dict)
    kept: dict[str, dict[str, list[EventPlan]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep one event of each key and sequence: the largest mapping's, of equals the first."""
        for entity in self.plan.entities:
            name = entity.whole_name
            self.of[name] = entity
            best: dict[str, dict[int, EventPlan]] = {}
            for event in (each for each in self.plan.events if each.entity == name):
                by_sequence = best.setdefault(self.subject(event), {})
                known = by_sequence.get(event.sequence)
                if known is None or event.mapping > known.mapping:
                    by_sequence[event.sequence] = event
            self.kept[name] = {key: [own[n] for n in sorted(own)] for key, own in best.items()}

    def subject(self, event: EventPlan) -> str:
        """Return the text of an event's key."""
        return subject_of(self.shapes[event.entity].keys, dict(event.values))

    def row(self, event: EventPlan) -> Row:
        """Return an event's row, with the envelope's columns that a plan tells."""
        values = dict(event.values)
        row = {each.name: values.get(each.name) for each in self.shapes[event.entity].fields}
        told = (sequence_of(event), event.mapping, at(event.minute))
        return {**row, **dict(zip(ENVELOPE, told, strict=True))}

    def states(self, name: str) -> list[State]:
        """Return every state of an entity's keys: each holds from the latest time so far."""
        found = []
        for events in self.kept[name].values():
            latest = -1
            starts = [latest := max(latest, event.minute) for event in events]
            for event, start, end in zip(events, starts, [*starts[1:], None], strict=True):
                if not event.gone and start != end:
                    found.append(State(self.row(event), start, end))
        return found

    def rows(self, name: str, minute: float | None = None) -> list[Row]:
        """Return the rows of an entity, as they are or as they were."""
        if minute is None:
            last = [events[-1] for events in self.kept[name].values()]
            return [self.row(event) for event in last if not event.gone]
        return [state.row for state in self.states(name) if state.holds(minute)]

    def minutes(self) -> list[float]:
        """Return moments between which nothing changes."""
        return [-1.0, *(n / 2 for n in range(2 * max([0, *(e.minute for e in self.plan.events)]) + 2))]

    def hops(self, name: str) -> list[Hop]:
        """Return what an entity's joined view follows, in its order."""
        found: list[Hop] = []
        waiting: deque[tuple[str, int, tuple[str, ...]]] = deque([(name, 0, (name,))])
        columns = len(self.of[name].fields) + 5
        while waiting:
            source, before, passed = waiting.popleft()
            for link, target in self.links(source):
                columns += len(self.of[target].fields)
                if columns > MOST_COLUMNS or len(found) == MOST_ENTITIES:
                    return found
                found.append(Hop(before, link, target))
                if target not in passed and len(passed) < MOST_LINKS:
                    waiting.append((target, len(found), (*passed, target)))
        return found

    def links(self, name: str) -> list[tuple[FieldPlan, str]]:
        """Return an entity's links that are followed, once for each target."""
        shape = self.shapes[name]
        newest = {each.name: each.whole_name for each in self.plan.entities}
        return [
            (link, newest[target])
            for link in self.of[name].fields
            if link.targets and shape.field(link.name).kind is not Kind.LIST
            for target in dict.fromkeys(target for _, target in link.targets)
        ]

    def joined(self, name: str, minute: float | None = None) -> list[list[Any]]:
        """Return the joined rows of an entity: its own fields, those of each hop, the envelope's columns."""
        hops = self.hops(name)
        goals = {hop.target: self.rows(hop.target, minute) for hop in hops}
        found = []
        for row in self.rows(name, minute):
            met: list[Row | None] = [row]
            sources = [name]
            for hop in hops:
                source, known = sources[hop.before], met[hop.before]
                met.append(None if known is None else self.target(source, known, hop, goals[hop.target]))
                sources.append(hop.target)
            values = [row[each.name] for each in self.shapes[name].fields]
            for hop, there in zip(hops, met[1:], strict=True):
                values += [there and there[each.name] for each in self.shapes[hop.target].fields]
            found.append([*values, *(row[each] for each in ENVELOPE)])
        return found

    def target(self, source: str, row: Row, hop: Hop, goals: Sequence[Row]) -> Row | None:
        """Return the row that a link means, None where there is none."""
        if not self.is_chosen(hop.field, hop.target, row):
            return None
        field, shape = self.shapes[source].field(hop.field.name), self.shapes[hop.target]
        means = self._meaning(field, shape)
        wanted = row[field.name]
        return next((goal for goal in goals if wanted is not None and means(wanted, goal)), None)

    def is_chosen(self, link: FieldPlan, target: str, row: Row) -> bool:
        """Return whether the field that chooses among targets means this one."""
        if link.by is None:
            return True
        newest = {each.name: each.whole_name for each in self.plan.entities}
        return row[link.by] in [value for value, name in link.targets if newest[name] == target]

    def counts(self, name: str) -> list[list[Any]]:
        """Return each row of an entity with how many link to it, by the links in the order of the model."""
        incoming = [
            (source, Hop(0, link, name))
            for source in self.of
            for link, target in self.links(source)
            if target == name
        ]
        found = []
        for row in self.rows(name):
            values = [row[each.name] for each in self.shapes[name].fields]
            for source, hop in incoming:
                there = (self.target(source, each, hop, [row]) for each in self.rows(source))
                values.append(sum(each is not None for each in there))
            found.append([*values, *(row[each] for each in ENVELOPE)])
        return found

    def fact(self, name: str) -> list[list[Any]]:
        """Return the facts of an entity, each with the texts of its dimensions' keys."""
        hops = [Hop(0, *link) for link in self.links(name) if self.of[link[1]].star == "dimension"]
        found = []
        for row in self.rows(name):
            there = [self.target(name, row, hop, self.rows(hop.target)) for hop in hops]
            keys = [
                UNKNOWN if goal is None else subject_of(self.shapes[hop.target].keys, goal)
                for hop, goal in zip(hops, there, strict=True)
            ]
            found.append([*keys, *(row[f.name] for f in self.shapes[name].fields), row["_changed_at"]])
        return found

    def changes(self, name: str) -> list[list[Any]]:
        """Return the changes of an entity: key, kind, fields, old and new values, the envelope's columns."""
        shape, found = self.shapes[name], []
        others = [each for each in shape.fields if not each.key]
        for events in self.kept[name].values():
            for before, event in zip([None, *events], events, strict=False):
                old = self.row(before) if before else {}
                new = self.row(event)
                changed = [f.name for f in others if told(f, old.get(f.name)) != told(f, new[f.name])]
                kind = _kind(before, event, changed)
                if kind:
                    pairs = [side.get(f.name) for f in others for side in (old, new)]
                    keys = [new[each.name] for each in shape.keys]
                    values = [*keys, kind, ", ".join(changed), *pairs]
                    found.append([*values, *(new[each] for each in ENVELOPE)])
        return found

    @staticmethod
    def _meaning(link: Field, goal: Shape) -> Callable[[Any, Row], bool]:
        if len(goal.keys) == 1 and goal.keys[0].kind is link.kind:
            return lambda value, row: bool(value == row[goal.keys[0].name])
        return lambda value, row: text_of(link, value) == subject_of(goal.keys, row)


def sequence_of(event: EventPlan) -> str:
    """Return an event's sequence as the lake has it."""
    return f"0001.lsn.{event.sequence:020d}.000"


def _kind(before: EventPlan | None, event: EventPlan, changed: Sequence[str]) -> str:
    if event.gone:
        return "deleted" if before is not None and not before.gone else ""
    if before is None or before.gone:
        return "created"
    return "updated" if changed else ""

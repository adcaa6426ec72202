"""Makes random models, hard on purpose: names, keys and links as nobody would write them in one model."""

import random
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from franca.model.entity import Entity
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.markers import Digits, Range
from franca.model.shape import Shape, shape_of
from tests.models.plans import EntityPlan, EventPlan, FieldPlan, Plan
from tests.models.values import Money, Side, choices, subject_of

INT64 = Annotated[int, Range(-(2**63), 2**63 - 1)]
KEYS: tuple[Any, ...] = (
    *(
        str,
        str,
        int,
        INT64,
        bool,
        Decimal,
        Annotated[Decimal, Digits(4, 2)],
        Annotated[Decimal, Digits(3, 3)],
    ),
    *(Annotated[Decimal, Digits(5, 0)], date, datetime, time, UUID, Side),
)
HINTS: tuple[Any, ...] = (*KEYS, float, bytes, list[str], list[Money], list[Decimal], Money)
CHOOSERS: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (str, ("a", "it's", "back\\slash", "")),
    (Side, tuple(Side)),
    (int, (0, 1, 10**30)),
    (INT64, (0, 1, -1)),
    (bool, (True, False)),
    (date, (date(1, 1, 1), date(2026, 2, 28))),
    (Annotated[Decimal, Digits(4, 2)], (Decimal("0.01"), Decimal("99.99"))),
    (time, (time(10, 30), time(10, 30, 0, 500_000))),
    (UUID, (UUID(int=0), UUID(int=10))),
)
"""Types of fields that choose among targets, with the values that do."""

LONG = "a_name_that_is_as_long_as_names_may_be_in_postgresql_and_so_cut"
WORDS = ("order", "group", "user", "select", "table", "values", "current", "date", "s", "t", "main", "all")
SUFFIXES = (
    *("history", "joined", "joined_history", "as_of", "changes", "with_counts", "history_2", "key", "pkey"),
    *("events", "id", "2", "owner_id_link", "v2", "newer", "snapshot"),
)
PREFIXES = ("dim", "fact", "franca")
NAMES = (
    "id",
    "name",
    "owner",
    "owner_id",
    "order",
    "valid_from",
    "valid_to",
    "key",
    "s",
    "n",
    "from",
    "limit",
)
ENDINGS = ("", "_history", "_events", "_id", "_key", "_count", "_id_2", "_name", "_number")
SIZES, RICH_SIZES = (1, 1, 2, 2, 2, 2, 3, 3), (1, 2, 3, 4, 5, 6)
FEW_LINKS, MANY_LINKS = (0, 1, 1, 1, 2), (0, 1, 1, 2, 3)
RICH = 0.06
"""What share of models has many links: these take ten times as long as the others."""

SEQUENCES, MINUTES = 7, 6


class Models:
    """Makes one plan after another; the same chance makes the same."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._is_rich = False

    def plan(self) -> Plan:
        """Return a model, and events of it where it is one that franca takes."""
        chance = self._chance
        self._is_rich = chance.random() < RICH
        names = self._names(chance.choice(RICH_SIZES if self._is_rich else SIZES))
        bare = [
            EntityPlan(name, self._keys(), chance.choice((None, None, "dimension", "fact"))) for name in names
        ]
        entities = [self._filled(entity, bare) for entity in bare]
        if chance.random() < 0.1:
            entities.append(EntityPlan(names[0], entities[-1].fields, version=2))
        return Plan(tuple(entities))

    def with_events(self, plan: Plan, classes: Sequence[type[Entity]]) -> Plan:
        """Return the plan with events: few keys, so that they meet."""
        shapes = {shape_of(cls).name: shape_of(cls) for cls in classes}
        pools = {name: self._pool(shape) for name, shape in shapes.items()}
        events = [
            self._event(entity, shapes, pools)
            for entity in plan.entities
            for _ in range(self._chance.choice((0, 1, 3, 6, 9)))
        ]
        return Plan(plan.entities, tuple(events))

    def _names(self, count: int) -> list[str]:
        chance, found = self._chance, list[str]()
        while len(found) < count:
            base = chance.choice(found) if found and chance.random() < 0.4 else ""
            kind = chance.random()
            if base and kind < 0.6:
                name = f"{base}_{chance.choice(SUFFIXES)}"
            elif base:
                name = f"{chance.choice(PREFIXES)}_{base}"
            elif kind < 0.4:
                name = chance.choice(WORDS)
            elif kind < 0.55:
                name = LONG[: chance.choice((40, 57, 63))]
                name = name[: len(name) - 1] + chance.choice("abc")
            else:
                name = chance.choice(("account", "client", "firm", "trade", "a", "b"))
            if len(name) <= len(LONG) and name not in found:
                found.append(name)
        return found

    def _field_name(self, taken: set[str], names: Sequence[str] = ()) -> str:
        chance = self._chance
        while True:
            name = chance.choice((*NAMES, *names))
            if chance.random() < 0.5:
                name += chance.choice(ENDINGS)
            if chance.random() < 0.05:
                name = "".join((name, "_", LONG))[: len(LONG)]
            if name not in taken and len(name) <= len(LONG):
                taken.add(name)
                return name

    def _keys(self) -> tuple[FieldPlan, ...]:
        taken: set[str] = set()
        count = self._chance.choice((1, 1, 1, 2, 3))
        return tuple(
            FieldPlan(self._field_name(taken), self._chance.choice(KEYS), key=True) for _ in range(count)
        )

    def _filled(self, entity: EntityPlan, entities: Sequence[EntityPlan]) -> EntityPlan:
        chance, taken = self._chance, {field.name for field in entity.fields}
        names = [each.name for each in entities]
        fields = list(entity.fields)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
            hint = chance.choice(HINTS)
            fields.append(FieldPlan(self._field_name(taken, names), hint, optional=chance.random() < 0.8))
        for _ in range(chance.choice(MANY_LINKS if self._is_rich else FEW_LINKS)):
            fields += self._link(taken, entities, names)
        if chance.random() < 0.3:
            chance.shuffle(fields)
        if chance.random() < 0.15 and len(entities) > 1:  # of many to many: the links are the key
            goals = [each for each in entities if each is not entity]
            fields = [
                FieldPlan(field.name, self._linking(goal), key=True, targets=((None, goal.name),))
                if field.key
                else field
                for field in fields
                for goal in [chance.choice(goals)]
            ]
        return EntityPlan(entity.name, tuple(fields), entity.star)

    def _link(self, taken: set[str], entities: Sequence[EntityPlan], names: Sequence[str]) -> list[FieldPlan]:
        chance, goal = self._chance, self._chance.choice(entities)
        name = self._field_name(taken, names)
        kind = chance.random()
        if kind < 0.12:
            return [FieldPlan(name, list[str], targets=((None, goal.name),))]
        if kind < 0.35:
            hint, values = chance.choice(CHOOSERS)
            targets = tuple(
                (value, chance.choice(entities).name) for value in values if chance.random() < 0.8
            )
            by = FieldPlan(self._field_name(taken), hint)
            if targets:
                return [by, FieldPlan(name, str, targets=targets, by=by.name)]
        return [FieldPlan(name, self._linking(goal), targets=((None, goal.name),))]

    def _linking(self, goal: EntityPlan) -> Any:
        """Return the type of a link: mostly that of the key, or text."""
        own = [field.hint for field in goal.fields if field.key]
        kind = self._chance.random()
        if len(own) == 1 and kind < 0.5:
            return own[0]
        return str if kind < 0.95 else self._chance.choice(KEYS)

    def _pool(self, shape: Shape) -> list[dict[str, Any]]:
        """Return a few keys of an entity."""
        return [
            {key.name: self._chance.choice(choices(key)) for key in shape.keys}
            for _ in range(self._chance.choice((1, 2, 3)))
        ]

    def _event(
        self, entity: EntityPlan, shapes: dict[str, Shape], pools: dict[str, list[dict[str, Any]]]
    ) -> EventPlan:
        chance, shape = self._chance, shapes[entity.whole_name]
        values = dict(chance.choice(pools[shape.name]))
        gone = chance.random() < 0.2
        for field in entity.fields if not gone else ():
            if not field.key and chance.random() < 0.8:
                values[field.name] = self._value(field, shape, shapes, pools)
        sequence = chance.randint(1, SEQUENCES)
        minute = sequence if chance.random() < 0.6 else chance.randint(0, MINUTES)
        mapping = 2 if chance.random() < 0.2 else 1
        return EventPlan(shape.name, sequence, minute, mapping, gone, tuple(values.items()))

    def _value(
        self,
        plan: FieldPlan,
        shape: Shape,
        shapes: dict[str, Shape],
        pools: dict[str, list[dict[str, Any]]],
    ) -> Any:
        chance, field = self._chance, shape.field(plan.name)
        if plan.targets and chance.random() < 0.8:
            goal = shapes[chance.choice(plan.targets)[1]]
            row = chance.choice(pools[goal.name])
            if len(goal.keys) == 1 and _holds_alike(goal.keys[0], field):
                return row[goal.keys[0].name]
            if field.kind is Kind.TEXT:
                return subject_of(goal.keys, row)
            if field.kind is Kind.LIST:
                return [subject_of(goal.keys, row), None]
        return chance.choice(choices(field))


def _holds_alike(one: Field, other: Field) -> bool:
    """Return whether two fields hold the same values."""
    kinds = [(each.kind, each.precision, each.scale, each.constraints) for each in (one, other)]
    return kinds[0] == kinds[1]

"""What a random model is made of: plain values, of which classes are made, and which can be cut down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Annotated, Any

from franca.config.declared import entities_of
from franca.errors import DefinitionError
from franca.model.entity import Entity, ModelMeta
from franca.model.markers import KeyMark, Link
from franca.model.shape import versioned_name


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """A field: its type, and the entities that it links to by the value of `by` (None for the only one)."""

    name: str
    hint: Any
    key: bool = False
    optional: bool = True
    targets: tuple[tuple[Any, str], ...] = ()
    by: str | None = None

    def annotation(self) -> Any:
        """Return the annotation as a user would write it."""
        hint = self.hint | None if self.optional and not self.key else self.hint
        marks: list[Any] = [KeyMark()] if self.key else []
        if self.targets:
            goal: Any = dict(self.targets) if self.by else self.targets[0][1]
            marks.append(Link(goal, by=self.by))
        return Annotated[hint, *marks] if marks else hint


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """An entity."""

    name: str
    fields: tuple[FieldPlan, ...]
    star: str | None = None
    version: int = 1

    @property
    def whole_name(self) -> str:
        """The name with its version, as tables have it."""
        return versioned_name(self.name, self.version)

    def make(self) -> type[Entity]:
        """Return the class. Optional fields have no default: events name what they have."""
        told = {field.name: field.annotation() for field in self.fields}
        made: Any = ModelMeta(
            "".join(part.title() for part in self.whole_name.split("_")) or "E",
            (Entity,),
            {"__annotations__": told, "__module__": __name__, "__doc__": f'A {self.name}\'s "facts".'},
            name=self.name,
            star=self.star,
            version=self.version,
        )
        return made  # type: ignore[no-any-return]  # the metaclass's type is of all models


@dataclass(frozen=True, slots=True)
class EventPlan:
    """An event of an entity: its values are as the model has them; of a deleted one the key's."""

    entity: str
    sequence: int
    minute: int
    mapping: int
    gone: bool
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A model and events of it, in the order of their topics."""

    entities: tuple[EntityPlan, ...]
    events: tuple[EventPlan, ...] = ()

    def classes(self) -> list[type[Entity]]:
        """Return the model's classes. Raises DefinitionError as a project does that has them."""
        module = ModuleType("model")
        made = [entity.make() for entity in self.entities]
        for number, cls in enumerate(made):
            setattr(module, f"E{number}", cls)
        found = entities_of([module])
        problems = [*found.problems, *found.links()]
        if problems:
            raise DefinitionError(problems)
        return made

    def shown(self) -> str:
        """Return the model and its events as text to read."""
        lines = []
        for entity in self.entities:
            lines.append(f"class {entity.whole_name} star={entity.star}")
            lines += [f"    {field.name}: {field.annotation()!r}" for field in entity.fields]
        return "\n".join([*lines, *map(repr, self.events)])

    def smaller(self) -> Iterator["Plan"]:
        """Yield plans with a part less: first many events, then entities, fields and single events."""
        size = len(self.events)
        while size > 1:
            size //= 2
            for start in range(0, len(self.events), size):
                yield replace(self, events=(*self.events[:start], *self.events[start + size :]))
        for entity in self.entities if len(self.entities) > 1 else ():
            yield self._without_entity(entity.name)
        for entity in self.entities:
            for field in entity.fields:
                if not field.key or sum(each.key for each in entity.fields) > 1:
                    yield self._without_field(entity, field.name)
                if field.targets:
                    yield self._changed(entity, replace(field, targets=(), by=None))
            if entity.star:
                yield self._with(replace(entity, star=None))
        for number in range(len(self.events)):
            yield replace(self, events=(*self.events[:number], *self.events[number + 1 :]))

    def _with(self, changed: EntityPlan) -> "Plan":
        whole = changed.whole_name
        return replace(self, entities=tuple(changed if e.whole_name == whole else e for e in self.entities))

    def _changed(self, entity: EntityPlan, field: FieldPlan) -> "Plan":
        fields = tuple(field if each.name == field.name else each for each in entity.fields)
        return self._with(replace(entity, fields=fields))

    def _without_entity(self, name: str) -> "Plan":
        left = [entity for entity in self.entities if entity.name != name]
        events = tuple(e for e in self.events if e.entity in {each.whole_name for each in left})
        return Plan(tuple(replace(e, fields=_unlinked(e.fields, name)) for e in left), events)

    def _without_field(self, entity: EntityPlan, name: str) -> "Plan":
        fields = tuple(each for each in entity.fields if name not in (each.name, each.by))
        left = {each.name for each in fields}
        events = tuple(
            replace(each, values=tuple(pair for pair in each.values if pair[0] in left))
            if each.entity == entity.whole_name
            else each
            for each in self.events
        )
        return replace(self._with(replace(entity, fields=fields)), events=events)


def _unlinked(fields: Sequence[FieldPlan], name: str) -> tuple[FieldPlan, ...]:
    """Return fields without links to an entity."""
    kept = [replace(f, targets=tuple(each for each in f.targets if each[1] != name)) for f in fields]
    return tuple(replace(f, by=f.by if f.targets else None) for f in kept)

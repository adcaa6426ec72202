"""What a user's class says, read once into plain values: name, fields, keys, links, description."""

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import get_args

from franca.errors import DefinitionError, Problem
from franca.model.annotations import read_fields
from franca.model.entity import Entity, Table, Value
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.layouts import Csv, Layout
from franca.model.link_problems import link_problems
from franca.model.markers import DateStyle, Star
from franca.model.places import placed

__all__ = ["Field", "Kind", "Shape", "is_readable", "link_targets", "shape_of", "versioned_name"]

MOST_VERSIONS = 9999
LONGEST_NAME = 63
"""So many bytes of a name PostgreSQL keeps: of a longer one it would cut the end, and never find it again."""

_CATALOGUE = "pg_"
"""How the names of PostgreSQL's own tables begin, which are found before any other without their schema."""

_SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""What PostgreSQL calls columns that each of its tables has already."""

_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Shape:
    """An entity's or a table's name, class, fields in order, key fields, description and topic pattern.

    `entity` is the name that all versions of an entity share, and `name` that of this version: the same for
    the first, with the version behind it for the others (`individual_v2`).
    `format` is what a table says of its raw messages: a format's name, or a layout where they are no JSON.
    `star` is what an entity is in a star schema, if anything.
    """

    name: str
    cls: type[Entity] | type[Table] | type[Value]
    fields: tuple[Field, ...]
    keys: tuple[Field, ...]
    description: str = ""
    topic: str | None = None
    version: int = 1
    entity: str = ""
    format: str | Layout | None = None
    star: Star | None = None

    def field(self, name: str) -> Field:
        """Return the field of that name. Raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@cache
def shape_of(cls: type[Entity] | type[Table] | type[Value]) -> Shape:
    """Return the shape of a model class. Raises DefinitionError with all its problems."""
    problems: list[Problem] = []
    fields = read_fields(cls, problems.append)
    if issubclass(cls, Entity):
        problems.extend(_entity_problems(cls, fields))
    if issubclass(cls, Table):
        problems.extend(_table_problems(cls, fields))
        fields = tuple(_of_table(cls, field) for field in fields)
    if problems:
        raise DefinitionError([placed(problem, cls) for problem in problems])
    layout = cls.franca_format
    if layout is not None and not isinstance(layout, str | Csv) and layout.trim != "none":
        fields = tuple(replace(field, width=None) for field in fields)
    return Shape(
        name=versioned_name(cls.franca_name, cls.franca_version),
        cls=cls,
        fields=fields,
        keys=tuple(field for field in fields if field.key),
        description=inspect.cleandoc(cls.__doc__ or ""),
        topic=cls.franca_topic,
        version=cls.franca_version,
        entity=cls.franca_name,
        format=cls.franca_format,
        star=cls.franca_star,
    )


def versioned_name(name: str, version: int) -> str:
    """Return what a version of an entity is called in SQL: its name, with the version from the second on.

    >>> versioned_name("individual", 1), versioned_name("individual", 2)
    ('individual', 'individual_v2')
    """
    return name if version == 1 else f"{name}_v{version}"


def link_targets(field: Field, entities: Iterable[type[Entity]]) -> dict[object, type[Entity]]:
    """Return the classes a field links to, by the value that chooses them (None for the only one).

    Names are looked up among `entities`: that of an entity is its newest version, that of a class the class.
    Raises DefinitionError for a name that none of them has.
    """
    ordered = sorted(entities, key=lambda each: each.franca_version)
    known = {cls.franca_name: cls for cls in ordered}
    known |= {cls.__name__: cls for cls in ordered}
    found: dict[object, type[Entity]] = {}
    for value, target in field.link.targets if field.link else ():
        cls = known.get(target) if isinstance(target, str) else target
        if not (isinstance(cls, type) and issubclass(cls, Entity)):
            expected = f"expected one of {sorted({each.franca_name for each in known.values()})}"
            raise DefinitionError.one(field.name, f"links to {target!r}, which is no entity", expected)
        found[value] = cls
    return found


def _entity_problems(cls: type[Entity], fields: tuple[Field, ...]) -> list[Problem]:
    problems = []
    if fields and not any(field.key for field in fields):
        problems.append(Problem(cls.__name__, "has no key", "mark one field or several: `id: Key[str]`"))
    if not _FIELD_NAME.fullmatch(cls.franca_name):
        reason = f"has the name {cls.franca_name!r}"
        problems.append(Problem(cls.__name__, reason, "use lower-case letters, digits and underscores"))
    elif cls.franca_name.startswith(_CATALOGUE):
        reason = f"has the name {cls.franca_name!r}, which begins as those of PostgreSQL's own tables do"
        problems.append(Problem(cls.__name__, reason, "give it another name=: views would read those"))
    if type(cls.franca_version) is not int or not 1 <= cls.franca_version <= MOST_VERSIONS:
        reason = f"has the version {cls.franca_version!r}"
        problems.append(Problem(cls.__name__, reason, f"use 1 to {MOST_VERSIONS}"))
    if cls.franca_star not in {None, *get_args(Star)}:
        expected = f"expected one of {', '.join(map(repr, get_args(Star)))}"
        problems.append(Problem(cls.__name__, f"has star={cls.franca_star!r}", expected))
    whole = versioned_name(cls.franca_name, cls.franca_version)
    for path, name in [
        (cls.__name__, whole),
        *((f"{cls.__name__}.{each.name}", each.name) for each in fields),
    ]:
        if len(name) > LONGEST_NAME:
            reason = f"has a name of {len(name)} characters: {name!r}"
            problems.append(Problem(path, reason, f"use at most {LONGEST_NAME}: PostgreSQL keeps no more"))
    problems += _name_problems(cls.__name__, fields)
    return [*problems, *link_problems(cls.__name__, fields)]


def _name_problems(name: str, fields: tuple[Field, ...]) -> Iterator[Problem]:
    """Yield what is wrong with the names of an entity's fields, their length apart."""
    for field in fields:
        path = f"{name}.{field.name}"
        if not _FIELD_NAME.fullmatch(field.name):
            remedy = "use lower-case letters, digits and underscores, beginning with a letter"
            yield Problem(path, "has a name that topics and tables can't share", remedy)
        elif field.name in _SYSTEM_COLUMNS:
            reason = "has a name that each of PostgreSQL's tables has for a column of its own"
            yield Problem(path, reason, "give it another name")


def _of_table(cls: type[Table], field: Field) -> Field:
    """Return the column with what its table says of all columns; one of a fixed width is never trimmed."""
    trim = field.trim if field.trim is not None else cls.franca_trim and field.width is None
    return replace(field, trim=trim, date_style=field.date_style or cls.franca_date_style)


def _table_problems(cls: type[Table], fields: tuple[Field, ...]) -> Iterator[Problem]:
    if cls.franca_star is not None:
        yield Problem(cls.__name__, "has star=", "leave it out: only entities are dimensions and facts")
    if cls.franca_version != 1:
        yield Problem(cls.__name__, "has a version", "leave it out: only entities have versions")
    columns = [field.column for field in fields]
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if cls.franca_date_style not in {None, *get_args(DateStyle)}:
        expected = f"expected one of {', '.join(map(repr, get_args(DateStyle)))}"
        yield Problem(cls.__name__, f"has the date style {cls.franca_date_style!r}", expected)
    for column in doubled:
        yield Problem(cls.__name__, f"names the column {column!r} twice", "remove one")
    for field in fields:
        if not is_readable(field.column):
            reason = (
                f"its column {field.column!r} has a quote, a backslash or a control character in its name"
            )
            remedy = "leave it out, or give it another name where it is captured"
            yield Problem(f"{cls.__name__}.{field.name}", reason, remedy)


def is_readable(column: str) -> bool:
    """Return whether a column of this name can be read out of messages: JSON must hold it as it is."""
    return column != "" and _ESCAPED.search(column) is None

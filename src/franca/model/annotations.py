"""Reads a field's annotation: its kind, whether it may be null, and what its markers say."""

import types
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from franca.errors import Problem
from franca.model.entity import Value
from franca.model.field import Field
from franca.model.kind import DECIMAL_PRECISION, DECIMAL_SCALE, Kind
from franca.model.literals import can_be
from franca.model.markers import Column, DateStyle, Digits, KeyMark, Length, Link, Pattern, PiiMark, Range
from franca.model.tests import Accepted, FieldTest, NotNull, Relationship

KINDS: dict[object, Kind] = {
    str: Kind.TEXT,
    bool: Kind.BOOLEAN,
    int: Kind.INTEGER,
    Decimal: Kind.DECIMAL,
    float: Kind.FLOAT,
    datetime: Kind.TIMESTAMP,
    date: Kind.DATE,
    time: Kind.TIME,
    bytes: Kind.BYTES,
    UUID: Kind.UUID,
}
_SUPPORTED = (
    "str, int, Decimal, float, bool, date, time, datetime, bytes, UUID, an Enum, list[…] or a Value class"
)
_SIZED = frozenset({Kind.TEXT, Kind.BYTES, Kind.LIST})
_BOUNDS: dict[Kind, tuple[type, ...]] = {
    Kind.INTEGER: (int,),
    Kind.DECIMAL: (Decimal, int, float),
    Kind.FLOAT: (float, int),
    Kind.DATE: (date,),
    Kind.TIME: (time,),
    Kind.TIMESTAMP: (datetime,),
    Kind.TEXT: (str,),
}

_MARKS = (Column, Digits, FieldTest, Length, Link, Pattern, Range)
_LITERALS = frozenset({str, int, bool, Decimal, date})

Report = Callable[[Problem], None]


def read_fields(cls: type[msgspec.Struct], report: Report) -> tuple[Field, ...]:
    """Return the fields of a model class in order; what is wrong with them is reported."""
    try:
        hints = get_type_hints(cls, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        remedy = "define or import every type they name at the top of the module"
        report(Problem(cls.__name__, f"its annotations can't be read: {error}", remedy))
        return ()
    fields = []
    for part in msgspec.structs.fields(cls):
        field = read_field(part.name, hints[part.name], f"{cls.__name__}.{part.name}", report)
        if part.default is not msgspec.NODEFAULT:
            field = replace(field, has_default=True, default=part.default)
        elif part.default_factory is not msgspec.NODEFAULT:
            field = replace(field, has_default=True, default=part.default_factory())
        fields.append(field)
    if issubclass(cls, Value):
        _check_parts(cls.__name__, fields, report)
    return tuple(fields)


def _check_parts(name: str, parts: list[Field], report: Report) -> None:
    """Report the parts of a nested value whose names another one has in other letters."""
    known: dict[str, str] = {}
    for part in parts:
        first = known.setdefault(part.name.casefold(), part.name)
        if first != part.name:
            reason = f"differs from {first!r} only in upper and lower case"
            report(Problem(f"{name}.{part.name}", reason, "give it another name: tables can't hold both"))


def read_field(name: str, hint: Any, path: str, report: Report) -> Field:
    """Return the field that an annotation declares; what is wrong with it is reported."""
    bare, marks, nullable = unwrap(hint)
    if bare is None:
        report(
            Problem(path, f"is of several types: {hint}", "give one type, with `| None` where it may be null")
        )
        bare = str
    field = _kind(Field(name, name, Kind.TEXT, nullable=nullable), bare, path, report)
    for mark in marks:
        field = _marked(field, mark, path, report)
    _check_column(field, marks, path, report)
    if field.key and field.nullable:
        report(Problem(path, "is a key that may be null", "leave out `| None`: a key is never null"))
    if field.key and field.kind in {Kind.FLOAT, Kind.BYTES, Kind.LIST, Kind.STRUCT}:
        report(
            Problem(path, f"is a key of kind {field.kind.value}", "use text, an integer, a date or a UUID")
        )
    return field


def _check_column(field: Field, marks: list[object], path: str, report: Report) -> None:
    """Report what a column's marks say that does not go together."""
    if field.unit == "unscaled" and not any(isinstance(mark, Digits) for mark in marks):
        reason = "counts unscaled digits, and nothing tells where their point is"
        report(Problem(path, reason, "add the column's digits: Digits(12, 2)"))
    if field.trim and field.width is not None:
        reason = f"is trimmed, and yet each text has {field.width} characters"
        report(Problem(path, reason, "leave out `width` or `trim`"))
    if field.date_style not in {None, *get_args(DateStyle)}:
        expected = ", ".join(map(repr, get_args(DateStyle)))
        report(Problem(path, f"has the date style {field.date_style!r}", f"expected one of {expected}"))


def unwrap(hint: Any) -> tuple[Any, list[object], bool]:
    """Return the bare type (None where there are several), the markers, and whether it may be null."""
    marks: list[object] = []
    nullable = False
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *more = get_args(hint)
            marks.extend(more)
        elif origin is Union or origin is types.UnionType:
            options = [option for option in get_args(hint) if option is not types.NoneType]
            nullable = nullable or len(options) < len(get_args(hint))
            if len(options) != 1:
                return None, marks, nullable
            hint = options[0]
        else:
            return hint, marks, nullable


def _kind(field: Field, bare: Any, path: str, report: Report) -> Field:
    if bare in KINDS:
        field = replace(field, kind=KINDS[bare])
        if field.kind is Kind.DECIMAL:
            field = replace(field, precision=DECIMAL_PRECISION, scale=DECIMAL_SCALE)
        return field
    if get_origin(bare) is list:
        item = read_field("item", get_args(bare)[0], f"{path}[]", report)
        return replace(field, kind=Kind.LIST, item=item)
    if isinstance(bare, type) and issubclass(bare, Enum):
        if any(not isinstance(member.value, str) for member in bare):
            report(Problem(path, f"its enumeration {bare.__name__} has values that are not text", "use text"))
        return replace(field, kind=Kind.ENUM, enum=bare)
    if isinstance(bare, type) and issubclass(bare, Value):
        return replace(field, kind=Kind.STRUCT, cls=bare, fields=read_fields(bare, report))
    report(Problem(path, f"is of the type {bare!r}", f"use {_SUPPORTED}"))
    return field


def _marked(field: Field, mark: object, path: str, report: Report) -> Field:
    match mark:
        case KeyMark():
            return replace(field, key=True)
        case PiiMark():
            return replace(field, pii=True)
        case str():
            return replace(field, description=mark)
        case Link():
            return replace(field, link=mark)
        case FieldTest():
            return _tested(field, mark, path, report)
        case Column():
            return _column(field, mark, path, report)
        case Digits():
            return _digits(field, mark, path, report)
        case Length() | Pattern() | Range():
            return _constrained(field, mark, path, report)
        case _:
            _check_made(mark, path, report)
    return field


def _check_made(mark: object, path: str, report: Report) -> None:
    """Report a mark of franca's own that says nothing as it is written; others' are left alone."""
    if isinstance(mark, type) and issubclass(mark, _MARKS):
        name = mark.__name__
        report(Problem(path, f"has {name}, which says nothing without parentheses", f"write {name}(…)"))
    for name, made in (("Key", KeyMark), ("Pii", PiiMark)):
        if get_origin(mark) is Annotated and any(isinstance(part, made) for part in get_args(mark)):
            reason = f"has {name} behind its type, where it says nothing"
            report(Problem(path, reason, f"write {name} around the type: `{name}[str]`"))


def _column(field: Field, mark: Column, path: str, report: Report) -> Field:
    for name, number in (("width", mark.width), ("start", mark.start)):
        if number is not None and number < 1:
            report(Problem(path, f"has {name}={number}", "expected 1 or more"))
    return replace(
        field,
        column=mark.name or field.column,
        width=mark.width,
        size=mark.width,
        unit=mark.unit,
        start=mark.start,
        date_style=mark.date_style,
        trim=mark.trim,
    )


def _tested(field: Field, mark: FieldTest, path: str, report: Report) -> Field:
    name = type(mark).__name__
    if isinstance(mark, Relationship) and field.link is None:
        report(Problem(path, "is tested for a Relationship and has no Link", "add Link(…) before it"))
    if field.kind in (Kind.LIST, Kind.STRUCT) and not isinstance(mark, NotNull):
        report(Problem(path, f"{name} does not apply to the kind {field.kind.value}", "remove it"))
    if isinstance(mark, Accepted) and not mark.values and field.enum is None:
        report(Problem(path, "has an Accepted without values", "say them: Accepted('A', 'B')"))
    if isinstance(mark, Accepted) and any(type(v) not in _LITERALS for v in mark.values):
        report(
            Problem(path, f"has the accepted values {mark.values!r}", "use text, numbers, booleans or dates")
        )
    for value in mark.values if isinstance(mark, Accepted) else ():
        if type(value) in _LITERALS and not can_be(value, field):
            reason = f"has the accepted value {value!r}, which no {field.kind.value} of it can be"
            report(Problem(path, reason, "correct the value"))
    return replace(field, tests=(*field.tests, mark))


def _constrained(field: Field, mark: Length | Pattern | Range, path: str, report: Report) -> Field:
    match mark:
        case Length():
            applies = field.kind in _SIZED
        case Pattern():
            applies = field.kind is Kind.TEXT
        case _:
            applies = field.kind in _BOUNDS
            for bound in (mark.min, mark.max) if applies else ():
                if bound is not None and type(bound) not in _BOUNDS[field.kind]:
                    names = " or ".join(each.__name__ for each in _BOUNDS[field.kind])
                    report(Problem(path, f"has the bound {bound!r} in its Range", f"expected {names}"))
    if applies:
        return replace(field, constraints=(*field.constraints, mark))
    report(Problem(path, f"{type(mark).__name__} does not apply to the kind {field.kind.value}", "remove it"))
    return field


def _digits(field: Field, mark: Digits, path: str, report: Report) -> Field:
    if field.kind is not Kind.DECIMAL:
        report(Problem(path, f"Digits does not apply to the kind {field.kind.value}", "remove it"))
        return field
    if not 0 <= mark.scale <= mark.precision <= DECIMAL_PRECISION or mark.precision == 0:
        reason = f"has Digits({mark.precision}, {mark.scale})"
        report(Problem(path, reason, "expected 1 to 38 digits, of which 0 or more after the point"))
        return field
    return replace(field, precision=mark.precision, scale=mark.scale)

"""Makes the values of an event JSON-ready: dates, decimals, UUIDs and the like become their text.

Where a value comes from constants (codes, branches of a `when`), the constants become text instead, so
that a row pays one access to a dict and no conversion.
"""

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, cast

import msgspec

from franca.mapping.python import moments, numbers
from franca.mapping.python.emitter import Emit, Emitter
from franca.mapping.python.failure import Failed
from franca.mapping.python.tables import Cache
from franca.mapping.tree import Call, Constant, Expression, ValueType
from franca.mapping.words.moment import directives
from franca.model.field import Field
from franca.model.kind import Kind

AS_IS = frozenset({Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN})
_READERS = {"date_of": "leaf_date_of", "time_of": "leaf_time_of", "timestamp_of": "leaf_timestamp_of"}


def leafed(node: Expression, field: Field) -> Expression:
    """Return the expression of the field's JSON-ready value."""
    if field.kind in AS_IS or (isinstance(node, Constant) and node.value is None):
        return node
    result = ValueType(Kind.TEXT, node.type.nullable)
    if isinstance(node, Constant):
        return Constant(leaf_of(field)(node.value), result)
    if isinstance(node, Call):
        if node.word in {"codes", "lookup"} and node.option("otherwise") != "keep":
            return _translated(node, field, result)
        if node.word in _READERS:
            return replace(node, word=_READERS[node.word], type=result)
        lazy = {"when": 1, "first": 0, "given": 1}.get(node.word)
        if lazy is not None:
            branches = tuple(leafed(branch, field) for branch in node.args[lazy:])
            return Call(node.word, (*node.args[:lazy], *branches), node.options, result)
        if node.word in {"list", "gather"}:
            item = cast("Field", field.item)
            return Call(node.word, tuple(_inner(each, item) for each in node.args), (), result)
        if node.word == "struct":
            return _struct(node, field, result)
    return Call("leaf", (node,), (("field", _Key(field)),), result)


def _inner(node: Expression, field: Field) -> Expression:
    """Return the JSON-ready value of a nested value's member or a list's item, its constraints checked.

    A list is checked after it is made: how many items it has is the same then.
    """
    if not field.constraints or (isinstance(node, Constant) and node.value is None):
        return leafed(node, field)
    if field.kind is Kind.LIST:
        return _kept(leafed(node, field), field)
    return leafed(_kept(node, field), field)


def _kept(node: Expression, field: Field) -> Expression:
    return Call("kept", (node,), (("field", _Key(field)),), node.type)


def checker(field: Field) -> Callable[[object], None]:
    """Return the function that raises Failed for a value that breaks one of the field's constraints."""
    constraints = field.constraints

    def check(value: object) -> None:
        for constraint in constraints:
            wrong = constraint.violation(value)
            if wrong is not None:
                raise Failed("constraint", f"a value that keeps the model's constraint: it {wrong}", value)

    return check


class _Key:
    """Holds a field as an option of a node; two of the same field are equal."""

    __slots__ = ("field",)

    def __init__(self, field: Field) -> None:
        self.field = field

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.field is self.field

    def __hash__(self) -> int:
        return id(self.field)


def _translated(node: Call, field: Field, result: ValueType) -> Expression:
    leaf = leaf_of(field)
    pairs = cast("tuple[tuple[object, object], ...]", node.option("table"))
    table = tuple((code, None if meaning is None else leaf(meaning)) for code, meaning in pairs)
    default = node.option("default")
    options = {**dict(node.options), "table": table, "default": None if default is None else leaf(default)}
    return Call(node.word, node.args, tuple(sorted(options.items())), result)


def _struct(node: Call, field: Field, result: ValueType) -> Expression:
    named = dict(zip(cast("tuple[str, ...]", node.option("names")), node.args, strict=True))
    null = Constant(None, ValueType(Kind.TEXT, nullable=True))
    values = tuple(_inner(named[each.name], each) if each.name in named else null for each in field.fields)
    return Call("leaf_struct", values, (("type", data_type(field.cls, field.fields)),), result)


@lru_cache(maxsize=256)
def _data_type(cls: type, names: tuple[str, ...]) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        f"{cls.__name__}Data", [(name, Any) for name in names], frozen=True, gc=False, module=cls.__module__
    )


def data_type(cls: "type | None", fields: Sequence[Field]) -> type[msgspec.Struct]:
    """Return the struct of JSON-ready values of an entity or a nested value: its fields in order."""
    assert cls is not None
    return _data_type(cls, tuple(field.name for field in fields))


def leaf_of(field: Field) -> Callable[[Any], Any]:
    """Return the function that makes a value of the field JSON-ready; null is never given to it."""
    if field.kind is Kind.DECIMAL:
        return decimal_leaf(field)
    if field.kind is Kind.LIST:
        item = leaf_of(cast("Field", field.item))
        return lambda values: [None if value is None else item(value) for value in values]
    if field.kind is Kind.STRUCT:
        return _nested(field)
    return _LEAVES.get(field.kind, _same)


def decimal_leaf(field: Field) -> Callable[[Any], str]:
    """Return the function that writes a decimal with the field's places.

    A field that declares no digits is written without trailing zeros.
    """
    precision, scale = cast("int", field.precision), cast("int", field.scale)
    fit = numbers.fitting(precision, scale)
    write = numbers.decimal_text(scale, stripped=field.is_stripped)
    return lambda value: write(fit(value))


def float_leaf(value: float) -> "float | str":
    """Return a float, or the text that stands for what JSON has no number for."""
    if math.isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # NaN


def _nested(field: Field) -> Callable[[Any], object]:
    made = data_type(field.cls, field.fields)
    leaves = [(each.name, leaf_of(each)) for each in field.fields]

    def leaf(value: Any) -> object:
        parts = [(getattr(value, name), write) for name, write in leaves]
        return made(*[None if part is None else write(part) for part, write in parts])

    return leaf


def _same(value: object) -> object:
    return value


_LEAVES: dict[Kind, Callable[[Any], Any]] = {
    Kind.FLOAT: float_leaf,
    Kind.DATE: date.isoformat,
    Kind.TIME: moments.time_text,
    Kind.TIMESTAMP: moments.timestamp_text,
    Kind.BYTES: lambda value: base64.b64encode(value).decode("ascii"),
    Kind.UUID: str,
    Kind.ENUM: lambda value: value.value,
}


def _leaf(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
    field = cast("_Key", call.option("field")).field
    if field.kind is Kind.DATE:
        return f"{atoms[0]}.isoformat()"
    if field.kind is Kind.ENUM:
        return f"{atoms[0]}.value"
    if field.kind is Kind.UUID:
        return f"str({atoms[0]})"
    if field.kind is Kind.DECIMAL:
        return f"{emitter.constant(Cache(decimal_leaf(field)), 'c')}[{atoms[0]}]"
    return f"{emitter.constant(leaf_of(field), 'f')}({atoms[0]})"


def _emit_kept(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
    check = emitter.constant(checker(cast("_Key", call.option("field")).field), "f")
    return f"({check}({atoms[0]}), {atoms[0]})[1]"


def _read(make: Callable[[Call], Callable[[str], Any]], write: Callable[[Any], str]) -> Emit:
    def emit(emitter: Emitter, call: Call, atoms: Sequence[str]) -> str:
        read = make(call)
        return f"{emitter.constant(Cache(lambda value: write(read(value))), 'c')}[{atoms[0]}]"

    return emit


def _options(call: Call) -> tuple[list[str], str, "int | None"]:
    options = dict(call.options)
    pieces = directives(str(options["pattern"]))
    return pieces, str(options.get("zone", "UTC")), cast("int | None", options.get("pivot"))


def _leaf_struct(emitter: Emitter, call: Call) -> str:
    values = [emitter.emit(argument) for argument in call.args]
    return emitter.bind(f"{emitter.constant(call.option('type'), 'S')}({', '.join(values)})")


STRICT: dict[str, Emit] = {
    "kept": _emit_kept,
    "leaf": _leaf,
    "leaf_date_of": _read(
        lambda call: moments.date_reader(_options(call)[0], _options(call)[2]), date.isoformat
    ),
    "leaf_time_of": _read(lambda call: moments.time_reader(_options(call)[0]), moments.time_text),
    "leaf_timestamp_of": _read(
        lambda call: moments.timestamp_reader(*_options(call)), moments.timestamp_text
    ),
}
WHOLE = {"leaf_struct": _leaf_struct}

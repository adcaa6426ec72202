"""The symbolic row: what a mapping's body gets while it is traced."""

from typing import Any, NoReturn

from franca.mapping.operands import LOST
from franca.mapping.refusal import current, refuse
from franca.mapping.symbol import Symbol
from franca.mapping.tree import Column, ValueType
from franca.model.field import Field
from franca.model.shape import Shape


def type_of(field: Field) -> ValueType:
    """Return the type of a field's values as expressions have it."""
    return ValueType(
        field.kind,
        field.nullable,
        precision=field.precision,
        scale=field.scale,
        enum=field.enum,
        item=type_of(field.item) if field.item else None,
        fields=tuple((each.name, type_of(each)) for each in field.fields),
        width=field.width,
    )


class SymbolicRow:
    """Has the table's attributes, each a symbolic value, and nothing else."""

    __slots__ = ("_shape", "_symbols")

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._symbols = {field.name: Symbol(Column(field.name, type_of(field))) for field in shape.fields}

    def franca_column(self, name: str) -> object:
        """Return the symbolic value of a column, or None."""
        return self._symbols.get(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        symbol = self._symbols.get(name)
        if symbol is None:
            reason = f"the table {self._shape.name!r} has no column {name!r}"
            refuse(reason, f"expected one of {sorted(self._symbols)}")
            return Symbol(LOST)
        return symbol

    def __repr__(self) -> str:
        return current().nonce

    def _refused(self, *_args: object) -> NoReturn:
        raise refuse("the row itself was used as a value", "name one of its columns")

    __str__ = __format__ = __iter__ = __len__ = __bool__ = __hash__ = __getitem__ = _refused
    __eq__ = __ne__ = __contains__ = __call__ = _refused

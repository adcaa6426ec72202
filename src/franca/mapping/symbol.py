"""The symbolic value: stands for a value of the row while a mapping is traced, and refuses to be guessed.

Operators build expressions. Whatever would need the value itself (a truth value, a length, a hash, text)
is a problem at the user's line that names the remedy. What was refused is lost, and takes part in nothing
more: the body goes on with a symbol of it, so that all its problems are told, up to where Python itself would
have to know a value.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

from franca.errors import DefinitionError
from franca.mapping import operators
from franca.mapping.operands import LOST, constant
from franca.mapping.refusal import current, is_ours, refuse, tracing
from franca.mapping.tree import Expression

F = TypeVar("F", bound=Callable[..., Any])


class Symbol:
    """Stands for one value; `franca_expression` is what it is made of."""

    __slots__ = ("franca_expression",)

    def __init__(self, expression: Expression) -> None:
        object.__setattr__(self, "franca_expression", expression)

    def __add__(self, other: object) -> "Symbol":
        return Symbol(operators.plus(lift(self), lift(other)))

    def __radd__(self, other: object) -> "Symbol":
        return Symbol(operators.plus(lift(other), lift(self)))

    def __sub__(self, other: object) -> "Symbol":
        return Symbol(operators.arithmetic("subtract", lift(self), lift(other)))

    def __rsub__(self, other: object) -> "Symbol":
        return Symbol(operators.arithmetic("subtract", lift(other), lift(self)))

    def __mul__(self, other: object) -> "Symbol":
        return Symbol(operators.arithmetic("multiply", lift(self), lift(other)))

    def __rmul__(self, other: object) -> "Symbol":
        return Symbol(operators.arithmetic("multiply", lift(other), lift(self)))

    def __floordiv__(self, other: object) -> "Symbol":
        return Symbol(operators.whole("floor_divide", lift(self), lift(other)))

    def __rfloordiv__(self, other: object) -> "Symbol":
        return Symbol(operators.whole("floor_divide", lift(other), lift(self)))

    def __mod__(self, other: object) -> "Symbol":
        return Symbol(operators.whole("modulo", lift(self), lift(other)))

    def __rmod__(self, other: object) -> "Symbol":
        if isinstance(other, str):
            raise refuse("a value of the row was put into text with %", "use + or join")
        return Symbol(operators.whole("modulo", lift(other), lift(self)))

    def __truediv__(self, other: object) -> "Symbol":
        return Symbol(operators.divide(lift(self), lift(other)))

    def __rtruediv__(self, other: object) -> "Symbol":
        return Symbol(operators.divide(lift(other), lift(self)))

    def __round__(self, places: int | None = None) -> "Symbol":
        rounded = operators.rounded(lift(self), 0 if places is None else places, "half-even")
        return Symbol(operators.integer(rounded) if places is None else rounded)

    def __abs__(self) -> "Symbol":
        return Symbol(operators.one_number("absolute", lift(self)))

    def __neg__(self) -> "Symbol":
        return Symbol(operators.one_number("negate", lift(self)))

    def __eq__(self, other: object) -> "Symbol":  # type: ignore[override]  # builds an expression
        return Symbol(operators.compare("eq", lift(self), lift(other)))

    def __ne__(self, other: object) -> "Symbol":  # type: ignore[override]  # builds an expression
        return Symbol(operators.compare("ne", lift(self), lift(other)))

    def __lt__(self, other: object) -> "Symbol":
        return Symbol(operators.compare("lt", lift(self), lift(other)))

    def __le__(self, other: object) -> "Symbol":
        return Symbol(operators.compare("le", lift(self), lift(other)))

    def __gt__(self, other: object) -> "Symbol":
        return Symbol(operators.compare("gt", lift(self), lift(other)))

    def __ge__(self, other: object) -> "Symbol":
        return Symbol(operators.compare("ge", lift(self), lift(other)))

    def __and__(self, other: object) -> "Symbol":
        return Symbol(operators.logic("and", lift(self), lift(other)))

    def __rand__(self, other: object) -> "Symbol":
        return Symbol(operators.logic("and", lift(other), lift(self)))

    def __or__(self, other: object) -> "Symbol":
        return Symbol(operators.logic("or", lift(self), lift(other)))

    def __ror__(self, other: object) -> "Symbol":
        return Symbol(operators.logic("or", lift(other), lift(self)))

    def __bool__(self) -> NoReturn:
        raise refuse(
            "a value of the row was used as true or false (if, and, or, not, in, a < b < c, assert)",
            "use when(condition, a, b), & and | with brackets, not_(x), one_of(x, ...) or between(x, a, b)",
        )

    def __repr__(self) -> str:
        return current().nonce

    @property  # type: ignore[misc]  # isinstance asks for it where the type does not tell
    def __class__(self) -> type:
        if is_ours(sys._getframe(1)):
            return Symbol
        raise refuse("a value of the row was asked for its class (isinstance)", "its type is the column's")

    def __getattr__(self, name: str) -> "Symbol":
        if name.startswith("__"):
            raise AttributeError(name)
        if is_lost(self):
            return self
        remedy = _METHODS.get(name, "use a word of the vocabulary, or apply(function, column)")
        refuse(f"the attribute {name!r} of a value of the row can't be traced", remedy)
        return Symbol(LOST)

    def __call__(self, *_args: object, **_options: object) -> "Symbol":  # noqa: D102  # known, as magic methods are
        if not is_lost(self):
            refuse("a value of the row was called", "use a word of the vocabulary")
        return Symbol(LOST)

    def __str__(self) -> str:
        refuse("a value of the row was put into text (str, an f-string, format)", _TEXT_REMEDY)
        return current().nonce

    def __format__(self, _form: str) -> str:
        return str(self)


_METHODS = {
    "strip": "use trim(x)",
    "lstrip": 'use trim(x, side="left")',
    "rstrip": 'use trim(x, side="right")',
    "zfill": 'use pad(x, width, "0")',
    "rjust": 'use pad(x, width, " ")',
    "ljust": 'use pad(x, width, " ", side="right")',
    "startswith": "use starts_with(x, prefix)",
    "endswith": "use ends_with(x, suffix)",
    "upper": "use upper(x)",
    "lower": "use lower(x)",
    "capitalize": "use capitalize(x)",
    "title": "use capitalize(x)",
    "split": "use split(x, separator, index)",
    "replace": "use replace(x, old, new)",
    "join": "use join(separator, ...)",
    "isoformat": "use as_text(x)",
    "strftime": "use format_date(x, pattern)",
    "year": "use year(x)",
    "month": "use month(x)",
    "day": "use day(x)",
    "date": "use local_date(x)",
    "quantize": "use round(x, places) or rounded(x, places, mode)",
    "value": "give the enumeration's member itself",
    "name": "give the enumeration's member itself",
    "format": "use + or join",
    "get": "use codes(x, table)",
}


def _refusing(reason: str, remedy: str) -> Callable[..., NoReturn]:
    def method(_self: Symbol, *_args: Any, **_options: Any) -> NoReturn:
        raise refuse(f"a value of the row {reason}", remedy)

    return method


_TEXT_REMEDY = "use +, join, concat or as_text(x)"
_AS_NUMBER = ("was turned into a number by Python", "use integer, decimal or floating")
_ITERATED = (
    "was iterated over (a loop, in, unpacking, *)",
    "use split(x, separator, index) or one_of(x, ...)",
)
_ROUNDED = ("was rounded by Python", "use round(x, places) or rounded(x, places, mode)")
_REFUSED = {
    "__int__": _AS_NUMBER,
    "__float__": _AS_NUMBER,
    "__complex__": _AS_NUMBER,
    "__index__": _AS_NUMBER,
    "__bytes__": ("was turned into bytes", "use a column of bytes"),
    "__iter__": _ITERATED,
    "__contains__": ("was searched with in", "use contains(x, part)"),
    "__len__": ("was asked for its length", "use length(x)"),
    "__hash__": ("was used as a key (a dict, a set)", "use codes(x, table) or lookup(x, reference)"),
    "__getitem__": ("was indexed or sliced", "use substring(x, start, length)"),
    "__trunc__": _ROUNDED,
    "__floor__": _ROUNDED,
    "__ceil__": _ROUNDED,
    "__pow__": ("was raised to a power", "use *"),
    "__rpow__": ("was made a power", "use *"),
    "__divmod__": ("was given to divmod", "use // and %"),
    "__invert__": ("was negated with ~", "use not_(x)"),
    "__xor__": ("was combined with ^", "use !="),
    "__setattr__": ("was changed", "make a new value with a word of the vocabulary"),
    "__enter__": ("was used in with", "use a word of the vocabulary"),
    "__await__": ("was awaited", "a mapping is a plain function"),
    "__reduce_ex__": ("was copied or pickled", "use it as it is"),
}
for _name, (_reason, _remedy) in _REFUSED.items():
    setattr(Symbol, _name, _refusing(_reason, _remedy))


def word(function: F) -> F:
    """Make a word of a function: what it refuses is kept, and it returns a symbol of what is lost.

    Outside of a mapping it raises DefinitionError.
    """

    @wraps(function)
    def kept(*given: Any, **options: Any) -> Any:
        try:
            return function(*given, **options)
        except DefinitionError as error:
            trace = tracing.get()
            if trace is None:
                raise
            trace.keep(error.problems)
            return Symbol(LOST)

    return cast("F", kept)


_PYTHON_NEEDS_IT = {
    *("__bool__", "__int__", "__float__", "__complex__", "__index__", "__bytes__", "__iter__"),
    *("__contains__", "__len__", "__hash__", "__reduce_ex__", "__await__", "__enter__"),
    *("__init__", "__repr__", "__str__", "__format__", "__call__"),
}
for _name, _method in list(vars(Symbol).items()):
    if callable(_method) and _name.startswith("__") and _name not in _PYTHON_NEEDS_IT:
        setattr(Symbol, _name, word(_method))


def is_lost(value: object) -> bool:
    """Return whether the value is a symbol of what was refused."""
    return isinstance(value, Symbol) and cast("Expression", value.franca_expression) is LOST


def lift(value: object) -> Expression:
    """Return the expression of a symbolic value, or a constant.

    Raises DefinitionError, without a problem for what is lost: it was told.
    """
    if isinstance(value, Symbol):
        if is_lost(value):
            raise DefinitionError(())
        return cast("Expression", value.franca_expression)
    return constant(value)


def wrap(expression: Expression) -> Any:
    """Return the symbolic value of an expression; the caller's signature says what it stands for."""
    current()
    return Symbol(expression)

"""Comparisons, three-valued logic and null tests. In Python's `if` a null would be false; here it is null."""

from franca.mapping import operators
from franca.mapping.operands import any_null, call, constant
from franca.mapping.refusal import refuse
from franca.mapping.symbol import Symbol, lift, word, wrap
from franca.mapping.tree import ValueType
from franca.model.kind import Kind

_BOOLEAN = ValueType(Kind.BOOLEAN)


@word
def is_null(value: object) -> bool:
    """Say whether the value is null; never null itself."""
    made: bool = wrap(call("is_null", (lift(value),), _BOOLEAN))
    return made


@word
def not_null(value: object) -> bool:
    """Say whether the value is not null; never null itself."""
    made: bool = wrap(call("not_null", (lift(value),), _BOOLEAN))
    return made


@word
def not_(condition: bool | None) -> bool:
    """Return the opposite; null for null."""
    made: bool = wrap(operators.negation(lift(condition)))
    return made


@word
def all_of(*conditions: bool | None) -> bool:
    """Return false when one is false, else null when one is null, else true (`&`)."""
    return _several("and", "all_of", conditions)


@word
def any_of(*conditions: bool | None) -> bool:
    """Return true when one is true, else null when one is null, else false (`|`)."""
    return _several("or", "any_of", conditions)


def _several(word: str, name: str, conditions: tuple[object, ...]) -> bool:
    if not conditions:
        raise refuse(f"{name} got no conditions", "give at least one")
    made: bool = wrap(operators.logic(word, *(lift(condition) for condition in conditions)))
    return made


@word
def one_of(value: object, *options: object) -> bool:
    """Say whether the value is one of the constants; null for null."""
    lifted = lift(value)
    if not options:
        raise refuse("one_of got no options", "give at least one constant")
    for option in options:
        if type(option) is Symbol or option is None:
            raise refuse(
                "one_of got an option that is no constant", "use == and | for columns, is_null for null"
            )
        operators.compare("eq", lifted, constant(option))
    kind = ValueType(Kind.BOOLEAN, any_null(lifted))
    made: bool = wrap(call("one_of", (lifted,), kind, options=tuple(options)))
    return made


@word
def between(value: object, low: object, high: object) -> bool:
    """Say whether low <= value <= high."""
    lifted = lift(value)
    sides = operators.compare("ge", lifted, lift(low)), operators.compare("le", lifted, lift(high))
    made: bool = wrap(operators.logic("and", *sides))
    return made

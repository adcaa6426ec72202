"""What a mapping's body gets when it makes an entity or a nested value: the named fields, not an object."""

from dataclasses import dataclass

from franca.mapping import operators
from franca.mapping.operands import LOST, call, describe, retyped, unify
from franca.mapping.refusal import refuse
from franca.mapping.tree import Expression


@dataclass(frozen=True, slots=True)
class Made:
    """An entity as the body made it; `where` is the condition a `when` or `given` put before it."""

    cls: type
    fields: "dict[str, Expression]"
    where: Expression | None = None
    line: int = 0

    def only(self, condition: Expression) -> "Made":
        """Return the entity made only where the condition holds as well."""
        where = condition if self.where is None else operators.logic("and", condition, self.where)
        return Made(self.cls, self.fields, where, self.line)


def chosen(condition: Expression, first: object, second: object) -> "Made":
    """Return `when(condition, first, second)` of entities: of one class, or one is None."""
    if isinstance(first, Made) and second is None:
        return first.only(condition)
    if isinstance(second, Made) and first is None:
        return second.only(operators.negation(operators.truth(condition)))
    if not (isinstance(first, Made) and isinstance(second, Made)) or first.cls is not second.cls:
        raise refuse("when chooses between an entity and something else", "give two of one class, or None")
    if first.where is not None or second.where is not None or first.fields.keys() != second.fields.keys():
        raise refuse(
            f"when chooses between two {first.cls.__name__} that do not name the same fields",
            "name the same fields in both, with None where one has no value",
        )
    merged = {name: _merged(condition, first.fields[name], second.fields[name]) for name in first.fields}
    return Made(first.cls, merged, None, first.line)


def _merged(condition: Expression, first: Expression, second: Expression) -> Expression:
    if first == second:
        return first
    if LOST in (first, second):
        return LOST
    result = unify("when", first, second)
    return call("when", (condition, retyped(first, result), retyped(second, result)), result)


def not_made(value: object) -> str:
    """Return how a message calls something that should have been an entity."""
    expression = getattr(value, "franca_expression", None) if type(value).__name__ == "Symbol" else None
    return f"a value ({describe(expression.type)})" if expression is not None else type(value).__name__

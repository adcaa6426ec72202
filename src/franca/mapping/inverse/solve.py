"""Solves a field's expression for the columns in it, word by word."""

from dataclasses import dataclass, replace

from franca.mapping.inverse import moments, numbers, tables, texts
from franca.mapping.inverse.numbers import as_type
from franca.mapping.inverse.step import Rule, Step
from franca.mapping.row import type_of
from franca.mapping.tree import Call, Column, Constant, Expression, columns_of
from franca.model.field import Field

RULES: dict[str, Rule] = {**texts.RULES, **numbers.RULES, **moments.RULES, **tables.RULES}
REASONS = tables.REASONS

_HIDDEN = "it is never null and stands beside a column that may be null, which makes all of them null"


@dataclass(frozen=True, slots=True)
class Solution:
    """One way back: the column, the field it comes from, and the expression over the entity's fields."""

    column: str
    field: str
    expression: Expression
    exact: bool


def solved(node: Expression, field: Field) -> tuple[list[Solution], dict[str, str]]:
    """Return the ways back to columns, and for each column of the expression without one the reason."""
    solutions: list[Solution] = []
    reasons: dict[str, str] = {}
    pending = [(node, as_type(Column(field.name, type_of(field)), node.type), True)]
    while pending:
        current, answer, exact = pending.pop()
        if isinstance(current, Column):
            solutions.append(Solution(current.name, field.name, answer, exact))
        elif isinstance(current, Call):
            rule = RULES.get(current.word)
            found = rule(current, answer) if rule else REASONS[current.word]
            if isinstance(found, str):
                reasons.update(dict.fromkeys(columns_of(current), f"{field.name}: {found}"))
            else:
                steps, hidden = _together(found)
                pending += [(step.argument, step.answer, exact and step.exact) for step in steps]
                missed = columns_of(current) - set().union(*(columns_of(step.argument) for step in steps))
                reason = _HIDDEN if hidden else "only a condition mentions it"
                reasons.update(dict.fromkeys(missed, f"{field.name}: {reason}"))
    return solutions, reasons


def _together(steps: list[Step]) -> tuple[list[Step], bool]:
    """Return the steps back through a word with several arguments, and whether some had to be left out.

    Where one argument is null so is the whole, and nothing is known of the others: they become null too, and
    those that are never null have no way back.
    """
    nullable = [step for step in steps if _may_be_null(step.argument)]
    if len(steps) == 1 or not nullable:
        return steps, False
    return [replace(step, exact=False) for step in nullable], len(nullable) < len(steps)


def _may_be_null(node: Expression) -> bool:
    return node.type.nullable or _was_null(node)


def _was_null(node: Expression) -> bool:
    """Say whether a value in it may have been null: `given` knows that it is not, where it is computed."""
    if not isinstance(node, Call) or node.word == "required":
        return False
    return node.word == "known" or any(map(_was_null, node.args))


def required_values(where: Expression | None) -> dict[str, Expression]:
    """Return the columns that a condition fixes: those that must equal a constant."""
    found: dict[str, Expression] = {}
    pending = [] if where is None else [where]
    while pending:
        node = pending.pop()
        if isinstance(node, Call) and node.word == "and":
            pending += node.args
        if isinstance(node, Call) and node.word == "eq":
            left, right = node.args
            if isinstance(left, Column) and isinstance(right, Constant):
                found[left.name] = right
    return found

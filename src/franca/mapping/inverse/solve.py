"""Solves a field's expression for the columns in it, word by word."""

from dataclasses import dataclass

from franca.mapping.inverse import moments, numbers, tables, texts
from franca.mapping.inverse.numbers import as_type
from franca.mapping.inverse.step import Rule
from franca.mapping.row import type_of
from franca.mapping.tree import Call, Column, Constant, Expression, columns_of
from franca.model.field import Field

RULES: dict[str, Rule] = {**texts.RULES, **numbers.RULES, **moments.RULES, **tables.RULES}


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
            found = RULES[current.word](current, answer)
            if isinstance(found, str):
                reasons.update(dict.fromkeys(columns_of(current), f"{field.name}: {found}"))
            else:
                pending += [(step.argument, step.answer, exact and step.exact) for step in found]
                missed = columns_of(current) - set().union(*(columns_of(step.argument) for step in found))
                reasons.update(dict.fromkeys(missed, f"{field.name}: only a condition mentions it"))
    return solutions, reasons


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
            if isinstance(left, Constant):
                left, right = right, left
            if isinstance(left, Column) and isinstance(right, Constant):
                found[left.name] = right
    return found

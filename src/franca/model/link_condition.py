"""The SQL that says which row a link means: DuckDB's, every name quoted. Never opens a connection."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum

from franca.model.field import Field
from franca.model.shape import Shape

_NEEDS_NO_QUOTES = (int, Decimal)


def link_condition(field: Field, target: Shape, source: str = "s", goal: str = "t") -> str:
    """Return the condition that a link's value is the key of a row; `source`, `goal` are the tables' aliases.

    Values of one kind are compared as they are, others as texts; several key fields are joined by `/`, with
    `%` and `/` in them percent-encoded, as in an event's subject. Says nothing of the field that chooses
    among several targets: see `choice_condition`.
    """
    if len(target.keys) == 1 and target.keys[0].kind is field.kind:
        return f'"{goal}"."{target.keys[0].name}" = "{source}"."{field.name}"'
    return f"{key_text(target, goal)} = {as_text(source, field.name)}"


def choice_condition(by: str, values: Iterable[object], source: str = "s") -> str:
    """Return the condition that the field which chooses among a link's targets has one of these values."""
    listed = ", ".join(map(literal, values))
    return f'"{source}"."{by}" IN ({listed})'


def key_text(target: Shape, alias: str) -> str:
    """Return the text of an entity's key as events have it in their subject."""
    texts = [as_text(alias, field.name) for field in target.keys]
    if len(texts) == 1:
        return texts[0]
    return " || '/' || ".join(f"REPLACE(REPLACE({text}, '%', '%25'), '/', '%2F')" for text in texts)


def as_text(alias: str, name: str) -> str:
    """Return a column as text."""
    return f'CAST("{alias}"."{name}" AS VARCHAR)'


def literal(value: object) -> str:
    """Return a value of a model as SQL has it.

    >>> literal("it's"), literal(True), literal(date(2026, 11, 22))
    ("'it''s'", 'TRUE', "'2026-11-22'")
    """
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, _NEEDS_NO_QUOTES):
        return str(value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return "'" + text.replace("'", "''") + "'"

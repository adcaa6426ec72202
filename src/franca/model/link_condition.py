"""The SQL that says which row a link means: DuckDB's, every name quoted. Never opens a connection."""

from collections.abc import Iterable

from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.literals import literal
from franca.model.shape import Shape


def link_condition(field: Field, target: Shape, source: str = "s", goal: str = "t") -> str:
    """Return the condition that a link's value is the key of a row; `source`, `goal` are the tables' aliases.

    Values of one kind are compared as they are, others as texts; several key fields are joined by `/`, with
    `%` and `/` in them percent-encoded, as in an event's subject. Says nothing of the field that chooses
    among several targets: see `choice_condition`.
    """
    if len(target.keys) == 1 and target.keys[0].kind is field.kind:
        return f'"{goal}"."{target.keys[0].name}" = "{source}"."{field.name}"'
    return f"{key_text(target, goal)} = {as_text(source, field)}"


def choice_condition(by: Field, values: Iterable[object], source: str = "s") -> str:
    """Return the condition that the field which chooses among a link's targets has one of these values."""
    listed = ", ".join(literal(value, by.kind) for value in values)
    return f'"{source}"."{by.name}" IN ({listed})'


def key_text(target: Shape, alias: str) -> str:
    """Return the text of an entity's key as events have it in their subject."""
    texts = [as_text(alias, field) for field in target.keys]
    if len(texts) == 1:
        return texts[0]
    return " || '/' || ".join(f"REPLACE(REPLACE({text}, '%', '%25'), '/', '%2F')" for text in texts)


def as_text(alias: str, field: Field) -> str:
    """Return a column as the text that events have for its values.

    Moments and times have six digits after the point, decimals all that their column declares and one before
    it; those that declare none have no zeros at their end.
    """
    name = f'"{alias}"."{field.name}"'
    text = f"CAST({name} AS VARCHAR)"
    match field.kind:
        case Kind.TIMESTAMP:
            there = f"{name} AT TIME ZONE 'UTC'"
            return f"STRFTIME({there}, '%Y-%m-%d') || 'T' || STRFTIME({there}, '%H:%M:%S.%f') || 'Z'"
        case Kind.DATE:
            return f"CAST(CAST({name} AS DATE) AS VARCHAR)"  # told apart where texts of days are others
        case Kind.TIME:
            return f"RPAD(CASE WHEN LENGTH({text}) = 8 THEN {text} || '.' ELSE {text} END, 15, '0')"
        case Kind.DECIMAL:
            exact = f"CAST(CAST({name} AS DECIMAL({field.precision}, {field.scale})) AS VARCHAR)"
            if field.is_stripped:
                return f"RTRIM(RTRIM({exact}, '0'), '.')"
            is_fraction = field.precision == field.scale  # of which some engines write no 0 before the point
            return f"REPLACE(REPLACE({exact}, '0.', '.'), '.', '0.')" if is_fraction else exact
    return text

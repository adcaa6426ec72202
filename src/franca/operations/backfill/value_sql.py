"""SQL from what a select gives for a field to its value in the lake, and to its JSON in the store."""

from collections.abc import Callable, Sequence

from sqlglot import column

from franca.mapping.sql.casts import field_text
from franca.model.field import Field
from franca.model.kind import Kind
from franca.topics.event_decoder import INTEGER_DIGITS, is_64_bit

_Leaf = Callable[[Field, str], str]


def lake_value(field: Field, value: str) -> str:
    """Return the SQL of a value as the lake holds it, whatever is nested in it."""
    return _nested(field, value, _lake_leaf)


def json_value(field: Field, value: str) -> str:
    """Return the SQL of the JSON that the stream writes of a list or a nested value of the lake."""
    return f"CASE WHEN {value} IS NOT NULL THEN to_json({_nested(field, value, _json_leaf)})::VARCHAR END"


def _nested(field: Field, value: str, leaf: _Leaf, depth: int = 0) -> str:
    """Return the SQL of a value, each leaf of which is converted; the value itself where none has to be."""
    if field.kind is Kind.STRUCT:
        members = [(part, f'{value}."{part.name}"') for part in field.fields]
        made = [_nested(part, member, leaf, depth) for part, member in members]
        if made == [member for _, member in members]:
            return value
        return f"CASE WHEN {value} IS NOT NULL THEN {{{_pairs(field.fields, made)}}} END"
    if field.kind is Kind.LIST:
        assert field.item is not None
        each = f"item{depth}"
        item = _nested(field.item, each, leaf, depth + 1)
        return value if item == each else f"list_transform({value}, lambda {each}: {item})"
    return leaf(field, value)


def _pairs(fields: Sequence[Field], values: Sequence[str]) -> str:
    return ", ".join(f'"{field.name}": {value}' for field, value in zip(fields, values, strict=True))


def _lake_leaf(field: Field, value: str) -> str:
    match field.kind:
        case Kind.INTEGER if not is_64_bit(field):
            return f"{value}::DECIMAL({INTEGER_DIGITS}, 0)"
        case Kind.UUID:
            return f"{value}::VARCHAR"
        case Kind.TIME:
            return _text(field, value)
        case _:
            return value


def _json_leaf(field: Field, value: str) -> str:
    match field.kind:
        case Kind.INTEGER:
            return f"{value}::VARCHAR::JSON"
        case Kind.FLOAT:
            infinite = f"CASE WHEN {value} > 0 THEN 'Infinity' ELSE '-Infinity' END"
            named = f"to_json(CASE WHEN isnan({value}) THEN 'NaN' ELSE {infinite} END)"
            finite = f"WHEN isfinite({value}) THEN {value}::VARCHAR::JSON"
            return f"CASE WHEN {value} IS NULL THEN NULL {finite} ELSE {named} END"
        case Kind.DECIMAL | Kind.DATE | Kind.TIMESTAMP:
            return _text(field, value)
        case Kind.BYTES:
            return f"base64({value})"
        case _:
            return value


def _text(field: Field, value: str) -> str:
    return field_text(column("value", quoted=True), field).sql(dialect="duckdb").replace('"value"', value)

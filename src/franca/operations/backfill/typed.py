"""SQL that gives a file's column the type that the table declares, where that is beyond doubt.

Each rule has a value and a test. Where the test is not true the row is read by the stream's own decoder,
which knows every other notation, and what is wrong with it.
"""

from typing import NamedTuple

import pyarrow as pa

from franca.formats.unsent import PLACEHOLDER, UNSENT
from franca.mapping.row import type_of
from franca.mapping.sql.literals import data_type
from franca.model.field import Field
from franca.model.kind import Kind

_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_NO_YEAR_0 = "[0-9]{3}[1-9]|[0-9]{2}[1-9][0-9]|[0-9][1-9][0-9]{2}|[1-9][0-9]{3}"
_DAY = f"({_NO_YEAR_0})-[0-9]{{2}}-[0-9]{{2}}"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MOST_DIGITS = 18
_FLOAT_DIGITS = 15
_PLAIN = frozenset(Kind) - {Kind.LIST, Kind.STRUCT}
_IN_TEXT = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.TIME, Kind.TIMESTAMP})
"""What the decoder reads of a text in any file; of others only where all values are texts, as in CSV."""
_TRUE, _FALSE = ("true", "t"), ("false", "f")


class Rule(NamedTuple):
    """The SQL of a value in the declared type, and of the test that it is what the decoder would give."""

    value: str
    is_certain: str


def rule_of(field: Field, name: str, kind: pa.DataType, *, is_text: bool, is_utc: bool) -> Rule | None:
    """Return the rule for a column of a file, called `name` in SQL, None where only the decoder knows.

    `is_text` says that the values are fields of CSV, `is_utc` that moments without a zone are in UTC.
    """
    column = f'"{name}"'
    if is_text:
        rule = _of_text(field, column, is_utc=is_utc)
    elif _is_string(kind) and field.kind in _IN_TEXT:
        rule = _of_other_text(field, column, is_utc=is_utc)
    else:
        rule = _of_type(field, kind, column, is_utc=is_utc)
    if rule is None or is_special(field):
        return None
    if not field.nullable:
        return Rule(rule.value, f"({rule.is_certain}) AND {rule.value} IS NOT NULL")
    return rule


def is_special(field: Field) -> bool:
    """Return whether only the decoder knows what a column's values mean, whatever type they have in a file.

    A date style and any other unit say nothing of values that have their type, or of ISO 8601. A width is for
    the way back, and what limits a value is tested where it comes to: an entity's field.
    """
    return field.unit == "unscaled"


def rule_of_decoded(field: Field, name: str) -> Rule:
    """Return the rule for a column that the decoder has read: its values are those that it gives.

    Floats that are no numbers compare otherwise in SQL.
    """
    column = f'"{name}"'
    match field.kind:
        case Kind.UUID:
            return Rule(f"{column}::UUID", "true")
        case Kind.TEXT:
            return Rule(column, f"{column} IS NULL OR NOT contains({column}, chr(0))")
        case Kind.FLOAT:
            return Rule(column, f"{column} IS NULL OR isfinite({column})")
        case _:
            return Rule(column, "true")


def _of_type(field: Field, kind: pa.DataType, column: str, *, is_utc: bool) -> Rule | None:
    """Return the rule for a column of Arrow's."""
    absent = f"{column} IS NULL"
    is_string = _is_string(kind)
    if pa.types.is_null(kind):  # what writers make of a column without any value
        return Rule(f"{column}::{_sql_type(field)}", "true") if field.kind in _PLAIN else None
    match field.kind:
        case Kind.TEXT if is_string:
            return Rule(_trimmed(field, column), f"{absent} OR {_is_plain(column)}")
        case Kind.BYTES if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return Rule(column, f"{absent} OR {column} <> '{PLACEHOLDER}'::BLOB")
        case Kind.UUID if is_string:
            return Rule(f"TRY_CAST({column} AS UUID)", f"{absent} OR {_matches(column, _UUID)}")
        case Kind.INTEGER if pa.types.is_integer(kind):
            value = f"TRY_CAST({column} AS BIGINT)"
            return Rule(value, f"{absent} OR {value} IS NOT NULL")
        case Kind.FLOAT if pa.types.is_float32(kind) or pa.types.is_float64(kind):
            # of four bytes, the shortest number that means the same, as captures write it
            written = f"{column}::VARCHAR" if pa.types.is_float32(kind) else column
            return Rule(f"{written}::DOUBLE", f"{absent} OR isfinite({column})")
        case Kind.BOOLEAN if pa.types.is_boolean(kind):
            return Rule(column, "true")
        case Kind.DECIMAL if pa.types.is_decimal(kind) and _holds(field, kind):
            return Rule(f"{column}::{_sql_type(field)}", "true")
        case Kind.DATE if pa.types.is_date32(kind):
            return Rule(column, f"{absent} OR {column} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'")
        case Kind.TIME if pa.types.is_time(kind):
            return Rule(column, f"{absent} OR {column} BETWEEN TIME '00:00:00' AND TIME '23:59:59.999999'")
        case Kind.TIMESTAMP if pa.types.is_timestamp(kind) and (kind.tz is not None or is_utc):
            value = f"{column}::TIMESTAMPTZ"
            years = "TIMESTAMPTZ '0001-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"
            return Rule(value, f"{absent} OR {value} BETWEEN {years}")
    return None


def _of_other_text(field: Field, column: str, *, is_utc: bool) -> Rule | None:
    """Return the rule for texts among columns of other types, of which an empty one is not null."""
    rule = _of_text(field, column, is_utc=is_utc)
    return rule and Rule(rule.value, f"{column} IS NULL OR ({column} <> '' AND ({rule.is_certain}))")


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _of_text(field: Field, column: str, *, is_utc: bool) -> Rule | None:
    """Return the rule for fields of CSV: the usual notations, in which an empty field is null."""
    match field.kind:
        case Kind.TEXT:
            value = f"nullif({column}, '')" if field.nullable else column
            return Rule(_trimmed(field, value), _is_plain(column))
        case Kind.INTEGER:
            return _number(field, column, _MOST_DIGITS, 0)
        case Kind.FLOAT:
            return _number(field, column, _FLOAT_DIGITS, _FLOAT_DIGITS)
        case Kind.DECIMAL if field.precision is not None and field.scale is not None:
            return _number(field, column, field.precision - field.scale, field.scale)
        case Kind.DATE:
            pattern = _DAY
        case Kind.TIME:
            pattern = f"{_HOUR}(\\.[0-9]{{1,6}})?"
        case Kind.TIMESTAMP:
            zone = "Z?" if is_utc else "Z"
            pattern = f"{_DAY}[T ]{_HOUR}(\\.[0-9]{{1,6}})?{zone}"
        case Kind.UUID:
            pattern = _UUID
        case Kind.BOOLEAN:
            options = ", ".join(f"'{each}'" for each in ("", *_TRUE, *_FALSE))
            known = " ".join(
                f"WHEN '{t}' THEN true WHEN '{f}' THEN false" for t, f in zip(_TRUE, _FALSE, strict=True)
            )
            return Rule(f"CASE {column} {known} END", f"{column} IN ({options})")
        case _:
            return None
    value = f"TRY_CAST(nullif({column}, '') AS {_sql_type(field)})"
    return Rule(value, f"{column} = '' OR ({_matches(column, pattern)} AND {value} IS NOT NULL)")


def _number(field: Field, column: str, whole: int, places: int) -> Rule:
    """Return the rule for a number of so many digits before and behind its point; -0 is the decoder's."""
    digits = f"0|[1-9][0-9]{{0,{whole - 1}}}" if whole else "0"
    fraction = f"(\\.[0-9]{{1,{places}}})?" if places else ""
    value = f"TRY_CAST(nullif({column}, '') AS {_sql_type(field)})"
    plain = _matches(column, f"-?({digits}){fraction}")
    return Rule(value, f"{column} = '' OR ({plain} AND NOT ({column} LIKE '-%' AND {value} = 0))")


def _sql_type(field: Field) -> str:
    return data_type(type_of(field)).sql("duckdb")


def _is_plain(column: str) -> str:
    unsent = ", ".join(f"'{text}'" for text in UNSENT if isinstance(text, str))
    return f"NOT contains({column}, chr(0)) AND {column} NOT IN ({unsent})"


def _trimmed(field: Field, value: str) -> str:
    return f"rtrim({value}, ' ')" if field.trim else value


def _matches(column: str, pattern: str) -> str:
    return f"regexp_full_match({column}, '{pattern}')"


def _holds(field: Field, kind: pa.DataType) -> bool:
    """Return whether every decimal of the file's type fits the declared one as it is."""
    precision, scale = field.precision or 0, field.scale or 0
    return bool(kind.scale <= scale and kind.precision - kind.scale <= precision - scale)

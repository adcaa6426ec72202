"""SQL from what a mapping's select gives to the columns of an `events` table and a line of the store."""

from typing import Any, NamedTuple

from franca.mapping.mapping import Mapping
from franca.mapping.sql.select import SUBJECT
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.operations.backfill.piece import NUMBER
from franca.operations.backfill.value_sql import json_value, lake_value
from franca.topics.moment import time_text

PLACE = "_place"
"""The number of an item among those that a row made, from 0."""


class Stamps(NamedTuple):
    """What all events of a snapshot have in common: `topic` begins their ids, `head` their sequences.

    `time` is in microseconds since 1970, `marks` is the id under which the lake keeps where they stand.
    """

    topic: str
    head: str
    time: int
    source: str
    origin: str
    version: str
    marks: str


def columns_of(shape: Shape, stamps: Stamps, mapping: Mapping[Any, Any], slot: int) -> dict[str, str]:
    """Return the SQL of each column, in the table's order. The first item of a list has the given slot."""
    number, _, digest = stamps.version.partition("-")
    item = f" || '/' || \"{PLACE}\"" if mapping.is_list else ""
    return {
        "_event_id": f"{_text(f'{stamps.topic}/0/')} || \"{NUMBER}\" || '/{mapping.name}'{item} || '/c'",
        "_source": _text(stamps.source),
        "_type": _text(f"{shape.entity}.changed"),
        "_subject": f'"{SUBJECT}"',
        "_changed_at": f"make_timestamp({stamps.time}::BIGINT)::TIMESTAMPTZ",
        "_sequence": f"{_text(stamps.head)} || lpad(\"{NUMBER}\"::VARCHAR, 20, '0') || '.000'",
        "_origin": _text(stamps.origin),
        "_mapping": f"{number}::BIGINT",
        "_mapping_hash": _text(digest),
        "_schema": _text(f"{shape.entity}/{shape.version}"),
        **{field.name: lake_value(field, _quoted(field.name)) for field in shape.fields},
        "_partition": f'({slot} + "{PLACE}")::INTEGER',
        "_offset": f'"{NUMBER}"',
        "_topic_id": _text(stamps.marks),
    }


def line_of(shape: Shape, stamps: Stamps) -> str:
    """Return the SQL of a row as the store's COPY takes it, over the columns of `columns_of`."""
    values = [f"coalesce({_copied_field(field)}, '\\N')" for field in shape.fields]
    number, time = stamps.version.partition("-")[0], time_text(stamps.time)
    values += [
        '"_sequence"',
        _text(number),
        _copied(Kind.TEXT, '"_event_id"') if _is_odd(stamps) else '"_event_id"',
    ]
    values += [_copied(Kind.TEXT, _text(stamps.origin)), _text(time), _copied(Kind.TEXT, '"_subject"')]
    return f"concat_ws(chr(9), {', '.join(values)})"


def _is_odd(stamps: Stamps) -> bool:
    """Return whether names that stand in every id have characters that COPY wants escaped."""
    return any(character in stamps.topic for character in "\\\t\n\r")


def _quoted(name: str) -> str:
    return f'"{name}"'


def _copied_field(field: Field) -> str:
    name = _quoted(field.name)
    if field.kind not in {Kind.LIST, Kind.STRUCT}:
        return _copied(field.kind, name)
    return f"replace({json_value(field, name)}, '\\', '\\\\')"


def _copied(kind: Kind, name: str) -> str:
    match kind:
        case Kind.TEXT | Kind.ENUM:
            escaped = name
            for old, new in (
                ("'\\'", "'\\\\'"),
                ("chr(9)", "'\\t'"),
                ("chr(10)", "'\\n'"),
                ("chr(13)", "'\\r'"),
            ):
                escaped = f"replace({escaped}, {old}, {new})"
            return escaped
        case Kind.BYTES:
            return f"'\\\\x' || lower(hex({name}))"
        case Kind.TIMESTAMP:
            return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ')"
        case _:
            return f"{name}::VARCHAR"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

"""Values of a model's fields: what there is to choose from, their texts in keys, and how stores keep them."""

import json
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from franca.model.entity import Value
from franca.model.field import Field
from franca.model.kind import Kind

WIDE = Context(prec=80)
"""Digits enough for every decimal of a model."""

TEXTS = (
    *("a", "b", "A", "", " a ", "it's", 'a "quote"', "back\\slash", "a/b%", "%2F", "/", "new\nline\ttab"),
    *("ünï\u00a0😀", "e\u0301", "null", "0", "x" * 300),
)
MOMENTS = (
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(987, 6, 5, 4, 3, 2, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, 0, 120_000, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
)
CHOICES: dict[Kind, tuple[Any, ...]] = {
    Kind.TEXT: TEXTS,
    Kind.FLOAT: (0.5, -0.0, 0.0, float("nan"), float("inf"), float("-inf"), 1e308, 5e-324, 3.0),
    Kind.BOOLEAN: (True, False),
    Kind.DATE: (date(1, 1, 1), date(987, 6, 5), date(2026, 2, 28), date(9999, 12, 31)),
    Kind.TIME: (time(0), time(10, 30), time(10, 30, 0, 500_000), time(23, 59, 59, 999_999)),
    Kind.TIMESTAMP: MOMENTS,
    Kind.BYTES: (b"", b"\x00\xff", b"text", b"\\x00"),
    Kind.UUID: tuple(UUID(int=n) for n in (0, 10, 2**127 + 5, 2**128 - 1)),
}


class Side(Enum):
    """An enumeration whose texts want care."""

    LEFT = "left/%"
    RIGHT = 'it\'s "right"'
    BACK = "back\\slash\nline"
    EMPTY = ""


class Money(Value):
    """A nested value."""

    amount: Decimal | None = None
    since: datetime | None = None
    label: str | None = None


def choices(field: Field) -> tuple[Any, ...]:
    """Return the values to choose from, extreme ones among them; those of lists and structures are fixed."""
    match field.kind:
        case Kind.INTEGER if field.constraints:
            return (0, 1, -1, 2, 2**31, -(2**63), 2**63 - 1)
        case Kind.INTEGER:
            return (0, 1, -1, 2, 10**30, 10**38 - 1, -(10**38) + 1)
        case Kind.DECIMAL:
            assert field.precision is not None
            assert field.scale is not None
            most = 10**field.precision - 1
            return tuple(scaled(n, field.scale) for n in (0, 1, -5, most, -most, most // 3))
        case Kind.ENUM:
            return tuple(Side)
        case Kind.LIST:
            assert field.item is not None
            own = choices(field.item)
            return ([], [own[0]], [None, own[-1]], [own[-1], None], list(own[:3]))
        case Kind.STRUCT:
            parts = {part.name: choices(part) for part in field.fields}
            nothing = dict.fromkeys(parts)
            return (
                nothing,
                {**nothing, **{name: some[-1] for name, some in parts.items()}},
                *({**nothing, name: some[0]} for name, some in parts.items()),
            )
        case _:
            return CHOICES[field.kind]


def scaled(number: int, scale: int) -> Decimal:
    """Return a decimal of so many digits after the point."""
    sign, digits = (1 if number < 0 else 0), tuple(map(int, str(abs(number))))
    return Decimal((sign, digits, -scale))


def text_of(field: Field, value: Any) -> str:
    """Return the text of a value where it is a key or a link; see docs/how-to/query-the-lake.md."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        case time():
            return value.isoformat(timespec="microseconds")
        case Decimal():
            text = format(value.quantize(Decimal(1).scaleb(-(field.scale or 0)), context=WIDE), "f")
            return text.rstrip("0").rstrip(".") if field.is_stripped else text
        case Enum():
            return str(value.value)
    return str(value)


def subject_of(keys: tuple[Field, ...], row: dict[str, Any]) -> str:
    """Return the text of a whole key."""
    texts = [text_of(field, row[field.name]) for field in keys]
    if len(texts) == 1:
        return texts[0]
    return "/".join(text.replace("%", "%25").replace("/", "%2F") for text in texts)


def in_lake(value: Any) -> Any:
    """Return a value as the lake's tables keep it."""
    match value:
        case Enum():
            return value.value
        case UUID():
            return str(value)
        case time():
            return value.isoformat(timespec="microseconds")
        case list():
            return [in_lake(each) for each in value]
        case dict():
            return {name: in_lake(part) for name, part in value.items()}
    return value


def in_json(value: Any) -> Any:
    """Return a value as it is within JSON."""
    return json.loads(msgspec.json.encode(value))


def told(field: Field | None, value: Any) -> Any:
    """Return what tells a value from others, whichever engine gave it."""
    if field is not None and field.kind in (Kind.LIST, Kind.STRUCT) and value is not None:
        return repr(_sorted(_nested(field, value)))
    match value:
        case Enum():
            return repr(value.value)
        case time():
            return repr(value.isoformat(timespec="microseconds"))
        case UUID():
            return repr(str(value))
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Decimal():
            return str(value.normalize(WIDE))
        case bool() | None:
            return repr(value)
        case int():
            return str(Decimal(value).normalize(WIDE))
        case float():
            return repr(value + 0.0)
    return repr(value)


def _nested(field: Field, value: Any) -> Any:
    """Return a nested value whose leaves are as in JSON, whichever engine gave it."""
    if value is None:
        return None
    if field.item is not None:
        return [_nested(field.item, each) for each in value]
    if field.kind is Kind.STRUCT:
        return {part.name: _nested(part, value[part.name]) for part in field.fields}
    if field.kind is Kind.DECIMAL:
        return str(Decimal(value).normalize(WIDE))
    if field.kind is Kind.TIMESTAMP:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC).isoformat()
    return in_json(in_lake(value))


def _sorted(value: Any) -> Any:
    match value:
        case dict():
            return {name: _sorted(value[name]) for name in sorted(value)}
        case list():
            return [_sorted(each) for each in value]
    return value

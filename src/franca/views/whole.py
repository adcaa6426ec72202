"""Decimals without digits after the point are whole numbers, within lists and structures too."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pyarrow as pa

Convert: TypeAlias = Callable[[Any], Any]


def whole(kind: pa.DataType) -> Convert | None:
    """Return what makes integers of a type's whole decimals, None where it has none.

    >>> from decimal import Decimal
    >>> whole(pa.list_(pa.decimal128(38, 0)))([Decimal(1), None])
    [1, None]
    """
    made = _within(kind)
    return None if made is None else lambda value: None if value is None else made(value)


def _within(kind: pa.DataType) -> Convert | None:
    if pa.types.is_decimal(kind):
        return int if kind.scale == 0 else None
    if pa.types.is_map(kind):
        key, item = whole(kind.key_type) or _same, whole(kind.item_type) or _same
        return lambda pairs: [(key(name), item(value)) for name, value in pairs]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        each = whole(kind.value_type)
        return None if each is None else lambda values: [each(value) for value in values]
    if pa.types.is_struct(kind):
        parts = {part.name: made for part in kind if (made := whole(part.type)) is not None}
        if parts:
            return lambda value: {
                name: parts[name](part) if name in parts else part for name, part in value.items()
            }
    return None


def _same(value: Any) -> Any:
    return value

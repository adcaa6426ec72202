"""Rows to Arrow, and from there to Delta, as a plain Python program writes them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def schema(columns: Sequence[str]) -> pa.Schema:
    """Return a table's schema: text, but for what the envelope counts or dates."""
    types = {"_changed_at": pa.timestamp("us", "UTC"), "_mapping": pa.int64()}
    return pa.schema([(name, types.get(name, pa.string())) for name in columns])


def table(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Return rows, `_changed_at` in milliseconds, as an Arrow table."""
    arrays = []
    for field, values in zip(schema(columns), zip(*rows, strict=True), strict=True):
        if field.name == "_changed_at":
            arrays.append(pa.array(values, pa.timestamp("ms", "UTC")).cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema(columns))

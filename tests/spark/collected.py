"""The rows of a Spark frame as Python has them, moments in UTC whatever the machine's time zone."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def collected(frame: "DataFrame") -> list[dict[str, Any]]:
    """Return the rows; PySpark itself tells moments in local time, and not all of them."""
    moments = {name for name, kind in frame.dtypes if kind == "timestamp"}
    columns = [
        f"unix_micros(`{name}`) AS `{name}`" if name in moments else f"`{name}`" for name in frame.columns
    ]
    rows = [row.asDict(recursive=True) for row in frame.selectExpr(*columns).collect()]
    return [{name: _value(value, name in moments) for name, value in row.items()} for row in rows]


def _value(value: Any, is_moment: bool) -> Any:
    if is_moment and value is not None:
        return _BEGIN + timedelta(microseconds=value)
    return bytes(value) if isinstance(value, bytearray) else value

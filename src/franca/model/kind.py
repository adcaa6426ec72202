"""The kinds of values that tables and entities are made of."""

from enum import Enum


class Kind(Enum):
    """What a value is, apart from whether it may be null."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    BYTES = "bytes"
    UUID = "uuid"
    ENUM = "enum"
    LIST = "list"
    STRUCT = "struct"


DECIMAL_PRECISION = 38
DECIMAL_SCALE = 18
"""The digits of a decimal whose declaration does not say: 38 in all, 18 of them after the point."""

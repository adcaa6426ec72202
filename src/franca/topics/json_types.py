"""How a value of each kind stands in the JSON of events, in the words of JSON Schema."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from franca.model.kind import Kind

JSON_TYPES: Mapping[Kind, dict[str, Any]] = MappingProxyType(
    {
        Kind.TEXT: {"type": "string"},
        Kind.ENUM: {"type": "string"},
        Kind.INTEGER: {"type": "integer"},
        Kind.DECIMAL: {"type": "string"},
        Kind.FLOAT: {"type": ["number", "string"]},  # NaN and the infinities are text
        Kind.BOOLEAN: {"type": "boolean"},
        Kind.DATE: {"type": "string", "format": "date"},
        Kind.TIME: {"type": "string"},  # the format "time" wants an offset
        Kind.TIMESTAMP: {"type": "string", "format": "date-time"},
        Kind.BYTES: {"type": "string", "contentEncoding": "base64"},
        Kind.UUID: {"type": "string", "format": "uuid"},
        Kind.LIST: {"type": "array"},
        Kind.STRUCT: {"type": "object"},
    }
)

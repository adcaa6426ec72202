"""The schema that Kafka Connect writes before a payload, read once for each text of it."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import msgspec

from franca.formats.semantics import Semantic


class _Schema(msgspec.Struct):
    type: str = ""
    name: str | None = None
    field: str = ""
    fields: "list[_Schema]" = []
    items: "_Schema | None" = None
    parameters: dict[str, str] | None = None
    optional: bool | None = None


_decode = msgspec.json.Decoder(_Schema).decode


@lru_cache(maxsize=512)
def semantics_of(schema: bytes, image: str) -> Mapping[str, Semantic]:
    """Return what each column means: of the struct field `image`, or of the schema itself where it is empty.

    Raises msgspec.DecodeError for what is no schema; one without the image gives nothing.
    """
    if schema.strip() in {b"null", b"{}"}:
        return MappingProxyType({})
    found: _Schema | None = _decode(schema)
    assert found is not None
    if image:
        found = next((field for field in found.fields if field.field == image), None)
    fields = found.fields if found is not None else []
    return MappingProxyType({field.field: _semantic(field) for field in fields})


def _semantic(schema: _Schema) -> Semantic:
    parameters = schema.parameters or {}
    return Semantic(
        schema.type,
        schema.name or "",
        _number(parameters.get("scale")),
        _number(parameters.get("length")),
        item=None if schema.items is None else _semantic(schema.items),
        precision=_number(parameters.get("connect.decimal.precision")),
        is_optional=schema.optional,
    )


def _number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None

"""How values of Avro are written in JSON: as Kafka Connect does beside a schema, or to need none."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from franca.formats.moments import text_of_number
from franca.formats.numbers import DIGITS, shortest
from franca.formats.semantics import BytesForm, Semantic
from franca.formats.unfit import Unfit
from franca.schemas.avro_reader import Convert, Leaf
from franca.schemas.node import ZONED, Node, semantic_name

_UNITS = {"millis": "ms", "micros": "us", "nanos": "ns"}
_SPECIAL = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
_UUID_BYTES = 16


def connect_value(node: Node) -> Convert | None:
    """Return what writes a type's values as Kafka Connect's JSON does: bytes in base64, counts as numbers."""
    if node.kind == "long" and semantic_name(node) == ZONED:
        unit = _UNITS[node.logical.rpartition("-")[2]]
        return lambda value: _instant(value, unit)
    if node.kind == "fixed" and node.logical == "uuid":
        return _uuid
    return {"float": _float, "double": _double}.get(node.kind)


def plain_value(node: Node) -> Convert | None:
    """Return what writes a type's values so that they tell by themselves what they are."""
    semantic = Semantic(name=semantic_name(node), scale=_scale(node))
    if semantic.is_unscaled and node.kind in {"bytes", "fixed"}:
        return lambda value: _decimal(value, semantic.scale or 0)
    unit = semantic.unit
    if unit is not None and node.kind in {"int", "long"}:
        return lambda value: text_of_number(value, unit, semantic.is_time)
    return connect_value(node)


def plain_values(form: BytesForm) -> Leaf:
    """Return `plain_value` for a format that reads bytes as text of this form."""
    of_bytes = {"hex": bytes.hex, "latin-1": lambda value: value.decode("latin-1")}.get(form)

    def value(node: Node) -> Convert | None:
        return plain_value(node) or (of_bytes if node.kind in {"bytes", "fixed"} else None)

    return value


def _scale(node: Node) -> int:
    told = node.parameters.get("scale", "")
    return int(told) if told.lstrip("-").isdigit() else node.scale


def _instant(value: Any, unit: str) -> str:
    text = text_of_number(value, unit, is_time=False)
    return text if text.endswith("infinity") else text + "Z"


def _decimal(value: bytes, scale: int) -> str:
    """Return the digits of an unscaled integer, all of them, with its point."""
    if not value or len(value) > DIGITS // 2 or not -DIGITS <= scale <= DIGITS:
        raise Unfit(f"is no decimal, or one of more than {DIGITS} digits", "number-too-long")
    unscaled = int.from_bytes(value, "big", signed=True)
    return f"{Decimal(f'{unscaled}E{-scale}'):f}"


def _uuid(value: Any) -> Any:
    return str(UUID(bytes=value)) if len(value) == _UUID_BYTES else value


def _double(value: Any) -> Any:
    if value - value == 0:
        return value
    return _SPECIAL.get(value, "NaN")


def _float(value: Any) -> Any:
    """Return the shortest number that four bytes hold as this one, as Java writes it."""
    if value - value != 0:
        return _SPECIAL.get(value, "NaN")
    return shortest(value)

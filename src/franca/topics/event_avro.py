"""An event's JSON to Avro and back: what is written in one is the same in the other.

JSON is what the pipelines speak among themselves; Avro is what stands on the topic.
"""

import json
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from io import BytesIO
from typing import Any, Literal
from uuid import UUID

import msgspec

from franca.errors import RecordError, WriteError
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.schemas.avro_reader import AvroReader, Convert
from franca.schemas.frame import WriterSchema
from franca.schemas.node import Node
from franca.topics.event_decoder import INTEGER_DIGITS, is_64_bit, refusal
from franca.topics.event_schema import ENVELOPE, KIND, REQUIRED, avro_schema

_EXACT = Context(prec=1_000, traps=[Inexact, InvalidOperation, Overflow])
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_DAY_MICROSECONDS = 86_400_000_000
_JSON: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.ENUM: str,
    Kind.DECIMAL: Decimal,
    Kind.FLOAT: float | Literal["NaN", "Infinity", "-Infinity"],
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.TIME: time,
    Kind.TIMESTAMP: datetime,
    Kind.BYTES: bytes,
    Kind.UUID: UUID,
}
_encode = msgspec.json.Encoder(decimal_format="string").encode


class EventWriter:
    """Writes an entity's events, given in JSON, as Avro."""

    def __init__(self, shape: Shape) -> None:
        from fastavro import parse_schema, schemaless_writer  # in an extra

        self.schema = avro_schema(shape)
        self._write: Any = schemaless_writer
        self._parsed: Any = parse_schema(_undecimal(json.loads(self.schema)))
        data = _typed("data", shape.fields)
        fields: dict[str, Any] = {name: str if name in REQUIRED else str | None for name in ENVELOPE}
        event = typing.TypedDict("Event", {**fields, "time": datetime, "data": data}, total=False)  # type: ignore[misc]
        self._decode: Any = msgspec.json.Decoder(event).decode
        self._convert = _converter(shape.fields)

    def write(self, value: bytes) -> bytes:
        """Return an event's JSON as bytes of Avro. Raises WriteError for what the schema can't hold."""
        try:
            event = self._decode(value)
            self._convert(event["data"])
            out = BytesIO()
            self._write(out, self._parsed, event)
            return out.getvalue()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refusal(error) from error
        except (ValueError, TypeError, KeyError, ArithmeticError, OverflowError) as error:
            reason = f"a value does not fit the topic's Avro schema: {type(error).__name__}"
            raise WriteError("data", reason, "out-of-range") from error


class EventReader:
    """Reads events of Avro, by the schema that they were written by, as JSON."""

    def __init__(self, schema: WriterSchema) -> None:
        self._reader = AvroReader(schema, _leaf)
        data = self._reader.node.fields.get("data")
        self._keys = (
            frozenset(name for name, part in data.fields.items() if not part.nullable) if data else None
        )

    def read(self, data: bytes) -> bytes:
        """Return an event as JSON. Raises WriteError for data that are none."""
        try:
            event = self._reader.read(data)
            if self._keys is None or not isinstance(event.get("type"), str):
                raise WriteError("", "the value is not an event in Avro", "wrong-shape")
            if event["type"].endswith(".deleted"):
                event["data"] = {name: event["data"][name] for name in self._keys}
            return _encode(_in_order(event))
        except WriteError:
            raise
        except (ValueError, KeyError, AttributeError, TypeError, ArithmeticError) as error:
            raise WriteError(
                "data", "the value is not an event as franca writes it", "wrong-shape"
            ) from error
        except RecordError as error:
            raise WriteError(error.path, error.reason, error.code) from error


def _in_order(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its attributes as JSON has them, absent where they are null."""
    told: dict[str, Any] = {}
    event["time"] = event["time"].isoformat(timespec="microseconds").replace("+00:00", "Z")
    for name, value in event.items():
        if value is not None:
            told[name] = value
        if name == "time":
            told["datacontenttype"] = "application/json"
    return told


def _typed(name: str, fields: tuple[Field, ...]) -> Any:
    kinds = {field.name: _type(field) | None for field in fields}
    return typing.TypedDict(name, kinds, total=False)  # type: ignore[operator]  # made at run time from the model


def _type(field: Field) -> Any:
    if field.kind is Kind.LIST and field.item is not None:
        return list[_type(field.item) | None]  # type: ignore[misc]  # as above
    if field.kind is Kind.STRUCT:
        return _typed(field.name, field.fields)
    if field.kind is Kind.INTEGER:
        return int
    return _JSON[field.kind]


def _converter(fields: tuple[Field, ...]) -> Callable[[Any], None]:
    """Return what makes of an object's values, in place, those that Avro takes."""
    changes = [(field.name, change) for field in fields if (change := _convert(field)) is not None]

    def convert(data: Any) -> None:
        for name, change in changes:
            value = data.get(name)
            if value is not None:
                data[name] = change(value)

    return convert


def _convert(field: Field) -> Convert | None:
    match field.kind:
        case Kind.DECIMAL:
            return _unscaled(field.precision or 0, field.scale or 0)
        case Kind.INTEGER if not is_64_bit(field):
            return _unscaled(INTEGER_DIGITS, 0)
        case Kind.FLOAT:
            return lambda value: _SPECIAL[value] if type(value) is str else value
        case Kind.LIST:
            assert field.item is not None
            item = _convert(field.item)
            return (
                None
                if item is None
                else lambda values: [each if each is None else item(each) for each in values]
            )
        case Kind.STRUCT:
            return _struct(_converter(field.fields))
    return None


def _struct(convert: Callable[[Any], None]) -> Convert:
    def converted(value: Any) -> Any:
        convert(value)
        return value

    return converted


def _unscaled(precision: int, scale: int) -> Convert:
    largest = 10**precision

    def convert(value: Any) -> bytes:
        scaled = Decimal(value).scaleb(scale, _EXACT)
        whole = int(scaled)
        if whole != scaled or abs(whole) >= largest:
            raise ValueError
        return whole.to_bytes(whole.bit_length() // 8 + 1, "big", signed=True)

    return convert


def _undecimal(schema: Any) -> Any:
    """Return a schema whose decimals are bytes, as `_unscaled` makes them: fastavro rounds some."""
    if isinstance(schema, list):
        return [_undecimal(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("logicalType") == "decimal":
        return "bytes"
    return {name: value if name == "default" else _undecimal(value) for name, value in schema.items()}


def _leaf(node: Node) -> Convert | None:
    """Return what makes of a value of Avro the one whose JSON an event has."""
    match node.kind, node.logical:
        case ("bytes", "decimal"):
            if node.parameters.get(KIND) == Kind.INTEGER.value:
                return _integer
            return lambda value: _decimal(value, node.scale)
        case ("int", "date"):
            return lambda value: date.fromordinal(value + _EPOCH_DAY)
        case ("long", "time-micros"):
            return _clock
        case ("long", "timestamp-micros"):
            return _moment
        case ("double", _):
            return _number
    return None


def _integer(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


def _decimal(value: bytes, scale: int) -> str:
    return f"{Decimal(f'{_integer(value)}E-{scale}'):f}"


def _moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def _clock(value: int) -> time:
    if not 0 <= value < _DAY_MICROSECONDS:
        raise ValueError
    return _moment(value).time()


def _number(value: float) -> Any:
    if value - value == 0:
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"

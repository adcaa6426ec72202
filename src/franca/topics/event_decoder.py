"""Reads events of one entity from their JSON, strictly: what does not fit its model type is refused.

The types are those of docs/reference/types.md. Fields other than the key may be null or absent, because
no lineage need give them and a delete has the key only.
"""

import re
from collections.abc import Callable, Mapping
from datetime import MAXYEAR, UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from msgspec import Meta

from franca.errors import WriteError
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.markers import Range
from franca.model.shape import Shape

INT64 = (-(2**63), 2**63 - 1)
"""The integers that a 64-bit column holds."""

INTEGER_DIGITS = 38
"""Integers of any size have as many digits at most, in every store."""

MAPPING_DIGITS = 18
CACHED_MAPPINGS = 1_000

LEAVES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.ENUM: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: str,
    Kind.FLOAT: float | Literal["NaN", "Infinity", "-Infinity"],
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.TIME: Annotated[time, Meta(tz=False)],
    Kind.TIMESTAMP: Annotated[datetime, Meta(tz=True)],
    Kind.BYTES: bytes,
    Kind.UUID: UUID,
}
"""The type in which each kind of value is read; of nested ones, what they hold."""

_FRACTIONS = (Kind.TIME, Kind.TIMESTAMP)
_SOME_FINER = re.compile(rb'\.[0-9]{7}[0-9]*+["Zz+-]').search
"""Finds where a second may have more digits than any store keeps; msgspec would round it.

A sequence's longest number has a point behind it, so that few other texts are found.
"""

_DATA = b'"data":{'

_EXACT = Annotated[str, Meta(pattern=r"^[^.]*(\.[0-9]{1,6}0*([^0-9].*)?)?$")]

_PLAIN_DECIMAL = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?").fullmatch
_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?").fullmatch
_QUOTED = re.compile(r"'.*'", re.DOTALL)
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")


class Event(msgspec.Struct, gc=False):
    """The envelope of an event, with its data as its decoder made it. `time` is ISO 8601 text."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    sequence: str
    mapping: str
    data: Any
    origin: str | None = None
    dataschema: str | None = None


def mapping_number(mapping: str) -> int:
    """Return the number of a version of the mappings. Raises WriteError."""
    number = mapping.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) <= MAPPING_DIGITS):
        raise WriteError("mapping", "expected a number, a hyphen and a hash", "wrong-shape")
    return int(number)


class MappingNumbers(dict[str, int]):
    """Remembers the numbers of versions: a third of the price of a call, and every event asks."""

    def __missing__(self, mapping: str) -> int:
        """Find the number of a version that is new here. Raises WriteError."""
        if len(self) >= CACHED_MAPPINGS:
            self.clear()
        number = self[mapping] = mapping_number(mapping)
        return number


def is_64_bit(field: Field) -> bool:
    """Tell whether an integer field's range keeps it within 64 bits."""
    ranges = [each for each in field.constraints if isinstance(each, Range)]
    low = any(each.min is not None and each.min >= INT64[0] for each in ranges)  # type: ignore[operator]
    return low and any(each.max is not None and each.max <= INT64[1] for each in ranges)  # type: ignore[operator]


class EventDecoder:
    """Reads the events of one entity."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.changed = f"{shape.entity}.changed"
        self.deleted = f"{shape.entity}.deleted"
        self.numbers = MappingNumbers()
        self._moments = [field.name for field in shape.fields if field.kind is Kind.TIMESTAMP]
        self._limited = [
            (field, field.name, f"data.{field.name}")
            for field in shape.fields
            if field.kind is not Kind.TIMESTAMP and _is_limited(field)
        ]
        self._decode = msgspec.json.Decoder(event_class(data_class(shape, LEAVES))).decode
        self._require_exact = _exact(shape) if any(map(_has_fractions, shape.fields)) else None

    def decode(self, value: bytes) -> Event:
        """Return the event with `data` as an object with an attribute per field. Raises WriteError.

        Dates, times, UUIDs and bytes are Python's; decimals are text that has been checked.
        """
        try:
            event = cast("Event", self._decode(value))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refusal(error) from error
        if self._require_exact and _SOME_FINER(value, value.find(_DATA)):
            self._require_exact(value)
        if event.type != self.changed and event.type != self.deleted:
            reason = f"got {event.type!r}, expected {self.changed!r} or {self.deleted!r}"
            raise WriteError("type", reason, "wrong-type")
        self.numbers[event.mapping]  # refuses what has none
        try:
            moment = datetime.fromisoformat(event.time)
        except ValueError:
            moment = datetime.min
        if moment.tzinfo is None:
            raise WriteError("time", "expected an instant in ISO 8601 with its offset", "wrong-shape")
        if not 1 < moment.year < MAXYEAR:
            _require_year(moment, "time")
        for name in self._moments:
            found = getattr(event.data, name)
            if found is not None and not 1 < found.year < MAXYEAR:
                _require_year(found, f"data.{name}")
        for field, name, path in self._limited:
            found = getattr(event.data, name)
            if found is not None:
                _require_fit(field, found, path)
        return event


def _exact(shape: Shape) -> Callable[[bytes], None]:
    """Return what refuses events with a finer time in their data than one of microseconds."""
    leaves = {**LEAVES, **dict.fromkeys(_FRACTIONS, _EXACT)}
    decode = msgspec.json.Decoder(event_class(data_class(shape, leaves))).decode

    def require(value: bytes) -> None:
        try:
            decode(value)
        except msgspec.ValidationError as error:
            reason = "does not fit, expected at most 6 digits of a second"
            raise WriteError(refusal(error).path, reason, "out-of-range") from error

    return require


def data_class(shape: Shape, leaves: Mapping[Kind, Any]) -> type[msgspec.Struct]:
    """Return a class of an entity's data, an attribute for each field, in their order.

    `leaves` tells the type in which each kind of value is read.
    """
    return _struct(shape.name, shape.fields, {field.name for field in shape.keys}, leaves)


def event_class(data: type[msgspec.Struct], **types: Any) -> type[msgspec.Struct]:
    """Return a class like `Event` with such data, some attributes of narrower types."""
    optional = {field.name for field in msgspec.structs.fields(Event) if not field.required}
    narrower = [(name, kind, None) if name in optional else (name, kind) for name, kind in types.items()]
    return msgspec.defstruct(Event.__name__, [("data", data), *narrower], bases=(Event,), gc=False)


def refusal(error: Exception) -> WriteError:
    """Return why a record is refused; the reason names the place and the types, never the value."""
    if isinstance(error, msgspec.ValidationError):
        found = _PATH.search(str(error))
        reason = _QUOTED.sub("(hidden)", str(error)[: found.start()] if found else str(error))
        return WriteError(found["path"] if found else "", reason[:1].lower() + reason[1:], "wrong-shape")
    return WriteError("", "the value is not the JSON of an event", "not-json")


def decimal_fits(text: str, precision: int, scale: int) -> bool:
    """Tell whether a decimal's text is a finite number that a column takes without rounding.

    It is written as every store reads it: in ASCII's digits, without blanks and low lines.
    """
    plain = _PLAIN_DECIMAL(text)
    if plain is not None:
        whole, fraction = plain.groups("")
        return len(whole.lstrip("0")) <= precision - scale and len(fraction.rstrip("0")) <= scale
    if _DECIMAL(text) is None:
        return False
    try:
        _, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:  # an exponent that no processor counts to
        return False
    assert isinstance(exponent, int)
    significant = "".join(map(str, digits)).rstrip("0")
    exponent += len(digits) - len(significant)
    return not significant or (-exponent <= scale and len(significant) + exponent <= precision - scale)


def _has_fractions(field: Field) -> bool:
    """Tell whether a field holds times, of the day or others."""
    parts = (field.item,) if field.item else field.fields
    return any(map(_has_fractions, parts)) if parts else field.kind in _FRACTIONS


def _is_limited(field: Field) -> bool:
    """Tell whether a field has limits that its type in JSON does not show."""
    parts = (field.item,) if field.item else field.fields
    if parts:
        return any(map(_is_limited, parts))
    if field.kind is Kind.INTEGER:
        return not is_64_bit(field)
    return field.kind in {Kind.DECIMAL, Kind.TIMESTAMP}


def _require_fit(field: Field, value: Any, path: str) -> None:
    if value is None:
        return
    if field.kind is Kind.DECIMAL:
        precision, scale = field.precision or 0, field.scale or 0
        if not decimal_fits(value, precision, scale):
            reason = f"does not fit, expected at most {precision} digits, {scale} of them after the point"
            raise WriteError(path, reason, "out-of-range")
    elif field.kind is Kind.INTEGER:
        if abs(value) >= 10**INTEGER_DIGITS:
            raise WriteError(path, "does not fit, the number is too large", "out-of-range")
    elif field.kind is Kind.LIST and field.item is not None:
        for index, item in enumerate(value):
            _require_fit(field.item, item, f"{path}[{index}]")
    elif field.kind is Kind.STRUCT:
        for part in field.fields:
            _require_fit(part, getattr(value, part.name), f"{path}.{part.name}")
    elif field.kind is Kind.TIMESTAMP and not 1 < value.year < MAXYEAR:
        _require_year(value, path)


def _require_year(moment: datetime, path: str) -> None:
    """Refuse what lies in another year than its text says, where no calendar has that one in UTC."""
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise WriteError(path, "is in UTC outside the years 1 to 9999", "wrong-shape") from error


def _struct(
    name: str, fields: tuple[Field, ...], required: set[str], leaves: Mapping[Kind, Any]
) -> type[msgspec.Struct]:
    """Return a class with an attribute for each field, in their order."""
    kinds: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        (field.name, _type(field, leaves))
        if field.name in required
        else (field.name, _type(field, leaves) | None, None)
        for field in fields
    ]
    return msgspec.defstruct(name, kinds, gc=False, kw_only=True, forbid_unknown_fields=True)


def _type(field: Field, leaves: Mapping[Kind, Any]) -> Any:
    if field.kind is Kind.LIST and field.item is not None:
        return list[_type(field.item, leaves) | None]  # type: ignore[misc]  # made at run time from the model
    if field.kind is Kind.STRUCT:
        return _struct(field.name, field.fields, set(), leaves)
    if field.kind is Kind.INTEGER and is_64_bit(field):
        return Annotated[int, Meta(ge=INT64[0], le=INT64[1])]
    return leaves[field.kind]

"""What a column's values mean on the wire, where a message or its format tells."""

from typing import Literal, NamedTuple

from franca.formats.labels import Labels
from franca.model.kind import Kind

BytesForm = Literal["base64", "latin-1", "hex"]


class Semantic(NamedTuple):
    """A column's type in a Kafka Connect schema: its primitive type, semantic name, scale, length.

    `precision` is a decimal's count of digits, `is_optional` says whether nulls may come.

    What formats without such a schema know: `told` is the kind that a message names (it matters where no
    table says better), `is_text` says that numbers and booleans may come as text, `never_json` that they
    always do; `bytes_form` says how bytes come, `is_styled` that dates and arrays have a PostgreSQL server's
    style, and `is_set` that a list of texts is a set. `item` is what an array's items mean. `is_instant` says
    that numbers with a unit count from 1970 in UTC, for dates and times of day too, which are then those of
    the application's zone at that moment. `labels` are what the column's numbers stand for in text;
    `is_binary` says that a number's text is its bits, as `101` for 5.
    """

    type: str = ""
    name: str = ""
    scale: int | None = None
    length: int | None = None
    told: Kind | None = None
    is_text: bool = False
    never_json: bool = False
    bytes_form: BytesForm = "base64"
    is_styled: bool = False
    is_set: bool = False
    item: "Semantic | None" = None
    precision: int | None = None
    is_optional: bool | None = None
    is_instant: bool = False
    labels: Labels | None = None
    is_binary: bool = False

    @property
    def unit(self) -> str | None:
        """What a number of this type counts (`days`, `s`, `ms`, `us`, `ns`), None where it counts nothing."""
        return _UNITS.get(self.name)

    @property
    def is_unscaled(self) -> bool:
        """True for decimals written as base64 of their digits without the point."""
        return self.name == _CONNECT + "Decimal"

    @property
    def may_be_document(self) -> bool:
        """True where an object or an array may be a column's text: its schema says so, or it is Maxwell's."""
        return self.is_set or self.type in {"struct", "map", "array"}

    @property
    def is_bits(self) -> bool:
        """True for bit strings, least significant byte first."""
        return self.name == "io.debezium.data.Bits"

    @property
    def is_time(self) -> bool:
        """True for times of day, which count from midnight."""
        return self.name in _TIMES

    @property
    def is_no_moment(self) -> bool:
        """True for numbers that are no place in time: years and durations."""
        return self.name in _NO_MOMENTS

    @property
    def kind(self) -> Kind | None:
        """The kind of the column's values, None where they are to be taken as they come."""
        if self.unit is not None:
            return Kind.TIME if self.is_time else Kind.DATE if self.unit == "days" else Kind.TIMESTAMP
        return self.told or _KINDS.get(self.name)


UNKNOWN = Semantic()
_CONNECT = "org.apache.kafka.connect.data."
_DEBEZIUM = "io.debezium.time."
MOMENT = "dataworks.DATE"
"""What DataWorks calls DATE: a date, a time of day or a timestamp, as milliseconds since 1970 in UTC."""

_UNITS = {
    MOMENT: "ms",
    _CONNECT + "Date": "days",
    _CONNECT + "Time": "ms",
    _CONNECT + "Timestamp": "ms",
    _DEBEZIUM + "Date": "days",
    _DEBEZIUM + "Time": "ms",
    _DEBEZIUM + "MicroTime": "us",
    _DEBEZIUM + "NanoTime": "ns",
    _DEBEZIUM + "Timestamp": "ms",
    _DEBEZIUM + "MicroTimestamp": "us",
    _DEBEZIUM + "NanoTimestamp": "ns",
}
_TIMES = {_CONNECT + "Time", *(_DEBEZIUM + name for name in ("Time", "MicroTime", "NanoTime"))}
_NO_MOMENTS = {_DEBEZIUM + name for name in ("Year", "MicroDuration", "NanoDuration")}
_KINDS = {
    _CONNECT + "Decimal": Kind.DECIMAL,
    "io.debezium.data.VariableScaleDecimal": Kind.DECIMAL,
    "io.debezium.data.Bits": Kind.TEXT,
    _DEBEZIUM + "ZonedTimestamp": Kind.TIMESTAMP,
    _DEBEZIUM + "IsoDate": Kind.DATE,
    _DEBEZIUM + "IsoTime": Kind.TIME,
    _DEBEZIUM + "IsoTimestamp": Kind.TIMESTAMP,
}

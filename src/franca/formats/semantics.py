"""What a column's values mean on the wire, where a message's schema names it."""

from typing import NamedTuple


class Semantic(NamedTuple):
    """A column's type in a Kafka Connect schema: its primitive type, semantic name, scale, length."""

    type: str = ""
    name: str = ""
    scale: int | None = None
    length: int | None = None

    @property
    def unit(self) -> str | None:
        """What a number of this type counts (`days`, `s`, `ms`, `us`, `ns`), None where it counts nothing."""
        return _UNITS.get(self.name)

    @property
    def is_unscaled(self) -> bool:
        """True for decimals written as base64 of their digits without the point."""
        return self.name == _CONNECT + "Decimal"

    @property
    def is_bits(self) -> bool:
        """True for bit strings, least significant byte first."""
        return self.name == "io.debezium.data.Bits"

    @property
    def is_time(self) -> bool:
        """True for times of day, which count from midnight."""
        return self.name in _TIMES


UNKNOWN = Semantic()
_CONNECT = "org.apache.kafka.connect.data."
_DEBEZIUM = "io.debezium.time."
_UNITS = {
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

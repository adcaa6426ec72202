"""The format `auto`: asks each format whether a record looks like its own, and keeps to what it took."""

from collections.abc import Callable, Sequence

import msgspec

from franca.errors import DecodeError
from franca.formats.change import TOMBSTONE, Decoded, Decoder, Format, Wanted
from franca.formats.refusal import BAD_JSON, refusal
from franca.types import Record


class Auto:
    """Chooses among formats by the first record, and again when a record is refused."""

    name = "auto"

    def __init__(self, formats: Sequence[Format]) -> None:
        self._formats = formats

    def recognises(self, record: Record) -> bool:
        """Return whether any of the formats recognises the record."""
        return self.choose(record) is not None

    def table_of(self, record: Record) -> str:
        """Return the table that the record names, by the format that recognises it."""
        chosen = self.choose(record)
        return "" if chosen is None else chosen.table_of(record)

    def choose(self, record: Record) -> Format | None:
        """Return the first format that recognises the record, None where none does."""
        return next((each for each in self._formats if each.recognises(record)), None)

    def decoder(self, wanted: Wanted) -> Decoder:
        """Return a decoder that finds out by itself what the records are."""
        decoders: dict[str, Decoder] = {}
        current: Callable[[Record], Decoded] | None = None

        def decode(record: Record) -> Decoded:
            if current is not None:
                try:
                    return current(record)
                except DecodeError as error:
                    return reconsider(record, error)
            if record.value is None or record.value.strip() == b"null":
                return TOMBSTONE
            return reconsider(record, None)

        def reconsider(record: Record, error: DecodeError | None) -> Decoded:
            nonlocal current
            chosen = self.choose(record)
            if chosen is None:
                raise error or _unknown(record.value or b"")
            decoder = decoders.setdefault(chosen.name, chosen.decoder(wanted))
            if error is not None and decoder is current:
                raise error
            decoded = decoder(record)
            current = decoder
            return decoded

        return decode


def _unknown(value: bytes) -> DecodeError:
    try:
        if not value.isascii():
            value.decode()
        msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    except BAD_JSON as error:
        return refusal(value, error)
    return DecodeError("", "the message is none of the formats that are known", "unknown-format")

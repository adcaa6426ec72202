"""The format `auto`: asks each format whether a record looks like its own, and keeps to what it took."""

from collections.abc import Sequence

import msgspec

from franca.errors import DecodeError
from franca.formats.change import TOMBSTONE, Decoded, Decoder, Format, Planned, Wanted, unplanned
from franca.formats.reading import Reading
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
        return _Decoder(self, wanted)


class _Decoder:
    def __init__(self, auto: Auto, wanted: Wanted) -> None:
        self.planned: Planned = unplanned
        self.reading: Reading | None = None
        self._auto, self._wanted = auto, wanted
        self._decoders: dict[str, Decoder] = {}
        self._current: Decoder | None = None

    def __call__(self, record: Record) -> Decoded:
        if record.value is None or record.value.strip() == b"null":
            return TOMBSTONE
        if self._current is None:
            return self._reconsider(record, None)
        try:
            decoded = self._current(record)
        except DecodeError as error:
            return self._reconsider(record, error)
        self.planned, self.reading = self._current.planned, self._current.reading
        return decoded

    def _reconsider(self, record: Record, error: DecodeError | None) -> Decoded:
        chosen = self._auto.choose(record)
        if chosen is None:
            raise error or _unknown(record.value or b"")
        decoder = self._decoders.get(chosen.name)
        if decoder is None:
            decoder = self._decoders[chosen.name] = chosen.decoder(self._wanted)
        if error is not None and decoder is self._current:
            raise error
        decoded = decoder(record)
        self._current, self.planned, self.reading = decoder, decoder.planned, decoder.reading
        return decoded


def _unknown(value: bytes) -> DecodeError:
    try:
        if not value.isascii():
            value.decode()
        msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    except BAD_JSON as error:
        return refusal(value, error)
    return DecodeError("", "the message is none of the formats that are known", "unknown-format")

"""What a message's place on its topic tells: the order of arrival, and a time where the message has none."""

from franca.formats.sequence import by_offset, padded
from franca.types import Record

_PARTITIONS = 4096
ARRIVAL = "arrivals[record.partition] % record.offset"
"""The sequence by arrival as Python text for generated code, `arrivals` being `Arrivals`."""

ARRIVAL_TEXT = "f'{head[len(number)]}{number}.000'"
"""The same as text, where the offset's digits are `number` `head` being that of `Heads` for a partition."""

TIME_OF_ARRIVAL = "record.timestamp * 1000 if record.timestamp > 0 else 0"
"""`time_of_arrival` as Python text for generated code."""


class Arrivals(dict[int, bytes]):
    """The sequences of a partition's rows by arrival (`by_offset`), the offset left open."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._epoch = epoch

    def __missing__(self, partition: int) -> bytes:
        if len(self) >= _PARTITIONS:
            self.clear()
        blank = by_offset(self._epoch, Record("", partition, 0, 0, None, None))
        pattern = self[partition] = blank.replace("0" * 20, "%020d").encode()
        return pattern


class Heads(dict[int, tuple[str, ...]]):
    """How the sequences of a partition's rows by arrival begin, by the length of the offset (`padded`)."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._epoch = epoch

    def __missing__(self, partition: int) -> tuple[str, ...]:
        if len(self) >= _PARTITIONS:
            self.clear()
        blank = by_offset(self._epoch, Record("", partition, 0, 0, None, None))
        head = self[partition] = padded(blank.partition("0" * 20)[0], 20)
        return head


def arrivals(epoch: int) -> dict[str, object]:
    """Return what `ARRIVAL` and `ARRIVAL_TEXT` refer to."""
    return {"arrivals": Arrivals(epoch), "heads": Heads(epoch)}


def time_of_arrival(record: Record) -> int:
    """Return the record's time in microseconds since 1970, 0 where it has none."""
    return record.timestamp * 1000 if record.timestamp > 0 else 0

"""What of an event tells which one it is and how new: read from any entity's event, its data left alone."""

import msgspec

from franca.topics.event_decoder import MappingNumbers, refusal


class Mark(msgspec.Struct, gc=False):
    """The parts of the envelope that name an event and rank it.

    >>> mark = Mark("raw.crm.cust/0/12/phones/1/d", "phone.deleted", "0001.lsn.42.000", "3-a")
    >>> mark.trail, mark.mapper, mark.is_delete
    ('phones/1/d', 'phones', True)
    """

    id: str
    type: str
    sequence: str
    mapping: str

    @property
    def trail(self) -> str:
        """What the id has behind the raw message's position: row, mapping, item, and `c` or `d`."""
        return self.id.split("/", 3)[-1]

    @property
    def place(self) -> str:
        """The raw message's position, with which the id begins: `<topic>/<partition>/<offset>`."""
        return "/".join(self.id.split("/", 3)[:3])

    @property
    def mapper(self) -> str:
        """The mapping function that made the event."""
        return next((part for part in self.trail.split("/") if not part.isdigit()), "")

    @property
    def is_delete(self) -> bool:
        """Whether the event says that its entity is gone."""
        return self.type.endswith(".deleted")

    @property
    def rank(self) -> tuple[str, int]:
        """What decides between two events of one key: the larger is the newer. Raises WriteError."""
        return self.sequence, _numbers[self.mapping]


_decode = msgspec.json.Decoder(Mark).decode
_numbers = MappingNumbers()


def read_mark(value: bytes) -> Mark:
    """Return the mark of an event. Raises WriteError where the value is none."""
    try:
        return _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(error) from error

"""What a Kafka sink keeps in the metadata of its committed offsets: the tally, the topic's id, the epoch."""

from typing import NamedTuple

import msgspec

from franca.types import NOTHING, Tally


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """The metadata as JSON; all counts are since the pipeline's first record of that partition."""

    topic_id: str = ""
    epoch: int = 0
    read: int = 0
    written: int = 0
    dead: int = 0


class Entry(NamedTuple):
    """One partition's place in the ledger: the next offset, and what became of those before it."""

    next: int
    topic_id: str = ""
    epoch: int = 0
    tally: Tally = NOTHING

    def metadata(self) -> str:
        """Return the text to be committed beside the offset."""
        return _encode(Note(self.topic_id, self.epoch, *self.tally)).decode()


def read_entry(position: int, metadata: str | None) -> Entry:
    """Return the entry of a committed offset; of one that another tool committed only the offset counts."""
    try:
        note = _decode(metadata or "{}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        note = Note()
    return Entry(position, note.topic_id, note.epoch, Tally(note.read, note.written, note.dead))


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Note).decode

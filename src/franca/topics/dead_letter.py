"""Dead letters: a bad record with all that is needed to understand it, correct it and play it again.

Its id is deterministic, and its message key, so that a record that is read twice is listed once.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from franca.errors import DecodeError, DefinitionError, RecordError
from franca.topics.names import dead_letter_topic
from franca.topics.problem_line import writable
from franca.topics.raw_record import RecordLine, line_of, record_of
from franca.types import Message, Record

_ID = re.compile(r"[^/]*/[0-9]+/-?[0-9]+/[^/]")
"""How an id begins: topic, partition, offset, stage."""

HEAD_BYTES = 65_536
"""What is kept at most of a key or value when a letter is cut."""

REASON_CHARACTERS = 2_000
SHORTENED_BYTES = 1_024
"""Where less than this is kept of key and value, path and reason are cut as well."""


class Left(msgspec.Struct, frozen=True):
    """What is kept of a key or value too large for the topic; the whole is in the archive at its position.

    `head_base64` is its beginning: 64 KiB, or less where the topic takes less.
    """

    size: int
    sha256: str
    head_base64: str


class Discarded(msgspec.Struct, frozen=True):
    """That nobody wants a letter any more: when that was said (ISO 8601), by whom, and why."""

    at: str
    by: str
    reason: str = ""


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """One parked record. `refused_by` is the mapping or the pipeline that could not take it, where known.

    `line` is the record; with `value_left` (or `key_left`) set, that part is only its beginning. `tried` is
    how often it was tried in vain: once when it came, and in each replay since. `refused_at` is when that
    began, in milliseconds since 1970: a letter has it from the second time on that it is written, the first
    time its message's timestamp says it.
    """

    id: str
    application: str
    stage: str
    path: str
    reason: str
    code: str
    line: RecordLine = msgspec.field(name="record")
    refused_by: str = ""
    mapping: str = ""
    tried: int = msgspec.field(default_factory=lambda: 1)
    discarded: Discarded | UnsetType = UNSET
    value_left: Left | UnsetType = UNSET
    key_left: Left | UnsetType = UNSET
    headers_left: int | UnsetType = UNSET
    refused_at: int | UnsetType = UNSET

    @property
    def whole(self) -> bool:
        """True where the record is here byte for byte, False where the archive has to be asked."""
        return self.value_left is UNSET and self.key_left is UNSET and self.headers_left is UNSET

    @property
    def record(self) -> Record:
        """The record as it came; of one that is not `whole` only its position counts."""
        return record_of(self.line)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(DeadLetter).decode


def dead_letter(
    application: str, record: Record, error: RecordError, *, refused_by: str = "", mapping: str = ""
) -> Message:
    """Return the message that parks a record: topic, key (its id), value, the record in it whole.

    The id is `<topic>/<partition>/<offset>/<stage>[/<refused_by>]`. `refused_by` keeps two refusals of one
    record apart: the mapping function in the map stage; in the write stage the pipeline, or of a refused
    event what its id has behind the position. `mapping` is the version of the mappings that refused it.
    """
    parts = (record.topic, str(record.partition), str(record.offset), error.stage, refused_by)
    letter = DeadLetter(
        "/".join(part for part in parts if part),
        application,
        error.stage,
        writable(error.path),
        writable(error.reason)[:REASON_CHARACTERS],
        error.code,
        line_of(record),
        refused_by,
        mapping,
    )
    return message_of(letter)


def message_of(letter: DeadLetter) -> Message:
    """Return the message of a letter: topic, key (its id), value."""
    return dead_letter_topic(letter.application), letter.id.encode(), _encode(letter)


def refused_again(letter: DeadLetter, now: RecordError | DeadLetter) -> DeadLetter:
    """Return the letter with what is wrong with its record now, and at which stage, tried once more.

    It keeps its id, and what refused it first: that is what it is about.
    """
    return msgspec.structs.replace(
        letter,
        tried=letter.tried + 1,
        stage=now.stage,
        path=writable(now.path),
        reason=writable(now.reason)[:REASON_CHARACTERS],
        code=now.code,
        mapping=now.mapping if isinstance(now, DeadLetter) else letter.mapping,
    )


def first_stage(letter_id: str) -> str:
    """Return the stage at which a letter's record was refused when it came: it stays in the id.

    >>> first_stage("raw.crm.cust/0/17/map/individual")
    'map'
    """
    return letter_id.split("/")[3]


def fitted(message: Message, limit: int) -> Message:
    """Return a letter's message with `limit` bytes at most: ever less is kept of what is too large.

    First goes when it was refused, so that a record that fitted stays whole however often it is tried. Of a
    key or value that is cut its size and SHA-256 stay. Raises DefinitionError where not even the letter's id
    and code fit.
    """
    topic, key, value = message
    if _size(message) <= limit:
        return message
    letter = read_dead_letter(value or b"")
    letter = msgspec.structs.replace(letter, refused_at=UNSET)
    whole = topic, key, _encode(letter)
    if _size(whole) <= limit:
        return whole
    for head in _heads():
        cut = topic, key, _encode(_cut(letter, head))
        if _size(cut) <= limit:
            return cut
    raise DefinitionError.one(
        topic,
        f"the topic of dead letters takes {limit} bytes, too few for any",
        "raise its max.message.bytes",
    )


def read_dead_letter(value: bytes) -> DeadLetter:
    """Return the dead letter of a message's value. Raises DecodeError (`not-json`, `wrong-shape`)."""
    try:
        letter = _decode(value)
    except msgspec.ValidationError as error:
        raise DecodeError("", f"the dead letter is wrong: {error}", "wrong-shape") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError("", f"the dead letter is not JSON: {error}", "not-json") from error
    if not _ID.match(letter.id):
        reason = f"the dead letter is wrong: its id {letter.id!r} names no position and stage"
        raise DecodeError("id", reason, "wrong-shape")
    return letter


def letter_on(record: Record) -> DeadLetter:
    """Return the letter that a record of a topic of dead letters holds, with when it was refused.

    Raises DecodeError (`not-json`, `wrong-shape`).
    """
    letter = read_dead_letter(record.value or b"")
    if letter.refused_at is not UNSET or record.timestamp < 0:
        return letter
    return msgspec.structs.replace(letter, refused_at=record.timestamp)


def _size(message: Message) -> int:
    return len(message[1] or b"") + len(message[2] or b"")


def _heads() -> Iterator[int]:
    head = HEAD_BYTES
    while head:
        yield head
        head //= 2
    yield 0


def _cut(letter: DeadLetter, head: int) -> DeadLetter:
    """Return the letter with `head` bytes at most of what its record holds."""
    record = letter.record
    size = sum(len(name) + len(value or b"") for name, value in record.headers)
    key, key_left = _left(record.key, letter.key_left, head)
    value, value_left = _left(record.value, letter.value_left, head)
    headers = () if size > head else record.headers
    told = REASON_CHARACTERS if head >= SHORTENED_BYTES else head
    return msgspec.structs.replace(
        letter,
        path=letter.path[:told],
        reason=letter.reason[:told],
        line=line_of(msgspec.structs.replace(record, key=key, value=value, headers=headers)),
        key_left=key_left,
        value_left=value_left,
        headers_left=size if size > head else letter.headers_left,
    )


def _left(data: bytes | None, left: Left | UnsetType, head: int) -> tuple[bytes | None, Left | UnsetType]:
    if isinstance(left, Left):  # it was cut before
        return None, msgspec.structs.replace(left, head_base64=left.head_base64[: head // 3 * 4])
    if data is None or len(data) <= head:
        return data, UNSET
    return None, Left(len(data), hashlib.sha256(data).hexdigest(), b64encode(data[:head]).decode())

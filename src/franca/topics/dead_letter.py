"""Dead letters: a bad record with all that is needed to understand it, correct it and play it again.

Its id is deterministic, and its message key, so that a record that is read twice is listed once.
"""

import hashlib
from base64 import b64encode

import msgspec
from msgspec import UNSET, UnsetType

from franca.errors import DecodeError, RecordError
from franca.topics.names import dead_letter_topic
from franca.topics.problem_line import writable
from franca.topics.raw_record import RecordLine, line_of, record_of
from franca.types import Message, Record

LIMIT_BYTES = 1_000_000
"""The largest dead letter; Kafka's own default limit for a message is a little above."""

HEAD_BYTES = 65_536
REASON_CHARACTERS = 2_000


class Left(msgspec.Struct, frozen=True):
    """What is kept of a key or value too large for the topic; the whole is in the archive at its position."""

    size: int
    sha256: str
    head_base64: str


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """One parked record. `refused_by` is the mapping or the pipeline that could not take it, where known.

    `line` is the record; with `value_left` (or `key_left`) set, that part is only its first 64 KiB.
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
    value_left: Left | UnsetType = UNSET
    key_left: Left | UnsetType = UNSET
    headers_left: int | UnsetType = UNSET

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
    application: str,
    record: Record,
    error: RecordError,
    *,
    refused_by: str = "",
    mapping: str = "",
    limit: int = LIMIT_BYTES,
) -> Message:
    """Return the message that parks a record: topic, key (its id), value.

    The id is `<topic>/<partition>/<offset>/<stage>[/<refused_by>]`: `refused_by` is the mapping function in
    the map stage and the pipeline in the write stage, and keeps two refusals of one record apart. `mapping`
    is the version of the mappings that refused it. A letter over `limit` bytes keeps the first 64 KiB and
    the SHA-256 of what is too large.
    """
    name = "/".join(
        part
        for part in (record.topic, str(record.partition), str(record.offset), error.stage, refused_by)
        if part
    )
    letter = DeadLetter(
        name,
        application,
        error.stage,
        writable(error.path),
        writable(error.reason)[:REASON_CHARACTERS],
        error.code,
        line_of(record),
        refused_by,
        mapping,
    )
    value = _encode(letter)
    if len(value) > limit:
        value = _encode(_cut(letter, record))
    return dead_letter_topic(application), name.encode(), value


def read_dead_letter(value: bytes) -> DeadLetter:
    """Return the dead letter of a message's value. Raises DecodeError (`not-json`, `wrong-shape`)."""
    try:
        return _decode(value)
    except msgspec.ValidationError as error:
        raise DecodeError("", f"the dead letter is wrong: {error}", "wrong-shape") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError("", f"the dead letter is not JSON: {error}", "not-json") from error


def _cut(letter: DeadLetter, record: Record) -> DeadLetter:
    size = sum(len(name) + len(value or b"") for name, value in record.headers)
    headers = () if size > HEAD_BYTES else record.headers
    key, key_left = _left(record.key)
    value, value_left = _left(record.value)
    kept = msgspec.structs.replace(record, key=key, value=value, headers=headers)
    return msgspec.structs.replace(
        letter,
        line=line_of(kept),
        value_left=value_left,
        key_left=key_left,
        headers_left=size if size > HEAD_BYTES else UNSET,
    )


def _left(data: bytes | None) -> tuple[bytes | None, Left | UnsetType]:
    if data is None or len(data) <= HEAD_BYTES:
        return data, UNSET
    head = b64encode(data[:HEAD_BYTES]).decode()
    return None, Left(len(data), hashlib.sha256(data).hexdigest(), head)

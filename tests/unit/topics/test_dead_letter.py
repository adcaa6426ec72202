"""A dead letter holds the record byte for byte, why it was refused, and an id that repeats."""

import hashlib

import msgspec
import pytest

from franca.errors import DecodeError, MapError, RecordError, WriteError
from franca.topics.dead_letter import HEAD_BYTES, LIMIT_BYTES, dead_letter, read_dead_letter
from franca.types import Record

RECORD = Record("raw.crm.cust", 0, 7, 1_700_000_000_000, b"17", b"\xff{", (("h", None),))


def test_a_dead_letter_is_read_back_whole() -> None:
    """The reader gets the raw bytes, key, headers, position, stage, path, reason and code."""
    error = MapError("gender", "unknown code 'X'", "unknown-code")

    topic, key, value = dead_letter("crm", RECORD, error, refused_by="individual", mapping="7-3f2a9c1b")
    letter = read_dead_letter(value or b"")

    assert topic == "crm.dead-letters"
    assert key == b"raw.crm.cust/0/7/map/individual"
    assert letter.record == RECORD
    assert letter.whole
    assert (letter.stage, letter.path, letter.code) == ("map", "gender", "unknown-code")
    assert (letter.refused_by, letter.mapping) == ("individual", "7-3f2a9c1b")


@pytest.mark.parametrize(
    ("error", "refused_by", "name"),
    [
        (DecodeError("", "x", "not-json"), "", b"raw.crm.cust/0/7/decode"),
        (MapError("", "x", "y"), "customer", b"raw.crm.cust/0/7/map/customer"),
        (WriteError("", "x", "y"), "store", b"raw.crm.cust/0/7/write/store"),
    ],
)
def test_the_id_names_position_stage_and_who_refused(
    error: RecordError, refused_by: str, name: bytes
) -> None:
    """The same record refused at the same stage has the same id however often it is read."""
    first = dead_letter("crm", RECORD, error, refused_by=refused_by)
    again = dead_letter("crm", RECORD, error, refused_by=refused_by)

    assert first == again
    assert first[1] == name


def test_a_value_over_the_limit_keeps_its_head_hash_and_position() -> None:
    """A letter never exceeds the topic's limit: the archive has the rest, at the record's position."""
    big = b"x" * 2_000_000
    record = Record("raw.crm.cust", 0, 7, 1, big, big, (("h", big),))

    value = dead_letter("crm", record, DecodeError("", "x", "not-json"))[2] or b""
    letter = read_dead_letter(value)

    assert len(value) < LIMIT_BYTES
    assert not letter.whole
    assert not isinstance(letter.value_left, msgspec.UnsetType)
    assert letter.value_left.size == 2_000_000
    assert letter.value_left.sha256 == hashlib.sha256(big).hexdigest()
    assert len(letter.value_left.head_base64) == (HEAD_BYTES + 2) // 3 * 4
    assert (letter.record.topic, letter.record.partition, letter.record.offset) == ("raw.crm.cust", 0, 7)


def test_a_reason_with_lone_surrogates_is_spelled_out() -> None:
    """A reason quotes what came; what UTF-8 cannot hold is written as an escape."""
    value = dead_letter("crm", RECORD, DecodeError("a\udcff", "got '\ud800'", "not-json"))[2] or b""

    assert read_dead_letter(value).reason == "got '\\ud800'"


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"{}", b"[]"])
def test_what_is_no_dead_letter_is_a_decode_error(value: bytes) -> None:
    """The reader refuses other messages on the topic and says so."""
    with pytest.raises(DecodeError):
        read_dead_letter(value)

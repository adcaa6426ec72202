"""A dead letter holds the record byte for byte, why it was refused, and an id that repeats."""

import hashlib

import msgspec
import pytest

from franca.errors import DecodeError, DefinitionError, MapError, RecordError, WriteError
from franca.topics.dead_letter import (
    HEAD_BYTES,
    dead_letter,
    first_stage,
    fitted,
    letter_on,
    message_of,
    read_dead_letter,
    refused_again,
)
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


def test_a_letter_that_is_refused_again_says_where_and_keeps_what_it_is_about() -> None:
    """Stage, path, reason and code are of one refusal, the newest; the id and what refused first stay."""
    first, now = (
        read_dead_letter(dead_letter("crm", RECORD, error, refused_by=by, mapping=version)[2] or b"")
        for error, by, version in (
            (DecodeError("", "no JSON", "not-json"), "", "1-aa"),
            (MapError("lname", "lacks it", "absent-input"), "individual", "2-bb"),
        )
    )

    again = refused_again(first, now)

    assert (again.stage, again.path, again.reason, again.code) == ("map", "lname", "lacks it", "absent-input")
    assert (again.id, again.refused_by, again.mapping, again.tried) == (first.id, "", "2-bb", 2)
    assert first_stage(again.id) == "decode"
    too_large = refused_again(again, WriteError("", "too large", "too-large"))
    assert (too_large.stage, too_large.mapping, too_large.tried) == ("write", "2-bb", 3)


BIG = b"x" * 2_000_000
LARGE = Record("raw.crm.cust", 0, 7, 1, BIG, BIG, (("h", BIG),))


def test_a_letter_over_the_limit_keeps_head_hash_and_position() -> None:
    """A letter never exceeds the topic's limit: the archive has the rest, at the record's position."""
    value = fitted(dead_letter("crm", LARGE, DecodeError("", "x", "not-json")), 1_000_000)[2] or b""
    letter = read_dead_letter(value)

    assert len(value) < 1_000_000
    assert not letter.whole
    assert not isinstance(letter.value_left, msgspec.UnsetType)
    assert letter.value_left.size == 2_000_000
    assert letter.value_left.sha256 == hashlib.sha256(BIG).hexdigest()
    assert len(letter.value_left.head_base64) == (HEAD_BYTES + 2) // 3 * 4
    assert (letter.record.topic, letter.record.partition, letter.record.offset) == ("raw.crm.cust", 0, 7)


def test_a_letter_that_fits_is_left_alone() -> None:
    """Where the topic takes it, a letter holds its record whole, whatever its size."""
    message = dead_letter("crm", LARGE, DecodeError("", "x", "not-json"))

    assert fitted(message, 10_000_000) == message
    assert read_dead_letter(message[2] or b"").record == LARGE


@pytest.mark.parametrize("limit", [300_000, 100_000, 20_000, 3_000, 800])
def test_a_letter_is_cut_until_it_fits_and_can_be_cut_again(limit: int) -> None:
    """Topics may take little: less is kept then, never nothing; size and hash stay the record's."""
    message = dead_letter("crm", LARGE, MapError("p" * 900, "r" * 5_000, "null"), refused_by="individual")

    once = fitted(message, limit)
    letter = read_dead_letter(once[2] or b"")

    assert len(once[1] or b"") + len(once[2] or b"") <= limit
    assert (letter.id, letter.code, letter.refused_by) == (
        "raw.crm.cust/0/7/map/individual", "null", "individual",
    )  # fmt: skip
    assert not isinstance(letter.key_left, msgspec.UnsetType)
    assert (letter.key_left.size, letter.headers_left) == (2_000_000, 2_000_001)
    again = read_dead_letter(fitted(once, 690)[2] or b"")
    assert again.value_left != letter.value_left
    assert (again.id, again.whole) == (letter.id, False)


def test_a_topic_that_takes_no_letter_at_all_is_told() -> None:
    """Its owner has to raise the limit; nothing is lost silently."""
    with pytest.raises(DefinitionError, match=r"crm.dead-letters.*raise its max.message.bytes"):
        fitted(dead_letter("crm", LARGE, DecodeError("", "x", "not-json")), 100)


def test_a_reason_with_lone_surrogates_is_spelled_out() -> None:
    """A reason quotes what came; what UTF-8 cannot hold is written as an escape."""
    value = dead_letter("crm", RECORD, DecodeError("a\udcff", "got '\ud800'", "not-json"))[2] or b""

    assert read_dead_letter(value).reason == "got '\\ud800'"


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"{}", b"[]"])
def test_what_is_no_dead_letter_is_a_decode_error(value: bytes) -> None:
    """The reader refuses other messages on the topic and says so."""
    with pytest.raises(DecodeError):
        read_dead_letter(value)


@pytest.mark.parametrize("name", ["", "x", "raw.crm.cust/0", "raw.crm.cust/a/b/map", "raw.crm.cust/0/7/"])
def test_a_message_of_its_shape_that_names_no_position_is_no_dead_letter(name: str) -> None:
    """Whoever lists the letters passes it over: nothing can be said of it, or done with it."""
    _, _, value = dead_letter("crm", RECORD, DecodeError("", "x", "not-json"))

    with pytest.raises(DecodeError, match="names no position"):
        read_dead_letter((value or b"").replace(b"raw.crm.cust/0/7/decode", name.encode()))


def test_a_letter_tells_when_it_was_refused_however_often_it_is_written() -> None:
    """At first the timestamp of its message does; written again it holds that, if there is room for it."""
    topic, key, value = dead_letter("crm", RECORD, DecodeError("", "x", "not-json"))
    first = letter_on(Record(topic, 0, 5, 1_000, key, value))
    assert first.refused_at == 1_000

    again = message_of(refused_again(first, DecodeError("", "x", "not-json")))

    assert letter_on(Record(topic, 0, 6, 2_000, key, again[2])).refused_at == 1_000
    cramped = fitted(again, len(key or b"") + len(value or b""))
    assert read_dead_letter(cramped[2] or b"").whole
    assert letter_on(Record(topic, 0, 6, -1, key, cramped[2])).refused_at is msgspec.UNSET

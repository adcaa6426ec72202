"""Files are cut into records by their length, by descriptor words, in blocks, by lines, by content."""

import io

import pytest

from franca.errors import DecodeError
from franca.formats.copybook.framing import records_of
from franca.model.layouts import RecordFormat

WORDS = [b"one", b"", b"three"]


def cut(data: bytes, record_format: RecordFormat, length: int = 0) -> list[bytes | str]:
    """Return the records of a file, and the codes of those that are none."""
    pieces = records_of(io.BytesIO(data), record_format, length)
    return [piece.problem.code if piece.problem else piece.data for piece in pieces]


def described(size: int, *, is_little: bool, counted: int) -> bytes:
    """Return a descriptor word."""
    length = (size + counted).to_bytes(2, "little" if is_little else "big")
    return b"\0\0" + length if is_little else length + b"\0\0"


@pytest.mark.parametrize("record_format", ["F", "FB"])
def test_fixed_records_are_cut_by_their_length(record_format: RecordFormat) -> None:
    """A line end behind the last is none of it; a rest is a problem, and nothing is lost unsaid."""
    assert cut(b"aaabbb", record_format, 3) == [b"aaa", b"bbb"]
    assert cut(b"aaabbb\r\n", record_format, 3) == [b"aaa", b"bbb"]
    assert cut(b"aaabbbc", record_format, 3) == [b"aaa", b"bbb", "short-record"]
    assert cut(b"x" * 3_000_000, record_format, 30) == [b"x" * 30] * 100_000


def test_lines_are_records_without_their_ends() -> None:
    """Text files have a record a line."""
    assert cut(b"a\r\nbb\n\nc", "D") == [b"a", b"bb", b"", b"c"]


@pytest.mark.parametrize("is_little", [False, True])
@pytest.mark.parametrize("counted", [4, 0])
def test_descriptor_words_are_found_out_however_they_are_written(is_little: bool, counted: int) -> None:
    """z/OS counts the word itself, high byte first; copies of its files may not."""
    data = b"".join(described(len(w), is_little=is_little, counted=counted) + w for w in WORDS)

    assert cut(data, "V") == WORDS


@pytest.mark.parametrize("is_little", [False, True])
@pytest.mark.parametrize("counted", [4, 0])
@pytest.mark.parametrize("of_block", [4, 0])
def test_blocks_begin_with_a_word_of_their_own(is_little: bool, counted: int, of_block: int) -> None:
    """The words of records and of blocks may count differently."""
    block = b"".join(described(len(w), is_little=is_little, counted=counted) + w for w in WORDS)
    data = (described(len(block), is_little=is_little, counted=of_block) + block) * 3

    assert cut(data, "VB") == WORDS * 3


def test_a_file_that_ends_within_a_record_gives_those_before_it() -> None:
    """The last is a problem."""
    data = b"\0\7\0\0one\0\x09\0\0thr"

    assert cut(data, "V") == [b"one", "short-record"]


def test_what_is_no_descriptor_word_ends_the_file_with_a_problem() -> None:
    """Where the next record begins, nobody can tell."""
    assert cut(b"\0\7\0\0oneHELLO WORLD", "V") == [b"one", "record-length"]
    assert cut(b"\0\0\0\0", "VB") == ["record-length"]


def test_the_parts_of_a_spanned_record_are_put_together() -> None:
    """A first part, any number in the middle and a last one are one record, whatever blocks they are in."""
    data = b"\0\7\0\0one\0\7\1\0two\0\5\3\0-\0\7\2\0too\0\7\0\0end"

    assert cut(data, "V") == [b"one", b"two-too", b"end"]
    assert cut(b"\0\x0b\0\0\0\7\1\0two" + b"\0\x0b\0\0\0\7\2\0too", "VB") == [b"twotoo"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (b"\0\7\1\0two\0\7\0\0end", ["record-length", b"end"]),
        (b"\0\7\1\0two\0\7\1\0too\0\7\2\0end", ["record-length", b"tooend"]),
        (b"\0\7\2\0two\0\7\0\0end", ["record-length", b"end"]),
        (b"\0\7\3\0two\0\7\0\0end", ["record-length", b"end"]),
        (b"\0\7\0\0one\0\7\1\0two", [b"one", "record-length"]),
    ],
)
def test_parts_out_of_their_order_are_problems(parts: bytes, expected: list[bytes | str]) -> None:
    """A record that lacks a part is no record; those around it are read."""
    assert cut(parts, "V") == expected


def test_a_spanned_record_has_an_end() -> None:
    """Parts without a last one do not fill the memory."""
    middle = (32_760).to_bytes(2, "big") + b"\3\0" + bytes(32_756)

    got = cut(b"\0\7\1\0two" + middle * 600 + b"\0\7\0\0end", "V")

    assert (got[0], got[-1]) == ("record-length", b"end")


def test_records_of_their_own_length_follow_each_other() -> None:
    """The count in each says where it ends; after one that can't be read nothing is found."""

    def end(data: bytes) -> int:
        if data[:1] == b"x":
            raise DecodeError("N", "counts the occurrences of a table, and is no number", "bad-count")
        return 1 + int(data[:1])

    def cut_by_content(data: bytes) -> list[bytes | str]:
        pieces = records_of(io.BytesIO(data), "F", 9, end)
        return [piece.problem.code if piece.problem else piece.data for piece in pieces]

    assert cut_by_content(b"2ab0" + b"1c") == [b"2ab", b"0", b"1c"]
    assert cut_by_content(b"2abx") == [b"2ab", "bad-count"]
    assert cut_by_content(b"2ab5c") == [b"2ab", "short-record"]

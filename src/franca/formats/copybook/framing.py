"""How a file is cut into records: by their length, by descriptor words, in blocks, by lines.

A descriptor word (RDW) has the record's length in two bytes, itself counted, and two of zero; blocks begin
with one of their own (BDW). The third byte tells the parts of a spanned record (SDW), which are put together.
What does not fit is a problem of its own, and the rest is still read.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from franca.errors import DecodeError
from franca.model.layouts import RecordFormat

_CHUNK = 1 << 20
_WORD = 4
_FIRST, _LAST, _MIDDLE = 1, 2, 3
"""What the third byte says of a part; a whole record has 0."""

_LONGEST = 1 << 24


class Piece(NamedTuple):
    """One record of a file by its number, from 1, or why there is none."""

    number: int
    data: bytes
    problem: DecodeError | None = None


def records_of(
    file: BinaryIO, record_format: RecordFormat, length: int, end: Callable[[bytes], int] | None = None
) -> Iterator[Piece]:
    """Yield the records of a file. `length` is that of fixed ones; `end` finds it out where it varies."""
    if record_format in {"V", "VB"}:
        yield from _described(_Bytes(file), is_blocked=record_format == "VB")
    elif record_format == "D":
        for number, line in enumerate(file, 1):
            yield Piece(number, line.rstrip(b"\r\n"))
    elif end is not None:
        yield from _measured(_Bytes(file), length, end)
    else:
        yield from _fixed(_Bytes(file), length)


class _Bytes:
    """The bytes of a file, so many at a time. What is taken stays until more is read: to move is to copy."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._kept, self._at, self.place = file, b"", 0, 0

    def peek(self, count: int) -> bytes:
        """Return the next bytes without taking them; fewer only at the file's end."""
        while len(self._kept) - self._at < count:
            more = self._file.read(max(_CHUNK, count - len(self._kept) + self._at))
            if not more:
                break
            self._kept, self._at = self._kept[self._at :] + more, 0
        return self._kept[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Return the next bytes; fewer only at the file's end."""
        data = self.peek(count)
        self._at += len(data)
        self.place += len(data)
        return data


def _fixed(source: _Bytes, length: int) -> Iterator[Piece]:
    number = 0
    rest = b""
    while data := source.take(length * max(1, _CHUNK // length)):
        for at in range(0, len(data) - len(data) % length, length):
            number += 1
            yield Piece(number, data[at : at + length])
        rest = data[len(data) - len(data) % length :]
    if rest.strip(b"\r\n\x1a"):
        yield Piece(
            number + 1, rest, _short(f"the file ends with {len(rest)} bytes, and a record has {length}")
        )


def _measured(source: _Bytes, longest: int, end: Callable[[bytes], int]) -> Iterator[Piece]:
    """Yield records that follow each other, each as long as its counts say."""
    number = 0
    while data := source.peek(longest):
        number += 1
        try:
            size = end(data)
        except DecodeError as error:
            rest = DecodeError(
                error.path, f"{error.reason}; what follows it in the file can't be found", error.code
            )
            yield Piece(number, data, rest)
            return
        if size > len(data):
            yield Piece(number, data, _short(f"the file ends within a record of {size} bytes"))
            return
        yield Piece(number, source.take(size))


def _described(source: _Bytes, *, is_blocked: bool) -> Iterator[Piece]:
    head = source.peek(_CHUNK)
    words = found_words(head, is_whole=len(head) < _CHUNK, is_blocked=is_blocked)
    parts, block_ends = _Parts(), 0
    while word := source.peek(_WORD):
        if is_blocked and source.place >= block_ends:
            begin, size = source.place, words.block(word)
            if size < _WORD:
                yield parts.broken(word, _unfit("block", word, begin))
                return
            source.take(_WORD)
            block_ends, word = begin + _WORD + size, source.peek(_WORD)
        begin, size = source.place, words.record(word)
        if size < 0:
            yield parts.broken(word, _unfit("record", word, begin))
            return
        data = source.take(_WORD + size)[_WORD:]
        if len(data) < size:
            yield parts.broken(data, _short(f"the file ends within a record of {size} bytes"))
        else:
            yield from parts.add(data, word[0 if words.is_little else 2])
    yield from parts.rest()


class _Parts:
    """Numbers the records, and puts together the parts of those that are spanned."""

    def __init__(self) -> None:
        self._number = 0
        self._open: bytearray | None = None

    def add(self, data: bytes, part: int) -> Iterator[Piece]:
        """Yield the record that a part ends, and what is wrong with the order of the parts."""
        if part in {0, _FIRST}:
            yield from self.rest()
        if part == 0:
            yield self._piece(data)
        elif part == _FIRST:
            self._open = bytearray(data)
        elif self._open is None:
            yield self.broken(data, _out_of_place("a part of a spanned record follows no first part"))
        else:
            self._open += data
            if part == _LAST:
                whole, self._open = bytes(self._open), None
                yield self._piece(whole)
            elif len(self._open) > _LONGEST:
                yield from self.rest(f"a spanned record has more than {_LONGEST} bytes")

    def rest(self, reason: str = "a spanned record lacks its last part") -> Iterator[Piece]:
        """Yield the record whose last part did not come, as a problem."""
        if self._open is not None:
            data, self._open = bytes(self._open), None
            yield self.broken(data, _out_of_place(reason))

    def broken(self, data: bytes, problem: DecodeError) -> Piece:
        """Return what is no record."""
        return self._piece(data)._replace(problem=problem)

    def _piece(self, data: bytes) -> Piece:
        self._number += 1
        return Piece(self._number, data)


class Words(NamedTuple):
    """How descriptor words are written: the byte order, and the bytes of itself that each counts, 4 or 0."""

    is_little: bool
    of_record: int
    of_block: int

    def record(self, word: bytes) -> int:
        """Return how many bytes of a record follow its word, less than 0 for what is no such word."""
        if (
            len(word) < _WORD
            or word[1 if self.is_little else 3]
            or word[0 if self.is_little else 2] > _MIDDLE
        ):
            return -1
        return self._size(word) - self.of_record

    def block(self, word: bytes) -> int:
        """Return how many bytes of a block follow its word, less than 0 for what is no such word."""
        if len(word) < _WORD:
            return -1
        if not self.is_little and word[0] & 0x80:
            return (int.from_bytes(word, "big") & 0x7FFFFFFF) - self.of_block
        return self._size(word) - self.of_block

    def _size(self, word: bytes) -> int:
        return int.from_bytes(word[2:], "little") if self.is_little else int.from_bytes(word[:2], "big")


def found_words(head: bytes, *, is_whole: bool, is_blocked: bool) -> Words:
    """Return how a file's descriptor words are written: as z/OS writes them, unless only another way fits.

    Some copies have them in little-endian order, some do not count the word itself.
    """
    ways = [Words(is_little, of_record, of_block) for is_little in (False, True)
            for of_record in (_WORD, 0) for of_block in ((_WORD, 0) if is_blocked else (_WORD,))]  # fmt: skip
    return next((way for way in ways if _fits(way, head, is_whole, is_blocked)), ways[0])


def _fits(words: Words, head: bytes, is_whole: bool, is_blocked: bool) -> bool:
    """Return whether one descriptor word leads to the next, up to the end of what is known of the file."""
    at = block_ends = 0
    while at + _WORD <= len(head):
        if is_blocked and at >= block_ends:
            size = words.block(head[at : at + _WORD])
            at, block_ends = at + _WORD, at + _WORD + size
            if size < _WORD:
                return False
            continue
        size = words.record(head[at : at + _WORD])
        at += _WORD + size
        if size < 0 or (is_blocked and at > block_ends):
            return False
    return at == len(head) or not is_whole


def _unfit(noun: str, word: bytes, place: int) -> DecodeError:
    reason = f"has {word.hex()} at byte {place}, no descriptor word of a {noun}; what follows can't be found"
    return DecodeError("", f"the file {reason}", "record-length")


def _out_of_place(reason: str) -> DecodeError:
    return DecodeError("", reason, "record-length")


def _short(reason: str) -> DecodeError:
    return DecodeError("", reason, "short-record")

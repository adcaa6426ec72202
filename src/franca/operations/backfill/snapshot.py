"""What identifies a snapshot (content, mappings, what was said of it) and how its rows are stamped."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from franca.errors import DecodeError, UsageError
from franca.formats.taken_at import head_of_rows
from franca.formats.unfit import Unfit
from franca.topics.names import backfill_topic
from franca.types import Headers, Record

FILE = "file"
_HEAD, _FORMAT = "snapshot-head", "snapshot-format"
_PIECE = 1 << 20
_DIGITS = 16
_HEAD_DIGITS = 8
"""So much of the content's digest stands in each sequence."""


@dataclass(frozen=True, slots=True)
class Taken:
    """When and where a snapshot was taken, as far as that is said; `time` is in ms since 1970, or None."""

    time: int | None = None
    at: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file of a table's rows.

    `topic` stands in ids and dead letters where a stream has the raw topic; `digest` is the content's.
    `time` is in milliseconds since 1970, `head` begins the sequences of the rows, `told` is what was said of
    when and where it was taken, `reading` of how it is read, where it `has_readings` to choose from; `format`
    is that of the rows' raw values: a captured table's file holds plain rows. `lines` is how many lines the
    file has, and `last` the number of its last row, 0 where nobody knows. `at` is where it was taken, as far
    as that was said. Rows that are left over of another snapshot have its `topic`, and are `kept` under a
    name of their own; `numbers` are theirs.
    """

    name: str
    topic: str
    time: int
    head: str
    told: str = ""
    reading: str = ""
    has_readings: bool = False
    format: str = "auto"
    lines: int = 0
    last: int = 0
    kept: str = ""
    at: str = ""
    numbers: Sequence[int] | None = field(default=None, repr=False)

    @property
    def progress(self) -> str:
        """What is told of how far it is mapped; rows of texts are numbered by their lines."""
        return f"{'lines' if self.last and self.last == self.lines else 'rows'} of {self.name}"

    @property
    def headers(self) -> Headers:
        """What a dead letter tells of the snapshot: enough to map its row again without the file."""
        told = {FILE: self.name, _HEAD: self.head, _FORMAT: self.format}
        return tuple((name, value.encode()) for name, value in told.items())

    def marks(self, version: str) -> str:
        """Return under what is kept how far the snapshot is stored: mapped anew by each version."""
        return f"{self.kept or self.topic}@{version}" + (f"@{self.told}" if self.told else "")

    def holds(self, number: int) -> bool:
        """Return whether the row of that number may be in the file."""
        if self.numbers is None:
            return True
        place = bisect_left(self.numbers, number)
        return place < len(self.numbers) and self.numbers[place] == number


def snapshot_of_row(record: Record) -> Snapshot:
    """Return the snapshot from which a dead letter's row came. Raises DecodeError where it is not told."""
    told = {name: (value or b"").decode() for name, value in record.headers}
    if _HEAD not in told or _FORMAT not in told:
        reason = "the letter does not tell when its file was taken: load the file again, `franca backfill`"
        raise DecodeError("", reason, "no-snapshot")
    return Snapshot(told.get(FILE, ""), record.topic, record.timestamp, told[_HEAD], format=told[_FORMAT])


def snapshot_of_file(
    path: Path, table: str, epoch: int, taken: Taken, reading: str = "", beside: str = ""
) -> Snapshot:
    """Return the snapshot that a file holds. Raises UsageError for a position that is none.

    Its content names it, so that a copy of it is the same snapshot, but for what was said of when and where
    it was taken. `reading` is how it is read where that was said; `beside` is what of its rows stands in the
    names of the file's folders.
    """
    time = int(path.stat().st_mtime * 1000) if taken.time is None else taken.time
    digest, lines = _content(path, beside)
    try:
        head = head_of_rows(epoch, time * 1000, digest[:_HEAD_DIGITS], taken.at)
    except Unfit as error:
        raise UsageError.one(
            "--at", error.reason, "say where the snapshot was taken, or leave it out"
        ) from error
    said = [taken.at, "" if taken.time is None else str(taken.time), ""]
    options = hashlib.sha256("\0".join(said).encode()).hexdigest()[:8] if any(said) else ""
    topic = backfill_topic(table, digest)
    found = Snapshot(path.name, topic, max(time, 0), head, options, reading, bool(reading))
    return replace(found, lines=lines, at=taken.at)


def named_anew(snapshot: Snapshot, topic: str) -> Snapshot:
    """Return a snapshot with the topic of another, and the sequences that its rows have in that one."""
    own, its = (each.rpartition(".")[2][:_HEAD_DIGITS] for each in (snapshot.topic, topic))
    return replace(snapshot, topic=topic, head=f"{snapshot.head.removesuffix(f'{own}-')}{its}-")


def _content(path: Path, beside: str) -> tuple[str, int]:
    """Return the digest of a file's bytes and of what stands beside them, and how many lines there are."""
    found, lines, last = hashlib.sha256(), 0, b""
    for last in _pieces(path):
        found.update(last)
        lines += last.count(b"\n")
    found.update(beside.encode())
    return found.hexdigest()[:_DIGITS], lines + (last != b"" and not last.endswith(b"\n"))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece

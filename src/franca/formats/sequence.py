"""Sequences: sortable texts that order the changes of one key within one lineage.

`<epoch>.<kind>.<position in fixed width>.<ordinal>`: positions compare as text only in fixed width.
"""

import re
from functools import lru_cache

from franca.formats.unfit import Unfit
from franca.types import Record

_ONE = "[0-9a-f]{8}:[0-9a-f]{8}:(?:[0-9a-f]{4}|[0-9a-f]{16})"
_HEX_LSN = re.compile(_ONE)
"""The places of SQL Server, and of Db2, whose last part is longer."""

are_change_lsns = re.compile(f"{_ONE}-{_ONE}").fullmatch
"""Tells whether a text is two such places, in small letters, with a hyphen between."""

_REDO_ADDRESS = re.compile(r"[0-9a-f]{6}\.[0-9a-f]{8}\.[0-9a-f]{4}")
_SCN_DIGITS = 38
NO_REDO_ADDRESS = "000000.00000000.0000"
_LSN_WIDTH = 22
_LARGE_ORDINAL = 999
_TRAIL_WIDTH = 40
_FILES = 1024

_ZEROS = {
    "lsn": "0" * 20,
    "binlog": f"{0:010d}-{0:020d}-{0:010d}",
    "scn": f"{0:038d}-{0:038d}-{NO_REDO_ADDRESS}-{0:010d}",
    "cdc": f"{0:022d}-{0:022d}-{0:010d}",
    "change": f"{0:040d}",
    "oplog": f"{0:020d}-{0:020d}",
}


def by_offset(epoch: int, record: Record, row: int | None = None) -> str:
    """Return the sequence of a message that knows no position of its source: the order of arrival.

    It sorts before every kind of position, so that a table that was sent by hand may be captured later.
    `row` is the place of a row in a message that holds several.
    """
    return f"{epoch:04d}.arrival.{record.partition:06d}.{record.offset:020d}.{ordinal(row or 0)}"


def ordinal(number: int) -> str:
    """Return the text of a change's place among those with the same position; it sorts whatever its size.

    >>> ordinal(7), ordinal(998), ordinal(999)
    ('007', '998', '999.0000000999')
    """
    return f"{number:03d}" if number < _LARGE_ORDINAL else f"999.{number:010d}"


def padded(head: str, width: int) -> tuple[str, ...]:
    """Return what stands before a number of each length, so that it is filled with noughts to the width.

    A longer number has nothing there, and raises IndexError.

    >>> padded("0001.lsn.", 3)
    ('0001.lsn.000', '0001.lsn.00', '0001.lsn.0', '0001.lsn.')
    """
    return tuple(head + "0" * (width - length) for length in range(width + 1))


def before_all(epoch: int, kind: str, record: Record) -> str:
    """Return the sequence of a snapshot's row that does not say where it was taken: before every change."""
    return f"{epoch:04d}.{kind}.{_ZEROS[kind]}.{record.offset:020d}"


def ahead(epoch: int) -> str:
    """Return how the sequences of a snapshot without a position begin: before all that have one."""
    return f"{epoch:04d}.ahead."


def by_lsn(epoch: int, lsn: int, row: int | None = None) -> str:
    """Return the sequence of a PostgreSQL log position; `row` as in `by_offset`.

    >>> by_lsn(1, 123456)
    '0001.lsn.00000000000000123456.000'
    """
    return f"{epoch:04d}.lsn.{lsn:020d}.{ordinal(row or 0)}"


def by_binlog(epoch: int, file: str, position: int, row: int) -> str:
    """Return the sequence of a row in a MySQL or MariaDB log event."""
    return f"{epoch:04d}.binlog.{_file_number(file):010d}-{position:020d}-{row:010d}.000"


def by_scn(epoch: int, commit_scn: str, scn: str, redo_address: str, row: int) -> str:
    """Return the sequence of an Oracle change: by commit first, because a snapshot is taken at commits."""
    address = redo_address.strip().lower().removeprefix("0x")
    place = address if _REDO_ADDRESS.fullmatch(address) else NO_REDO_ADDRESS
    return f"{epoch:04d}.scn.{_scn(commit_scn)}-{_scn(scn)}-{place}-{row:010d}.000"


def by_change_lsn(epoch: int, commit_lsn: str, change_lsn: str, serial: int) -> str:
    """Return the sequence of a SQL Server, Db2 or Informix change."""
    return f"{epoch:04d}.cdc.{_change_lsn(commit_lsn)}-{_change_lsn(change_lsn)}-{serial:010d}.000"


def by_oplog(epoch: int, second: int, place: int) -> str:
    """Return the sequence of an entry in MongoDB's log: the second, and the place within it."""
    return f"{epoch:04d}.oplog.{second:020d}-{place:020d}.000"


def by_trail(epoch: int, position: str) -> str:
    """Return the sequence of a place in a GoldenGate trail: its file's number and the byte, as one text.

    >>> by_trail(1, "00000000020000004338")
    '0001.trail.0000000000000000000000000000020000004338.000'
    """
    if not (position.isascii() and position.isdecimal() and len(position) <= _TRAIL_WIDTH):
        raise Unfit(f"is no place in a trail: expected up to {_TRAIL_WIDTH} digits", "malformed")
    return f"{epoch:04d}.trail.{position.zfill(_TRAIL_WIDTH)}.000"


def by_change(epoch: int, number: str) -> str:
    """Return the sequence of a change that Qlik Replicate numbered (35 digits, a time before a number)."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _TRAIL_WIDTH):
        raise Unfit(f"is no change sequence: expected up to {_TRAIL_WIDTH} digits", "malformed")
    return f"{epoch:04d}.change.{number.zfill(_TRAIL_WIDTH)}.000"


class Files(dict[str, tuple[str, ...]]):
    """How the sequences of a binary log's rows begin, by its file, up to the place in it (`padded`).

    Raises Unfit for what is no file's name.
    """

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self._epoch = epoch

    def __missing__(self, file: str) -> tuple[str, ...]:
        if len(self) >= _FILES:
            self.clear()
        begin = by_binlog(self._epoch, file, 0, 0).partition("-")[0] + "-"
        begins = self[file] = padded(begin, 20)
        return begins


@lru_cache(maxsize=1024)
def _file_number(file: str) -> int:
    number = file.rpartition(".")[2]
    if not (number.isascii() and number.isdecimal() and len(number) <= 10):
        raise Unfit("is no name of a binary log: expected a number after its last dot", "malformed")
    return int(number)


def _scn(number: str) -> str:
    if not (number.isascii() and number.isdecimal() and len(number) <= _SCN_DIGITS):
        raise Unfit("is no system change number: expected up to 38 digits", "malformed")
    return number.zfill(_SCN_DIGITS)


def _change_lsn(lsn: str) -> str:
    if not lsn or lsn == "NULL":
        return "0" * _LSN_WIDTH
    if lsn.isascii() and lsn.isdecimal() and len(lsn) <= _LSN_WIDTH:
        return lsn.zfill(_LSN_WIDTH)
    if _HEX_LSN.fullmatch(lsn.lower()):
        return lsn.lower()
    raise Unfit("is no log sequence number: expected text such as 00000027:00000ac0:0002", "malformed")

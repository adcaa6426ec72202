"""Where a snapshot was taken, as users write it, and the sequences of its rows: `lsn:0/16E3778`, `scn:4711`.

A row sorts behind every change before that position and ahead of the changes at it: these may be later.
"""

from collections.abc import Callable

from franca.errors import DecodeError
from franca.formats.lsn import lsn_of
from franca.formats.sequence import (
    ahead,
    by_binlog,
    by_change,
    by_change_lsn,
    by_lsn,
    by_oplog,
    by_scn,
    by_trail,
)
from franca.formats.unfit import Unfit

_LARGEST_LSN = 2**64
_END = ".000"


def head_of_rows(epoch: int, time: int, digest: str, at: str = "") -> str:
    """Return how the sequences of a snapshot's rows begin: the row's number in 20 digits and `.000` follow.

    `time` is the snapshot's, in microseconds since 1970: it orders the snapshots of one position, and those
    without one, all of which come before every change of the epoch. Of snapshots of the same time the
    `digest` of their content decides, for all readers alike. Raises Unfit for a position that is none.

    >>> head_of_rows(1, 1_763_805_600_000_000, "42934f49")
    '0001.ahead.00001763805600000000-42934f49-'
    >>> head_of_rows(1, 5, "42934f49", "0/16E3778")
    '0001.lsn.00000000000024000376-00000000000000000005-42934f49-'
    """
    return f"{_place(epoch, at)}{max(time, 0):020d}-{digest}-"


def _place(epoch: int, at: str) -> str:
    if not at:
        return ahead(epoch)
    kind, colon, place = at.partition(":")
    if not colon and "/" in at:
        kind, place = "lsn", at
    sequence = _KINDS.get(kind)
    if sequence is None or not place:
        expected = ", ".join(f"{name}:{example}" for name, example in _EXAMPLES.items())
        raise Unfit(f"is no position: got {at!r}, expected one of {expected}", "malformed")
    return sequence(epoch, place.strip()).removesuffix(_END) + "-"


def _lsn(epoch: int, place: str) -> str:
    if place.isascii() and place.isdecimal() and int(place[:40]) < _LARGEST_LSN:
        return by_lsn(epoch, int(place))
    try:
        return by_lsn(epoch, lsn_of(place))
    except DecodeError as error:
        raise Unfit(error.reason, error.code) from error


def _binlog(epoch: int, place: str) -> str:
    file, _, position = place.rpartition(":")
    if not (position.isascii() and position.isdecimal() and len(position) <= len(str(_LARGEST_LSN))):
        raise Unfit("is no place in a binary log: expected text such as mysql-bin.000003:154", "malformed")
    return by_binlog(epoch, file, int(position), 0)


def _oplog(epoch: int, place: str) -> str:
    second, _, number = place.partition(":")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in (second, number)):
        raise Unfit("is no place in MongoDB's log: expected text such as 1763805600:1", "malformed")
    return by_oplog(epoch, int(second), int(number))


_KINDS: dict[str, Callable[[int, str], str]] = {
    "lsn": _lsn,
    "scn": lambda epoch, place: by_scn(epoch, place, "0", "", 0),
    "binlog": _binlog,
    "cdc": lambda epoch, place: by_change_lsn(epoch, place, "", 0),
    "change": by_change,
    "trail": by_trail,
    "oplog": _oplog,
}
_EXAMPLES = {
    "lsn": "0/16E3778",
    "scn": "4711",
    "binlog": "mysql-bin.000003:154",
    "cdc": "00000027:00000ac0:0002",
    "change": "20251122100000000000000000000000001",
    "trail": "00000000020000004338",
    "oplog": "1763805600:1",
}

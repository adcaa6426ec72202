"""Where a change of DataWorks stands, and when it was: its sequence number, and times in milliseconds."""

import re
from typing import Annotated, Any

import msgspec

from franca.errors import DecodeError
from franca.formats.arrival import time_of_arrival
from franca.formats.sequence import before_all, by_change, padded
from franca.formats.unfit import Unfit
from franca.types import Record

NO_PLACE = re.compile("0*|-[0-9]+")
"""Numbers that order nothing: none at all, 0, and -1, which stands with the rows of a full load."""

SEQUENCE = "f'{begins[len(change)]}{change}.000'"
"""The sequence of a change for generated code, where its number is `change`, and `place_names` are there."""

BEFORE_ALL = "f'{starts[len(number)]}{number}'"
BEFORE_ALL_BYTES = "start % record.offset"
IS_PLACE = ["if change < '1' or not change.encode().isdigit():", "    raise Unexpected"]
Moment = Annotated[int, msgspec.Meta(gt=0, le=2**63 - 1)]
NoMoment = Annotated[int, msgspec.Meta(le=0)]
_NOWHERE = Record("", 0, 0, 0, None, None)


def place_names(epoch: int) -> dict[str, Any]:
    """Return what the expressions of sequences refer to."""
    start = before_all(epoch, "change", _NOWHERE).removesuffix("0" * 20)
    return {
        "begins": padded(f"{epoch:04d}.change.", 40),
        "starts": padded(start, 20),
        "start": f"{start}%020d".encode(),
    }


def number_of(number: str | int | None) -> str:
    """Return the text of a sequence number, empty where there is none."""
    return "" if number is None else str(number)


def is_loaded(number: str | int | None, moment: int | None) -> bool:
    """Return whether an inserted row is one of a full load: it has no time at its source, or the place -1."""
    return (moment or 0) <= 0 or number_of(number)[:1] == "-"


def sequence_of(epoch: int, number: str | int | None, record: Record, path: str) -> str:
    """Return the sequence of a change; without a place of its own it comes before all that have one.

    Raises DecodeError with the path of the number.
    """
    text = number_of(number)
    try:
        return before_all(epoch, "change", record) if NO_PLACE.fullmatch(text) else by_change(epoch, text)
    except Unfit as error:
        raise DecodeError(path, error.reason, error.code) from error


def time_of(record: Record, *moments: int | None) -> int:
    """Return the first of some times that is one, in microseconds, failing that the record's."""
    for moment in moments:
        if moment is not None and moment > 0:
            return moment * 1000
    return time_of_arrival(record)

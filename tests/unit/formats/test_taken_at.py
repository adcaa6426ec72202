"""Where a snapshot was taken puts its rows between the changes before that position and those at it."""

import pytest

from franca.formats.sequence import (
    by_binlog,
    by_change,
    by_change_lsn,
    by_lsn,
    by_offset,
    by_oplog,
    by_scn,
    by_trail,
)
from franca.formats.taken_at import head_of_rows
from franca.formats.unfit import Unfit
from franca.types import Record

CASES = [
    ("lsn:256", by_lsn(1, 255), by_lsn(1, 256)),
    ("lsn:0/100", by_lsn(1, 255), by_lsn(1, 256)),
    ("0/100", by_lsn(1, 255), by_lsn(1, 256)),
    ("scn:4711", by_scn(1, "4710", "4710", "", 9), by_scn(1, "4711", "0", "", 0)),
    ("binlog:mysql-bin.000003:154", by_binlog(1, "b.3", 153, 7), by_binlog(1, "mysql-bin.000003", 154, 0)),
    (
        "cdc:00000027:00000ac0:0002",
        by_change_lsn(1, "00000027:00000ac0:0001", "00000027:00000ac0:0001", 5),
        by_change_lsn(1, "00000027:00000ac0:0002", "", 0),
    ),
    (
        "change:20251122100000000000000000000000002",
        by_change(1, "2" * 34),
        by_change(1, "20251122100000000000000000000000002"),
    ),
    ("trail:00000000020000004338", by_trail(1, "00000000020000004337"), by_trail(1, "00000000020000004338")),
    ("oplog:1763805600:2", by_oplog(1, 1763805600, 1), by_oplog(1, 1763805600, 2)),
]


@pytest.mark.parametrize(("at", "before", "same"), CASES)
def test_rows_sort_behind_what_was_before_and_ahead_of_what_is_at_the_position(
    at: str, before: str, same: str
) -> None:
    """A change at the very position may have come after the snapshot: it counts."""
    head = head_of_rows(1, 5, "42934f49", at)
    first, last = (f"{head}{row:020d}.000" for row in (1, 10**19))
    assert before < first < last < same


def test_without_a_position_rows_come_before_every_change_and_later_snapshots_behind_earlier() -> None:
    """Also before rows that arrive on a topic without a position; the epoch comes first."""
    rows = [f"{head_of_rows(1, time, 'a')}{row:020d}.000" for time in (-5, 1, 2) for row in (1, 2)]
    arrival = by_offset(1, Record("t", 0, 0, 0, None, None))
    assert rows == sorted(rows)
    assert rows[-1] < arrival < f"{head_of_rows(2, 0, 'a')}{1:020d}.000"


@pytest.mark.parametrize("at", ["", *(at for at, _, _ in CASES)])
def test_of_snapshots_of_one_position_the_later_counts_then_the_same_one_for_everybody(at: str) -> None:
    """Each row of the one beats each row of the other: lake and store never differ about two files' rows."""
    heads = [
        head_of_rows(1, 5, "42934f49", at), head_of_rows(1, 5, "a0000000", at), head_of_rows(1, 6, "0a", at)
    ]  # fmt: skip
    rows = [f"{head}{row:020d}.000" for head in heads for row in (1, 10**19)]
    assert rows == sorted(rows)


@pytest.mark.parametrize(
    "at",
    [
        "nonsense", "lsn:", ":5", "gtid:5", "lsn:-1", "lsn:x/y", f"lsn:{2**64}", "scn:12a",
        "binlog:mysql-bin.000003",
        "binlog:nofile:1", "binlog:f.1:x", "cdc:zz", "change:x", "trail:x", "oplog:5", "oplog:1:x",
    ],
)  # fmt: skip
def test_what_is_no_position_is_refused(at: str) -> None:
    """A mistyped position would order rows wrongly, and nobody would see it."""
    with pytest.raises(Unfit, match=r"expected|is no"):
        head_of_rows(1, 0, "42934f49", at)

"""Where an engine gives other offsets than Python's zones do, and how far around."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from franca.mapping.sql.zone_doubts import Probes, doubtful, probes

HOUR = 3_600


def second(year: int, month: int = 1, day: int = 1) -> int:
    """Return a day's begin in seconds since 1970."""
    return round(datetime(year, month, day, tzinfo=UTC).timestamp())


def years(asked: Probes, offsets: Sequence[int]) -> list[tuple[int, int]]:
    """Return the years in which the stretches of doubt begin and end."""
    return [(start.year, end.year) for start, end in doubtful(asked, offsets)]


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Africa/Freetown", "Asia/Gaza", "Asia/Kolkata"])
def test_both_sides_of_each_change_are_asked_of(zone: str) -> None:
    """Also of those that were taken back within the week; between two probes nothing changes."""
    asked = probes(zone)
    assert list(asked.moments) == sorted(asked.moments)
    known = ZoneInfo(zone)
    for moment, offset in zip(asked.moments, asked.offsets, strict=True):
        there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)
        assert there.astimezone(known).utcoffset() == timedelta(seconds=offset)
    changed = [
        (before, after)
        for before, after, its, next_ in zip(
            asked.moments, asked.moments[1:], asked.offsets, asked.offsets[1:], strict=False
        )
        if its != next_ and second(1840) < before < second(2110)
    ]
    assert all(after == before + 1 for before, after in changed)
    assert changed


def test_an_engine_that_agrees_leaves_no_doubts() -> None:
    """Not one second."""
    asked = probes("Europe/Zurich")
    assert doubtful(asked, asked.offsets) == []


def test_a_difference_is_in_doubt_up_to_where_the_engine_agrees_again() -> None:
    """Those with less than a year between them are one."""
    asked = probes("Europe/Zurich")
    odd = [(second(1941), second(1941, 2)), (second(1980), second(1980, 3)), (second(1980, 9), second(1981))]
    its = [
        offset + HOUR * any(start <= moment <= end for start, end in odd)
        for moment, offset in zip(asked.moments, asked.offsets, strict=True)
    ]
    assert years(asked, its) == [(1940, 1941), (1979, 1981)]


def test_what_differs_when_the_last_changes_are_differs_for_ever() -> None:
    """And what differs at first has always done."""
    asked = probes("America/Vancouver")
    late = [offset - HOUR * (moment > second(2026, 11, 1)) for moment, offset in zip(*asked, strict=True)]
    assert years(asked, late) == [(2026, 9999)]
    early = [offset - (moment < second(1884)) for moment, offset in zip(*asked, strict=True)]
    assert years(asked, early) == [(1, 1884)]
    assert doubtful(asked, early)[0][0] == datetime(1, 1, 1, tzinfo=UTC)

"""Where an engine's time zones are not those of the stream: stretches of time that are left to it.

Each engine brings zone data of its own, of another year and with other ideas of what was before 1970. Asked
for some moments, it shows where they differ. Never asks itself.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from franca.mapping.tree import Call, Tree, walk

Stretch: TypeAlias = "tuple[datetime, datetime]"
Doubts: TypeAlias = "Mapping[str, Sequence[Stretch]]"
"""Stretches of time in UTC, both ends included, by zone."""
NO_DOUBTS: Doubts = MappingProxyType({})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_DAY = 86_400
_STEP, _ASKED = 3 * _DAY, 4
"""No change of a zone is taken back within so many seconds; an engine is asked after so many such steps."""
_FAR, _YEAR = 1_278 * _DAY, 366 * _DAY
_DENSE, _SPARSE = 1840, 2110
"""The years between which zones have changes of their own: then there are the same ones year by year."""


class Probes(NamedTuple):
    """Moments of which an engine is asked, in seconds since 1970, and Python's offsets from UTC there."""

    moments: tuple[int, ...]
    offsets: tuple[int, ...]


def doubts_of(trees: Iterable[Tree], offsets: Callable[[str, Sequence[int]], Sequence[int]]) -> Doubts:
    """Return where the zones that mappings name are in doubt.

    `offsets` asks the engine for a zone's offsets from UTC at some moments, all in seconds.
    """
    asked = {zone: probes(zone) for zone in sorted(_zones(trees))}
    return {zone: doubtful(each, offsets(zone, each.moments)) for zone, each in asked.items()}


def _zones(trees: Iterable[Tree]) -> set[str]:
    """Return the zones that mappings name, without UTC, about which all agree."""
    nodes = (node for tree in trees for each in tree.expressions() for node in walk(each))
    named = (dict(node.options).get("zone") for node in nodes if isinstance(node, Call))
    return {str(zone) for zone in named if zone is not None} - {"UTC"}


@lru_cache(maxsize=64)
def probes(zone: str) -> Probes:
    """Return the moments that tell an engine's zone from Python's: both sides of each change, and others."""
    rules = _Rules(zone)
    begin, dense, sparse, end = (_second(year) for year in (1, _DENSE, _SPARSE, 9999))
    moments = [*range(begin + 2 * _DAY, dense, _FAR)]
    for number, (start, stop) in enumerate(pairwise(range(dense, sparse, _STEP))):
        moments += [] if number % _ASKED else [start]
        moments += rules.changes(start, stop)
    moments += range(sparse, end, _FAR)
    return Probes(tuple(moments), tuple(map(rules.offset, moments)))


class _Rules:
    """Python's rules of a zone."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def offset(self, moment: int) -> int:
        local = (_EPOCH + timedelta(seconds=moment)).astimezone(self._zone)
        return round((local.utcoffset() or timedelta()).total_seconds())

    def changes(self, start: int, stop: int) -> Iterator[int]:
        """Yield the last second before each change of the offset, and the first one after it."""
        last = self.offset(stop)
        while (before := self.offset(start)) != last:
            between = range(start, stop)
            place = bisect_left(
                between, True, key=lambda moment: self.offset(moment) != before
            )  # called at once
            start += place
            yield from (start - 1, start)


def doubtful(asked: Probes, offsets: Sequence[int]) -> list[Stretch]:
    """Return the stretches in which an engine that gives these offsets may differ from Python.

    Those with less than a year between them are one, and what is so when the last changes are stays so.
    """
    differs = [ours != its for ours, its in zip(asked.offsets, offsets, strict=True)]
    moments = [_FIRST, *map(_moment, asked.moments[1:-1]), _LAST]
    lasts = _moment(_second(_SPARSE) - _YEAR)
    found: list[Stretch] = []
    for (start, end), either in zip(pairwise(moments), pairwise(differs), strict=True):
        if any(either):
            end = _LAST if end > lasts else end  # noqa: PLW2901, RUF100  # how it ends
            near = found and start - found[-1][1] < timedelta(seconds=_YEAR)
            found[-1:] = [(found[-1][0], end)] if near else [*found[-1:], (start, end)]
            if end == _LAST:
                break
    return found


def _moment(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)


def _second(year: int) -> int:
    return round((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())

"""Which tables a raw topic feeds: by the tables' topic patterns, and by the table that a message names."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from franca.errors import DecodeError
from franca.formats.change import Format, ManyTables
from franca.topics.names import fits
from franca.types import Record

T = TypeVar("T")


class Route(NamedTuple, Generic[T]):
    """A table's name, the pattern of the topics that feed it (`*` is any characters), and who takes them."""

    table: str
    pattern: str
    target: T


class Routes(Generic[T]):
    """Finds the target of a record; what was found for a topic is kept."""

    def __init__(self, routes: Sequence[Route[T]], formats: Format) -> None:
        self._routes = routes
        self._formats = formats
        self._by_topic: dict[str, tuple[Route[T], ...]] = {}

    def of_topic(self, topic: str) -> tuple[Route[T], ...]:
        """Return the routes whose pattern the topic matches, the exactly named ones alone if there are."""
        known = self._by_topic.get(topic)
        if known is None:
            exact = [route for route in self._routes if route.pattern == topic]
            matching = [route for route in self._routes if fits(route.pattern, topic)]
            known = self._by_topic[topic] = tuple(exact or matching)
        return known

    def of_record(self, record: Record) -> T | None:
        """Return the first of the record's targets, None where it has none. Raises as `targets_of`."""
        return next(iter(self.targets_of(record)), None)

    def targets_of(self, record: Record) -> Sequence[T]:
        """Return the targets of a record of a topic that feeds several tables: one for each of its tables.

        None where the message is about a table that nobody declared; what is no row, as a heartbeat, any of
        them may skip. Raises DecodeError (`unknown-table`) where it names none.
        """
        routes = self.of_topic(record.topic)
        if not routes:
            reason = f"the topic {record.topic!r} feeds no table: expected one that a table's topic= matches"
            raise DecodeError("", reason, "unknown-table")
        if len(routes) == 1:
            return (routes[0].target,)
        name = self._formats.table_of(record)
        if (
            name == ""
            and isinstance(self._formats, ManyTables)
            and (names := self._formats.tables_of(record))
        ):
            found = [target for name in names if (target := _named(name, routes)) is not None]
            return [target for place, target in enumerate(found) if target not in found[:place]]
        if name == "" and self._formats.recognises(record):
            tables = ", ".join(sorted(route.table for route in routes))
            reason = f"the topic feeds {tables}, and the message names none of them: give each its own topic="
            raise DecodeError("", reason, "unknown-table")
        target = _named(name, routes) if name else routes[0].target
        return () if target is None else (target,)


def _named(name: str, routes: Sequence[Route[T]]) -> T | None:
    for spelling in (str, str.lower):
        for route in routes:
            if spelling(route.table) == spelling(name):
                return route.target
    return None

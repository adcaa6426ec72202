"""Parks records that a store can't take, before the batch that held them is stored."""

from collections.abc import Callable, Sequence

import msgspec

from franca.errors import RecordError
from franca.topics.dead_letter import dead_letter
from franca.types import Message, Record

Refused = tuple[Record, RecordError]
Park = Callable[[Sequence[Message]], None]
"""Produces messages and returns when they are durable. Raises UnavailableError."""


class _Source(msgspec.Struct):
    source: str = ""


_read = msgspec.json.Decoder(_Source).decode


class Parking:
    """Turns refused records of entity topics into dead letters of the application they came from.

    A record that does not tell its application goes to the first of `applications`. Parking a record
    twice gives the same dead letter, which is listed once. `origin` gives what came and why it is
    refused, where the store was given something else.
    """

    def __init__(
        self,
        park: Park,
        pipeline: str,
        applications: Sequence[str],
        origin: Callable[[Record, RecordError], Refused] | None = None,
    ) -> None:
        self._origin = origin
        self._park = park
        self._pipeline = pipeline
        self._applications = applications

    def add(self, refused: Sequence[Refused]) -> None:
        """Return when all are durably parked. Raises UnavailableError."""
        if refused:
            self._park([self._letter(record, error) for record, error in refused])

    def _letter(self, record: Record, error: RecordError) -> Message:
        application = self._application(record)
        if self._origin is not None:
            record, error = self._origin(record, error)
        return dead_letter(application, record, error, refused_by=self._pipeline)

    def _application(self, record: Record) -> str:
        try:
            named = _read(record.value or b"").source.partition("/")[0]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            named = ""
        return named if named in self._applications else self._applications[0]

"""Steps around the form that events have on their topics: the last before them, the first behind."""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from franca.errors import RecordError, WriteError
from franca.pipeline.refused_events import RefusedEvents
from franca.sinks.kafka import Refusal
from franca.topics.event_encoding import EventEncoder, EventOpener
from franca.types import Batch, Message, Record, Tally


class Encoding:
    """An on-ramp's step, and the form of the entities' topics given to its events.

    An event that the form can't hold goes to the dead letters with the raw record that gave it. A call raises
    UnavailableError where the registry does not answer, DefinitionError where it forbids a schema.
    """

    def __init__(
        self,
        step: Callable[[Batch[Record]], Batch[Message]],
        encoder: EventEncoder,
        refused: RefusedEvents,
    ) -> None:
        self._step = step
        self._encoder = encoder
        self._refused = refused

    def __call__(self, batch: Batch[Record]) -> Batch[Message]:
        """Return the batch's messages as their topics have them."""
        output = self._step(batch)
        written, items, parked = self._encoder.written, output.items, 0
        for place, (topic, key, value) in enumerate(items):
            if value is None:
                continue
            try:
                items[place] = (topic, key, written(topic, value))
            except WriteError as error:
                letter = self._refused(Refusal((topic, key, value), error, 0, output.records))
                assert letter is not None
                items[place] = letter
                parked += 1
        read, count, dead = output.tally
        output.tally = Tally(read, count - parked, dead + parked)
        return output


class Opening:
    """The step before a store: events as JSON, however they stand on their topics.

    What can't be opened stays as it is, and the store refuses it; `origin` knows why, and what came.
    """

    def __init__(self, opener: EventOpener) -> None:
        self._opener = opener
        self._changed: dict[int, tuple[Record, Record, WriteError | None]] = {}

    def __call__(self, batch: Batch[Record]) -> Batch[Record]:
        """Return the batch with its events opened. Raises UnavailableError."""
        opened, changed = self._opener.opened, self._changed
        changed.clear()
        items = list(batch.items)
        for place, record in enumerate(items):
            value = record.value
            if value is None or value[:1] == b"{":
                continue
            try:
                made = msgspec.structs.replace(record, value=opened(value))
                error = None
            except WriteError as reason:
                made, error = record, reason
            items[place] = made
            changed[id(made)] = made, record, error
        return replace(batch, items=items, records=batch.items)

    def origin(self, record: Record, error: RecordError) -> tuple[Record, RecordError]:
        """Return the record that came, and why it is refused, for one that the store was given."""
        _, came, reason = self._changed.get(id(record), (record, record, None))
        return came, reason or error

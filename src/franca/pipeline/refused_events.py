"""Dead letters of the events that Kafka refuses of an on-ramp, each with the raw record that gave it."""

from collections.abc import Callable, Sequence

from franca.errors import DefinitionError
from franca.pipeline.onramp import OnRamp
from franca.sinks.kafka import Refusal
from franca.topics.dead_letter import dead_letter, fitted
from franca.topics.event_mark import read_mark
from franca.topics.names import dead_letter_topic
from franca.types import Message, Record


class RefusedEvents:
    """Parks what an application's on-ramp could not write; called by its sink for each refused message.

    A dead letter is never parked: it is cut to what its topic takes. A tombstone is left out, because the
    delete before it says the same. `opened` makes JSON of an event as it stands on its topic, where that is
    another form.
    """

    def __init__(
        self, application: str, step: OnRamp, opened: Callable[[bytes], bytes] | None = None
    ) -> None:
        self._application = application
        self._letters = dead_letter_topic(application)
        self._step = step
        self._opened = opened
        self._records: Sequence[Record] = ()
        self._origins: dict[str, Record] = {}

    def __call__(self, refusal: Refusal) -> Message | None:
        """Return the message to be written instead. Raises DefinitionError where no dead letter is taken."""
        topic, _, value = refusal.message
        if topic == self._letters:
            return self._shorter(refusal)
        if value is None:
            return None
        mark = read_mark(value if self._opened is None else self._opened(value))
        record = self._origin(mark.place, refusal.records)
        return dead_letter(
            self._application, record, refusal.error, refused_by=mark.trail, mapping=mark.mapping
        )

    def _shorter(self, refusal: Refusal) -> Message:
        shorter = fitted(refusal.message, refusal.room)
        if shorter == refusal.message:
            remedy = "give the topic the configuration that `franca topics` shows"
            raise DefinitionError.one(
                self._letters, f"it refuses a dead letter: {refusal.error.reason}", remedy
            )
        return shorter

    def _origin(self, place: str, records: Sequence[Record]) -> Record:
        """Return the record that gave an event: the batch is decoded once more, record by record."""
        if self._records is not records:
            self._records = records
            self._origins = {self._step.origin(record): record for record in records}
        return self._origins[place]

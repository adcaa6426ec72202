"""Events that have no room on their topic: the letter that each becomes."""

from collections.abc import Callable, Mapping

from franca.config.schema_registry import TopicForm
from franca.errors import RecordError
from franca.sinks.room import refused_for_size
from franca.topics.dead_letter import dead_letter
from franca.topics.event_mark import Mark, read_mark
from franca.types import Message, Record


class Room:
    """What the topics of an application's entities take; `limits` are in bytes, by topic.

    `record` gives the raw record of an event. Events are JSON; `form` is what their topics have them in.
    """

    def __init__(
        self, application: str, limits: Mapping[str, int], form: TopicForm, record: Callable[[Mark], Record]
    ) -> None:
        self._application, self._limits = application, limits
        self._form, self._record = form, record

    def letter(self, event: Message) -> Message | None:
        """Return the letter of an event that its topic can't take, as long as it is; None where it can."""
        error = self._refusal(event)
        if error is None:
            return None
        mark = read_mark(event[2] or b"")
        record = self._record(mark)
        return dead_letter(self._application, record, error, refused_by=mark.trail, mapping=mark.mapping)

    def _refusal(self, event: Message) -> RecordError | None:
        try:
            (written,) = self._form.written([event])
        except RecordError as error:
            return error
        return refused_for_size(written, self._limits)

"""The on-ramp's step: raw records of an application's tables to messages on the entities' topics.

Pure: bytes in, bytes out. What is bad goes to the dead letters and the rest goes on. Row memory and
assembly, where they are needed, are further steps between this one and the sink.
"""

from collections.abc import Mapping as Map
from collections.abc import Sequence

from franca.errors import RecordError
from franca.formats.change import decode
from franca.formats.registry import AUTO, format_named
from franca.formats.strict import Strict
from franca.mapping.application import Application
from franca.model.shape import shape_of
from franca.pipeline.routes import Route, Routes
from franca.pipeline.table_step import Problems, TableStep, write_each
from franca.topics.dead_letter import dead_letter
from franca.topics.names import raw_topic
from franca.types import Batch, Message, Record, Tally


class OnRamp:
    """Maps batches of raw records; called with a batch it returns the messages, positions and tally.

    `number` is the number of the mappings' version. `formats` gives the format of tables, by name, where
    it is not to be found out, `topics` their topics or patterns where settings say otherwise than the
    class; `strict` says to refuse an object that names a field twice. Dead letters hold their records
    whole; it is for the sink to cut what is too large for it.
    """

    def __init__(
        self,
        application: Application,
        *,
        number: int,
        formats: Map[str, str] | None = None,
        topics: Map[str, str] | None = None,
        strict: bool = False,
    ) -> None:
        self._application = application.name
        self._version = f"{number}-{application.hash}"
        routes = []
        for table in application.tables:
            shape = shape_of(table)
            chosen = format_named((formats or {}).get(shape.name, AUTO.name))
            topic = raw_topic(application.name, shape, (topics or {}).get(shape.name, ""))
            step = TableStep(application, table, self._version, Strict(chosen) if strict else chosen)
            routes.append(Route(shape.name, topic, step))
        self.topics: Sequence[str] = tuple(dict.fromkeys(route.pattern for route in routes))
        self._routes = Routes(routes, AUTO)
        self._steps: dict[str, TableStep | None] = {}

    def __call__(self, batch: Batch[Record]) -> Batch[Message]:
        """Return the batch's messages, in the order of its records."""
        out: list[Message] = []
        records, steps = batch.items, self._steps
        written = dead = at = 0
        while at < len(records):
            record = records[at]
            step = steps.get(record.topic)
            if step is not None:
                start, count = at, len(out)
                at = step.loop(records, at, out)
                written += len(out) - count
                if at == len(records):
                    break
                if at > start and records[at].topic != record.topic:
                    continue
                record = records[at]
            events, problems = self._carefully(record, step, out)
            written, dead, at = written + events, dead + problems, at + 1
        tally = Tally(len(records), written, dead)
        return Batch(out, batch.positions, batch.starts, batch.group, tally, records)

    def _carefully(self, record: Record, step: TableStep | None, out: list[Message]) -> tuple[int, int]:
        """Add the messages of any record; return how many events and how many dead letters there were."""
        written = 0
        problems: Problems = []
        try:
            for each in (step,) if step is not None else self._steps_of(record):
                written += write_each(each, decode(each.decoder, record), out, problems)
        except RecordError as error:
            problems.append(("", error))
        out += [self._dead_letter(record, error, name) for name, error in problems]
        return written, len(problems)

    def _steps_of(self, record: Record) -> Sequence[TableStep]:
        """Return the steps of the record's tables, none where nobody declared them."""
        routes = self._routes.of_topic(record.topic)
        if len(routes) == 1:
            self._steps[record.topic] = routes[0].target
        return self._routes.of_record(record)

    def _dead_letter(self, record: Record, error: RecordError, mapping: str) -> Message:
        return dead_letter(self._application, record, error, refused_by=mapping, mapping=self._version)

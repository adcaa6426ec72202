"""The on-ramp's step: raw records of an application's tables to messages on the entities' topics.

Bytes in, bytes out. What is bad goes to the dead letters and the rest goes on. Without a memory of rows it is
pure; with one, what it remembers of a batch is pending until the batch is stored.
"""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import NamedTuple

from franca.errors import RecordError
from franca.formats.change import Change, Skip, decode
from franca.formats.registry import AUTO, format_for, format_named
from franca.formats.strict import strictly
from franca.mapping.application import Application
from franca.model.shape import shape_of
from franca.pipeline.absence import EXPLAINED, explained
from franca.pipeline.routes import Route, Routes
from franca.pipeline.row_memory.codec import RowCodec
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.need import remembers
from franca.pipeline.row_memory.step import Refused, Remembering
from franca.pipeline.table_step import Problems, TableStep, write_each
from franca.schemas.frame import Schemas
from franca.topics.dead_letter import dead_letter
from franca.topics.names import raw_topic, rows_topic
from franca.types import Batch, Message, Record, Tally


class Tables(NamedTuple):
    """What settings say of an application's tables, by the tables' names.

    `formats` are their formats where these are not to be found out, `topics` their topics or patterns where
    they are not the class's, `captures` what their messages hold (`need.py`). `strict` says to refuse an
    object that names a field twice.
    """

    formats: Map[str, str] = {}
    topics: Map[str, str] = {}
    captures: Map[str, str] = {}
    strict: bool = False


AS_DECLARED = Tables()


class OnRamp:
    """Maps batches of raw records; called with a batch it returns the messages, positions and tally.

    `number` is the number of the mappings' version. With a `memory`, tables that need it remember their rows,
    each in at most `room` bytes. With `schemas`, messages may stand behind a schema registry, and a call
    raises UnavailableError where it does not answer. Dead letters hold their records whole; it is for the
    sink to cut what is too large for it.
    """

    def __init__(
        self,
        application: Application,
        *,
        number: int,
        tables: Tables = AS_DECLARED,
        memory: RowMemory | None = None,
        room: int = 1_000_000,
        schemas: Schemas | None = None,
    ) -> None:
        self._application = application.name
        self._version = f"{number}-{application.hash}"
        self._memory = memory
        self._remembering: dict[TableStep, Remembering] = {}
        routes = []
        for table in application.tables:
            shape = shape_of(table)
            chosen = format_for(table, tables.formats.get(shape.name, ""), schemas)
            chosen = strictly(chosen) if tables.strict else chosen
            topic = raw_topic(application.name, shape, tables.topics.get(shape.name, ""))
            capture = tables.captures.get(shape.name, "auto")
            remembered = memory is not None and remembers(application, table, capture)
            step = TableStep(application, table, self._version, chosen, capture, remembered)
            if memory is not None and remembered:
                codec = RowCodec(table, step.columns, room)
                rows = rows_topic(application.name, shape.name)
                self._remembering[step] = Remembering(step, codec, memory, shape.name, rows)
            routes.append(Route(shape.name, topic, step))
        self.topics: Sequence[str] = tuple(dict.fromkeys(route.pattern for route in routes))
        self._routes = Routes(routes, format_named(AUTO.name, schemas))
        self._steps: dict[str, TableStep | None] = {}

    def tables_of(self, topic: str) -> Sequence[str]:
        """Return the names of the tables that a raw topic feeds."""
        return [route.table for route in self._routes.of_topic(topic)]

    def origin(self, record: Record) -> str:
        """Return how the ids of the record's events begin, without its row: `<topic>/<partition>/<offset>`.

        Empty where the record gives none. A forwarded record's events bear the place inside.
        """
        try:
            steps = self._steps_of(record)
            decoded = decode(steps[0].decoder, record) if steps else ()
        except RecordError:
            return ""
        changes = [decoded] if isinstance(decoded, Change | Skip) else decoded
        positions = [change.position for change in changes if isinstance(change, Change)]
        return "/".join(positions[0].split("/")[:3]) if positions else ""

    def __call__(self, batch: Batch[Record]) -> Batch[Message]:
        """Return the batch's messages, in the order of its records."""
        if self._memory is not None:
            self._memory.drop()
        out: list[Message] = []
        records, steps, remembering = batch.items, self._steps, self._remembering
        written = dead = at = 0
        while at < len(records):
            record = records[at]
            step = steps.get(record.topic)
            if step in remembering:
                refused: Refused = []
                at, events = remembering[step].run(records, at, out, refused)
                out += [self._dead_letter(each, error, name) for each, name, error in refused]
                written, dead = written + events, dead + len(refused)
                continue
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
        placed = self._memory.placed() if self._memory is not None else ()
        return Batch(out, batch.positions, batch.starts, batch.group, tally, records, placed)

    def _carefully(self, record: Record, step: TableStep | None, out: list[Message]) -> tuple[int, int]:
        """Add the messages of any record; return how many events and how many dead letters there were."""
        written = 0
        problems: Problems = []
        try:
            for each in (step,) if step is not None else self._steps_of(record):
                if each in self._remembering:
                    refused: Refused = []
                    written += self._remembering[each].run([record], 0, out, refused)[1]
                    problems += [(name, error) for _, name, error in refused]
                else:
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
        return self._routes.targets_of(record)

    def _dead_letter(self, record: Record, error: RecordError, mapping: str) -> Message:
        step = self._routes.of_record(record) if error.code in EXPLAINED else None
        if step is not None:
            error = explained(error, record, step.table, step.format)
        return dead_letter(self._application, record, error, refused_by=mapping, mapping=self._version)

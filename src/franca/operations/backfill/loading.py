"""Loads snapshots batch by batch: rows are mapped, letters parked, events stored, marks moved with them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing

import msgspec

from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.config.telling import Tell
from franca.config.topics import rows_plans
from franca.errors import UsageError
from franca.model.shape import Shape, shape_of
from franca.operations.backfill.destination import STORE, TOPICS, Destination, Rows, Stored, sink_of
from franca.operations.backfill.ending import Ending
from franca.operations.backfill.mapped import RowMapping
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.publishing import Publishing
from franca.operations.backfill.readings import Readings
from franca.operations.backfill.row_step import Mapped
from franca.operations.backfill.snapshot import Snapshot
from franca.sinks.letterbox import Letterbox


class Loaded(msgspec.Struct):
    """What became of one snapshot in this run.

    `rows` were read, of which `before` were stored by an earlier run everywhere, and `refused` have a dead
    letter, for one mapping or for all; `ended` are letters of rows that are good by
    now. `events` are those that the rows gave, by entity, `stored` by place.
    """

    name: str
    snapshot: str
    rows: int = 0
    before: int = 0
    refused: int = 0
    ended: int = 0
    events: dict[str, int] = {}
    stored: dict[str, Stored] = {}

    @property
    def is_whole(self) -> bool:
        """Whether each place has stored, now or before, or has refused as many events as the rows gave."""
        made = sum(self.events.values())
        return all(each.written + each.before + each.dead == made for each in self.stored.values())


class Loading:
    """Loads snapshots of one table, given as `application.table`.

    Raises UsageError for a table whose rows are remembered, unless it `forgets` them: what a row has made is
    then withdrawn by a later change only if that tells what the row was.
    """

    def __init__(self, project: Project, table: str, *, forgets: bool = False) -> None:
        self.project = project
        self.application, self.table = project.table(table)
        self.name = table
        self._readings: Readings | None = None
        if not forgets and shape_of(self.table).name in rows_plans(project, self.application):
            reason = "its rows are remembered (`franca check` says why), and rows that are backfilled are not"
            remedy = (
                '`franca send` the file; or say capture = "full" where changes bring the whole row before; '
                "or --unremembered, and later changes that don't bring it withdraw nothing"
            )
            raise UsageError.one(table, reason, remedy)

    @property
    def shapes(self) -> list[Shape]:
        """The entities that the table gives."""
        entities = [m.entity for m in self.application.mappings if m.table is self.table]
        return [shape_of(entity) for entity in dict.fromkeys(entities)]

    def mapping(self, snapshot: Snapshot, *, with_lines: bool = False) -> RowMapping:
        """Return what maps the rows of a snapshot, `with_lines` for the store as well."""
        return RowMapping(self.project, self.application, self.table, snapshot, with_lines=with_lines)

    def load(
        self, snapshot: Snapshot, pieces: Iterable[Piece], places: Endpoints, into: Sequence[str], tell: Tell
    ) -> Loaded:
        """Store what is not stored yet of a snapshot's rows.

        Begun again after a kill or a failure it goes on where it was. Raises UnavailableError and
        DefinitionError, UsageError where rows are somewhere that were read otherwise.
        """
        mapping, hand = self.mapping(snapshot, with_lines=STORE in into), Rows()
        letterbox = Letterbox(places.cluster)
        found = Loaded(snapshot.name, snapshot.topic, stored={name: Stored() for name in into})
        with ExitStack() as stack:
            stack.callback(mapping.close)
            targets = []
            for name in into:
                sink = sink_of(self.project, places, name, self.shapes, hand)
                target = Destination(name, sink, mapping.partitions)
                stack.enter_context(closing(target))
                target.open()
                target.require(snapshot)
                targets.append(target)
            self._claim(snapshot, mapping, places)
            for target in targets:
                target.claim(snapshot)
            start = min(target.start for target in targets)
            ending = Ending(self.project, places, snapshot, self.application.name, mapping.version, start)
            for piece in _counted(pieces, start, found):
                made = mapping(piece)
                hand.take(made, piece, mapping)
                letterbox.publish(made.letters)
                ending.take(made.letters, piece.end)
                self._write(targets, made, piece.end, found)
                tell(snapshot.progress, piece.end - 1, snapshot.last)
            over = ending.ended()
            letterbox.publish(over)
            found.ended = len(over)
        return found

    def publish(self, snapshot: Snapshot, pieces: Iterable[Piece], places: Endpoints, tell: Tell) -> Loaded:
        """Bring a snapshot's events onto the topics, where they are newer than what stands there.

        Raises UnavailableError and DefinitionError, UsageError where rows are somewhere that were read
        otherwise. Begun again it publishes what is left.
        """
        letterbox = Letterbox(places.cluster)
        found = Loaded(snapshot.name, snapshot.topic)
        with ExitStack() as stack:
            mapping = stack.enter_context(closing(self.mapping(snapshot)))
            self._claim(snapshot, mapping, places)
            ending = Ending(self.project, places, snapshot, self.application.name, mapping.version, 0)
            publishing = Publishing(self.project, places, self.application.name, mapping)
            stack.enter_context(closing(publishing))
            dead = 0
            for piece in _counted(pieces, 0, found):
                made = mapping.one_by_one(piece.given(None))
                _count(found, made)
                large = publishing.take(piece, made)
                dead += len(large)
                letterbox.publish([*made.letters, *large])
                ending.take(made.letters, piece.end)
                tell(snapshot.progress, piece.end - 1, snapshot.last)
            written = publishing.publish(tell)
            over = ending.ended()
            letterbox.publish(over)
            found.ended = len(over)
        left = sum(found.events.values()) - written - dead
        found.stored = {TOPICS: Stored(written, left, dead)}
        return found

    def _claim(self, snapshot: Snapshot, mapping: RowMapping, places: Endpoints) -> None:
        if snapshot.has_readings:
            self._readings = self._readings or Readings(self.project, places.cluster)
            self._readings.claim(snapshot, mapping.version)

    def _write(self, targets: Sequence[Destination], made: Mapped, end: int, found: Loaded) -> None:
        _count(found, made)
        for target in targets:
            found.stored[target.name] += target.write(made, end)


def _count(found: Loaded, made: Mapped) -> None:
    found.refused += made.refused
    for topic in made.events:
        found.events[topic] = found.events.get(topic, 0) + made.count(topic)


def _counted(pieces: Iterable[Piece], start: int, found: Loaded) -> Iterator[Piece]:
    """Yield the pieces of which something is not stored yet, and count them all."""
    for piece in pieces:
        found.rows += piece.count
        if piece.end <= start:
            found.before += piece.count
            continue
        if piece.first < start:
            found.before += sum(row.line < start for row in piece.given(None))
        yield piece

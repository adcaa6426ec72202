"""A snapshot's rows in pieces: most mapped at once in SQL, the others by the on-ramp's own step."""

from dataclasses import replace

from franca.config.pipelines import tables_of
from franca.config.project import Project
from franca.config.schema_registry import registry_of
from franca.formats.change import Wanted
from franca.formats.registry import format_for
from franca.formats.strict import strictly
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.operations.backfill.bulk import Made, bulk_of
from franca.operations.backfill.decoded import Decoding
from franca.operations.backfill.event_columns import Stamps
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.row_step import Mapped, RowStep
from franca.operations.backfill.snapshot import Snapshot
from franca.pipeline.table_step import zone_of
from franca.topics.names import lineage

_BULK = ("auto", "plain")
"""The formats of tables whose rows are JSON objects or fields of CSV and nothing else."""


class RowMapping(RowStep):
    """Maps the rows of one snapshot in pieces, `with_lines` for the store as well.

    `stamps` is what all events have in common, `slots` the first slot of each mapping by its name.
    """

    def __init__(
        self,
        project: Project,
        application: Application,
        table: type[Table],
        snapshot: Snapshot,
        *,
        with_lines: bool,
    ) -> None:
        super().__init__(project, application, table, snapshot)
        self.stamps, self.slots = self._stamps(application, table), self._first_slots()
        can = snapshot.format in _BULK
        self._bulk = (
            bulk_of(application, table, self.stamps, self.slots, with_lines=with_lines) if can else None
        )
        mapped = [mapping for mapping in application.mappings if mapping.table is table]
        columns = frozenset().union(*(mapping.columns for mapping in mapped))
        format_ = format_for(table, snapshot.format, registry_of(project.settings.registry))
        chosen = strictly(format_) if tables_of(project, application).strict else format_
        decoder = chosen.decoder(Wanted(table, columns, epoch=application.epoch, zone=zone_of(application)))
        self._decoding = Decoding(table, columns, decoder, f"{application.epoch:04d}.arrival.")

    def _stamps(self, application: Application, table: type[Table]) -> Stamps:
        snapshot = self._snapshot
        return Stamps(
            snapshot.topic,
            snapshot.head,
            snapshot.time * 1000,
            lineage(application.name, shape_of(table).name),
            application.name,
            self.version,
            snapshot.marks(self.version),
        )

    def _first_slots(self) -> dict[str, int]:
        first: dict[str, int] = {}
        for (_, name), slot in self._slots.items():
            first.setdefault(name.partition("/")[0], slot.number)
        return first

    def __call__(self, piece: Piece) -> Mapped:
        """Return what the rows of a piece give: most at once where SQL can, the others one by one."""
        bulk = self._at_once(piece)
        if bulk is None:
            return self.one_by_one(piece.given(None))
        rows = piece.given(bulk.left) if bulk.left else ()
        assert len(rows) == len(bulk.left) == piece.count - bulk.rows, "rows are lost"
        made = self.one_by_one(rows)
        made.ready = bulk.events
        return made

    def _at_once(self, piece: Piece) -> Made | None:
        """Return what SQL gives of a piece: of its columns as the file has them, else of its decoded rows."""
        if self._bulk is None:
            return None
        made = self._bulk(piece) if piece.columns is not None else None
        if made is not None or not self._decoding.can:
            return made
        rows = piece.given(None)
        columns = self._decoding([self.record(row) for row in rows if row.problem is None])
        if not columns.num_rows:
            return None
        return self._bulk(replace(piece, columns=columns, is_text=False, is_decoded=True))

    def close(self) -> None:
        """Release what mapping in bulk holds. May be called twice."""
        if self._bulk is not None:
            self._bulk.close()

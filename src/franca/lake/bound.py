"""Up to where a view may rely on an entity's `snapshot`, whatever version of it an engine happens to see."""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.schema import Field

from franca.lake.columns import snapshot_schema
from franca.lake.location import Options
from franca.lake.position import Position, position_of
from franca.lake.tables import Tables, deleted_of, events_of, snapshot_of
from franca.lake.translation import translated
from franca.lake.united import columns_of, united
from franca.model.shape import Shape


class Bound(NamedTuple):
    """What is in an entity's snapshot for certain, and whether it has a table of deleted keys."""

    position: Position
    has_deleted: bool


def bound_of(lake_url: str, shape: Shape, options: Options) -> Bound | None:
    """Return the position of the last fold but one, None where there is nothing to rely on.

    An engine may look at the snapshot some time before it looks at the events. Where the log no longer knows
    the version before, nobody reads it any more. A snapshot that lacks columns of the model, or
    whose nested values have other parts than the events', is of no use until the next fold. Raises
    UnavailableError, and DefinitionError where a column has another type.
    """
    snapshot, deleted = snapshot_of(lake_url, shape, options), deleted_of(lake_url, shape, options)
    if not snapshot.open():
        return None
    table = snapshot.table
    assert table is not None, "it was opened"
    events = events_of(lake_url, shape, options)
    has_deleted = deleted.open()
    Tables(snapshot, deleted, events).require(options)
    if _lacks(table, _wanted(shape, events)):
        return None
    with translated("lake"):
        position = earlier(snapshot.position, _before(snapshot.url, table.version(), options))
    return Bound(position, has_deleted) if position else None


def earlier(one: Position, other: Position) -> Position:
    """Return what both positions have of each partition; what only one knows is not folded."""
    known = {entry[:2]: entry for entry in other}
    return tuple(
        entry._replace(
            next=min(entry.next, known[entry[:2]].next), most=max(entry.most, known[entry[:2]].most)
        )
        for entry in one
        if entry[:2] in known
    )


def _wanted(shape: Shape, events: DeltaTable | None) -> Sequence[Field]:
    """Return the model's columns as the events have them."""
    own = snapshot_schema(shape)
    every = own if events is None else united(columns_of(events), own)
    return Schema.from_arrow(pa.schema([*map(every.field, own.names)])).fields


def _before(url: str, version: int, options: Options) -> Position:
    """Return the position at the version before; where that is gone, at this one."""
    for number in (version - 1, version):
        try:
            table = DeltaTable(url, version=number, storage_options=options)
        except (DeltaError, OverflowError):
            continue
        return position_of(table.metadata().configuration)
    return ()


def _lacks(table: DeltaTable, wanted: Sequence[Field]) -> bool:
    there = {field.name: field.type for field in table.schema().fields}
    return any(there.get(field.name) != field.type for field in wanted)

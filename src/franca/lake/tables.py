"""An entity's three tables: `events`, `snapshot` and `deleted`, each opened or not there."""

from typing import NamedTuple

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from franca.errors import UnavailableError
from franca.lake.columns import deleted_schema, snapshot_schema
from franca.lake.location import Options, events_url, table_url
from franca.lake.position import Position
from franca.lake.state_table import StateTable
from franca.lake.translation import require_store, translated
from franca.model.shape import Shape

_REMEDY = "bring them back; or remove the entity's folder, and `franca run` reads the topic again"


class Tables(NamedTuple):
    """An entity's tables as they are together; `events` is None where there are none."""

    snapshot: StateTable
    deleted: StateTable
    events: DeltaTable | None

    @property
    def position(self) -> Position:
        """Up to where events are folded."""
        return self.snapshot.position if self.snapshot.table else ()

    @property
    def problem(self) -> str:
        """Why they can't be read together, empty where they can."""
        if self.events is None and self.position:
            return f"{self.snapshot.url} is a table, and the events that it was made of are none"
        return ""

    def require(self) -> None:
        """Raise UnavailableError where they can't be read together."""
        if self.problem:
            raise UnavailableError("lake", self.problem, _REMEDY)


def open_tables(lake_url: str, shape: Shape, options: Options) -> Tables:
    """Open an entity's tables. Raises UnavailableError, DefinitionError.

    Each is never behind the one opened before it: what was deleted is known as of the snapshot or later, and
    among the events.
    """
    snapshot, deleted = snapshot_of(lake_url, shape, options), deleted_of(lake_url, shape, options)
    snapshot.open()
    deleted.open()
    return Tables(snapshot, deleted, events_of(lake_url, shape, options))


def folded_position(lake_url: str, shape: Shape, options: Options) -> Position:
    """Return up to where an entity's events are folded. Raises UnavailableError, DefinitionError."""
    snapshot = snapshot_of(lake_url, shape, options)
    return snapshot.position if snapshot.open() else ()


def events_of(lake_url: str, shape: Shape, options: Options) -> DeltaTable | None:
    """Return an entity's `events` table, None where there is none.

    Raises UnavailableError, DefinitionError.
    """
    url = events_url(lake_url, shape.name)
    with translated("lake", url):
        try:
            return DeltaTable(url, storage_options=options)
        except TableNotFoundError as error:
            require_store(error, url)
            return None


def snapshot_of(lake_url: str, shape: Shape, options: Options) -> StateTable:
    """Return an entity's `snapshot` table; it is not opened yet."""
    keys = [field.name for field in shape.keys]
    return StateTable(table_url(lake_url, shape.name, "snapshot"), options, snapshot_schema(shape), keys)


def deleted_of(lake_url: str, shape: Shape, options: Options) -> StateTable:
    """Return the table of an entity's deleted keys; it is not opened yet."""
    return StateTable(table_url(lake_url, shape.name, "deleted"), options, deleted_schema())

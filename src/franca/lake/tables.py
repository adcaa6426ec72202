"""An entity's three tables: `events`, `snapshot` and `deleted`, each opened or not there."""

from typing import NamedTuple

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from franca.errors import UnavailableError
from franca.lake.columns import deleted_schema, snapshot_schema
from franca.lake.location import Options, events_url, open_store, table_url
from franca.lake.marks import marks_of
from franca.lake.opening import newest_version
from franca.lake.position import Position, is_within
from franca.lake.state_table import StateTable
from franca.lake.translation import REMEDIES, require_store, translated
from franca.lake.unfolded import unreached
from franca.lake.writers import Writers
from franca.model.shape import Shape


class Tables(NamedTuple):
    """An entity's tables as they are together; `events` is None where there are none."""

    snapshot: StateTable
    deleted: StateTable
    events: DeltaTable | None

    @property
    def position(self) -> Position:
        """Up to where events are folded."""
        return self.snapshot.position if self.snapshot.table else ()

    def problem(self, options: Options) -> UnavailableError | None:
        """Return why they can't be read together, None where they can. Raises UnavailableError.

        One of them may have been taken away, or be an earlier one that was put back.
        """
        if not self.position:
            return None
        snapshot, events, deleted = self.snapshot.url, self.events, self.deleted
        if events is None:
            return _apart(f"{snapshot} is a table, and the events that it was made of are none", "events")
        if known := self.snapshot.deleted_until:
            if deleted.table is None:
                return _apart(f"{snapshot} is a table, and {deleted.url} beside it is none", "deleted")
            if not is_within(known, deleted.position):
                return _apart(f"{deleted.url} is older than {snapshot}", "deleted")
        if short := unreached(events, self.position):
            url = snapshot.removesuffix("snapshot") + "events"
            with translated("lake", url):
                writers = Writers(marks_of(events, open_store(url, options)))
            if any(_reached(writers, *entry[:2]) < entry.next for entry in short):
                return _apart(f"{url} is older than {snapshot}: it has not all that is folded", "events")
        return None

    def require(self, options: Options) -> None:
        """Raise UnavailableError where they can't be read together."""
        if problem := self.problem(options):
            raise problem


def _reached(writers: Writers, topic_id: str, partition: int) -> int:
    """Return up to where events were once read, though they may be read again."""
    return max(writers.next(topic_id, partition) or 0, writers.again(topic_id, partition).stop)


def _apart(reason: str, table: str) -> UnavailableError:
    return UnavailableError("lake", reason, REMEDIES[table])


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
            return newest_version(url, options)
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

"""An entity's `events` table in Delta: created, checked, and appended to together with its marks."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import obstore
import pyarrow as pa
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from obstore.exceptions import BaseError

from franca.errors import DefinitionError, UnavailableError
from franca.lake.columns import RANGED
from franca.lake.features import require_plain
from franca.lake.growth import fitting, type_name
from franca.lake.location import ObjectStore, Options, is_local, open_store
from franca.lake.log import (
    CHECKPOINT_COMMITS,
    KEPT_HOURS,
    LOG_RETENTION_HOURS,
    TAKING_BACK_SECONDS,
    Action,
    DeltaLog,
    TableChangedError,
    info,
    remembering,
)
from franca.lake.opening import newest_version
from franca.lake.rows_file import INDEXED, added, led_by
from franca.lake.translation import require_store, translated
from franca.lake.united import columns_of, in_order, reordered

_CONFIGURATION: dict[str, str | None] = {
    "delta.appendOnly": "true",
    "delta.checkpointInterval": str(CHECKPOINT_COMMITS),
    "delta.logRetentionDuration": f"interval {LOG_RETENTION_HOURS} hours",
    "delta.enableExpiredLogCleanup": "true",
    **remembering(KEPT_HOURS),
}
GROWTH_TRIES = 20


class EventsTable:
    """One open `events` table. `repeating` names the columns for which a dictionary pays.

    `ranged` are those whose bounds each file tells: the first of the table, so that readers expect no others.
    `reordered` are the nested columns whose parts the table has in another order than the schema.
    """

    def __init__(
        self,
        url: str,
        options: Options,
        schema: pa.Schema,
        repeating: Sequence[str],
        ranged: Sequence[str] = RANGED,
    ) -> None:
        self.url = url.removeprefix("file://") if is_local(url) else url
        self._options = options
        self._schema = schema
        self._repeating = list(repeating)
        self._ranged = [name for name in ranged if name in schema.names]
        self.reordered: dict[str, pa.DataType] = {}

    def open(self) -> None:
        """Open the table, made first where it is missing, with columns added that the model has new.

        Raises DefinitionError where a column has another type, or the table has features that commits would
        break; UnavailableError where the lake is away.
        """
        with translated("lake", self.url):
            self._files = open_store(self.url, self._options)
            self._check(self._open_or_create())
            self._log = DeltaLog(self.url, self._options, self._files)

    def _open_again(self) -> None:
        """Open the table as it is by now. Raises as `open` does.

        What others wrote behind a log that is gone they take back first.
        """
        for pause in TAKING_BACK_SECONDS:
            try:
                return self.open()
            except DefinitionError:
                time.sleep(pause)
        return self.open()

    def look(self) -> bool:
        """Open the table as it is, nothing made and nothing changed; False where there is none.

        Raises DefinitionError, UnavailableError.
        """
        with translated("lake", self.url):
            try:
                DeltaTable(self.url, storage_options=self._options)
            except TableNotFoundError as error:
                require_store(error, self.url)
                return False
            self._files = open_store(self.url, self._options)
            self._log = DeltaLog(self.url, self._options, self._files)
        return True

    def pending(self) -> list[tuple[str, str]] | None:
        """Return the columns that `open` would add or let grow, with their types; None where it makes all.

        Raises DefinitionError as `open` does, UnavailableError. Nothing is changed.
        """
        with translated("lake", self.url):
            try:
                table = newest_version(self.url, self._options)
            except TableNotFoundError as error:
                require_store(error, self.url)
                return None
            return [(field.name, type_name(field)) for field in self._lacking(table)]

    def mark(self, name: str) -> int | None:
        """Return the value of a mark, as of the last `refresh` or `append`."""
        return self._log.mark(name)

    def refresh(self) -> None:
        """See what others have committed. Raises UnavailableError, DefinitionError."""
        try:
            with translated("lake", self.url):
                self._log.refresh()
        except TableChangedError:
            self._open_again()

    def append(self, rows: pa.Table, marks: Mapping[str, int], note: Mapping[str, Any]) -> bool:
        """Store rows and marks in one commit; False where another writer moved one of the marks.

        Nothing is stored then. The marks must have been looked at since the last `refresh`: a commit is
        refused when one of them has moved since. Raises UnavailableError; whether the commit was made is
        then told by the marks after a `refresh`.
        """
        try:
            with translated("lake", self.url):
                self._log.glance()
                adds = [self._written(rows)] if rows.num_rows else []
        except TableChangedError:
            self._open_again()
            return False
        return self.adopt(adds, marks, note)

    def adopt(self, adds: Sequence[Action], marks: Mapping[str, int], note: Mapping[str, Any]) -> bool:
        """Store files that were `written` already, and marks, in one commit; as `append` does."""
        actions = [_info(note), *({"add": add} for add in adds)]
        try:
            with translated("lake", self.url):
                stored = self._log.commit(actions, marks)
        except TableChangedError:
            self._open_again()
            return False
        if stored and self._log.wants_checkpoint:
            self._checkpoint()
        return stored

    def _written(self, rows: pa.Table) -> Action:
        return written(self._files, in_order(rows, self.reordered), self._repeating, self._ranged)

    def _checkpoint(self) -> None:
        """Shorten the log. The rows are stored already, so a failure waits for the next occasion."""
        try:
            self._log.checkpoint()
        except (DeltaError, BaseError, OSError):
            return

    def _open_or_create(self) -> DeltaTable:
        try:
            return newest_version(self.url, self._options)
        except TableNotFoundError:
            if (stray := _file_of_rows(self._files)) is not None:
                return self._open_beside(stray)
            DeltaTable.create(
                self.url,
                Schema.from_arrow(led_by(self._ranged, self._schema)),
                mode="ignore",
                configuration={**_CONFIGURATION, INDEXED: str(len(self._ranged))},
                storage_options=self._options,
            )
            return newest_version(self.url, self._options)

    def _open_beside(self, stray: str) -> DeltaTable:
        """Open the table that somebody has made meanwhile; without one its files are another table's."""
        try:
            return newest_version(self.url, self._options)
        except TableNotFoundError as error:
            reason = f"{self.url}: {stray} is there, but no log that tells of it: a table has lost its log"
            remedy = "bring _delta_log back from a copy, or move all of the folder away to begin anew"
            raise DefinitionError.one("lake", reason, remedy) from error

    def _check(self, table: DeltaTable) -> None:
        """Add what the table lacks. Others may write meanwhile, and add the same: then it looks again."""
        for _ in range(GROWTH_TRIES):
            new = self._lacking(table)
            if not new:
                self.reordered = reordered(columns_of(table), self._schema)
                return
            with suppress(CommitFailedError):
                table.alter.add_columns(new)
            table = newest_version(self.url, self._options)
        reason = f"others changed it {GROWTH_TRIES} times while columns were added"
        raise UnavailableError("lake", f"{self.url}: {reason}", "try again")

    def _lacking(self, table: DeltaTable) -> list[Field]:
        require_plain(self.url, table)
        return fitting(self.url, table.schema().fields, Schema.from_arrow(self._schema).fields)


def written(
    files: ObjectStore, rows: pa.Table, repeating: Sequence[str], ranged: Sequence[str] = RANGED
) -> Action:
    """Write rows as a file that is no part of a table yet; return what a commit tells of it.

    Their nested columns are `in_order` by then. `files` is the store whose root is the table. Raises what
    obstore raises.
    """
    return added(files, rows, repeating, ranged)


def _file_of_rows(files: ObjectStore) -> str | None:
    """Return the path of any file with rows."""
    paths = (each["path"] for some in obstore.list(files) for each in some)
    return next((path for path in paths if path.endswith(".parquet") and not path.startswith("_")), None)


def _info(note: Mapping[str, Any]) -> Action:
    how = {"operationParameters": {"outputMode": "Append"}, "isBlindAppend": True}
    return info("STREAMING UPDATE", **how, **note)

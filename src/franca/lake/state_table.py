"""A Delta table of one row per key, in the order of the keys, that is replaced as a whole in one commit.

An entity has two: `snapshot`, its current state up to a position, and `deleted`, the ranks of deleted keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import obstore
import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError
from obstore.exceptions import BaseError, NotFoundError

from franca.errors import UnavailableError
from franca.lake.columns import is_ranged
from franca.lake.dictionaries import moved_columns
from franca.lake.features import require_plain
from franca.lake.growth import fitting
from franca.lake.location import ObjectStore, Options, is_local, open_store
from franca.lake.log import (
    KEPT_HOURS,
    LOG_RETENTION_HOURS,
    Action,
    TableChangedError,
    create_commit,
    info,
    remembering,
    require_told,
)
from franca.lake.marks import raw_commit
from franca.lake.opening import newest_version
from franca.lake.pieces import rows_together
from franca.lake.position import DELETED, MOVES, PROPERTY, Position, position_of, written
from franca.lake.rows_file import INDEXED, SORTED, Compression, added, fitted, led_by, now, opened, read
from franca.lake.splice import KEY, in_order, is_in_order
from franca.lake.translation import require_store, translated
from franca.lake.united import columns_of, united

CHECKPOINT_COMMITS = 10
REPEATING = ("_mapping", "_origin")
COMPRESSION: Compression = "snappy"
"""Half of a fold's work is the writing of files that the next fold replaces."""

_CONFIGURATION: dict[str, str | None] = {
    "delta.checkpointInterval": str(CHECKPOINT_COMMITS),
    "delta.logRetentionDuration": f"interval {LOG_RETENTION_HOURS} hours",
    "delta.enableExpiredLogCleanup": "true",
    **remembering(KEPT_HOURS),
}


class StateFile(NamedTuple):
    """A file of the table: its path in it, how many rows it has, the bounds of their keys ("" if untold)."""

    path: str
    size: int
    rows: int
    least: str
    most: str


class StateTable:
    """One such table. `ranged` names the columns, beside the key's text, whose bounds are told."""

    def __init__(self, url: str, options: Options, schema: pa.Schema, ranged: Sequence[str] = ()) -> None:
        self.url = url.removeprefix("file://") if is_local(url) else url
        self._options = options
        self.wanted = schema
        self._ranged = [KEY, *(name for name in ranged if name != KEY and is_ranged(schema.field(name).type))]
        self._table: DeltaTable | None = None
        self._known: bytes | None = None

    def open(self) -> bool:
        """Look at the newest version; False where there is no table yet.

        Raises UnavailableError, and DefinitionError where a column has another type than in the model.
        """
        with translated("lake", self.url):
            self._known = None
            try:
                self._table = newest_version(self.url, self._options)
            except TableNotFoundError as error:
                require_store(error, self.url)
                self._table = None
                return False
            self.schema, self._schema_text = self._merged(self._table)
            return True

    def open_to_write(self) -> bool:
        """Look at the newest version as `open` does, to put another one behind it.

        Raises DefinitionError too where the table has features that commits would break.
        """
        is_there = self.open()
        if is_there:
            require_plain(self.url, self._opened)
            with translated("lake", self.url):
                self._known = raw_commit(self.store, self.version)
        return is_there

    def create(self) -> None:
        """Make the table where it is missing, and open it. Raises as `open_to_write` does."""
        if self.open_to_write():
            return
        with translated("lake", self.url):
            DeltaTable.create(
                self.url,
                Schema.from_arrow(led_by(self._ranged, self.wanted)),
                mode="ignore",
                configuration={**_CONFIGURATION, INDEXED: str(len(self._ranged))},
                storage_options=self._options,
            )
        self.open_to_write()

    def widen(self, schema: pa.Schema) -> None:
        """Have the columns and parts of a schema as well, in what is read and written from now on."""
        self.wanted = united(schema, self.wanted)
        self.schema, self._schema_text = self._merged(self._opened)

    def adopt(self, schema: pa.Schema) -> None:
        """Take the columns from who has opened the table elsewhere: files may be read and written then."""
        self.schema = schema

    @property
    def schema_text(self) -> str:
        """The columns that are written, as Delta writes them."""
        return self._schema_text

    @property
    def version(self) -> int:
        """The number of the version that was looked at."""
        return self._opened.version()

    @property
    def position(self) -> Position:
        """Up to where events are in the table."""
        properties: Mapping[str, str | None] = self._opened.metadata().configuration
        return position_of(properties)

    @property
    def deleted_until(self) -> Position:
        """Up to where `deleted` told of deletes when a snapshot was folded; empty where none or untold."""
        return position_of(self._opened.metadata().configuration, DELETED)

    @property
    def table(self) -> DeltaTable | None:
        """The table as deltalake has it, None where there is none."""
        return self._table

    def files(self) -> list[StateFile]:
        """Return the files in the order of their keys."""
        found = [_file(row) for row in pa.table(self._opened.get_add_actions(flatten=True)).to_pylist()]
        return sorted(found, key=lambda file: (file.least, file.most))

    def is_ordered(self) -> bool:
        """Return whether no key of a file lies between two of another, as far as the bounds tell."""
        files = self.files()
        return all(file.least and file.most for file in files) and all(
            before.most < after.least for before, after in pairwise(files)
        )

    def rows(self, file: StateFile) -> pa.Table:
        """Return the rows of a file in the order of their keys, with all columns of table and model."""
        with translated("lake", self.url):
            return in_order(fitted(read(self.store, file.path), self.schema))

    def pieces(self, file: StateFile, size: int, schema: pa.Schema) -> Iterator[pa.Table]:
        """Yield the rows of a file in the order of their keys, so many at a time where the file has them so.

        Where they are large, fewer come at a time. They have the columns of `schema`, which are those of the
        table, with texts coded or not.
        """
        with translated("lake", self.url):
            source = opened(self.store, file.path)
            is_known = file.path.startswith(f"{SORTED}-")
            if not is_known and not is_in_order(source.read(columns=[KEY], use_threads=False)):
                yield in_order(fitted(source.read(use_threads=False), schema))
                return
            for batch in source.iter_batches(rows_together(source, size), use_threads=False):
                yield fitted(pa.Table.from_batches([batch]), schema)

    def moved_columns(self) -> list[str]:
        """Return the text columns that the table's first file holds as numbers of a small dictionary."""
        first = next(iter(self.files()), None)
        with translated("lake", self.url):
            return moved_columns(opened(self.store, first.path)) if first else []

    def has(self, adds: Sequence[Action]) -> bool:
        """Return whether files that no version has yet are there, and whole. Raises UnavailableError.

        A vacuum may have met old ones, and who was killed with the machine left empty ones.
        """
        with translated("lake", self.url):
            try:
                return all(obstore.head(self.store, add["path"])["size"] == add["size"] for add in adds)
            except (NotFoundError, FileNotFoundError):
                return False

    def write(self, rows: pa.Table) -> Action:
        """Write a file that is no part of the table yet, and return what a commit tells of it.

        Its rows are in the order of their keys.
        """
        with translated("lake", self.url):
            return added(self.store, rows, REPEATING, self._ranged, COMPRESSION, is_sorted=True)

    def replace(
        self, adds: Sequence[Action], position: Position, note: Mapping[str, Any], deleted: Position = ()
    ) -> bool:
        """Put files in the place of all that the known version has; False where another one has others.

        Nothing is changed then. A version that differs in its settings alone, as a vacuum makes it, is no
        other. A snapshot keeps up to where `deleted` tells of deletes. Raises UnavailableError; `open` tells
        whether the commit was made.
        """
        stamp, before = now(), self._content()
        while not self._commit(
            [
                info("WRITE", **note),
                {"metaData": self._metadata(position, self._schema_text, deleted)},
                *({"remove": _removed(file, stamp)} for file in self.files()),
                *({"add": add} for add in adds),
            ]
        ):
            if not self.open():
                raise UnavailableError("lake", f"{self.url}: somebody took it away meanwhile", "try again")
            if self._content() != before or not self.has(adds):
                return False
        if self.version % CHECKPOINT_COMMITS == 0:
            with suppress(DeltaError, BaseError, OSError):  # the rows are stored: the next occasion will do
                self._opened.create_checkpoint()
                self._opened.cleanup_metadata()
        return True

    def reposition(self, position: Position, note: Mapping[str, Any]) -> bool:
        """Set the position alone, though it be the same; False where another version follows the known one.

        What was to replace this one's files does so no more. Raises as `replace`.
        """
        metadata = self._metadata(position, self._opened.schema().to_json())
        metadata["configuration"][MOVES] = str(self._moves + 1)
        return self._commit([info("SET TBLPROPERTIES", **note), {"metaData": metadata}])

    def _content(self) -> tuple[list[StateFile], Position, str, int]:
        return self.files(), self.position, self._schema_text, self._moves

    @property
    def _moves(self) -> int:
        """How often the position was set by itself."""
        return int(self._opened.metadata().configuration.get(MOVES) or 0)

    @property
    def _opened(self) -> DeltaTable:
        assert self._table is not None, "the table is not open"
        return self._table

    def _commit(self, actions: Sequence[Action]) -> bool:
        require_plain(self.url, self._opened)
        with translated("lake", self.url):
            body = b"\n".join(map(msgspec.json.encode, actions))
            if create_commit(self.store, self.version + 1, body) is not None:
                return False
            try:
                require_told(self.store, self.version, self._known, (body, []))
            except TableChangedError:
                return False
        return self.open()

    @property
    def store(self) -> ObjectStore:
        """The store whose root is the table."""
        return open_store(self.url, self._options)

    def _metadata(self, position: Position, schema: str, deleted: Position = ()) -> Action:
        known = self._opened.metadata()
        own = {PROPERTY: written(position), **({DELETED: written(deleted)} if deleted else {})}
        told = {"name": known.name, "description": known.description}
        return {
            "id": known.id,
            **{name: text for name, text in told.items() if text is not None},
            "format": {"provider": "parquet", "options": {}},
            "schemaString": schema,
            "partitionColumns": known.partition_columns,
            "createdTime": known.created_time,
            "configuration": {**known.configuration, **own},
        }

    def _merged(self, table: DeltaTable) -> tuple[pa.Schema, str]:
        """Return the columns of the table and those that are wanted, as Arrow and as Delta have them.

        What is nested is in the order that is wanted: all files are written anew.
        """
        fitting(self.url, table.schema().fields, Schema.from_arrow(self.wanted).fields)
        every = united(self.wanted, columns_of(table))
        known = {field.name: field for field in table.schema().fields}
        columns = led_by([*known], every)
        merged = Schema.from_arrow(columns).fields
        kept = [old if (old := known.get(new.name)) and old.type == new.type else new for new in merged]
        return columns, Schema(kept).to_json()


def in_turn(table: StateTable) -> Iterator[pa.Table]:
    """Yield the table's rows file by file, in the order of the keys."""
    return (table.rows(file) for file in table.files())


def _file(row: Mapping[str, Any]) -> StateFile:
    least, most = row.get(f"min.{KEY}"), row.get(f"max.{KEY}")
    return StateFile(row["path"], row["size_bytes"], row["num_records"] or 0, least or "", most or "")


def _removed(file: StateFile, stamp: int) -> Action:
    return {"path": file.path, "deletionTimestamp": stamp, "dataChange": True, "size": file.size}

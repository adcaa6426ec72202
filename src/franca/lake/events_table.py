"""An entity's `events` table in Delta: created, checked, and appended to together with offsets.

deltalake itself would append a second time, and let a mark go back: so each commit goes through the very
handle whose marks were checked, and two commits with the same mark conflict.
"""

import io
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import obstore
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction

from franca.errors import DefinitionError, Problem, UnavailableError
from franca.lake.location import Options, is_local, open_store

CHECKPOINT_COMMITS = 100
LOG_RETENTION = "interval 1 hours"
"""How long the log keeps commits that a checkpoint has absorbed; rows are never removed with them."""

_CONFIGURATION = {
    "delta.appendOnly": "true",
    "delta.checkpointInterval": str(CHECKPOINT_COMMITS),
    "delta.logRetentionDuration": LOG_RETENTION,
    "delta.enableExpiredLogCleanup": "true",
}
_RANGED = ("_partition", "_offset", "_changed_at", "_sequence")
_SERVICE = "lake"
_REMEDY = "check the folder or the bucket, its free space and its rights"


class EventsTable:
    """One open `events` table. `repeating` names the columns for which a dictionary pays."""

    def __init__(self, url: str, options: Options, schema: pa.Schema, repeating: list[str]) -> None:
        self.url = url
        self._options = options
        self._schema = schema
        self._repeating = repeating

    def open(self) -> None:
        """Open the table, made first where it is missing, with columns added that the model has new.

        Raises DefinitionError where a column has another type, UnavailableError where the lake is away.
        """
        with _translated():
            self._files = open_store(self.url, self._options)
            self._table = self._open_or_create()
            self._check()

    def mark(self, name: str) -> int | None:
        """Return the value of a mark (a Delta transaction id), as of the last `refresh` or `append`."""
        return self._table.transaction_version(name)

    def refresh(self) -> None:
        """See what others have committed. Raises UnavailableError."""
        with _translated():
            self._table.update_incremental()

    def append(self, rows: pa.Table, marks: Mapping[str, int], note: Mapping[str, Any]) -> bool:
        """Store rows and marks in one commit; False where another writer moved one of the marks.

        Nothing is stored then. The marks must have been checked since the last `refresh`: the commit is
        refused when one of them moved after it. Raises UnavailableError; whether the commit was made is
        then told by the marks after a `refresh`.
        """
        with _translated():
            actions = [self._write(rows)] if rows.num_rows else []
            try:
                self._commit(actions, marks, note)
            except CommitFailedError as error:
                self._table.update_incremental()
                if "oncurrent transaction" in str(error):
                    return False
                raise
            self._table.update_incremental()
        # A writer that slept past the log's retention commits below the newest checkpoint, where nobody
        # looks; the marks tell.
        return all(self.mark(name) == value for name, value in marks.items())

    def _open_or_create(self) -> DeltaTable:
        try:
            return DeltaTable(self._delta_url(), storage_options=self._options)
        except TableNotFoundError:
            DeltaTable.create(
                self._delta_url(),
                Schema.from_arrow(self._schema),
                mode="ignore",
                configuration=_CONFIGURATION,
                storage_options=self._options,
            )
            return DeltaTable(self._delta_url(), storage_options=self._options)

    def _delta_url(self) -> str:
        return self.url.removeprefix("file://") if is_local(self.url) else self.url

    def _check(self) -> None:
        there = {field.name: field for field in self._table.schema().fields}
        wanted = Schema.from_arrow(self._schema).fields
        problems = [
            Problem(
                f"{self.url}.{field.name}",
                f"the column has the type {_type_name(there[field.name])}, the model says {_type_name(field)}",
                "give the field its former type or another name, or move the table away and replay",
            )
            for field in wanted
            if field.name in there and there[field.name].type != field.type
        ]
        if problems:
            raise DefinitionError(problems)
        new = [field for field in wanted if field.name not in there]
        if new:
            self._table.alter.add_columns(new)
            self._table.update_incremental()

    def _write(self, rows: pa.Table) -> AddAction:
        buffer = io.BytesIO()
        pq.write_table(rows, buffer, compression="zstd", use_dictionary=self._repeating)
        path = f"part-{uuid.uuid4()}.zstd.parquet"
        obstore.put(self._files, path, buffer.getbuffer())
        return AddAction(path, buffer.tell(), {}, time.time_ns() // 1_000_000, True, _statistics(rows))  # noqa: FBT003 - its own order

    def _commit(self, actions: list[AddAction], marks: Mapping[str, int], note: Mapping[str, Any]) -> None:
        self._table.create_write_transaction(
            list(actions),
            "append",
            self._table.schema(),
            commit_properties=CommitProperties(
                custom_metadata=dict(note),
                app_transactions=[Transaction(name, value) for name, value in marks.items()],
            ),
            post_commithook_properties=PostCommitHookProperties(create_checkpoint=True),
        )


class _translated:  # noqa: N801 - used as a statement
    """Turns what deltalake and the object store raise into UnavailableError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (DeltaError, obstore.exceptions.BaseError, OSError)):
            raise UnavailableError(_SERVICE, _reason(error), _REMEDY) from error


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:500]


def _type_name(field: Any) -> str:
    return str(getattr(field.type, "type", field.type))


def _statistics(rows: pa.Table) -> str:
    least, most = {}, {}
    for name in _RANGED:
        bounds = pc.min_max(rows[name])
        least[name], most[name] = _text(bounds["min"]), _text(bounds["max"], up=True)
    nulls = dict.fromkeys(_RANGED, 0)
    return json.dumps(
        {"numRecords": rows.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}
    )


def _text(value: pa.Scalar, *, up: bool = False) -> int | str:
    if not pa.types.is_timestamp(value.type):
        found: int | str = value.as_py()
        return found
    # Statistics are in milliseconds: the least is cut, the most is rounded up.
    milliseconds = value.value // 1000 + (1 if up and value.value % 1000 else 0)
    return pa.scalar(milliseconds, pa.timestamp("ms")).cast(pa.string()).as_py().replace(" ", "T") + "Z"

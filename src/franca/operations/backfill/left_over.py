"""Files of the rows that Spark left over of a snapshot: whoever loads them, they are still that one's rows.

Of which snapshot they are stands in Spark's own meta data of the column of their numbers.
"""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import msgspec
from pyarrow import parquet

from franca.errors import UsageError
from franca.operations.backfill.piece import NUMBER
from franca.operations.backfill.snapshot import Snapshot, Taken, named_anew
from franca.topics.names import backfill_topic

_COLUMNS = b"org.apache.spark.sql.parquet.row.metadata"
_MARK = "franca.snapshot"


class Origin(msgspec.Struct, frozen=True):
    """The snapshot of which rows are left over; `at` is None where the file is too old to tell it."""

    name: str
    topic: str
    time: int
    at: str | None = None

    def taken(self, said: Taken, table: str) -> Taken:
        """Return when and where the rows were taken: as the snapshot was, but for another time that is said.

        Raises UsageError for rows of another table, and where another position is said than the snapshot's.
        """
        if not self.topic.startswith(backfill_topic(table, "")):
            reason = f"rows are left over of {self.name!r}, which is no snapshot of {table}"
            raise UsageError.one(table, reason, "load them into their own table")
        if said.at and self.at is not None and said.at != self.at:
            was = repr(self.at) if self.at else "no position"
            reason = f"got {said.at!r}, and {self.name!r} was loaded with {was}, as its other rows rank"
            raise UsageError.one("--at", reason, "leave it out: what is left over tells it")
        return Taken(self.time if said.time is None else said.time, said.at or self.at or "")

    def snapshot(self, found: Snapshot, numbers: Sequence[int]) -> Snapshot:
        """Return the snapshot of a file of such rows: ids and ranks are the origin's, marks are its own."""
        return replace(named_anew(found, self.topic), name=self.name, kept=found.topic, numbers=numbers)


class _Column(msgspec.Struct):
    name: str
    metadata: dict[str, Any] = {}


class _Columns(msgspec.Struct):
    fields: list[_Column] = []


def mark_of(snapshot: Snapshot) -> dict[str, str]:
    """Return what Spark is to keep of the column of the rows' numbers."""
    origin = Origin(snapshot.name, snapshot.topic, snapshot.time, snapshot.at)
    return {_MARK: msgspec.json.encode(origin).decode()}


def origin_of(path: Path) -> Origin | None:
    """Return the snapshot of which a Parquet file holds rows left over, None for any other file.

    Raises what Arrow raises.
    """
    told = (parquet.read_metadata(path).metadata or {}).get(_COLUMNS, b"{}")
    try:
        columns = msgspec.json.decode(told, type=_Columns).fields
        marks = [column.metadata[_MARK] for column in columns if _MARK in column.metadata]
        return msgspec.json.decode(marks[0], type=Origin) if marks else None
    except msgspec.DecodeError:  # nobody's that franca knows
        return None


def numbers_of(path: Path) -> Sequence[int]:
    """Return the numbers of the rows of such a file. Raises UsageError where somebody has changed them."""
    numbers = array("q")
    with parquet.ParquetFile(path) as file:
        is_there = NUMBER in file.schema_arrow.names
        for batch in file.iter_batches(columns=[NUMBER]) if is_there else ():
            numbers.extend(number or 0 for number in batch.column(0).to_pylist())
    is_ascending = all(one < two for one, two in pairwise(chain((0,), numbers)))
    if not (is_there and is_ascending):
        reason = f"tells in {NUMBER!r} of rows that Spark left over, and no longer as Spark wrote them"
        raise UsageError.one(str(path), reason, "load what Spark left over as it is")
    return numbers

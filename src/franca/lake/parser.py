"""Turns a batch of events into the rows of an `events` table, at the price of one SQL query."""

from collections.abc import Sequence
from typing import NamedTuple

import duckdb
import msgspec
import pyarrow as pa

from franca.errors import RecordError, UnavailableError, WriteError
from franca.lake.columns import Column, events_schema, json_structure, parsed_columns
from franca.model.shape import Shape
from franca.topics.event_decoder import EventDecoder, refusal
from franca.types import Record

Refused = tuple[Record, RecordError]


class Rows(NamedTuple):
    """What became of a batch: the rows to be stored, and the records that can't be, with the reason."""

    table: pa.Table
    refused: list[Refused]


_SLICE = 10_000
"""How many records are parsed at once: enough for speed, little enough for memory."""

_NONE = pa.schema([("value", pa.string()), ("partition", pa.int32()), ("offset", pa.int64())]).empty_table()


class _Batch:
    """What DuckDB sees as the table `batch`: it reads whatever table is here when the query runs."""

    table = _NONE

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


class EventParser:
    """Parses the events of one entity. Not for several threads at once.

    Each record's data is checked for the model's types one by one, because a bulk parser turns numbers
    into text and rounds without a word; then DuckDB parses them all at once. Where that fails, each
    record is read strictly by itself, so that only the bad ones are refused.
    """

    def __init__(self, shape: Shape) -> None:
        self.columns = parsed_columns(shape)
        self.schema = events_schema(shape)
        self._parsed = pa.schema([self.schema.field(column.name) for column in self.columns])
        self._decoder = EventDecoder(shape)
        self._batch = _Batch()
        self._connection = duckdb.connect(":memory:", config={"threads": "1"})
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.register("batch", self._batch)
        # Prepared, because planning costs as much as parsing 3,000 events.
        checked = parsed_columns(shape, is_checked=True)
        self._connection.execute("PREPARE parse AS " + _query(self.columns, shape))
        self._connection.execute("PREPARE parse_checked AS " + _query(checked, shape))

    def parse(self, records: Sequence[Record], topic_id: str) -> Rows:
        """Return the rows in the order of the records, all of one topic; tombstones have none."""
        check = self._decoder.check_data
        good: list[Record] = []
        refused: list[Refused] = []
        for record in records:
            if record.value is None:
                continue
            try:
                check(record.value)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                refused.append((record, refusal(error)))
            else:
                good.append(record)
        tables: list[pa.Table] = []
        for first in range(0, len(good), _SLICE):
            tables += self._tables(good[first : first + _SLICE], refused)
        rows = pa.concat_tables(tables) if tables else self._parsed.empty_table()
        topic = pa.repeat(topic_id, rows.num_rows).cast(pa.string())
        return Rows(rows.append_column("_topic_id", topic), refused)

    def close(self) -> None:
        """Release the parser's memory. May be called twice."""
        self._connection.close()

    def _tables(self, records: list[Record], refused: list[Refused]) -> list[pa.Table]:
        if not records:
            return []
        try:
            return [self._parse(records, is_checked=False)]
        except (duckdb.Error, pa.ArrowInvalid):  # the records, one by one, will tell
            good = [record for record in records if self._is_good(record, refused)]
        return self._halves(good, refused)

    def _halves(self, records: list[Record], refused: list[Refused]) -> list[pa.Table]:
        """Return the rows of records that were read one by one; halving finds what SQL still refuses."""
        if not records:
            return []
        try:
            return [self._parse(records, is_checked=True)]
        except (duckdb.Error, pa.ArrowInvalid) as error:
            reason = counterpart(error)
            if len(records) == 1:
                refused.append((records[0], reason))
                return []
        middle = len(records) // 2
        return self._halves(records[:middle], refused) + self._halves(records[middle:], refused)

    def _parse(self, records: list[Record], *, is_checked: bool) -> pa.Table:
        self._batch.table = pa.table(
            {
                "value": pa.array([record.value for record in records], pa.binary()).cast(pa.string()),
                "partition": pa.array([record.partition for record in records], pa.int32()),
                "offset": pa.array([record.offset for record in records], pa.int64()),
            }
        )
        try:
            query = "EXECUTE parse_checked" if is_checked else "EXECUTE parse"
            return self._connection.sql(query).to_arrow_table().cast(self._parsed)
        finally:
            self._batch.table = _NONE

    def _is_good(self, record: Record, refused: list[Refused]) -> bool:
        assert record.value is not None
        try:
            self._decoder.decode(record.value)
        except RecordError as error:
            refused.append((record, error))
            return False
        return True


def counterpart(error: duckdb.Error | pa.ArrowInvalid) -> WriteError:
    """Return why a record can't be a row of the lake.

    Raises UnavailableError for what is not the record's fault, and a broken DuckDB as it is.
    """
    if isinstance(error, duckdb.FatalException):
        raise error
    if isinstance(error, duckdb.OperationalError | duckdb.InterruptException):
        reason = " ".join(str(error).split())[:500]
        raise UnavailableError("lake", reason, "give the machine more memory or fewer workers") from error
    return WriteError("", "the event can't be a row of the lake", "wrong-shape")


def _query(columns: Sequence[Column], shape: Shape) -> str:
    structure = msgspec.json.encode(json_structure(shape)).decode()
    values = ", ".join(f'{column.sql} AS "{column.name}"' for column in columns)
    parsed = f"from_json(value, '{structure}') AS e, partition, \"offset\""
    return f"SELECT {values} FROM (SELECT {parsed} FROM batch)"  # noqa: S608 - names that the model checked

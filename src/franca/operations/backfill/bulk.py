"""Maps whole columns at once: the mappings as SQL, run by DuckDB, from rows to rows of the `events` tables.

Only rows that are beyond doubt are mapped so; the numbers of the others are told, and the on-ramp's own
step takes them, which knows what is wrong with them, or that nothing is.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from franca.errors import DefinitionError
from franca.formats.registry import AUTO
from franca.lake.columns import events_schema
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.mapping.sql.select import ITEM, PROBLEM, SUBJECT, select
from franca.mapping.sql.zone_doubts import doubts_of
from franca.model.entity import Table
from franca.model.shape import Shape, shape_of
from franca.operations.backfill.event_columns import PLACE, Stamps, columns_of, line_of
from franca.operations.backfill.piece import NUMBER, Piece
from franca.operations.backfill.typed import Rule, rule_of, rule_of_decoded
from franca.topics.names import entity_topic

MEMORY = "256MB"
SMALLEST = 500
"""Where so few rows do not fit in memory, they are mapped one by one."""

LINE = "_line"
"""The column that holds a row as the store's COPY takes it."""

_SURE = "#sure"


class Made(NamedTuple):
    """What so many rows of a piece gave: rows of the `events` tables by topic; and which rows are left over.

    `events` have a further column, the row as the store's COPY takes it (`LINE`). `left` are numbers.
    """

    events: dict[str, pa.Table]
    rows: int
    left: set[int]


class Bulk:
    """Maps pieces of one snapshot. `slots` gives the first slot of each mapping by its name.

    Without `with_lines` the rows have no lines for the store, which cost more than all the rest. Rows that
    take more than `memory` at once are mapped in parts.
    """

    def __init__(
        self,
        application: Application,
        table: type[Table],
        stamps: Stamps,
        slots: dict[str, int],
        *,
        with_lines: bool,
        memory: str = MEMORY,
    ) -> None:
        self._with_lines = with_lines
        self._table, self._shape = table, shape_of(table)
        self._mappings = [mapping for mapping in application.mappings if mapping.table is table]
        self._columns = frozenset().union(*(mapping.columns for mapping in self._mappings))
        fields = [field for field in self._shape.fields if field.name in self._columns]
        self._decoded = {
            field.name: rule_of_decoded(field, _called(place)) for place, field in enumerate(fields)
        }
        self._is_utc = application.timezone == "UTC"
        self._stamps, self._slots = stamps, slots
        self._rows = 1 << 31
        config: dict[str, Any] = {"threads": 1, "memory_limit": memory}
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET TimeZone = 'UTC'")
        try:
            doubts = doubts_of((mapping.tree for mapping in self._mappings), self._offsets)
            self._selects = [select(m, "rows", keep=(NUMBER,), doubts=doubts) for m in self._mappings]
        except DefinitionError:
            self.close()
            raise

    def __call__(self, piece: Piece) -> Made | None:
        """Return what a piece gives, None where its columns are not such that SQL may read them."""
        if piece.columns is None:
            return None
        rules = (
            self._decoded if piece.is_decoded else self._rules(piece.columns.schema, is_text=piece.is_text)
        )
        if rules is None:
            return None
        made = self._in_parts(piece.columns, rules)
        return made and made._replace(left=made.left | self._numbers(piece))

    def close(self) -> None:
        """Leave DuckDB. May be called twice."""
        self._connection.close()

    def _rules(self, schema: pa.Schema, *, is_text: bool) -> dict[str, Rule] | None:
        names = schema.names[:-1]
        if AUTO.may_be_change({*names}, self._table) or len({*names}) < len(names):
            return None
        found = {}
        for field in self._shape.fields:
            if field.name not in self._columns:
                continue
            if field.column not in names:
                return None
            place = names.index(field.column)
            kind = schema.field(place).type
            rule = rule_of(field, _called(place), kind, is_text=is_text, is_utc=self._is_utc)
            if rule is None:
                return None
            found[field.name] = rule
        return found

    def _in_parts(self, columns: pa.Table, rules: dict[str, Rule]) -> Made | None:
        """Return what rows give, by as many at once as memory allows; None where SQL can't say it."""
        parts: list[Made] = []
        at = 0
        while not parts or at < columns.num_rows:
            try:
                part = columns.slice(at, self._rows)
                parts.append(self._made(part, rules))
                at += part.num_rows
            except duckdb.OutOfMemoryException:
                if self._rows < SMALLEST:
                    return None
                self._rows = min(self._rows, columns.num_rows) // 2
            except duckdb.Error:
                return None  # whatever it is about these rows: the decoder will tell
        events = {
            topic: pa.concat_tables([part.events[topic] for part in parts]) for topic in parts[0].events
        }
        return Made(events, sum(part.rows for part in parts), {row for part in parts for row in part.left})

    def _made(self, columns: pa.Table, rules: dict[str, Rule]) -> Made:
        run = self._connection.execute
        for place in range(len(self._mappings)):
            run(f"DROP TABLE IF EXISTS made{place}")  # what is left of other rows has no room beside these
        names = [_called(place) for place in range(columns.num_columns - 1)]
        self._connection.register("piece", columns.rename_columns([*names, NUMBER]))
        values = ", ".join(f'{rule.value} AS "{name}"' for name, rule in rules.items())
        tests = " AND ".join(f"coalesce({rule.is_certain}, false)" for rule in rules.values())
        typed = f'SELECT "{NUMBER}", {values}, {tests} AS "{_SURE}" FROM piece'  # noqa: S608 - names that the model checked
        run(f"CREATE OR REPLACE TEMP TABLE all_rows AS {typed}")
        self._connection.unregister("piece")
        run(f'CREATE OR REPLACE TEMP VIEW rows AS SELECT * EXCLUDE ("{_SURE}") FROM all_rows WHERE "{_SURE}"')  # noqa: S608 - as above
        run(f'CREATE OR REPLACE TEMP TABLE bad AS SELECT "{NUMBER}" FROM all_rows WHERE NOT "{_SURE}"')  # noqa: S608 - as above
        for place, (mapping, query) in enumerate(zip(self._mappings, self._selects, strict=True)):
            run(f"CREATE OR REPLACE TEMP TABLE made{place} AS {query}")
            problems = [PROBLEM, *(f"{PROBLEM}_{field.name}" for field in shape_of(mapping.entity).fields)]
            wrong = " OR ".join(f'"{name}" IS NOT NULL' for name in problems)
            run(f'INSERT INTO bad SELECT "{NUMBER}" FROM made{place} WHERE {wrong} OR "{SUBJECT}" IS NULL')  # noqa: S608 - as above
        events: dict[str, list[pa.Table]] = {}
        for place, mapping in enumerate(self._mappings):
            shape = shape_of(mapping.entity)
            rows = self._connection.sql(self._query(f"made{place}", mapping, shape)).to_arrow_table()
            events.setdefault(entity_topic(shape), []).append(rows.cast(_schema(shape)))
        bad = {number for (number,) in run(f'SELECT DISTINCT "{NUMBER}" FROM bad').fetchall()}  # noqa: S608 - as above
        tables = {topic: pa.concat_tables(some) for topic, some in events.items()}
        return Made(tables, columns.num_rows - len(bad), bad)

    def _query(self, made: str, mapping: Mapping[Any, Any], shape: Shape) -> str:
        item = (
            f'row_number() OVER (PARTITION BY "{NUMBER}" ORDER BY "{ITEM}") - 1' if mapping.is_list else "0"
        )
        columns = columns_of(shape, self._stamps, mapping, self._slots[mapping.name])
        good = (
            f'SELECT *, {item} AS "{PLACE}" FROM {made} '  # noqa: S608 - as above
            f'WHERE "{NUMBER}" NOT IN (SELECT "{NUMBER}" FROM bad)'
        )
        shown = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        line = line_of(shape, self._stamps) if self._with_lines else "NULL"
        return f'SELECT *, {line} AS "{LINE}" FROM (SELECT {shown} FROM ({good}))'  # noqa: S608 - as above

    def _offsets(self, zone: str, moments: Sequence[int]) -> Sequence[int]:
        """Return DuckDB's offsets of a zone from UTC in seconds. Raises DefinitionError where it has none."""
        asked = pa.table({"moment": pa.array([moment * 1_000_000 for moment in moments], pa.int64())})
        there = f"make_timestamp(moment)::TIMESTAMPTZ AT TIME ZONE '{zone}'"
        query = f"SELECT ((epoch_us({there}) - moment) // 1000000)::BIGINT FROM asked"  # noqa: S608 - a name
        self._connection.register("asked", asked)
        try:
            found = self._connection.sql(query).to_arrow_table()
        except duckdb.Error as error:
            raise DefinitionError.one(
                zone, "is no time zone of DuckDB's", "map the rows one by one"
            ) from error
        finally:
            self._connection.unregister("asked")
        return [int(each) for each in found.column(0).to_pylist()]

    def _numbers(self, piece: Piece) -> set[int]:
        """Return the numbers of the rows that are not among the columns."""
        assert piece.columns is not None
        if piece.columns.num_rows == piece.count:
            return set()
        there = set(piece.columns.column(-1).to_pylist())
        return {row.line for row in piece.given(None) if row.line not in there}


def bulk_of(
    application: Application, table: type[Table], stamps: Stamps, slots: dict[str, int], *, with_lines: bool
) -> Bulk | None:
    """Return what maps a table's rows in bulk, None where SQL can't say some of its mappings."""
    names = [NUMBER, *(field.name for field in shape_of(table).fields)]
    is_same = len({name.lower() for name in names}) < len(names)  # in SQL, whatever letters they are in
    if is_same:
        return None
    try:
        return Bulk(application, table, stamps, slots, with_lines=with_lines)
    except DefinitionError:
        return None


def _called(place: int) -> str:
    """Return what a piece's column is called in SQL, whatever the file calls it."""
    return f"c{place}"


def _schema(shape: Shape) -> pa.Schema:
    return events_schema(shape).append(pa.field(LINE, pa.string()))

"""Maps the rows of a frame by Spark's SQL, from rows of an application to rows of the `events` tables.

As `operations.backfill.bulk` does with DuckDB, by the same rules: only rows that are beyond doubt are mapped.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
from sqlglot import exp, parse_one

from franca.errors import DefinitionError
from franca.formats.registry import AUTO
from franca.mapping.application import Application
from franca.mapping.sql.select import ITEM, PROBLEM, SUBJECT, select
from franca.mapping.sql.spark import SETTINGS, as_spark
from franca.mapping.sql.zone_doubts import NO_DOUBTS, Doubts, doubts_of
from franca.model.entity import Table
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape, shape_of
from franca.operations.backfill.event_columns import PLACE, Stamps, columns_of
from franca.operations.backfill.piece import NUMBER
from franca.operations.backfill.typed import is_special, rule_of
from franca.topics.names import entity_topic

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SURE = "_sure"


class Made(NamedTuple):
    """Frames: rows of the `events` tables, by topic, and the rows of the source that were left over.

    `bad` are the numbers of those, which Spark keeps until it is told to `unpersist` them.
    """

    events: "dict[str, DataFrame]"
    left: "DataFrame"
    bad: "DataFrame"


class SparkBulk:
    """Maps frames of one table. `slots` gives the first slot of each mapping by its name.

    Raises DefinitionError for what Spark's SQL can't say: a word, or a time of day in an entity.
    """

    def __init__(
        self, application: Application, table: type[Table], stamps: Stamps, slots: dict[str, int]
    ) -> None:
        self._mappings = [mapping for mapping in application.mappings if mapping.table is table]
        self._columns = frozenset().union(*(mapping.columns for mapping in self._mappings))
        self._table, self._shape = table, shape_of(table)
        self._is_utc = application.timezone == "UTC"
        self._stamps, self._slots = stamps, slots
        self._source = f"rows_{uuid.uuid4().hex}"
        self._selected(NO_DOUBTS)

    def __call__(self, frame: "DataFrame") -> Made:
        """Return what a frame's rows give; beside the file's columns it has their numbers, `_row`.

        Raises DefinitionError where a column is missing or has a type that only the stream can read, and
        where the rows may be changes of a capture product.
        """
        session = frame.sparkSession
        if AUTO.may_be_change({*frame.columns} - {NUMBER}, self._table):
            reason = (
                "by their columns the rows may be changes of a capture product, which only the stream reads"
            )
            remedy = "use `franca backfill`, or leave out the columns that are not the table's"
            raise DefinitionError.one(self._shape.name, reason, remedy)
        typed = frame.selectExpr(f"`{NUMBER}`", *self._typed(frame))
        typed.where(SURE).drop(SURE).createOrReplaceTempView(self._source)
        doubts = doubts_of((mapping.tree for mapping in self._mappings), partial(_offsets, session))
        made = [session.sql(query) for query in self._selected(doubts)]
        bad = typed.where(f"NOT {SURE}").select(NUMBER)
        for mapping, rows in zip(self._mappings, made, strict=True):
            names = [PROBLEM, *(f"{PROBLEM}_{field.name}" for field in shape_of(mapping.entity).fields)]
            wrong = " OR ".join(f"`{name}` IS NOT NULL" for name in names)
            bad = bad.unionByName(rows.where(f"{wrong} OR `{SUBJECT}` IS NULL").select(NUMBER))
        bad = bad.distinct().persist()  # each of the frames asks for them
        events: dict[str, DataFrame] = {}
        for mapping, rows in zip(self._mappings, made, strict=True):
            shape = shape_of(mapping.entity)
            place = f"row_number() OVER (PARTITION BY `{NUMBER}` ORDER BY `{ITEM}`) - 1"
            good = rows.join(bad, NUMBER, "left_anti")
            good = good.selectExpr("*", f"{place if mapping.is_list else '0'} AS `{PLACE}`")
            columns = columns_of(shape, self._stamps, mapping, self._slots[mapping.name])
            columns["_changed_at"] = f"make_timestamp({self._stamps.time})"
            told = good.selectExpr(*(f"{spark_sql(sql)} AS `{name}`" for name, sql in columns.items()))
            topic = entity_topic(shape)
            events[topic] = events[topic].unionByName(told) if topic in events else told
        return Made(events, frame.join(bad, NUMBER, "left_semi"), bad)

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shapes of the entities, by topic."""
        return {entity_topic(shape_of(m.entity)): shape_of(m.entity) for m in self._mappings}

    def _selected(self, doubts: Doubts) -> list[str]:
        return [select(m, self._source, "spark", keep=(NUMBER,), doubts=doubts) for m in self._mappings]

    def _typed(self, frame: "DataFrame") -> list[str]:
        """Return the SQL of the columns that mappings read, in their types, and whether all are certain."""
        from pyspark.sql.pandas.types import to_arrow_schema

        kinds = to_arrow_schema(frame.schema)
        values, tests = [], ["true"]
        for field in self._shape.fields:
            if field.name not in self._columns:
                continue
            if field.column not in kinds.names:
                raise DefinitionError.one(field.column, "is not among the rows' columns", "check the file")
            kind = kinds.field(field.column).type
            rule = rule_of(field, field.column.replace('"', '""'), kind, is_text=False, is_utc=self._is_utc)
            if rule is None:
                raise _refused(field, kind)
            values.append(f"{spark_sql(rule.value)} AS `{field.name}`")
            tests.append(f"coalesce({spark_sql(rule.is_certain)}, false)")
            if field.kind is Kind.TEXT:
                tests.append(_is_utf8(field.column))
        return [*values, f"{' AND '.join(tests)} AS {SURE}"]


def quoted(name: str) -> str:
    """Return a column's name as Spark's SQL has it, whatever is in it."""
    return f"`{name.replace('`', '``')}`"


def _is_utf8(column: str) -> str:
    """Return the test that a text's bytes are UTF-8, which Spark takes from a file as they are.

    Java reads others as U+FFFD, so that they don't come back as they were.
    """
    name = quoted(column)
    return f"coalesce(decode(encode({name}, 'UTF-16BE'), 'UTF-16BE') = {name}, true)"


def _refused(field: Field, kind: pa.DataType) -> DefinitionError:
    """Return the refusal of a column that only the stream can read."""
    reason = f"is of the type {kind}, which only the stream can read"
    remedy = "cast it as the table declares it, or load it with `franca backfill`"
    if is_special(field):
        reason, remedy = "counts unscaled digits, which only the stream knows", "use `franca backfill`"
    return DefinitionError.one(field.column, reason, remedy)


def _offsets(session: "SparkSession", zone: str, moments: Sequence[int]) -> Sequence[int]:
    """Return Spark's offsets of a zone from UTC in seconds."""
    there = f"from_utc_timestamp(timestamp_seconds(moment), '{zone}')"
    asked = f"SELECT posexplode(from_json('{list(moments)}', 'ARRAY<BIGINT>')) AS (place, moment)"
    query = f"SELECT unix_seconds({there}) - moment AS its FROM ({asked}) ORDER BY place"  # noqa: S608 - a zone's name
    return [int(row.its) for row in session.sql(query).collect()]


def spark_sql(sql: str) -> str:
    r"""Return an expression of DuckDB's SQL as Spark has it.

    >>> spark_sql("make_timestamp(5)")
    'TIMESTAMP_MICROS(5)'
    >>> print(spark_sql("regexp_full_match(label, '[0-9a-f]{8}')"))
    label RLIKE '^(?:[0-9a-f]{8})\\z'
    """
    whole = exp.select(parse_one(sql, dialect="duckdb"))
    made: exp.Expr = as_spark(whole).expressions[0]
    return made.sql(dialect="spark")


@contextmanager
def exact(session: "SparkSession") -> Iterator[None]:
    """Give a session the settings under which the SQL means what it says, and its own back."""
    before = {name: session.conf.get(name, None) for name in SETTINGS}
    for name, value in SETTINGS.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name, known in before.items():
            if known is None:
                session.conf.unset(name)
            else:
                session.conf.set(name, known)

"""Asks the lake in SQL: DuckDB, with each entity as a view of its current state.

`<entity>` has the entity's fields, then where the state comes from (`_sequence`, `_mapping`, `_event_id`,
`_origin`, `_changed_at`), as the store's tables have. `<entity>_events` has every event ever published.
Other views are made when a question mentions them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from duckdb.sqltypes import DuckDBPyType

from franca.errors import DefinitionError, UnavailableError
from franca.lake.columns import deleted_schema, events_schema, snapshot_schema
from franca.lake.position import contested, later
from franca.lake.relation import relation
from franca.lake.tables import open_tables
from franca.lake.translation import reason_in, remedy_of_file
from franca.lake.unfolded import clear, unfolded
from franca.model.shape import Shape
from franca.views.catalogue import Catalogue
from franca.views.current import current_state
from franca.views.kinds.as_of import past_state
from franca.views.mentioned import mentioned
from franca.views.question import require_question
from franca.views.render import create_sql
from franca.views.trees import parsed
from franca.views.whole import through_arrow, whole
from franca.views.written import nearest

_BATCH_ROWS = 10_000
_ABSENT = re.compile(r"Catalog Error: Table(?: Function)? with name \"?(\w+)")
_UNREAD = re.compile(r"reading the stream registered as '\w+' failed: IOError")
"""What DuckDB says where pyarrow can't read files for it, as an error of the question or of the answer."""

_AWAY = (duckdb.IOException, duckdb.ConnectionException, duckdb.FatalException, OSError)


class Answer(NamedTuple):
    """The answer to a query: the names of its columns, and its rows, to be read once."""

    columns: list[str]
    rows: Iterator[tuple[Any, ...]]


class Lake:
    """A DuckDB connection that knows the lake's entities; a context manager. See `open_lake`.

    It is empty where none of these has a table yet.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, is_empty: bool = False) -> None:
        self._connection = connection
        self._views = Catalogue(())
        self._made: set[str] = set()
        self.is_empty = is_empty

    def define(self, views: Catalogue, as_of: datetime | None = None) -> None:
        """Have views at hand. With a moment the current state of each entity is what it was then.

        So is every view that reads current states; the history goes on to the end. Raises UnavailableError.
        """
        self._views = views
        self._made = {shape.name for shape in views.shapes}
        if as_of is not None:
            self._made.clear()
            moment = parsed(f"CAST('{as_of.isoformat()}' AS TIMESTAMPTZ)")
            self._views = Catalogue(views.shapes, map(partial(past_state, views, moment), views))

    def query(self, sql: str) -> Answer:
        """Return the answer to one query. Raises DefinitionError where the SQL is wrong, UnavailableError.

        What would write or change something is refused. Whole numbers of any size are integers, other
        decimals are decimals, times are in UTC.
        """
        try:
            self._make(sql)
            require_question(sql)
            relation = self._connection.sql(sql)
            if relation is None:
                return Answer([], iter(()))
            names, kinds = relation.columns, relation.types
            reader = _readable(relation).to_arrow_reader(_BATCH_ROWS)
        except duckdb.CatalogException as error:
            raise self._absent(error) from error
        except duckdb.Error as error:
            raise counterpart(error) from error
        return Answer(list(names), _rows(reader, kinds))

    def _absent(self, error: duckdb.CatalogException) -> DefinitionError | UnavailableError:
        """Return the error with the view that may have been meant: DuckDB knows only those that are made."""
        named = _ABSENT.match(str(error))
        remedy = nearest(named[1], [view.name for view in self._views]) if named else ""
        if named and remedy:
            return DefinitionError.one("query", f"there is no {named[1]!r}", remedy)
        return counterpart(error)

    def _make(self, sql: str) -> None:
        for view in mentioned(self._views, sql):
            if view.name not in self._made:
                self._made.add(view.name)
                self._connection.execute(create_sql(view, "duckdb"))

    def hold(self, entity: str) -> None:
        """Work an entity's current state out once, for several queries. Raises UnavailableError."""
        try:
            self._connection.execute(f'CREATE TABLE "_{entity}_held" AS SELECT * FROM "{entity}"')  # noqa: S608 - the model checks names
            self._connection.execute(f'CREATE OR REPLACE VIEW "{entity}" AS SELECT * FROM "_{entity}_held"')  # noqa: S608 - as above
        except duckdb.Error as error:
            raise counterpart(error) from error

    def close(self) -> None:
        """Release everything. May be called twice."""
        self._connection.close()

    def __enter__(self) -> "Lake":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_lake(url: str, shapes: Sequence[Shape], options: Mapping[str, str] | None = None) -> Lake:
    """Return the lake as it is now, with two views per entity. Raises UnavailableError.

    An entity of which nothing is stored yet has empty views.
    """
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        are_there = [_add(connection, shape, url, dict(options or {})) for shape in shapes]
        connection.execute("SET lock_configuration = true")  # functions write logs and profiles to files
    except duckdb.Error as error:
        connection.close()
        raise counterpart(error) from error
    except BaseException:
        connection.close()
        raise
    return Lake(connection, is_empty=not any(are_there))


def _add(connection: duckdb.DuckDBPyConnection, shape: Shape, url: str, options: dict[str, str]) -> bool:
    """Make an entity's views; return whether it has a table."""
    tables = open_tables(url, shape, options)
    events, folded = tables.events, tables.position
    tables.require(options)

    def add(
        name: str, schema: pa.Schema, table: DeltaTable | None, files: Sequence[str] | None = None
    ) -> None:
        rows = relation(connection, f"_{name}", schema, table, files)
        connection.execute(f'CREATE VIEW "{name}" AS {rows}')

    every, own = f"{shape.name}_events", f"_{shape.name}"  # no entity's name begins so
    add(every, events_schema(shape), events)
    if events is not None and folded:
        paths = unfolded(events, folded)
        plain = dict.fromkeys(clear(events, folded, paths))
        add(f"{own}_clear", events_schema(shape), events, list(plain))
        add(f"{own}_unclear", events_schema(shape), events, [path for path in paths if path not in plain])
        newer = (
            f'SELECT *, FALSE AS "_is_late" FROM "{own}_clear" UNION ALL BY NAME '  # noqa: S608 - the model checks names
            f'SELECT *, {contested(folded)} AS "_is_late" FROM "{own}_unclear" WHERE {later(folded)}'
        )
        add(f"{own}_snapshot", snapshot_schema(shape), tables.snapshot.table)
        add(f"{own}_deleted", deleted_schema(), tables.deleted.table)
    else:
        newer = f'SELECT * FROM "{every}"'  # noqa: S608 - as above
    connection.execute(f'CREATE VIEW "{own}_newer" AS {newer}')
    connection.execute(f'CREATE VIEW "{shape.name}" AS {current_state(shape, folded)}')
    return events is not None


def _readable(answer: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return an answer whose values Arrow has; see `through_arrow`."""
    shown = [(kind, through_arrow(kind)) for kind in answer.types]
    if all(str(kind) == text for kind, text in shown):
        return answer
    casts = (
        f"#{at}" if str(kind) == text else f"CAST(#{at} AS {text})"
        for at, (kind, text) in enumerate(shown, 1)
    )
    return answer.project(", ".join(casts))


def _rows(reader: pa.RecordBatchReader, kinds: Iterable[DuckDBPyType]) -> Iterator[tuple[Any, ...]]:
    converts = [whole(kind) for kind in kinds]
    try:
        for batch in reader:
            columns = [
                column.to_pylist() if convert is None else [convert(value) for value in column.to_pylist()]
                for column, convert in zip(batch.columns, converts, strict=True)
            ]
            yield from zip(*columns, strict=True)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise counterpart(error) from error
    except (OverflowError, ValueError) as error:
        reason = "the answer has a day or a moment outside the years 1 to 9999"
        raise DefinitionError.one("query", reason, "cast it to varchar") from error


def counterpart(error: Exception) -> DefinitionError | UnavailableError:
    """Return franca's error for one of DuckDB's or Arrow's: the SQL is wrong, or the lake is away."""
    if of_file := remedy_of_file(error):
        return UnavailableError("lake", reason_in(error), of_file)
    if isinstance(error, _AWAY) or _UNREAD.search(str(error)):
        return UnavailableError("lake", reason_in(error), "check [lake] in franca.toml")
    remedy = "see the model for the entities' fields"
    if isinstance(error, duckdb.OutOfMemoryException):
        remedy = "ask for less at once"
    if isinstance(error, duckdb.ParserException):
        remedy = 'mend the SQL; a name that is a word of SQL stands in double quotes: from "order"'
    return DefinitionError.one("query", str(error).strip(), remedy)

"""Carries a plan out: its views in DuckDB and in PostgreSQL, their rows against the recomputation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import sqlglot
from psycopg import sql
from psycopg.types.json import Json

from franca.lake.columns import events_schema
from franca.model.entity import Entity
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import LONGEST_NAME, Shape, shape_of
from franca.sinks.postgres_table import EntityTable, prepare
from franca.views.catalogue import Catalogue
from franca.views.lake import Lake
from franca.views.plan import plan as views_of
from franca.views.render import create_sql, query_sql
from franca.views.store import open_store
from franca.views.store_views import apply_views
from franca.views.view import View
from tests.models.expected import UNKNOWN, Expected, State
from tests.models.plans import Plan
from tests.models.values import in_json, in_lake, subject_of, told
from tests.scenes import Scene, at

LEFT_OUT = ("_event_id", "_origin")
"""What a plan does not tell of a row."""

Rows = list[Sequence[Any]]


class WrongError(AssertionError):
    """A view is not what it should be. `place` tells kinds of mistakes apart."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place


class Checked:
    """A plan with what its classes give."""

    def __init__(self, plan: Plan, classes: Sequence[type[Entity]]) -> None:
        self.plan, self.classes = plan, classes
        self.shapes = {shape_of(cls).name: shape_of(cls) for cls in classes}
        self.views = views_of(list(self.shapes.values()), classes)
        self.expected = Expected(plan, self.shapes)
        self._answers: dict[str, list[Any]] = {}

    def scene(self) -> Scene:
        """Return the events as the lake has them."""
        scene = Scene(self.classes)
        of = dict(zip(self.shapes, self.classes, strict=True))
        for event in self.plan.events:
            values = {name: in_lake(value) for name, value in event.values}
            subject = self.expected.subject(event)
            scene.add(
                of[event.entity],
                event.sequence,
                event.minute,
                mapping=event.mapping,
                gone=event.gone,
                **{"_subject": subject, **values},
            )
        return scene

    def names(self) -> None:
        """Check that names are whole, and each there once."""
        _same("names", [name for v in self.views for name in _doubled(c.name for c in v.columns)], [])
        names = [view.name for view in self.views]
        names += [f"{shape}_events" for shape in self.shapes]
        _same("names of views", list(_doubled(names)), [])
        long = [name for name in names if len(name) > LONGEST_NAME and not name.endswith("_events")]
        long += [c.name for v in self.views for c in v.columns if len(c.name) > LONGEST_NAME]
        _same("long names", long, [])

    def dialect(self, name: str) -> None:
        """Check that each view can be read in a dialect."""
        for view in self.views:
            made = create_sql(view, name, schema="project.dataset", origins={})
            try:
                sqlglot.parse_one(made, dialect=name)
            except sqlglot.errors.SqlglotError as error:
                raise WrongError(f"{view.kind} in {name}", f"{error}\n{made}") from error

    def lake(self) -> None:
        """Check all views of the lake."""
        scene = self.scene()
        with scene.lake() as lake:
            for view in self.views:
                if not view.parameter:
                    self._view(lake, view)
                else:
                    self._as_of(lake, view)
        self._plain(scene)
        minutes = self.expected.minutes()
        minute = minutes[len(minutes) // 2]
        with scene.lake(at(minute)) as lake:
            for view in self.views:
                if view.kind in ("current", "joined"):
                    wanted = _told(view, self._current(view, minute))
                    _same(f"{view.kind} asked as of a moment", _told(view, _raw(lake, view)), wanted)

    def store(self, dsn: str, schema: str) -> None:
        """Check all views of the store, in a schema that is not there yet."""
        tables = [EntityTable(shape, schema) for shape in self.shapes.values()]
        with psycopg.connect(dsn, autocommit=True) as connection:
            prepare(connection, tables)
            for shape in self.shapes.values():
                self._fill(connection, schema, shape)
        made = apply_views(dsn, schema, self.views, {})
        _same("made in the store", {step.done for step in made} - {"created"}, set())
        of_store = self.views.of_store()
        _same("views in the store", {s.view for s in made}, {v.name for v in of_store})
        with open_store(dsn, schema) as store:
            for view in [*of_store, *(each for each in self.views if each.kind == "current")]:
                named = ", ".join(f'"{column.name}"' for column in view.columns)
                found = store.query(f'SELECT {named} FROM "{schema}"."{view.name}"')
                _same(f"columns of {view.kind} in the store", found.columns, [c.name for c in view.columns])
                rows = _told(view, map(_left(view), found.rows))
                _same(f"{view.kind} in the store", rows, self._answers[view.name])

    def stored_again(self, dsn: str, schema: str) -> None:
        """Check that the store's views stay as they are, and go, all of them."""
        of_store = self.views.of_store()
        again = apply_views(dsn, schema, self.views, {})
        _same("made again in the store", {step.done for step in again} - {"kept"}, set())
        gone = apply_views(dsn, schema, Catalogue(()), {})
        _same("dropped in the store", {step.view for step in gone}, {view.name for view in of_store})

    def _fill(self, connection: "psycopg.Connection[Any]", schema: str, shape: Shape) -> None:
        rows = self.expected.rows(shape.name)
        columns = [*(each.name for each in shape.fields), "_sequence", "_mapping", "_changed_at"]
        for row in rows:
            values = [_in_store(each, row[each.name]) for each in shape.fields]
            statement = sql.SQL('INSERT INTO {} ({}, "_event_id") VALUES ({})').format(
                sql.Identifier(schema, shape.name),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join([sql.Placeholder()] * (len(columns) + 1)),
            )
            connection.execute(statement, [*values, *(row[name] for name in columns[-3:]), "x"])

    def _view(self, lake: Lake, view: View) -> None:
        """Check a view of the lake."""
        raw = _raw(lake, view)
        found = self._answers[view.name] = _told(view, raw)
        match view.kind:
            case "history":
                states = self.expected.states(view.entity)
                rows = [[*_listed(self.shapes[view.entity], each.row), *_interval(each)] for each in states]
                _same("history", found, _told(view, rows))
            case "joined_history" | "dimension_history":
                self._past(view, raw)
            case "changes":
                _same("changes", found, _told(view, self.expected.changes(view.entity)))
            case "counts":
                _same("counts", found, _told(view, self.expected.counts(view.entity)))
            case "fact":
                _same("fact", found, _told(view, self.expected.fact(view.entity)))
            case "dimension":
                _same("dimension", found, _told(view, self._dimension(view, None)))
            case _:
                _same(view.kind, found, _told(view, self._current(view)))

    def _current(self, view: View, minute: float | None = None) -> Rows:
        if view.kind == "joined":
            return [*self.expected.joined(view.entity, minute)]
        return [_listed(self.shapes[view.entity], row) for row in self.expected.rows(view.entity, minute)]

    def _dimension(self, view: View, minute: float | None) -> Rows:
        """Return a dimension's members: the key as text before what the joined view has."""
        shape = self.shapes[view.entity]
        rows = [row[:-3] for row in self.expected.joined(shape.name, minute)]
        names = [each.name for each in shape.fields]
        keys = [subject_of(shape.keys, dict(zip(names, row, strict=False))) for row in rows]
        members = [[key, *row] for key, row in zip(keys, rows, strict=True)]
        width = len(view.columns) - (2 if view.kind.endswith("history") else 0)
        return [*members, [UNKNOWN, *[None] * (width - 1)]]

    def _past(self, view: View, raw: Rows) -> None:
        """Check that a history of several entities says at each moment what the joined view said."""
        ends = [(row[-2], row[-1]) for row in raw]
        empty = [end for end in ends if end[1] is not None and end[1] <= end[0]]
        _same(f"empty intervals of {view.kind}", empty, [])
        names = [each for each in view.columns if each.name not in LEFT_OUT]
        for minute in self.expected.minutes():
            moment = at(minute)
            held = [row[:-2] for row in raw if row[-2] <= moment and (row[-1] is None or moment < row[-1])]
            wanted: Rows = (
                [*self.expected.joined(view.entity, minute)]
                if view.kind == "joined_history"
                else self._dimension(view, minute)
            )
            columns = [each.field for each in names[:-2]]
            _same(view.kind, _rows(columns, held), _rows(columns, wanted))

    def _as_of(self, lake: Lake, view: View) -> None:
        for minute in self.expected.minutes()[::4]:
            answer = lake.query(f"""SELECT * FROM "{view.name}"('{at(minute).isoformat()}')""")
            states = [each for each in self.expected.states(view.entity) if each.holds(minute)]
            rows = [[*_listed(self.shapes[view.entity], each.row), *_interval(each)] for each in states]
            _same("as_of", _told(view, map(_left(view), answer.rows)), _told(view, rows))

    def _plain(self, scene: Scene) -> None:
        """Check the current states as engines read them that have the events alone."""
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for shape in self.shapes.values():
                rows = pa.Table.from_pylist(scene.events.get(shape.name, []), events_schema(shape))
                connection.register(f"{shape.name}_events", rows)
            for view in self.views:
                if view.kind == "current":
                    found = connection.sql(query_sql(view, "duckdb")).to_arrow_table().to_pylist()
                    rows = [[row[c.name] for c in view.columns if c.name not in LEFT_OUT] for row in found]
                    _same("current of all events", _told(view, rows), _told(view, self._current(view)))


def _listed(shape: Shape, row: dict[str, Any]) -> list[Any]:
    return [row[name] for name in (*(f.name for f in shape.fields), "_sequence", "_mapping", "_changed_at")]


def _interval(state: State) -> list[Any]:
    return [at(state.start), None if state.end is None else at(state.end)]


def _in_store(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.kind in (Kind.LIST, Kind.STRUCT):
        return Json(in_json(value))
    return in_lake(value) if field.kind in (Kind.ENUM, Kind.UUID) else value


def _raw(lake: Lake, view: View) -> Rows:
    answer = lake.query(f'SELECT * FROM "{view.name}"')
    _same(f"columns of {view.kind}", answer.columns, [column.name for column in view.columns])
    return [*map(_left(view), answer.rows)]


def _left(view: View) -> Callable[[Sequence[Any]], list[Any]]:
    places = [number for number, column in enumerate(view.columns) if column.name not in LEFT_OUT]
    return lambda row: [row[place] for place in places]


def _told(view: View, rows: Iterable[Sequence[Any]]) -> list[Any]:
    return _rows([column.field for column in view.columns if column.name not in LEFT_OUT], rows)


def _rows(fields: Sequence[Field | None], rows: Iterable[Sequence[Any]]) -> list[Any]:
    return sorted([told(field, each) for field, each in zip(fields, row, strict=True)] for row in rows)


def _doubled(names: Iterable[str]) -> Iterator[str]:
    known: set[str] = set()
    for name in names:
        if name in known:
            yield name
        known.add(name)


def _same(place: str, found: Any, wanted: Any) -> None:
    if found == wanted:
        return
    if isinstance(found, list) and isinstance(wanted, list):
        more = [each for each in found if each not in wanted]
        less = [each for each in wanted if each not in found]
        raise WrongError(place, f"{len(found)} of {len(wanted)}\nfound:  {more[:3]}\nwanted: {less[:3]}")
    raise WrongError(place, f"found {found}, wanted {wanted}")

"""Makes the views of a scene in an engine, and compares their rows with those that DuckDB gives."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from franca.lake.bound import bound_of
from franca.lake.fold import fold
from franca.lake.location import table_url
from franca.model.entity import Entity
from franca.model.shape import shape_of
from franca.model.views import Declared
from franca.views.catalogue import Catalogue
from franca.views.folded import folded
from franca.views.plan import plan
from franca.views.script import relations, script
from tests.engines import trade
from tests.engines.rows import exact
from tests.scenes import Scene

ORIGINS = {("client", "name"): ["crm.cust.FIRST'S", "crm.cust.LAST"]}


class Engine(ABC):
    """An engine over a lake in a folder that it can read."""

    dialect: str
    folder: Path
    schema = ""
    """What the script puts before all names."""

    @property
    def lake_url(self) -> str:
        """The lake's URL as the script has it."""
        return str(self.folder)

    @abstractmethod
    def register(self, name: str, path: Path) -> None:
        """Have a Delta table at hand, by a name."""

    @abstractmethod
    def run(self, sql: str) -> None:
        """Carry out a statement."""

    @abstractmethod
    def rows(self, name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return some columns of a relation's rows."""

    def known(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return what the engine can tell of a row."""
        return row

    def make(self, views: Catalogue, origins: Any = None) -> None:
        """Make views, and the tables that they read."""
        for name, (entity, table) in relations(views).items():
            self.register(name, Path(table_url(str(self.folder), entity, table)))
        for statement in script(views, origins or {}, self.lake_url, self.dialect, self.schema):
            if statement.does != "table":
                self.run(statement.sql)


def answers_alike(
    engine: Engine, entities: list[type[Entity]], declared: dict[str, Declared] | None = None
) -> None:
    """Make all views of some entities in an engine; their rows must be those that DuckDB gives."""
    views = plan([shape_of(entity) for entity in entities], trade.ENTITIES, declared)
    counted = answers_of(engine, trade.scene(), views)
    assert [name for name, rows in counted.items() if not rows] == []


def answers_of(engine: Engine, scene: Scene, views: Catalogue) -> dict[str, int]:
    """Make views over a scene in an engine, the same rows as DuckDB's; return how many each has."""
    scene.store(engine.folder)
    engine.make(views, ORIGINS)
    counted: dict[str, int] = {}
    with scene.lake() as lake:
        lake.define(views)
        for view in views:
            if not view.parameter:
                wanted = lake.query(f'SELECT * FROM "{view.name}"')
                rows = engine.rows(view.name, wanted.columns)
                told = (engine.known(dict(zip(wanted.columns, row, strict=True))) for row in wanted.rows)
                assert _texts(map(engine.known, rows)) == _texts(told), view.name
                counted[view.name] = len(rows)
    return counted


def reads_what_is_folded(engine: Engine) -> None:
    """The current state from snapshot and newer events is right, and stays so when more is folded."""
    scene, shape, url = trade.scene(), shape_of(trade.Client), str(engine.folder)
    plain = plan([shape], trade.ENTITIES)
    scratch = engine.folder / "scratch"
    for first, last in ((0, 6), (6, 8)):
        scene.store(engine.folder, first, last)
        assert fold(url, shape, {}, scratch).is_done
    bound = bound_of(url, shape, {})
    assert bound is not None
    assert [entry.next for entry in bound.position] == [6]
    assert bound.has_deleted
    engine.make(folded(plain, {"client": bound}))
    scene.store(engine.folder, 8)
    wanted = _texts(map(engine.known, _current(scene)))
    names = list(_current(scene)[0])
    assert _texts(engine.rows("client", names)) == wanted
    assert fold(url, shape, {}, scratch).is_done
    assert _texts(engine.rows("client", names)) == wanted


def _current(scene: Any) -> list[dict[str, Any]]:
    with scene.lake() as lake:
        found = lake.query("SELECT * FROM client")
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def _texts(rows: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(repr({name: exact(value) for name, value in sorted(row.items())}) for row in rows)

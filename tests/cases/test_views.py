"""Models beside the views that they give: titled pairs, in `views/`."""

import re
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pytest
import sqlglot

from franca.config.declared import entities_of
from franca.lake.columns import events_schema
from franca.model.shape import shape_of
from franca.views.catalogue import Catalogue
from franca.views.plan import plan
from franca.views.render import DIALECTS, create_sql, query_sql

FOLDER = Path(__file__).parent / "views"
_CASE = re.compile(r"^## (?P<title>[^\n]+)\n(?P<body>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_MODEL = re.compile(r"^```python\n(?P<text>.*?)```$", re.DOTALL | re.MULTILINE)
_VIEW = re.compile(
    r"^`(?P<name>\w+)`(?: for (?P<dialect>\w+))?\n```sql\n(?P<sql>.*?)```$", re.DOTALL | re.MULTILINE
)
_TOLD = re.compile(r"^```text\n(?P<text>.*?)```$", re.DOTALL | re.MULTILINE)


class Case(NamedTuple):
    """A model, what its catalogue says, and the SQL of some of its views by name and dialect."""

    title: str
    model: str
    told: str
    views: list[tuple[str, str, str]]


def _cases() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*.md")):
        for found in _CASE.finditer(path.read_text()):
            model, told = _MODEL.search(found["body"]), _TOLD.search(found["body"])
            assert model, found["title"]
            views = [(v["name"], v["dialect"] or "duckdb", v["sql"]) for v in _VIEW.finditer(found["body"])]
            yield Case(f"{path.stem}: {found['title']}", model["text"], told["text"] if told else "", views)


CASES = list(_cases())


def catalogue(case: Case) -> Catalogue:
    """Return the views of a case's model; an entity named `Unmapped…` is fed by no mapping."""
    module = ModuleType("written")
    sys.modules["written"] = module
    prelude = "from typing import Annotated\nfrom franca import Entity, Key, Link, Pii, Value\n"
    exec(compile(prelude + case.model, "written", "exec"), vars(module))
    entities = entities_of([module])
    assert not [*entities.problems, *entities.links()]
    fed = [shape_of(entity) for entity in entities.whole if not entity.__name__.startswith("Unmapped")]
    return plan(fed, entities.all)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_model_gives_its_views(case: Case) -> None:
    """What is shown of the catalogue, and of the views' SQL, is so."""
    found = catalogue(case)
    told = [f"{view.name}: {', '.join(c.name for c in view.columns if c.name[0] != '_')}" for view in found]
    told += [f"{view.name} leaves out: {note}" for view in found for note in view.notes]
    for line in case.told.splitlines():
        assert line in told
    for name, dialect, sql in case.views:
        assert f"{query_sql(found.view(name), dialect, pretty=True)}\n" == sql


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_each_view_is_one_statement_of_each_engine(case: Case) -> None:
    """A dialect's parser reads what was written for it, and DuckDB makes it with the columns it tells."""
    found = catalogue(case)
    for view, dialect in zip(found, cycle(DIALECTS), strict=False):
        if not view.parameter:
            assert len(sqlglot.parse(create_sql(view, dialect), read=dialect)) == 1
    with duckdb.connect(":memory:") as connection:
        for shape in found.shapes:
            rows = pa.Table.from_pylist([], events_schema(shape))
            connection.register(f"{shape.name}_events", rows)
        for view in found.behind(view.name for view in found):
            connection.execute(create_sql(view, "duckdb"))
            name = f'"{view.name}"(now())' if view.parameter else f'"{view.name}"'
            answer = connection.sql(f"SELECT * FROM {name}")
            assert answer.columns == [column.name for column in view.columns]

"""Current states where the SQL itself says how far events are folded: right at each time, in any engine."""

from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from franca.lake.bound import Bound, bound_of, earlier
from franca.lake.fold import fold
from franca.lake.location import table_url
from franca.lake.position import Reached
from franca.model.shape import shape_of
from franca.views.folded import folded
from franca.views.plan import plan
from franca.views.render import query_sql
from franca.views.script import relations
from tests.engines import trade

SHAPE = shape_of(trade.Client)


def current(url: str, bound: Bound | None) -> list[str]:
    """Return the rows that the view's SQL gives, over the tables as they are now."""
    views = folded(plan([SHAPE], trade.ENTITIES), {} if bound is None else {"client": bound})
    with duckdb.connect(":memory:") as connection:
        for name, (entity, kind) in relations(views).items():
            table = DeltaTable(table_url(url, entity, kind))
            connection.register(name, table.to_pyarrow_dataset())
        rows = connection.execute(query_sql(views.view("client"), "duckdb")).fetchall()
    return sorted(str(row[:6]) for row in rows)


def test_the_position_of_the_fold_before_does_whatever_is_folded_since(tmp_path: Path) -> None:
    """Late and repeated events, deletes, keys that come back: a bound that has aged changes no answer."""
    scene, url = trade.scene(), str(tmp_path)
    bounds: list[Bound | None] = []
    for first, last in ((0, 3), (3, 6), (6, 8), (8, 11), (11, 20)):
        scene.store(tmp_path, first, last)
        wanted = current(url, None)
        assert [current(url, bound) for bound in bounds] == [wanted] * len(bounds)
        assert fold(url, SHAPE, {}, tmp_path / "scratch").is_done
        bounds.append(bound_of(url, SHAPE, {}))
        assert [current(url, bound) for bound in bounds] == [wanted] * len(bounds)
    assert bounds[0] is None
    assert [bound.position[0].next for bound in bounds if bound] == [3, 6, 8, 11]
    assert [bound.has_deleted for bound in bounds if bound] == [True] * 4


def test_what_was_moved_back_is_not_relied_on() -> None:
    """Of two positions the smaller offset counts, and the larger sequence; of a partition both must know."""
    one = (Reached("t", 0, 9, "b", 9), Reached("t", 1, 5, "a", 5))
    other = (Reached("t", 0, 4, "c", 9),)
    assert earlier(one, other) == earlier(other, one) == (Reached("t", 0, 4, "c", 9),)
    assert earlier(one, ()) == ()


@pytest.mark.parametrize("dialect", ["spark", "snowflake"])
def test_a_snapshot_that_lacks_columns_waits_for_the_next_fold(tmp_path: Path, dialect: str) -> None:
    """A view over it would name columns that are not there."""
    scene = trade.scene()
    scene.store(tmp_path)
    assert fold(str(tmp_path), SHAPE, {}, tmp_path / "scratch").is_done
    grown = shape_of(trade.GrownClient)
    assert bound_of(str(tmp_path), grown, {}) is None
    made = folded(plan([grown], [trade.GrownClient]), {})
    assert "_client_snapshot" not in query_sql(made.view("client"), dialect)

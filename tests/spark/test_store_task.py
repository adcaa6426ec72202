"""What a task makes of the store's position: it goes on behind it, and gives way to who moved it back."""

from collections.abc import Sequence

import pyarrow as pa
import pytest

from franca.config.settings import RegistrySettings
from franca.spark.lake_task import Letters
from franca.spark.outcome import Outcome
from franca.spark.store_task import Store, StoreTask
from franca.topics.cluster import Cluster
from franca.types import Partition, Record
from tests.conftest import Database
from tests.individuals import SHAPE, event, record

pytestmark = pytest.mark.services

PLACE = Partition("individual", 0, "t")


def test_a_task_that_is_tried_again_goes_on_behind_what_it_has_stored(postgres: Database) -> None:
    """The store is further than where the micro-batch begins, then."""
    store = Store(postgres.dsn, "public", {"individual": SHAPE})
    records = [record(event(f"k{n}", n + 1), n) for n in range(4)]
    assert [each.kind for each in _run(store, records[:2], None)] == ["reached"]
    assert [each.value for each in _run(store, records, 0)] == ['{"next":4,"read":2,"written":2,"dead":0}']


@pytest.mark.parametrize("to", [0, 1])
def test_a_task_gives_way_where_others_have_moved_the_position_back(postgres: Database, to: int) -> None:
    """As `franca seek` does: what is to be read again lies before the micro-batch, which has none of it."""
    store = Store(postgres.dsn, "public", {"individual": SHAPE})
    records = [record(event(f"k{n}", n + 1), n) for n in range(4)]
    _run(store, records[:2], None)
    sink = store.sink(_letters())
    sink.open()
    assert sink.move({PLACE: (2, to)})
    assert [each.kind for each in _run(store, records[2:], 2)] == ["moved"]
    assert sink.positions([PLACE]) == {PLACE: to}
    sink.close()


def _run(store: Store, records: Sequence[Record], start: int | None) -> list[Outcome]:
    """Have a task store records; the store was at `start` before them."""
    starts = {} if start is None else {PLACE: start}
    names = ("topic", "partition", "offset", "timestamp", "key", "value")
    rows = [{**{name: getattr(each, name) for name in names}, "headers": None} for each in records]
    task = StoreTask(store, {"individual": "t"}, starts, _letters())
    return list(task.run([pa.RecordBatch.from_pylist(rows)]))


def _letters() -> Letters:
    return Letters(Cluster("localhost:1"), ("crm",), RegistrySettings())

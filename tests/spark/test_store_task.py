"""What a task makes of the store's position: it goes on behind it, and gives way to who moved it back."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from franca.config.schema_registry import registry_of
from franca.config.settings import RegistrySettings
from franca.errors import WriteError
from franca.local.kafka import LocalKafka
from franca.local.schema_registry import LocalRegistry
from franca.sources.extract import extract
from franca.spark.lake_task import Letters
from franca.spark.outcome import Outcome
from franca.spark.store_task import Store, StoreTask
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import read_dead_letter
from franca.topics.event_encoding import EventEncoder, EventOpener
from franca.topics.names import dead_letter_topic
from franca.types import Partition, Record
from tests.conftest import Database
from tests.individuals import SHAPE, event, record
from tests.spark.streams import Scene

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
    sink = store.sink(_letters(), None)
    sink.open()
    assert sink.move({PLACE: (2, to)})
    assert [each.kind for each in _run(store, records[2:], 2)] == ["moved"]
    assert sink.positions([PLACE]) == {PLACE: to}
    sink.close()


def test_a_refused_event_is_parked_as_it_came(
    kafka: LocalKafka, registry: LocalRegistry, postgres: Database, tmp_path: Path
) -> None:
    """Not as the JSON that was made of it behind a schema registry; and with why there is none."""
    scene, settings = Scene.make(kafka.bootstrap, tmp_path), RegistrySettings(url=registry.url)
    known = registry_of(settings)
    assert known is not None
    encoder = EventEncoder(known, "avro", {"individual": SHAPE})
    whole = encoder.written("individual", event("A", 1, name="\0"))
    values = [whole, whole[:20]]

    letters = Letters(scene.cluster, (scene.application,), settings)
    store = Store(postgres.dsn, "public", {"individual": SHAPE})
    _run(store, [record(value, n) for n, value in enumerate(values)], None, letters)

    found = extract(scene.cluster, [dead_letter_topic(scene.application)])
    parked = sorted((read_dead_letter(each.value or b"") for each in found), key=lambda x: x.record.offset)
    assert [each.record.value for each in parked] == values
    with pytest.raises(WriteError) as told:
        EventOpener(known).opened(values[1])
    assert parked[1].reason == told.value.reason


def _run(
    store: Store, records: Sequence[Record], start: int | None, letters: Letters | None = None
) -> list[Outcome]:
    """Have a task store records; the store was at `start` before them."""
    starts = {} if start is None else {PLACE: start}
    names = ("topic", "partition", "offset", "timestamp", "key", "value")
    rows = [{**{name: getattr(each, name) for name in names}, "headers": None} for each in records]
    task = StoreTask(store, {"individual": "t"}, starts, letters or _letters())
    return list(task.run([pa.RecordBatch.from_pylist(rows)]))


def _letters() -> Letters:
    return Letters(Cluster("localhost:1"), ("crm",), RegistrySettings())

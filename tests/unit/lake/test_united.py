"""An older model folds what a newer one has written, and leaves out nothing of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from franca.lake.bound import bound_of
from franca.lake.fold import FILE_ROWS, fold
from franca.lake.united import united
from franca.lake.verification import verify
from franca.model.entity import Entity, Value
from franca.model.markers import Key
from franca.model.shape import Shape, shape_of
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from tests.individuals import record

PLACE = Partition("shop", 0, "t")


def older() -> Shape:
    """Return an entity as it was."""

    class Address(Value):
        street: str
        floor: int | None = None

    class Shop(Entity):
        """Where goods are sold."""

        id: Key[str]
        address: Address | None = None

    return shape_of(Shop)


def newer() -> Shape:
    """Return the entity with another part in the middle of its value, and more columns."""

    class Address(Value):
        street: str
        city: str | None = None
        floor: int | None = None

    class Shop(Entity):
        """Where goods are sold."""

        id: Key[str]
        mail: str | None = None
        address: Address | None = None
        branches: list[Address] | None = None

    return shape_of(Shop)


OLD, NEW = older(), newer()
BERN = {"street": "s", "floor": 1}
ULM = {"street": "s", "city": "Ulm", "floor": 1}
WHOLE = {"mail": "m", "address": ULM, "branches": [ULM]}


def event(key: str, sequence: int, data: Mapping[str, Any]) -> bytes:
    """Return an event's JSON."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"raw.crm.shop/0/{sequence}/shop/c",
            "source": "crm/shop",
            "type": "shop.changed",
            "subject": key,
            "time": "2026-11-22T10:00:00.123456Z",
            "dataschema": "shop/1",
            "sequence": f"0001.lsn.{sequence:020d}.000",
            "origin": "crm",
            "mapping": "1-a",
            "data": {"id": key, **data},
        }
    )


class Lake:
    """A lake that one model writes and another one folds."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.url = folder, str(folder / "lake")
        self._next = 0

    def write(self, shape: Shape, *events: tuple[str, Mapping[str, Any]]) -> None:
        """Store events as a model has them."""
        sink = DeltaSink(self.url, [shape], Parking(lambda messages: None, "lake", ["crm"]))
        sink.open()
        first = self._next
        values = [event(key, first + number, data) for number, (key, data) in enumerate(events)]
        records = [record(value, first + number, 0, "shop") for number, value in enumerate(values)]
        self._next += len(records)
        assert sink.write(Batch(records, {PLACE: self._next}, {PLACE: first}))

    def fold(self, shape: Shape, file_rows: int = FILE_ROWS, *, is_killed: bool = False) -> None:
        """Fold by a model; as if killed behind the first file."""

        def tell(done: int, total: int) -> None:
            if is_killed:
                raise KeyboardInterrupt

        assert fold(self.url, shape, {}, self._folder / "scratch", tell, file_rows).is_done

    def problems(self, shape: Shape) -> Sequence[str]:
        """Return what is wrong."""
        return verify(self.url, shape, {}, self._folder / "scratch").problems

    @property
    def snapshot(self) -> dict[str, dict[str, Any]]:
        """The rows of the snapshot, without columns of the envelope."""
        rows = DeltaTable(f"{self.url}/shop/snapshot").to_pyarrow_table().to_pylist()
        return {row.pop("id"): {name: row[name] for name in row if name[0] != "_"} for row in rows}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Give a lake that both models have written."""
    lake = Lake(tmp_path)
    lake.write(OLD, ("a", {"address": BERN}), ("b", {"address": BERN}))
    lake.write(NEW, ("b", WHOLE))
    return lake


PLAIN = {"mail": None, "address": {**ULM, "city": None}, "branches": None}


def test_an_older_model_leaves_out_nothing(lake: Lake) -> None:
    """Neither of new events, nor of what is folded, whichever model folds next."""
    lake.fold(OLD)
    assert lake.snapshot == {"a": PLAIN, "b": WHOLE}
    lake.write(OLD, ("c", {"address": BERN}))
    lake.fold(OLD)
    assert lake.snapshot == {"a": PLAIN, "b": WHOLE, "c": PLAIN}
    lake.write(NEW, ("a", WHOLE))
    lake.fold(NEW)
    assert lake.snapshot == {"a": WHOLE, "b": WHOLE, "c": PLAIN}
    assert (lake.problems(OLD), lake.problems(NEW)) == ([], [])


def test_a_newer_model_folds_before_it_writes(tmp_path: Path) -> None:
    """Its columns are null then, and of what follows they are folded."""
    lake = Lake(tmp_path)
    lake.write(OLD, ("a", {"address": BERN}))
    lake.fold(NEW)
    lake.write(NEW, ("b", WHOLE))
    lake.fold(OLD)
    assert lake.snapshot == {"a": PLAIN, "b": WHOLE}


def test_what_a_fold_left_behind_with_other_columns_is_written_anew(tmp_path: Path) -> None:
    """It is of a model that knew less."""
    lake = Lake(tmp_path)
    lake.write(OLD, ("a", {"address": BERN}), ("b", {"address": BERN}))
    with pytest.raises(KeyboardInterrupt):
        lake.fold(OLD, 1, is_killed=True)
    (left,) = Path(f"{lake.url}/shop/snapshot").glob("*.parquet")
    lake.fold(NEW, 1)
    files = DeltaTable(f"{lake.url}/shop/snapshot").file_uris()
    assert len(files) == 2
    assert left.name not in {Path(file).name for file in files}
    assert lake.snapshot == {"a": PLAIN, "b": PLAIN}


def test_a_snapshot_without_parts_that_the_model_gave_up_is_right(lake: Lake) -> None:
    """A table keeps them, and another one that is made anew may lack them, or have them in another order."""
    lake.fold(NEW)
    path = Path(DeltaTable(f"{lake.url}/shop/snapshot").file_uris()[0])
    rows = pq.read_table(path)
    kind = pa.struct(
        [("floor", rows.schema.field("address").type.field("floor").type), ("street", pa.string())]
    )
    place = rows.schema.get_field_index("address")
    pq.write_table(rows.set_column(place, "address", rows["address"].cast(kind)), path)
    assert lake.problems(OLD) == []
    assert len(lake.problems(NEW)) == 1


@pytest.mark.parametrize("shape", [OLD, NEW])
def test_views_rely_on_a_snapshot_that_has_the_parts_of_the_events(lake: Lake, shape: Shape) -> None:
    """Also where the model has fewer, or others come first: engines need one type of both."""
    for _ in range(2):
        lake.fold(OLD)
        lake.write(OLD, ("c", {"address": BERN}))
    assert bound_of(lake.url, shape, {}) is not None
    kinds = [DeltaTable(f"{lake.url}/shop/{name}").schema().to_arrow() for name in ("events", "snapshot")]
    own = [pa.schema(kind) for kind in kinds]
    assert [own[0].field(name).type for name in WHOLE] == [own[1].field(name).type for name in WHOLE]


def test_columns_and_parts_are_united_in_the_order_of_the_first() -> None:
    """What only the second has follows; where they have nothing in common the first counts."""
    one = pa.schema([("a", pa.int64()), ("s", pa.struct([("x", pa.string()), ("y", pa.string())]))])
    other = pa.schema([("s", pa.struct([("z", pa.string()), ("x", pa.string())])), ("a", pa.string())])
    names = [("x", pa.string()), ("y", pa.string()), ("z", pa.string())]
    assert united(one, other) == pa.schema([("a", pa.int64()), ("s", pa.struct(names))])
    lists = [pa.schema([("l", pa.list_(schema.field("s").type))]) for schema in (one, other)]
    assert united(*lists) == pa.schema([("l", pa.list_(pa.struct(names)))])

"""The snapshot folded by Spark: the rows of the fold on one machine, and either goes on after the other."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from franca.lake.fold import fold
from franca.lake.state_table import StateFile
from franca.lake.tables import deleted_of, events_of, snapshot_of
from franca.lake.unfolded import unfolded
from franca.lake.verification import verify
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.spark.fold import SparkFold
from franca.spark.ranges import bounds, splits, within
from franca.types import Batch, Partition
from tests.individuals import FULL, SHAPE, event, record
from tests.unit.lake.test_united import BERN, NEW, OLD, PLAIN, WHOLE
from tests.unit.lake.test_united import Lake as Shops

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PLACES = [Partition("individual", number, "t") for number in (0, 1)]


class Lake:
    """A lake of individuals in a folder; events come in turns, the keys dealt out to two partitions."""

    def __init__(self, folder: Path) -> None:
        self.url = str(folder)
        self._next = [0, 0]

    def append(self, values: Sequence[bytes], partition: int = 0) -> None:
        """Store some events of a partition."""
        place, start = PLACES[partition], self._next[partition]
        sink = DeltaSink(self.url, [SHAPE], Parking(lambda letters: None, "lake", ["crm"]))
        sink.open()
        records = [record(value, start + n, partition) for n, value in enumerate(values)]
        self._next[partition] += len(values)
        assert sink.write(Batch(records, {place: self._next[partition]}, {place: start}))
        sink.close()

    def state(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the rows of the snapshot and of the deleted keys."""
        found = []
        for table in (snapshot_of(self.url, SHAPE, {}), deleted_of(self.url, SHAPE, {})):
            rows = [row for f in table.files() for row in table.rows(f).to_pylist()] if table.open() else []
            assert table.table is None or table.is_ordered()
            found.append(rows)
        return found[0], found[1]


def turns() -> list[tuple[list[bytes], int]]:
    """Return events in turns: new keys, updates, deletes, repeats, late ones, a key that comes back."""
    first = [event(f"k{n:03}", n + 1, **FULL) for n in range(40)]
    second = [event(f"k{n:03}", 100 + n, name="Grace") for n in range(0, 40, 3)]
    third = [event(f"k{n:03}", 200 + n, deleted=True) for n in range(0, 40, 4)]
    fourth = [event("k000", 150), event("k004", 300, name="back"), *second, event("zz\U0001f600", 1)]
    return [(first, 0), ([event(f"p{n}", n + 1) for n in range(10)], 1), (second, 0), (third, 0), (fourth, 0)]


def test_spark_and_one_machine_fold_in_turn(spark: "SparkSession", tmp_path: Path) -> None:
    """Turn by turn the snapshot, the deleted keys and the position are those of folds on one machine only."""
    alone, shared = Lake(tmp_path / "alone"), Lake(tmp_path / "shared")
    scratch = tmp_path / "scratch"
    by_spark = SparkFold(spark, shared.url, {}, scratch, file_rows=12)
    for turn, (values, partition) in enumerate(turns()):
        for lake in (alone, shared):
            lake.append(values, partition)
        one = fold(alone.url, SHAPE, {}, scratch, file_rows=12)
        two = fold(shared.url, SHAPE, {}, scratch, file_rows=12) if turn % 2 else by_spark.run(SHAPE)
        assert two == one
        assert shared.state() == alone.state()
    assert by_spark.run(SHAPE).events == 0
    assert not verify(shared.url, SHAPE, {}, scratch).problems


def test_spark_folds_no_further_than_events_have_been_read_again(
    spark: "SparkSession", tmp_path: Path
) -> None:
    """What was refused before `franca seek` is folded when it has come."""
    lake, scratch, place = Lake(tmp_path / "lake"), tmp_path / "scratch", PLACES[0]
    sink = DeltaSink(lake.url, [SHAPE], Parking(lambda letters: None, "lake", ["crm"]))
    sink.open()
    first, refused, last = (record(event(f"k{at}", at + 1, **FULL), at, 0) for at in range(3))
    assert sink.write(Batch([first, last], {place: 3}, {place: 0}))
    by_spark = SparkFold(spark, lake.url, {}, scratch)
    assert by_spark.run(SHAPE).events == 2
    assert sink.move({place: (3, 0)})
    assert by_spark.run(SHAPE).events == 0
    assert sink.write(Batch([first], {place: 1}, {place: 0}))
    assert by_spark.run(SHAPE).events == 2
    assert sink.write(Batch([refused, last], {place: 3}, {place: 1}))
    assert by_spark.run(SHAPE).events == 3
    assert [row["_subject"] for row in lake.state()[0]] == ["k0", "k1", "k2"]
    assert not verify(lake.url, SHAPE, {}, scratch).problems


@pytest.mark.parametrize("is_first", [True, False])
def test_a_delete_that_another_fold_has_stored_meanwhile_stays(
    spark: "SparkSession", tmp_path: Path, is_first: bool
) -> None:
    """The slower fold gives way, whether the table of deleted keys was there when it began or not."""
    lake, scratch = Lake(tmp_path / "lake"), tmp_path / "scratch"
    lake.append([event(f"k{n}", n + 1, **FULL) for n in range(6)])
    lake.append([event("k2", 50, deleted=not is_first)])
    fold(lake.url, SHAPE, {}, scratch)
    lake.append([event("k0", 100, deleted=True)])
    snapshot = snapshot_of(lake.url, SHAPE, {})
    snapshot.open()

    def overtake(done: int, total: int) -> None:
        lake.append([event("k1", 200, deleted=True)])
        kept = shutil.copytree(snapshot.url, tmp_path / "kept")
        assert fold(lake.url, SHAPE, {}, scratch).is_done
        shutil.rmtree(snapshot.url)
        kept.rename(snapshot.url)  # as if it was killed between its two commits

    assert not SparkFold(spark, lake.url, {}, scratch).run(SHAPE, overtake).is_done
    lake.append([event("k1", 150, name="late")])
    assert SparkFold(spark, lake.url, {}, scratch).run(SHAPE).is_done
    assert {"k0", "k1"} <= {row["_subject"] for row in lake.state()[1]}
    assert not {"k0", "k1"} & {row["_subject"] for row in lake.state()[0]}
    assert not verify(lake.url, SHAPE, {}, scratch).problems


def test_spark_leaves_out_nothing_that_an_older_model_does_not_know(
    spark: "SparkSession", tmp_path: Path
) -> None:
    """Columns, and parts of nested values, as on one machine."""
    lake = Shops(tmp_path)
    lake.write(OLD, ("a", {"address": BERN}), ("b", {"address": BERN}))
    lake.write(NEW, ("b", WHOLE))
    assert SparkFold(spark, lake.url, {}, tmp_path / "scratch").run(OLD).events == 3
    assert lake.snapshot == {"a": PLAIN, "b": WHOLE}
    lake.write(OLD, ("c", {"address": BERN}))
    assert SparkFold(spark, lake.url, {}, tmp_path / "scratch").run(OLD).events == 1
    assert lake.snapshot == {"a": PLAIN, "b": WHOLE, "c": PLAIN}
    assert (lake.problems(OLD), lake.problems(NEW)) == ([], [])


def test_a_file_whose_events_are_all_folded_is_looked_into_and_left(
    spark: "SparkSession", tmp_path: Path
) -> None:
    """Where its partitions go to unequal offsets, its statistics can't tell that nothing in it is new."""
    lake, records = Lake(tmp_path / "lake"), []
    for partition, count in enumerate((10, 3)):
        records += [record(event(f"{partition}-{n}", n + 1), n, partition) for n in range(count)]
    sink = DeltaSink(lake.url, [SHAPE], Parking(lambda letters: None, "lake", ["crm"]))
    sink.open()
    assert sink.write(Batch(records, dict(zip(PLACES, (10, 3), strict=True)), dict.fromkeys(PLACES, 0)))
    done = fold(lake.url, SHAPE, {}, tmp_path / "scratch")
    events = events_of(lake.url, SHAPE, {})
    assert events is not None
    assert unfolded(events, done.position)

    folded = SparkFold(spark, lake.url, {}, tmp_path / "scratch").run(SHAPE)

    assert (folded.events, folded.rows) == (0, 13)


def test_an_entity_without_events_is_folded_to_nothing(spark: "SparkSession", tmp_path: Path) -> None:
    """No table is made for what is not there."""
    done = SparkFold(spark, str(tmp_path), {}, tmp_path / "scratch").run(SHAPE)
    assert (done.events, done.rows, done.is_done) == (0, 0, True)
    assert list(tmp_path.iterdir()) == []


def test_ranges_follow_the_files_and_the_new_keys() -> None:
    """Small files are folded together, many new keys are dealt out; each key is in one range."""
    files = [StateFile(f"f{n}", 1, 10, f"{n}0", f"{n}9") for n in range(4)]
    assert splits(files, [], 0, 20) == ["20"]
    assert splits([], ["d", "a", "c", "b"], 40, 20) == ["c"]
    assert splits([], [], 0, 20) == []
    at = ["20", "30"]
    assert [bounds(at, place) for place in range(3)] == [(None, "20"), ("20", "30"), ("30", None)]
    assert [[f.path for f in within(files, *bounds(at, place))] for place in range(3)] == [
        ["f0", "f1"],
        ["f2"],
        ["f3"],
    ]
    assert [f.path for f in within(files, "05", "15")] == ["f0", "f1"]


@pytest.mark.parametrize("keys", [["b"], ["a", "b", "c"]])
def test_a_slice_begins_at_its_key_and_ends_before_the_next(keys: list[str]) -> None:
    """Two ranges that meet at a key share no row of it."""
    import pyarrow as pa

    from franca.lake.newest import slice_of

    rows = pa.table({"_subject": keys})
    before, after = slice_of(rows, None, "b"), slice_of(rows, "b", None)
    assert [*before["_subject"].to_pylist(), *after["_subject"].to_pylist()] == keys
    assert "b" in after["_subject"].to_pylist()

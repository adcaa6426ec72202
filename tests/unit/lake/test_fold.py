"""Folding events leaves the newest of each key, however they came and however often it is done."""

import random
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.lake.fold import Folded, fold
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.lake import open_lake
from tests.individuals import SHAPE, event, record

PLACES = [Partition("individual", number, "t") for number in range(2)]


class Lake:
    """A lake that is written event by event, and what its current state should be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sink = DeltaSink(str(folder / "lake"), [SHAPE], Parking(lambda messages: None, "lake", ["crm"]))
        self.sink.open()
        self.next = [0, 0]
        self.newest: dict[str, tuple[tuple[int, int], str | None]] = {}

    def write(self, *changes: tuple[str, int, int, str | None]) -> None:
        """Store changes: key, sequence, mapping, and the name, None for a delete. A key has its partition."""
        starts, records = list(self.next), []
        for key, sequence, mapping, name in changes:
            partition = ord(key) % 2
            value = event(key, sequence, mapping=f"{mapping}-x", name=name or "", deleted=name is None)
            records.append(record(value, self.next[partition], partition))
            self.next[partition] += 1
            rank = (sequence, mapping)
            if key not in self.newest or rank > self.newest[key][0]:
                self.newest[key] = (rank, name)
        moved = [number for number in range(2) if self.next[number] > starts[number]]
        ends = {PLACES[number]: self.next[number] for number in moved}
        assert self.sink.write(Batch(records, ends, {PLACES[number]: starts[number] for number in moved}))

    def fold(self) -> Folded:
        """Fold what is there."""
        return fold(str(self.folder / "lake"), SHAPE, {}, self.folder / "scratch")

    @property
    def expected(self) -> dict[str, str]:
        """The current state: the name of each key."""
        return {key: name for key, (_, name) in sorted(self.newest.items()) if name is not None}

    @property
    def current(self) -> dict[str, str]:
        """What the view has."""
        with open_lake(str(self.folder / "lake"), [SHAPE]) as lake:
            rows = list(lake.query("SELECT id, name FROM individual").rows)
        assert len({key for key, _ in rows}) == len(rows)
        return dict(sorted(rows))

    @property
    def snapshot(self) -> dict[str, str]:
        """What the snapshot has."""
        rows = DeltaTable(self.folder / "lake/individual/snapshot").to_pyarrow_table().to_pylist()
        assert len({row["id"] for row in rows}) == len(rows)
        return {row["id"]: row["name"] for row in rows}


@pytest.mark.parametrize("seed", range(4))
def test_any_course_of_events_folds_to_the_newest_of_each_key(tmp_path: Path, seed: int) -> None:
    """Repeats, late events, deletes and keys that come back, folded at any time."""
    chance = random.Random(seed)  # nothing is secret
    lake = Lake(tmp_path)
    for _ in range(3):
        for _ in range(chance.randint(1, 3)):
            lake.write(
                *(
                    (
                        chance.choice("abcdefghijkl"),
                        chance.randint(1, 12),
                        chance.randint(1, 2),
                        chance.choice([None, "x", "y", "z"]),
                    )
                    for _ in range(chance.randint(1, 8))
                )
            )
        assert lake.current == lake.expected
        folded = lake.fold()
        assert folded.rows == len(lake.expected)
        assert lake.snapshot == lake.current == lake.expected

"""Tables of an entity that do not belong together: one was taken away on its own, or is an older one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.errors import UnavailableError
from franca.lake.bound import bound_of
from franca.lake.condition import condition
from franca.lake.position import DELETED
from franca.lake.verification import verify
from tests.individuals import SHAPE
from tests.unit.lake.test_fold import Lake

READERS: dict[str, Callable[[Lake], object]] = {
    "query": lambda lake: lake.current,
    "fold": lambda lake: lake.fold(),
    "status": lambda lake: condition(lake.url, SHAPE, {}),
    "views": lambda lake: bound_of(lake.url, SHAPE, {}),
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Give a lake whose last fold met a delete; what it was before is its backup."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "old"), ("b", 1, 1, "old"), ("c", 1, 1, None))
    lake.fold()
    shutil.copytree(tmp_path / "lake", tmp_path / "backup")
    lake.write(("b", 9, 1, None), ("d", 1, 1, "new"))
    lake.fold()
    return lake


def _removed(lake: Lake, table: str) -> None:
    shutil.rmtree(lake.table(table))


def _older(lake: Lake, table: str) -> None:
    shutil.rmtree(lake.table(table))
    shutil.copytree(lake.folder / "backup/individual" / table, lake.table(table))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("changed", [_removed, _older])
@pytest.mark.parametrize("table", ["events", "deleted"])
def test_who_reads_or_folds_says_what_does_not_belong_together(
    lake: Lake, reader: str, changed: Callable[[Lake, str], None], table: str
) -> None:
    """A late event of a deleted key would bring it back, and older events would be taken for all."""
    changed(lake, table)
    lake.sink.open()  # a run makes `events` anew
    with pytest.raises(UnavailableError, match=rf"/{table} .*bring them back; or remove") as caught:
        READERS[reader](lake)
    assert "fold" in caught.value.remedy or table == "events"
    assert verify(lake.url, SHAPE, {}, lake.folder / "scratch").problems


def test_events_that_are_read_again_are_waited_for(lake: Lake) -> None:
    """Once they have all that is folded, the snapshot is of them again."""
    known = lake.expected
    _older(lake, "events")
    again = Lake(lake.folder)
    again.next = [1, 2]
    again.write(("b", 9, 1, None))
    with pytest.raises(UnavailableError, match="events is older than"):
        assert lake.current
    again.write(("d", 1, 1, "new"))
    assert lake.current == known


def test_the_remedy_brings_the_state_back(lake: Lake) -> None:
    """A fold anew knows what was deleted, by the events."""
    _removed(lake, "deleted")
    _removed(lake, "snapshot")
    lake.fold()
    lake.write(("b", 5, 1, "late"))
    assert lake.current == lake.expected


def test_a_snapshot_of_an_earlier_version_is_read(lake: Lake) -> None:
    """It does not tell of deletes: nothing can be said of what is beside it, until the next fold."""
    (commit,) = sorted(lake.table("snapshot").glob("_delta_log/*.json"))[-1:]
    lines = [json.loads(line) for line in commit.read_text().splitlines()]
    for line in lines:
        line.get("metaData", {}).get("configuration", {}).pop(DELETED, None)
    commit.write_text("\n".join(map(json.dumps, lines)))
    assert DELETED not in DeltaTable(lake.table("snapshot")).metadata().configuration
    assert lake.current == lake.expected
    lake.write(("e", 1, 1, "new"))
    lake.fold()
    assert DELETED in DeltaTable(lake.table("snapshot")).metadata().configuration

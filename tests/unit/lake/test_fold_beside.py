"""A fold meets a vacuum, and snapshots that are in no order."""

import os
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.errors import UnavailableError
from franca.lake.fold import NOTE, fold
from franca.lake.vacuum import vacuum
from tests.individuals import SHAPE
from tests.unit.lake.test_fold import Lake


def test_a_vacuum_in_between_does_not_undo_a_fold(tmp_path: Path) -> None:
    """It notes in the table's log what it did, and changes a setting; rows stay what they were."""
    lake, hours = Lake(tmp_path), iter([24, 48])
    lake.write(*((key, 1, 1, "old") for key in "abcdef"))
    lake.fold()
    lake.write(("a", 2, 1, "new"))

    def remove(done: int, total: int) -> None:
        vacuum(lake.url, SHAPE, {}, next(hours))

    assert fold(lake.url, SHAPE, {}, tmp_path / "scratch", remove, 3).is_done
    assert lake.snapshot == lake.expected
    kept = DeltaTable(str(lake.table("snapshot"))).metadata().configuration
    assert kept["delta.deletedFileRetentionDuration"] == "interval 48 hours"


def test_files_of_a_fold_that_a_vacuum_took_become_no_part_of_the_table(tmp_path: Path) -> None:
    """A fold that was killed long ago is gone on with, and its first files are old."""
    lake, rows = Lake(tmp_path), 2
    lake.write(*((key, 1, 1, "old") for key in "abcdef"))
    lake.fold(file_rows=rows)
    lake.write(("a", 2, 1, "new"))

    def remove(done: int, total: int) -> None:
        if done == rows:
            day_ago = time.time() - 30 * 3600
            for path in lake.table("snapshot").glob("*.parquet"):
                os.utime(path, (day_ago, day_ago))
            assert len(vacuum(lake.url, SHAPE, {}, 24)) == 1

    assert not fold(lake.url, SHAPE, {}, tmp_path / "scratch", remove, rows).is_done
    assert lake.current == lake.expected
    assert lake.fold().is_done
    assert lake.snapshot == lake.expected


@pytest.mark.parametrize("length", [1, 5_000])
def test_a_snapshot_in_no_order_is_folded_beside_many_events(tmp_path: Path, length: int) -> None:
    """Bounds of long keys with one beginning are cut, so that nothing tells in which order files are."""
    lake, keys = Lake(tmp_path), [f"{'x' * 300}{number:06d}" for number in range(3_000)]
    lake.write(*((key, 1, 1, "old") for key in keys))
    lake.fold(file_rows=1_000)
    lake.write(*((key, 2, 1, "y" * length) for key in keys))
    lake.fold(file_rows=1_000)
    assert lake.snapshot == lake.expected


def test_a_fold_leaves_a_snapshot_its_name_and_description(tmp_path: Path) -> None:
    """Others have given them, as they set properties of it and comments of its columns."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"), ("b", 1, 1, None))
    lake.fold()
    for name in ("snapshot", "deleted"):
        alter = DeltaTable(lake.table(name)).alter
        alter.set_table_name("people")
        alter.set_table_description("All of us")
    lake.write(("a", 2, 1, "y"), ("b", 2, 1, None))
    lake.fold()
    for name in ("snapshot", "deleted"):
        told = DeltaTable(lake.table(name)).metadata()
        assert (told.name, told.description) == ("people", "All of us")
    assert lake.snapshot == lake.expected


@pytest.mark.parametrize("kept", [0, 100])
def test_a_fold_goes_on_with_whole_files_only(tmp_path: Path, kept: int) -> None:
    """Who was killed with the machine left a note, and files that never reached the disk."""
    lake = Lake(tmp_path)
    lake.write(*((key, 1, 1, "x") for key in "abcdef"))
    with pytest.raises(KeyboardInterrupt):
        lake.fold(file_rows=2, stop_at=4)
    torn = min(lake.files)
    torn.write_bytes(torn.read_bytes()[:kept])
    assert lake.fold(file_rows=2).is_done
    assert lake.snapshot == lake.expected
    assert torn.name not in {uri.rpartition("/")[2] for uri in DeltaTable(lake.table("snapshot")).file_uris()}


def test_a_note_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    """As a lake that is away: nobody knows yet whether a fold began."""
    lake = Lake(tmp_path)
    lake.write(("a", 1, 1, "x"))
    lake.fold()
    lake.write(("a", 2, 1, "y"))
    note = lake.table("snapshot") / NOTE
    note.parent.mkdir(exist_ok=True)
    note.symlink_to(note.name)
    with pytest.raises(UnavailableError, match=rf"{NOTE}.*check the folder"):
        lake.fold()
    note.unlink()
    lake.fold()
    assert lake.snapshot == lake.expected

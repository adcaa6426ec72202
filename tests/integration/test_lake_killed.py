"""The lake's upkeep is killed at random moments, or finds no room: nothing is lost, doubled or wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from deltalake import DeltaTable

from franca.errors import UnavailableError
from franca.lake.compaction import compact
from franca.lake.fold import fold
from franca.lake.location import TABLES, table_url
from franca.lake.vacuum import vacuum
from franca.lake.verification import verify
from tests.individuals import SHAPE
from tests.integration.crew import ROOT
from tests.integration.lake_killing import look
from tests.small_disk import small_disk
from tests.unit.lake.test_fold import Lake

SHORT, LONG = 3, 200


@pytest.mark.timeout(1_200)
def test_kills_during_upkeep_lose_and_double_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Folds, compactions and vacuums end anywhere, one or two at once: every reader sees what was written."""
    kills = LONG if request.config.getoption("--soak") else SHORT
    program = [sys.executable, "-m", "tests.integration.lake_killing", str(tmp_path), str(kills), "5"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=1_200, check=False)
    assert done.returncode == 0, done.stderr

    url, scratch = str(tmp_path / "lake"), tmp_path / "scratch"
    assert verify(url, SHAPE, {}, scratch).problems == []
    assert fold(url, SHAPE, {}, scratch, None, 60).is_done
    assert compact(url, SHAPE, {}, scratch, 2).is_done
    count = look(tmp_path)
    assert verify(url, SHAPE, {}, scratch).events == count > 0
    vacuum(url, SHAPE, {}, 0)
    for name in TABLES:
        table = table_url(url, "individual", name)
        left = {path.name for path in Path(table).glob("*.parquet*")}
        assert left == {uri.rpartition("/")[2] for uri in DeltaTable(table).file_uris()}
    assert look(tmp_path) == count


@pytest.mark.parametrize("work", [fold, compact])
def test_a_full_disk_amid_the_upkeep_changes_nothing(tmp_path: Path, work: object) -> None:
    """It is said; what is there stays readable, and with room the same is done."""
    (tmp_path / "disk").mkdir()
    with small_disk(tmp_path / "disk", "2m") as disk:
        lake = Lake(disk)
        for start in range(0, 600, 100):
            lake.write(*((chr(0x4E00 + start + n), 1, 1, os.urandom(300).hex()) for n in range(100)))
        ballast = disk / "ballast"
        free = os.statvfs(disk)
        ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 100_000))
        with pytest.raises(UnavailableError, match="No space left"):
            _done(work, lake, tmp_path)
        assert lake.current == lake.expected
        ballast.unlink()
        assert _done(work, lake, tmp_path)
        assert lake.current == lake.expected
        assert verify(lake.url, SHAPE, {}, tmp_path / "scratch").problems == []


def _done(work: object, lake: Lake, folder: Path) -> bool:
    if work is fold:
        return fold(lake.url, SHAPE, {}, folder / "scratch", None, 50).is_done
    return compact(lake.url, SHAPE, {}, folder / "scratch").is_done

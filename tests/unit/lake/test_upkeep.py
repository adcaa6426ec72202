"""Upkeep goes on whatever others do meanwhile, and whatever the clock once was."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from franca.lake.upkeep import Policy, tend
from tests.individuals import SHAPE
from tests.unit.lake.test_fold import Lake


def test_upkeep_goes_on_while_the_work_of_others_ends(tmp_path: Path) -> None:
    """What they had on disk goes between two looks at it."""
    scratch = tmp_path / "scratch"
    folders = [scratch / str(number) for number in range(50)]

    def work() -> None:
        for folder in folders:
            folder.mkdir(parents=True)
        for folder in folders:
            folder.rmdir()

    with ThreadPoolExecutor(1) as others:
        for _ in range(3):
            other = others.submit(work)
            while not other.done():
                tend(str(tmp_path / "lake"), SHAPE, {}, scratch, Policy())
            other.result()


@pytest.mark.parametrize("days", [-400, -2, 2, 400])
def test_a_clock_that_was_wrong_keeps_nothing_for_long(tmp_path: Path, days: int) -> None:
    """Files that no table has are removed, and what the killed left, whatever the time was taken for."""
    lake, scratch = Lake(tmp_path), tmp_path / "scratch"
    lake.write(("a", 1, 1, "x"))
    assert tend(lake.url, SHAPE, {}, scratch, Policy()) == []
    forgotten, new = scratch / "forgotten", scratch / "new"
    for path in (forgotten, new):
        path.mkdir()
    lost = lake.table("events") / "part-1.parquet"
    lost.write_text("")
    for path, moment in (
        (lost, -25 * 3600),
        (forgotten, days * 86400),
        (scratch / "individual.vacuumed", days * 86400),
    ):
        os.utime(path, (time.time() + moment,) * 2)
    assert tend(lake.url, SHAPE, {}, scratch, Policy()) == ["removed 1 files"]
    assert sorted(path.name for path in scratch.iterdir()) == ["individual.vacuumed", "new"]

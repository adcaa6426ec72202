"""A folder for what does not fit into memory that is full, or none, is told, and nothing is left in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from franca.errors import UnavailableError
from franca.lake.compaction import compact
from franca.lake.fold import fold
from franca.lake.states import States
from franca.lake.upkeep import Policy, tend
from franca.lake.verification import verify
from tests.individuals import SHAPE
from tests.small_disk import small_disk
from tests.unit.lake.test_fold import Lake

WORKS: dict[str, Callable[[str, Path], object]] = {
    "fold": lambda url, scratch: fold(url, SHAPE, {}, scratch),
    "compact": lambda url, scratch: compact(url, SHAPE, {}, scratch, 2),
    "verify": lambda url, scratch: verify(url, SHAPE, {}, scratch),
    "tend": lambda url, scratch: tend(url, SHAPE, {}, scratch, Policy()),
    "compare": lambda url, scratch: States(scratch / "states"),
}


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path, work: Callable[[str, Path], object]) -> None:
    """So that whoever does the same for other entities goes on with them."""
    lake, scratch = filled(tmp_path), tmp_path / "scratch"
    scratch.write_text("a file")
    with pytest.raises(UnavailableError, match=r"(Not a directory|File exists).* more space"):
        work(lake.url, scratch)
    assert scratch.read_text() == "a file"
    assert lake.current == lake.expected


@pytest.mark.parametrize("left", [0, 20_000])
def test_a_full_disk_is_told_and_nothing_of_a_fold_is_left(tmp_path: Path, left: int) -> None:
    """Whether its database can't be begun or gets no further."""
    lake = filled(tmp_path)
    (tmp_path / "disk").mkdir()
    with small_disk(tmp_path / "disk", "1m") as disk:
        scratch = disk / "scratch"
        scratch.mkdir()
        (disk / "ballast").write_bytes(bytes((1 << 20) - 4096 * 2 - left))
        with pytest.raises(UnavailableError, match=r"No space left.* give the project's folder more space"):
            fold(lake.url, SHAPE, {}, scratch)
        assert list(scratch.iterdir()) == []
        (disk / "ballast").unlink()
        assert fold(lake.url, SHAPE, {}, scratch).rows == 4
    assert lake.current == lake.expected


def filled(folder: Path) -> Lake:
    """Return a lake with small files of which nothing is folded."""
    lake = Lake(folder)
    for sequence in range(5):
        lake.write(*((key, sequence, 1, f"{key}{sequence}") for key in "abcd"))
    return lake

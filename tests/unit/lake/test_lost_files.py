"""Files of rows that are gone, empty, or cut off: whoever needs them tells which table's, and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from franca.errors import UnavailableError
from franca.lake.compaction import compact
from franca.lake.translation import REMEDIES
from franca.views.lake import open_lake
from tests.individuals import SHAPE
from tests.unit.lake.test_fold import Lake

DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-100]),
}

NEEDING: dict[str, Callable[[Lake], object]] = {
    "query": lambda lake: lake.current,
    "fold": lambda lake: lake.fold(),
    "compact": lambda lake: compact(lake.url, SHAPE, {}, lake.folder / "scratch", fewest=2),
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake with a file of each state, and some of events that are not folded."""
    found = Lake(tmp_path)
    found.write(("a", 1, 1, "x"), ("b", 1, 1, None))
    found.fold()
    for sequence in range(2, 8):
        found.write(("a", sequence, 1, "y"), ("b", sequence, 1, None))
    return found


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    ("what", "table"),
    [
        *(("query", table) for table in REMEDIES),
        *(("fold", table) for table in REMEDIES),
        ("compact", "events"),
    ],
)
def test_files_that_are_no_files_any_more_are_told(lake: Lake, what: str, table: str, damage: str) -> None:
    """No setting is wrong, no disk full, no question: the table's own remedy is told, and who lists all."""
    newest = max(lake.table(table).glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    whole = newest.read_bytes()
    DAMAGES[damage](newest)
    with pytest.raises(UnavailableError) as caught:
        NEEDING[what](lake)
    assert newest.name in str(caught.value)
    assert str(caught.value).endswith(f"; `franca lake verify` lists them: {REMEDIES[table]}")
    newest.write_bytes(whole)
    NEEDING[what](lake)
    assert lake.current == lake.expected


@pytest.mark.parametrize("table", REMEDIES)
@pytest.mark.parametrize("what", ["query", "fold"])
def test_files_that_are_damaged_within_are_no_wrong_question(lake: Lake, what: str, table: str) -> None:
    """Their pages are what is read last: not every reader tells whose they are."""
    newest = max(lake.table(table).glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    whole = newest.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    newest.write_bytes(whole[:4] + bytes(each ^ 0x55 for each in whole[4:footer]) + whole[footer:])
    with pytest.raises(UnavailableError, match="; `franca lake verify` lists them"):
        NEEDING[what](lake)
    newest.write_bytes(whole)
    NEEDING[what](lake)
    assert lake.current == lake.expected


def test_what_else_is_read_has_no_such_remedy(lake: Lake) -> None:
    """A question may name files of its own."""
    with (
        open_lake(lake.url, [SHAPE]) as asked,
        pytest.raises(UnavailableError, match=r"check .lake. in franca\.toml"),
    ):
        asked.query(f"SELECT * FROM read_parquet('{lake.folder}/other.parquet')")

"""What the increments hold, and what is expected of those who merge them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from bench.proof import changes
from bench.proof.equality import DifferentError, expect
from bench.proof.programs import deltalake_merge, duckdb_rewrite

BASE, HOUR = 2_000, 500


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the tables before an increment."""
    folder = tmp_path_factory.mktemp("base") / "tables"
    folder.mkdir()
    changes.write_base(folder, BASE)
    return folder


@pytest.fixture
def increment(tables: Path, tmp_path: Path) -> tuple[str, Path]:
    """Give a file of changes and a copy of the tables."""
    changes.write_file(tmp_path / "changes.jsonl", BASE, HOUR)
    shutil.copytree(tables, tmp_path / "tables")
    return str(tmp_path / "changes.jsonl"), tmp_path / "tables"


def compare(tables: Path, folder: Path) -> None:
    """Compare merged tables with what they should be. Raises DifferentError."""
    for wanted in changes.wanted(tables, BASE, HOUR):
        expect("mine", folder / wanted.name, wanted)


def test_some_keys_change_more_than_once_within_an_hour() -> None:
    """One change in a hundred is another of a key that has changed, to another row."""
    keys = [changes.change(number, BASE)[0] for number in range(HOUR)]
    assert len(keys) - len(set(keys)) == HOUR // changes.AGAIN
    one, other = (json.loads(changes.change(number, BASE)[1])["after"] for number in (58, 99))
    assert one["cust_num"] == other["cust_num"]
    assert all(one[name] != other[name] for name in ("status", "fname", "sex", "branch"))


@pytest.mark.parametrize("merge", [deltalake_merge.main, duckdb_rewrite.main])
def test_a_merge_that_keeps_the_newest_change_is_right(
    tables: Path, increment: tuple[str, Path], merge: Callable[[str, str], None]
) -> None:
    """As the programs of the contestants do."""
    file, folder = increment
    merge(file, str(folder))
    compare(tables, folder)


def test_a_merge_that_keeps_the_oldest_change_differs(tables: Path, increment: tuple[str, Path]) -> None:
    """Which key and which values, it is told."""
    file, folder = increment
    oldest: dict[str, str] = {}
    for line in Path(file).read_text().splitlines():
        oldest.setdefault(json.loads(line)["after"]["cust_num"], line)
    Path(file).write_text("\n".join(oldest.values()))
    duckdb_rewrite.main(file, str(folder))
    with pytest.raises(
        DifferentError, match="'individual' has 2,000 rows as expected, but 'name' differs in 5"
    ):
        compare(tables, folder)


def test_rows_that_nothing_changed_are_compared_too(tables: Path, increment: tuple[str, Path]) -> None:
    """One that is spoiled is told by its key."""
    file, folder = increment
    duckdb_rewrite.main(file, str(folder))
    changed = {changes.change(number, BASE)[0].decode() for number in range(HOUR)}
    number = next(number for number in range(BASE) if f'"{number:08d}"' not in str(changed))
    spoiled = f"CUST{number:08d}"
    DeltaTable(str(folder / "individual")).update({"branch": "'9999'"}, predicate=f"id = '{spoiled}'")
    with pytest.raises(DifferentError) as found:
        compare(tables, folder)
    assert f"'branch' differs in 1, first where 'id' is '{spoiled}': '9999', expected" in str(found.value)

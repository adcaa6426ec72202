"""A database's table as a file of rows, the same each time, which outlives a backfill that was cut off."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from franca.cli.backfill_sources import Asked, opened_sources
from franca.cli.rows import RowFile
from franca.cli.table_copy import shown
from franca.config.project import load
from franca.errors import UnavailableError, UsageError
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken
from tests.integration.depot import MODULE
from tests.small_disk import small_disk

UNSAID = Taken()
ROWS = [("2", "b", "x", 7, "12.50"), ("1", None, "ä\n", 2**40, None)]


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Give a database with the depot's table, whose columns are in other letters and order."""
    with sqlite3.connect(tmp_path / "depot.db") as connection:
        names = (
            "NO primary key, colour, name, count, price, weight, sold, made, opens, seen, label, unit, shelf1"
        )
        connection.execute(f'CREATE TABLE stock (own, {names}, "shelf-2")')
        connection.executemany(
            "INSERT INTO stock (no, colour, name, count, price) VALUES (?, ?, ?, ?, ?)", ROWS
        )
    connection.close()
    return f"sqlite:///{tmp_path}/depot.db"


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    """Give the depot's table."""
    (tmp_path / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    (tmp_path / "depot.py").write_text(MODULE.replace("NAME", "depot"))
    return Loading(load(tmp_path), "depot.stock", forgets=True)


def rows(
    loading: Loading, source: str, name: str = "", taken: Taken = UNSAID, *, is_kept: bool = True
) -> tuple[str, list[dict[str, object]]]:
    """Return the snapshot that a database gives, and its rows without nulls."""
    told, found = "", []
    with opened_sources(loading, [RowFile(source)], taken, Asked(name, is_kept=is_kept)) as opened:
        for snapshot, pieces in opened:
            told += f"{snapshot.format} {snapshot.topic}"
            found += [msgspec.json.decode(row.value) for piece in pieces for row in piece.given(None)]
    return told, [{name: value for name, value in row.items() if value is not None} for row in found]


def fail_over(loading: Loading, source: str, taken: Taken = UNSAID, *, is_kept: bool = True) -> None:
    """Fail while a database's rows are loaded."""
    with opened_sources(loading, [RowFile(source)], taken, Asked(is_kept=is_kept)) as opened:
        next(iter(opened))
        raise UnavailableError("store", "is away", "start it")


def test_a_table_is_read_in_the_order_of_its_key(loading: Loading, address: str) -> None:
    """By the class's names, and mapped columns only; read again it is the same snapshot."""
    snapshot, found = rows(loading, address)
    assert found == [
        {"no": "1", "name": "ä\n", "count": 2**40},
        {"no": "2", "colour": "b", "name": "x", "count": 7, "price": "12.50"},
    ]
    assert snapshot.startswith("plain backfill.depot.stock.")
    assert rows(loading, f"{address}#stock")[0] == rows(loading, address, "stock")[0] == snapshot
    assert list((loading.project.state / "backfill").iterdir()) == []


def test_a_text_that_is_not_utf_8_is_given_as_it_stands(
    loading: Loading, address: str, tmp_path: Path
) -> None:
    """SQLite keeps whatever it is given: what decodes the rows refuses this one, and the others go on."""
    with sqlite3.connect(tmp_path / "depot.db") as connection:
        connection.execute("UPDATE stock SET name = cast(x'4dfc22' AS text) WHERE no = '1'")
    connection.close()
    with opened_sources(loading, [RowFile(address)], UNSAID, Asked()) as opened:
        given = [row.value for _, pieces in opened for piece in pieces for row in piece.given(None)]
    assert b'"name":"M\xfc\\""' in given[0]
    assert msgspec.json.decode(given[1])["name"] == "x"


def test_a_copy_outlives_a_backfill_that_failed(loading: Loading, address: str, tmp_path: Path) -> None:
    """The rows may have changed meanwhile, and those that are stored already must be the same ones."""
    first, _ = rows(loading, address)
    with pytest.raises(UnavailableError):
        fail_over(loading, address)
    with sqlite3.connect(tmp_path / "depot.db") as connection:
        connection.execute("DELETE FROM stock")
    connection.close()

    assert rows(loading, address)[0] == first
    assert rows(loading, address)[1] == []


def test_a_copy_that_was_taken_otherwise_is_not_taken(loading: Loading, address: str) -> None:
    """Its rows are older than the position that is said now: a change between would be lost."""
    folder = loading.project.state / "backfill"
    with pytest.raises(UnavailableError):
        fail_over(loading, address)
    (left,) = folder.iterdir()
    with pytest.raises(UsageError, match=f"another --at or --time are left in {left}; begin again"):
        rows(loading, address, taken=Taken(at="lsn:7"))
    left.unlink()
    with pytest.raises(UnavailableError):
        fail_over(loading, address, Taken(at="lsn:7"))
    with pytest.raises(UsageError, match="begin again with what was said then"):
        rows(loading, address)

    assert len(rows(loading, address, taken=Taken(at="lsn:7"))[1]) == 2
    assert list(folder.iterdir()) == []


def test_a_trial_leaves_no_copy_and_takes_none(loading: Loading, address: str, tmp_path: Path) -> None:
    """However it ends, what is loaded later are the rows of then."""
    folder = loading.project.state / "backfill"
    with pytest.raises(UnavailableError):
        fail_over(loading, address, is_kept=False)
    assert list(folder.iterdir()) == []

    with pytest.raises(UnavailableError):
        fail_over(loading, address)
    with sqlite3.connect(tmp_path / "depot.db") as connection:
        connection.execute("DELETE FROM stock")
    connection.close()
    (left,) = folder.iterdir()
    left.with_suffix(".part").touch()
    assert rows(loading, address, is_kept=False)[1] == []
    assert len(rows(loading, address)[1]) == 2
    assert list(folder.iterdir()) == []


def test_one_backfill_of_a_table_goes_on_at_a_time(loading: Loading, address: str) -> None:
    """Each would write into the other's copy; another table is free."""
    with opened_sources(loading, [RowFile(address)], UNSAID, Asked()) as opened:
        first = iter(opened)
        next(first)
        for is_kept in (True, False):
            with pytest.raises(UnavailableError, match="another backfill of it is going on; wait"):
                rows(loading, address, is_kept=is_kept)
        with pytest.raises(UsageError, match="no such table"):
            rows(loading, address, "elsewhere")
        assert list(first) == []
    assert len(rows(loading, address)[1]) == 2


def test_a_table_may_be_called_whatever_its_database_allows(address: str, tmp_path: Path) -> None:
    """A `/` is no folder of its copy, and brackets are no pattern: what a kill left is found."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    module = MODULE.replace("NAME", "odd").replace('name="stock"', 'name="st/ock[1]*"')
    (folder / "odd.py").write_text(module)
    odd = Loading(load(folder), "odd.st/ock[1]*", forgets=True)
    with sqlite3.connect(tmp_path / "depot.db") as connection:
        connection.execute('ALTER TABLE stock RENAME TO "st/ock[1]*"')
    connection.close()
    with pytest.raises(UnavailableError):
        fail_over(odd, address)
    (left,) = (odd.project.state / "backfill").iterdir()
    with pytest.raises(UsageError, match="another --at or --time are left in"):
        rows(odd, address, taken=Taken(at="lsn:7"))

    assert len(rows(odd, address)[1]) == 2
    assert not left.exists()


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("postgresql://u1:p/ss@host/src", "postgresql://host/src"),
        ("mysql+pymysql://u2:p%40ss w:rd?%23@host:5/src?ssl=1#s.t", "mysql://host:5/src#s.t"),
        ("postgresql:///src?host=/tmp&password=secret", "postgresql:///src"),
        ("sqlite:///crm.db", "sqlite:///crm.db"),
    ],
)
def test_a_database_is_told_without_its_login(source: str, wanted: str) -> None:
    """A password may hold what would end it in a URL."""
    assert shown(source) == wanted


def test_a_copy_that_the_disk_can_t_hold_is_told(loading: Loading, address: str, tmp_path: Path) -> None:
    """With the file, and nothing of it stays."""
    loading.project.state.mkdir()
    with small_disk(loading.project.state, "64k") as disk:
        with sqlite3.connect(tmp_path / "depot.db") as connection:
            connection.execute("UPDATE stock SET name = ?", ("x" * 100_000,))
        connection.close()
        with pytest.raises(UnavailableError, match=r"jsonl can't be written: No space .*; make room"):
            rows(loading, address)
        assert list((disk / "backfill").iterdir()) == []


def test_what_is_not_there_is_told(loading: Loading, address: str, tmp_path: Path) -> None:
    """A table, a column; nothing is left behind. Raw records and folders are no rows of a table."""
    with pytest.raises(UsageError, match="no such table"):
        rows(loading, address, "elsewhere")
    with sqlite3.connect(tmp_path / "depot.db") as connection:
        connection.execute("ALTER TABLE stock DROP COLUMN unit")
    connection.close()
    with pytest.raises(UsageError, match="no column 'unit'"):
        rows(loading, address)
    assert list((loading.project.state / "backfill").iterdir()) == []
    for file in (RowFile("-"), RowFile(str(tmp_path)), RowFile(str(tmp_path / "depot.db"), "records")):
        with pytest.raises(UsageError), opened_sources(loading, [file], Taken(), Asked()):
            pass

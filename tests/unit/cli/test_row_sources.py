"""Files, folders, patterns and URLs of rows: which files they mean, and what is refused."""

import gzip
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from franca.cli.backfill_sources import Asked, opened_sources
from franca.cli.row_sources import files_of
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.errors import DefinitionError, UnavailableError, UsageError
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken
from tests.integration.depot import MODULE

ROW = {"no": "1", "name": "apple", "count": 3}


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    """Give the depot's table."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    (project / "depot.py").write_text(MODULE.replace("NAME", "depot"))
    return Loading(load(project), "depot.stock", forgets=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder as Spark writes one, of two partitions with the same content."""
    root = tmp_path / "stock"
    for colour in ("colour=r", "colour=__HIVE_DEFAULT_PARTITION__"):
        (root / colour).mkdir(parents=True)
        parquet.write_table(pa.Table.from_pylist([ROW]), root / colour / "part-0.parquet")
        (root / colour / ".part-0.parquet.crc").write_bytes(b"x")
    (root / "_SUCCESS").touch()
    for name in ("notes.md", "README.txt"):
        (root / name).write_text("of no interest")
    return root


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """Give the address of a web server that has the folder's files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def rows(loading: Loading, *sources: str) -> list[tuple[str, str, dict[str, object]]]:
    """Return name and topic of the snapshots that sources give, with their rows."""
    found: list[tuple[str, str, dict[str, object]]] = []
    with opened_sources(loading, [RowFile(each) for each in sources], Taken(), Asked()) as opened:
        for snapshot, pieces in opened:
            given = [row.value for piece in pieces for row in piece.given(None)]
            found += [(snapshot.name, snapshot.topic, msgspec.json.decode(value)) for value in given]
    return found


def test_a_folder_is_all_files_with_rows_in_it(loading: Loading, folder: Path) -> None:
    """A partition's column is a column of its rows, so that two files with one content are two snapshots."""
    first, second = rows(loading, str(folder))

    assert [row["colour"] for _, _, row in (first, second)] == [None, "r"]
    assert [{**row, "colour": ""} for _, _, row in (first, second)] == [{**ROW, "colour": ""}] * 2
    assert first[1] != second[1]


def test_a_file_is_known_by_its_name_in_capitals_too(loading: Loading, tmp_path: Path) -> None:
    """As old programs write it, packed or not; left out of a folder, its rows would be missed by nobody."""
    folder = tmp_path / "CAPITALS"
    folder.mkdir()
    (folder / "A.CSV").write_text("no,name,count\n1,apple,3\n")
    (folder / "B.CSV.GZ").write_bytes(gzip.compress(b"no,name,count\n2,plum,4\n"))

    assert [row["no"] for _, _, row in rows(loading, str(folder))] == ["1", "2"]


def test_a_pattern_is_the_files_that_fit(loading: Loading, folder: Path) -> None:
    """What a shell would have made of it."""
    everything = rows(loading, str(folder))
    assert rows(loading, str(folder / "**" / "*.parquet")) == everything
    assert rows(loading, str(folder / "*=r" / "part-?.parquet")) == everything[1:]


def test_a_row_is_the_same_whichever_folder_is_named(loading: Loading, folder: Path) -> None:
    """All folders of a path tell columns, before a wildcard too; but for those that the file has itself."""
    everything = rows(loading, str(folder))
    for source in (folder / "colour=r", folder / "colour=r" / "*", folder / "colour=r" / "part-0.parquet"):
        assert rows(loading, str(source)) == everything[1:]

    own = folder.parent / "name=pear" / "own.parquet"
    own.parent.mkdir()
    parquet.write_table(pa.Table.from_pylist([ROW]), own)
    ((_, topic, row),) = rows(loading, str(own))
    assert row == ROW
    assert rows(loading, str(own.rename(folder.parent / "own.parquet")))[0][1] == topic


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("count", "07", 7), ("count", "-3", -3), ("count", "9223372036854775808", "9223372036854775808"),
        ("count", "x", "x"), ("sold", "true", True), ("weight", "1.5", 1.5), ("price", "1.50", "1.50"),
        ("made", "2024-02-29", "2024-02-29"), ("seen", "2024-07-01 12%3A00%3A00", "2024-07-01 12:00:00"),
        ("name", "007", "007"), ("name", "", ""), ("other", "07", "07"),
        *((column, "__HIVE_DEFAULT_PARTITION__", None) for column in ("count", "sold", "weight", "name")),
    ],
)  # fmt: skip
def test_the_name_of_a_folder_is_read_as_a_field_of_csv(
    loading: Loading, tmp_path: Path, column: str, text: str, value: object
) -> None:
    """As Spark and Hive write it, whatever the column's type."""
    file = tmp_path / "rows" / f"{column}={text}" / "part-0.parquet"
    file.parent.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([{"no": "1", "colour": "r"}]), file)

    ((_, _, row),) = rows(loading, str(file))

    assert (type(row[column]), row[column]) == (type(value), value)


def test_a_file_may_have_the_column_of_its_folder_itself(loading: Loading, tmp_path: Path) -> None:
    """Then whatever its format nothing is missing."""
    folder = tmp_path / "files" / "colour=b"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("no,name,colour\n1,apple,r\n")
    (folder / "b.jsonl").write_bytes(msgspec.json.encode({**ROW, "colour": "r"}))

    assert [row["colour"] for _, _, row in rows(loading, str(folder.parent))] == ["r", "r"]


def test_a_file_behind_a_url_is_the_same_snapshot(loading: Loading, folder: Path, web: str) -> None:
    """It is called by its URL without what is secret, and no copy stays."""
    path = folder / "colour=r" / "part-0.parquet"
    ((_, topic, row),) = rows(loading, str(path))

    url = f"{web}/stock/colour=r/part-0.parquet"
    assert rows(loading, f"{url}?signature=s") == [(url, topic, row)]
    assert list((loading.project.state / "backfill").iterdir()) == []
    assert rows(loading, path.as_uri()) == rows(loading, str(path))
    with pytest.raises(UsageError, match="no such file"):
        rows(loading, f"{web}/stock/elsewhere.parquet")
    with pytest.raises(UnavailableError):
        rows(loading, "http://127.0.0.1:1/cust.parquet")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("other.csv", "a,b\n1,2\n", "it has 'a', 'b'; read are"),
        ("headless.csv", "1,apple,3\n", "the first line of CSV names the columns"),
        ("colour=r/part.csv", "no,name\n1,apple\n", "only Parquet takes"),
        ("notes.txt", "\n  These are the rows.\n", "has no JSON lines: the first begins with 'T'"),
        (
            "many.json",
            '{\n  "no": "1"\n}\n',
            "has no JSON lines: the first begins with '{', and is no object",
        ),
    ],
)
def test_a_file_of_something_else_is_refused_before_all(
    loading: Loading, tmp_path: Path, name: str, content: str, reason: str
) -> None:
    """Its rows would all be dead letters, and the first one of a file without header nothing at all."""
    bad, good = tmp_path / "files" / name, tmp_path / "files" / "a.jsonl"
    bad.parent.mkdir(parents=True)
    bad.write_text(content)
    good.write_bytes(msgspec.json.encode(ROW))

    with pytest.raises(UsageError, match=reason):
        rows(loading, str(tmp_path / "files"))


def test_what_is_not_there_is_told(loading: Loading, tmp_path: Path) -> None:
    """A file, what fits a pattern, a folder without rows, Parquet that is none; empty CSV has no rows."""
    for name in ("nosuch.csv", "nosuch*.csv", "."):
        with pytest.raises(UsageError):
            list(files_of([RowFile(str(tmp_path / "project" / name))]))
    (tmp_path / "bad.parquet").write_text("no,name\n")
    with pytest.raises(DefinitionError, match="as Parquet"):
        rows(loading, str(tmp_path / "bad.parquet"))
    (tmp_path / "empty.csv").touch()
    assert rows(loading, str(tmp_path / "empty.csv")) == []


def test_the_number_of_the_last_row_is_known_beforehand(
    loading: Loading, folder: Path, tmp_path: Path
) -> None:
    """By Parquet's own count, or the lines of a text, torn or not; of what is packed nobody knows."""
    lines = msgspec.json.encode(ROW) + b"\n"
    files = {
        "a.jsonl": lines * 3,
        "b.jsonl": lines * 2 + lines[:-1],
        "c.csv": b"no,name,count\n1,apple,3\n",
        "d.jsonl.gz": gzip.compress(lines),
        "e.jsonl": b"",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    named = [*(tmp_path / name for name in files), folder / "colour=r" / "part-0.parquet"]
    with opened_sources(loading, [RowFile(str(each)) for each in named], Taken(), Asked()) as opened:
        assert [snapshot.last for snapshot, _ in opened] == [3, 3, 2, 0, 0, 1]


def test_only_what_can_be_read_in_several_ways_is_said_to_be(loading: Loading, tmp_path: Path) -> None:
    """How CSV is read is kept for all who load it; other files tell that themselves."""
    (tmp_path / "a.csv").write_text("no,name,count\n1,apple,3\n")
    (tmp_path / "b.jsonl").write_bytes(msgspec.json.encode(ROW))
    parquet.write_table(pa.Table.from_pylist([ROW]), tmp_path / "c.parquet")

    def told(name: str, encoding: str = "") -> tuple[str, bool]:
        file = RowFile(str(tmp_path / name), encoding=encoding)
        with opened_sources(loading, [file], Taken(), Asked()) as opened:
            ((snapshot, _),) = opened
        return snapshot.reading, snapshot.has_readings

    assert [told("a.csv"), told("a.csv", "cp1251")] == [("", True), ("cp1251", True)]
    assert [told("b.jsonl"), told("c.parquet")] == [("", False)] * 2

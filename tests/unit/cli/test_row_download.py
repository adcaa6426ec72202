"""Files of rows are brought from a web server as they are there."""

import os
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

from franca.cli.row_download import downloaded
from franca.cli.rows import RowFile
from franca.config.project import load
from franca.errors import UsageError

YEAR_2020 = 1_577_836_800


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """Give the URL of a server with the file `stock.csv` of the year 2020."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "stock.csv").write_text("no,name\n1,apple\n")
    os.utime(folder / "stock.csv", (YEAR_2020, YEAR_2020))
    server = HTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_copy_has_the_time_of_the_original(web: str, tmp_path: Path) -> None:
    """Rows that are loaded after a kill have the sequence and time of those that were loaded before it."""
    (tmp_path / "franca.toml").write_text("")
    project = load(tmp_path)
    with downloaded(project, RowFile(f"{web}/stock.csv?signature=5")) as file:
        copy = Path(file.path)
        assert copy.read_text() == "no,name\n1,apple\n"
        assert copy.stat().st_mtime == YEAR_2020
    assert not copy.exists()

    with pytest.raises(UsageError, match="no such file"), downloaded(project, RowFile(f"{web}/nosuch.csv")):
        pass

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
from franca.errors import UnavailableError, UsageError

YEAR_2020 = 1_577_836_800


ANSWERS = {
    "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nno,name\n1,ap",
    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nno,name\n\r\n30\r\n1,ap",
    "/length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nno,name\n1,apple\n",
    "/lines": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999 + b"\r\n\r\n",
    "/none": b"\r\n",
    "/other": b"SSH-2.0-OpenSSH_9.2\r\n",
}
"""What a server answers that does not answer well, by path."""


class _Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with a file, or badly."""
        if self.path in ANSWERS:
            self.wfile.write(ANSWERS[self.path])
        else:
            super().do_GET()

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


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("short", "broke off before the file's end; try again"),
        ("chunked", "broke off before the file's end; try again"),
        ("lines", "got more than 65536 bytes"),
        ("none", "BadStatusLine; check the URL, and try again"),
        ("other", "SSH-2.0-OpenSSH_9.2; check the URL, and try again"),
    ],
)
def test_an_answer_that_is_not_whole_is_told(web: str, tmp_path: Path, path: str, reason: str) -> None:
    """Wherever it breaks off, and where it is none of a web server's; no copy stays."""
    (tmp_path / "franca.toml").write_text("")
    project = load(tmp_path)
    with pytest.raises(UnavailableError, match=reason), downloaded(project, RowFile(f"{web}/{path}")):
        pass
    assert list((project.state / "backfill").iterdir()) == []


def test_a_length_that_is_no_number_is_none(web: str, tmp_path: Path) -> None:
    """Then the file ends where the connection does."""
    (tmp_path / "franca.toml").write_text("")
    with downloaded(load(tmp_path), RowFile(f"{web}/length")) as file:
        assert Path(file.path).read_text() == "no,name\n1,apple\n"


@pytest.mark.parametrize("url", ["http://me:secret@127.0.0.1/a.csv", "http://127.0.0.1/a b.csv?key=secret"])
def test_a_url_that_is_none_is_told_without_its_secrets(tmp_path: Path, url: str) -> None:
    """A login is none of a URL of a file: who serves files by one gives signed URLs."""
    (tmp_path / "franca.toml").write_text("")
    project = load(tmp_path)
    with pytest.raises(UsageError, match="; write no login") as told, downloaded(project, RowFile(url)):
        pass
    assert "secret" not in str(told.value)

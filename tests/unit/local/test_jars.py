"""Kafka's jars: pinned, checked, fetched once."""

import gc
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from franca.errors import UnavailableError
from franca.local.jars import cache_folder, fetch, kafka_version, pinned
from franca.local.ports import choose

FOLDER = (
    "from pathlib import Path; from franca.local.jars import cache_folder; print(cache_folder(Path('spare')))"
)


@pytest.fixture(autouse=True)
def open_answers() -> Iterator[None]:
    """Clear the answers that jgo leaves open after an error: their sockets would warn in a later test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_every_jar_is_pinned_by_its_content() -> None:
    """Size and SHA-256 are known of each, and no file is there twice."""
    jars = pinned()
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in jars)
    assert len({jar.name for jar in jars}) == len(jars) > 40


def test_the_version_stands_in_one_place() -> None:
    """Kafka's version is that of its pinned jar, and all of its own jars have it."""
    versions = {jar.version for jar in pinned() if jar.group == "org.apache.kafka"}
    assert versions == {kafka_version()}


def test_what_is_in_the_cache_is_not_fetched_again(tmp_path: Path) -> None:
    """With all jars there no network is needed."""
    folder = tmp_path / f"kafka-{kafka_version()}"
    folder.mkdir()
    for jar in pinned():
        with (folder / jar.name).open("wb") as file:
            file.truncate(jar.size)
    assert [path.parent for path in fetch(tmp_path, mirror=_nowhere())] == [folder] * len(pinned())


def test_an_unreachable_registry_is_named_with_the_remedies(tmp_path: Path) -> None:
    """The first start needs the network, and the error says what helps where there is none."""
    with pytest.raises(UnavailableError, match=r"can't be downloaded: .*FRANCA_MAVEN_URL.*FRANCA_CACHE"):
        fetch(tmp_path, mirror=_nowhere())


def test_a_mirrors_password_is_in_no_error(tmp_path: Path) -> None:
    """What went wrong is told without the secret in the address."""
    address = _nowhere().replace("//", "//user:secret@")
    with pytest.raises(UnavailableError) as caught:
        fetch(tmp_path, mirror=address)
    assert "secret" not in str(caught.value)


def test_a_registry_without_the_files_is_named(tmp_path: Path) -> None:
    """A mirror that does not have a jar is an error, not a broken broker."""
    with _registry(404, b"") as address, pytest.raises(UnavailableError, match="not found in remote"):
        fetch(tmp_path, mirror=address)


def test_a_changed_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    """Whatever the network delivers, only the pinned bytes enter the cache."""
    with (
        _registry(200, b"not a jar") as address,
        pytest.raises(UnavailableError, match="damaged: got SHA-256"),
    ):
        fetch(tmp_path, mirror=address)
    assert list(tmp_path.rglob("*.jar")) == []


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """The error says where the jars should have gone and how to choose another place."""
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"can't be stored: .*name another folder in FRANCA_CACHE"):
        fetch(tmp_path / "file", mirror=_nowhere())


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"FRANCA_CACHE": "{tmp}/named", "XDG_CACHE_HOME": "{tmp}/xdg"}, "{tmp}/named"),
        ({"XDG_CACHE_HOME": "{tmp}/xdg", "HOME": "{tmp}"}, "{tmp}/xdg/franca"),
        ({"XDG_CACHE_HOME": "/dev/null/xdg"}, "spare"),
    ],
)
def test_the_cache_is_where_users_expect_it(
    environment: dict[str, str], expected: str, tmp_path: Path
) -> None:
    """The named folder, else the user's cache folder, else the project's own."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("FRANCA_CACHE", "XDG_CACHE_HOME")
    }
    chosen = {name: value.format(tmp=tmp_path) for name, value in environment.items()}
    finished = subprocess.run(
        [sys.executable, "-c", FOLDER], env={**kept, **chosen}, capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == expected.format(tmp=tmp_path)


def test_the_cache_has_a_place_without_a_home() -> None:
    """An empty HOME is no reason to fail."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", FOLDER],
        env={"HOME": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.strip()
    assert cache_folder(Path("spare"))


def _nowhere() -> str:
    return f"http://127.0.0.1:{choose('kafka')}"


@contextmanager
def _registry(status: int, content: bytes) -> Iterator[str]:
    """A registry that answers every request alike."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - the name is inherited
            """Keep silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

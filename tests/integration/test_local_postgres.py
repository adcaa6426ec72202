"""The local PostgreSQL, started for real: how it comes back, and what it says when it can't."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil
import psycopg
import pytest

from franca.errors import UnavailableError
from franca.local.memory import Memory
from franca.local.postgres import LocalPostgres
from franca.local.process import wait_until
from tests.small_disk import small_disk

pytestmark = pytest.mark.services

START = (
    "import sys; from pathlib import Path; from franca.local.postgres import LocalPostgres as P; "
    "p = P(Path(sys.argv[1])); p.start(); print(p.pid)"
)


class Database(Protocol):
    """What the fixture `postgres` gives."""

    @property
    def dsn(self) -> str:
        """The address of an empty database."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder whose path is longer than a socket's may be, closed to others."""
    folder = tmp_path_factory.mktemp("a b, é") / ("long" * 30) / ".franca"
    folder.parent.mkdir(mode=0o700)
    yield folder
    LocalPostgres(folder).stop()


@pytest.fixture
def server(home: Path) -> LocalPostgres:
    """Give the file's own server, running."""
    own = LocalPostgres(home)
    own.start()
    return own


def test_a_test_gets_an_empty_database(postgres: Database) -> None:
    """Every test that asks for PostgreSQL has a database without tables."""
    assert _ask(postgres.dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_text_sorts_the_same_on_every_machine(server: LocalPostgres) -> None:
    """The order is that of the code points, whatever the system's locale."""
    assert (
        _ask(server.dsn, "SELECT string_agg(t, '' ORDER BY t) FROM unnest('{a,B,ä,Z}'::text[]) t") == "BZaä"
    )


def test_tables_of_people_are_not_among_those_that_franca_keeps(server: LocalPostgres) -> None:
    """The user has the name of franca's own schema, which PostgreSQL would look into first."""
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS franca")
        connection.execute("CREATE TABLE of_mine (id int)")
        found = connection.execute("SELECT 'of_mine'::regclass = 'public.of_mine'::regclass").fetchone()
        connection.rollback()
    assert found == (True,)


def test_what_was_committed_is_on_the_disk(server: LocalPostgres) -> None:
    """The laptop's settings do not trade durability for speed."""
    settings = "current_setting('fsync') || current_setting('synchronous_commit')"
    assert _ask(server.dsn, f"SELECT {settings} || current_setting('full_page_writes')") == "ononon"


def test_nobody_gets_in_without_the_password(server: LocalPostgres) -> None:
    """Other accounts of this machine reach the port, so it asks."""
    state = Memory(server.folder).recall("postgres")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.dsn.replace(state.password, "guess"))


def test_the_password_is_for_its_owner_only(server: LocalPostgres) -> None:
    """The file that remembers it is closed to others, and no log holds it."""
    path = server.folder / "services.json"
    assert path.stat().st_mode & 0o077 == 0
    assert Memory(server.folder).recall("postgres").password not in server.log.read_text(encoding="utf-8")


def test_a_second_start_finds_it_running(server: LocalPostgres) -> None:
    """Start may be called at any time, by other objects and processes too."""
    again = LocalPostgres(server.folder)
    again.start()
    assert (again.pid, again.dsn) == (server.pid, server.dsn)


def test_its_data_and_address_outlive_a_stop(server: LocalPostgres) -> None:
    """After stop and start, clients find what they wrote where it was, though one was still connected."""
    _write(server.dsn, "stopped")
    address = server.dsn
    with psycopg.connect(address):
        server.stop()
    assert not server.running()
    server.start()
    assert (server.dsn, _ask(address, "SELECT word FROM stopped")) == (address, "kept")


def test_its_data_outlive_a_kill_while_clients_work(server: LocalPostgres) -> None:
    """After SIGKILL of the server alone, its children are waited for and the next start recovers."""
    _write(server.dsn, "killed")
    with psycopg.connect(server.dsn, autocommit=True) as busy:
        busy.execute("SET statement_timeout = 0")
        psutil.Process(server.pid).kill()
        assert wait_until(lambda: not server.running(), 10)
        server.start()
    assert _ask(server.dsn, "SELECT word FROM killed") == "kept"


def test_a_pid_that_is_used_again_does_not_block_it(server: LocalPostgres) -> None:
    """PostgreSQL's own note of its pid may name another program by now; that one is left alone."""
    psutil.Process(server.pid).kill()
    assert wait_until(lambda: not server.running(), 10)
    note = server.data / "postmaster.pid"
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    lines = note.read_text(encoding="utf-8").splitlines()
    note.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", encoding="utf-8")
    server.start()
    assert server.running()
    assert stranger.poll() is None
    stranger.communicate(b"\n")


def test_a_lost_memory_does_no_harm(server: LocalPostgres) -> None:
    """Without services.json the data stay and a new password is set."""
    _write(server.dsn, "forgotten")
    (server.folder / "services.json").unlink()
    server.start()
    assert _ask(server.dsn, "SELECT word FROM forgotten") == "kept"


def test_a_port_that_somebody_took_is_given_up_aloud(server: LocalPostgres) -> None:
    """When another program listens on the remembered port, the server moves and says where from and to."""
    server.stop()
    old = Memory(server.folder).recall("postgres").port
    said: list[str] = []
    with socket.create_server(("127.0.0.1", old)):
        server.start(lambda what, _done, _total: said.append(what))
    new = Memory(server.folder).recall("postgres").port
    assert f"postgres: port {old} is taken by another program, now using {new}" in said


def test_two_starts_at_once_make_one_server_that_outlives_them(tmp_path: Path) -> None:
    """Two first starts given at the same time agree on one server, and it stays when they are gone."""
    command = [sys.executable, "-c", START, str(tmp_path)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    pids = [int(starter.communicate(timeout=120)[0]) for starter in starters]
    server = LocalPostgres(tmp_path)
    try:
        assert pids == [server.pid, server.pid]
        assert server.running()
    finally:
        server.stop()


def test_a_first_start_that_was_broken_off_is_made_anew(tmp_path: Path) -> None:
    """What an interrupted first start left behind is replaced."""
    (tmp_path / "postgres" / "draft" / "base").mkdir(parents=True)
    server = LocalPostgres(tmp_path)
    server.start()
    try:
        assert _ask(server.dsn, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_stop_of_what_does_not_run_does_nothing(tmp_path: Path) -> None:
    """Stop is for any time, and leaves no folder behind."""
    LocalPostgres(tmp_path / ".franca").stop()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """The error names the folder and what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"file/.franca.* can't be used: .*; make the folder writable"):
        LocalPostgres(tmp_path / "file" / ".franca").start()


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """With too little space it does not begin, and says how much is free and needed."""
    said = r"the disk is full: 20 MB are free .* at least 200 MB; free some"
    with small_disk(tmp_path, "20m"), pytest.raises(UnavailableError, match=said):
        LocalPostgres(tmp_path / ".franca").start()


def _ask(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def _write(dsn: str, table: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(f"CREATE TABLE {table} AS SELECT 'kept' AS word".encode())

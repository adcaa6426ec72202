"""Real services for the tests: one Kafka and one PostgreSQL for the whole run, started when asked for."""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the long form of the tests that have one."""
    parser.addoption("--soak", action="store_true", help="run the long form of tests that have one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the long form runs."""
    if not config.getoption("--soak"):
        left = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@dataclass(frozen=True)
class Database:
    """A database of its own for one test."""

    dsn: str


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """Give the folder of the run's services, the same for all workers of pytest-xdist."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    folder = Path(tempfile.gettempdir(), f"franca-tests-{run}")
    _end_abandoned(folder)
    folder.mkdir(exist_ok=True)
    with folder.with_suffix(".users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield folder
        fcntl.flock(users, fcntl.LOCK_UN)
        if _is_last(users.fileno()):
            _end(folder)
            folder.with_suffix(".users").unlink()


@pytest.fixture(scope="session")
def kafka(services_folder: Path) -> LocalKafka:
    """Give the run's Kafka; its address is `kafka.bootstrap`. A test that stops a broker starts its own."""
    service = LocalKafka(services_folder)
    service.start()
    return service


@pytest.fixture(scope="session")
def postgres_server(services_folder: Path) -> LocalPostgres:
    """Give the run's PostgreSQL. A test that stops a server starts its own."""
    service = LocalPostgres(services_folder)
    service.start()
    return service


@pytest.fixture
def postgres(postgres_server: LocalPostgres) -> Iterator[Database]:
    """Give a fresh database; its address is `postgres.dsn`. It is dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield Database(postgres_server.dsn.rsplit("/", 1)[0] + "/" + name)
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _is_last(users: int) -> bool:
    """Return whether no other worker of this run is left that uses the services."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end_abandoned(own: Path) -> None:
    """End the services of runs that were killed: nobody holds the lock on their users any more."""
    for path in own.parent.glob("franca-tests-*.users"):
        if path == own.with_suffix(".users") or not os.access(path, os.W_OK):
            continue
        with path.open("a") as users:
            if _is_last(users.fileno()):
                _end(path.with_suffix(""))
                path.unlink(missing_ok=True)


def _end(folder: Path) -> None:
    LocalKafka(folder).stop()
    LocalPostgres(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)

"""Services for the tests: one Kafka, one PostgreSQL and one S3 for a session, started when asked for."""

import logging
import shutil
import signal
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import psutil
import psycopg
import pytest
from coverage import Coverage
from hypothesis import settings
from psycopg import sql
from xdist.scheduler import LoadFileScheduling

from bench.ending import own_folder
from franca.errors import UnavailableError
from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres
from franca.local.schema_registry import LocalRegistry
from franca.spark.java import spark_java
from franca.spark.line import installed
from franca.spark.session import open_session
from tests.engines import lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for the long form of tests that have one, and for engines that have to be fetched."""
    parser.addoption("--soak", action="store_true", help="run the long form of tests that have one")
    parser.addoption("--engines", action="store_true", help="run the tests on engines that are fetched")


def pytest_configure(config: pytest.Config) -> None:
    """End by SIGTERM as by Ctrl-C, which reaches the workers too, so that fixtures stop their services."""
    is_worker = hasattr(config, "workerinput")
    signal.signal(signal.SIGTERM, signal.default_int_handler if is_worker else _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    for worker in psutil.Process().children():
        worker.terminate()
    signal.default_int_handler(number, frame)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what nobody asked for; begin with the files of slow tests, then of many: all end together."""
    for asked in ("soak", "engines"):
        if not config.getoption(f"--{asked}"):
            left = [item for item in items if item.get_closest_marker(asked)]
            config.hook.pytest_deselected(items=left)
            items[:] = [item for item in items if item not in left]
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, item.path.parent.name != "properties"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage while the tests of the pure layers run: Python takes twice as long meanwhile."""
    measured = None if item.nodeid.startswith(COVERING) else Coverage.current()
    if measured is None:
        return (yield)
    measured.stop()
    try:
        return (yield)
    finally:
        measured.start()


class Portions(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives each file to one worker, and all tests of Spark to the same: it has one session for them.

    A page of the documentation is a portion of its own: all of them are five minutes.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(PAGE):
            return nodeid
        return SPARK if nodeid.startswith(SPARK) else str(super()._split_scope(nodeid))


LAYERS = "config formats mapping model operations pipeline topics trust views"
COVERING = (
    *(f"tests/unit/{layer}/" for layer in LAYERS.split()),
    "tests/cases/",
    "tests/properties/",
    "tests/spark/test_words.py",
)
"""The tests for which coverage is measured; what others happen to reach of the pure layers does not count."""

SPARK = "tests/spark/"
PAGE = "tests/docs/test_snippets.py::test_a_page_runs"
SMALL = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.driver.memory": "1g",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
}
"""A Spark that starts soon and is good for few rows: nothing to measure with."""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Give pytest-xdist what hands out the tests."""
    return Portions(config, log)


@dataclass(frozen=True)
class Database:
    """A database of its own for one test."""

    dsn: str


@dataclass(frozen=True)
class Bucket:
    """An empty bucket: its URL, and the options as a user writes them in `franca.toml`."""

    url: str
    options: dict[str, str]


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """Give the folder of the session's services; each worker of pytest-xdist has its own."""
    with own_folder("franca-tests-", _end) as folder:
        yield folder
        _end(folder)


@pytest.fixture(scope="session")
def kafka(services_folder: Path) -> LocalKafka:
    """Give the session's Kafka at `kafka.bootstrap`. A test that stops a broker starts its own."""
    service = LocalKafka(services_folder)
    service.start()
    return service


@pytest.fixture(scope="session")
def registry(services_folder: Path) -> LocalRegistry:
    """Give the session's schema registry at `registry.url`. A test that stops one starts its own."""
    service = LocalRegistry(services_folder)
    service.start()
    return service


@pytest.fixture(scope="session")
def postgres_server(services_folder: Path) -> LocalPostgres:
    """Give the session's PostgreSQL. A test that stops a server starts its own."""
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


def require_spark() -> None:
    """Skip where there is no PySpark, or no Java that it runs on."""
    try:
        spark_java(installed())
    except UnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    """Give the session's Spark, which knows Delta and Kafka; skip where there is none, or no Java for it.

    A test that kills a driver starts its own.
    """
    require_spark()
    folder = tmp_path_factory.mktemp("spark")
    places = {"spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder / "local")}
    session = open_session(folder, "local[2]", {**SMALL, **places})
    yield session
    session.stop()


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of the lake that `tests/engines/lake.py` tells of: nobody changes it."""
    return lake.make(tmp_path_factory.mktemp("lived"))


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Give the address of the session's S3, which speaks HTTP on a free port and knows conditional puts."""
    from moto.server import ThreadedMotoServer  # takes a second, which most tests need not wait for

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str) -> Bucket:
    """Give an empty bucket."""
    name = f"bucket-{uuid.uuid4().hex}"
    with urlopen(Request(f"{s3_endpoint}/{name}", method="PUT")):
        pass
    options = {
        "aws_endpoint": s3_endpoint,
        "aws_allow_http": "true",
        "aws_region": "us-east-1",
        "aws_access_key_id": "key",
        "aws_secret_access_key": "secret",
        "aws_conditional_put": "etag",
    }
    return Bucket(f"s3://{name}", options)


def _end(folder: Path) -> None:
    LocalKafka(folder).stop()
    LocalPostgres(folder).stop()
    LocalRegistry(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)

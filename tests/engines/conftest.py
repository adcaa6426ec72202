"""What the tests of the engines share: the engines, started when asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import duckdb_delta, googlesql
from tests.engines import trino as of_trino
from tests.engines.googlesql import GoogleSql
from tests.engines.trino import LocalTrino


@pytest.fixture(scope="session")
def trino(services_folder: Path) -> Iterator[LocalTrino]:
    """Give the session's Trino; a test without one is skipped and says why."""
    if not of_trino.home().exists():
        pytest.skip(f"Trino is not here: `make engines` fetches it ({of_trino.PINNED.size // 1_000_000} MB)")
    if of_trino.find_java() is None:
        needs = f"version {of_trino.OLDEST} or newer with the module {of_trino.MODULE}"
        pytest.skip(f"Trino wants a Java of {needs}: name one in JAVA_HOME")
    service = LocalTrino(services_folder)
    service.start()
    yield service
    service.stop()


@pytest.fixture
def duckdb_with_delta() -> None:
    """Skip a test where DuckDB's own reader of Delta tables is not here."""
    if not duckdb_delta.home().exists():
        pytest.skip("DuckDB's extension for Delta is not here: `make engines` fetches it")


@pytest.fixture(scope="session")
def bigquery() -> Iterator[GoogleSql]:
    """Give the session's implementation of BigQuery's SQL; a test without one is skipped and says why."""
    if not googlesql.is_here():
        pytest.skip("the implementation of BigQuery's SQL is not here: `make engines` fetches it (65 MB)")
    with googlesql.opened() as service:
        yield service

"""One bank's project at a time: on the run's services, or on some that the test may stop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres
from tests.conftest import Database
from tests.integration.whole.bank import Bank, opened


@pytest.fixture
def bank(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Iterator[Bank]:
    """Give a bank on the run's services, with a database of its own; its topics are deleted afterwards."""
    with opened(tmp_path / "bank", kafka.bootstrap, postgres.dsn) as project:
        yield project


@pytest.fixture
def services(tmp_path: Path) -> Iterator[tuple[LocalKafka, LocalPostgres]]:
    """Give services that the test may stop."""
    broker, server = LocalKafka(tmp_path / "services"), LocalPostgres(tmp_path / "services")
    try:
        broker.start()
        server.start()
        yield broker, server
    finally:
        broker.stop()
        server.stop()

"""One bank's project at a time on the run's Kafka; its topics are deleted after each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from franca.local.kafka import LocalKafka
from tests.conftest import Database
from tests.integration.whole.bank import Bank, opened


@pytest.fixture
def bank(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Iterator[Bank]:
    """Give a bank on the run's services, with a database of its own."""
    with opened(tmp_path / "bank", kafka.bootstrap, postgres.dsn) as project:
        yield project

"""The PostgreSQL sink keeps the contract."""

from collections.abc import Sequence

import psycopg
import pytest

from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink
from franca.sinks.sink import Seekable
from franca.types import Record
from tests.conftest import Database
from tests.contracts.sink_contract import FIRST, SeekableContract, SeekableShelf, Shelf, SinkContract
from tests.individuals import SHAPE, event, record


class PostgresShelf:
    """A database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def seekable(self) -> Seekable:
        """Return the same as another would open it."""
        return self.sink("seek")

    def sink(self, worker: str) -> PostgresSink:
        """Return a sink of the database."""
        topics = {FIRST.topic: "individual"}
        parking = Parking(lambda messages: None, "store", ["crm"])
        return PostgresSink(self._dsn, [SHAPE], parking, topics=topics)

    def items(self, names: Sequence[str]) -> list[Record]:
        """Return events whose key is the name."""
        return [record(event(name), topic=FIRST.topic) for name in names]

    def names(self) -> list[str]:
        """Return the keys of all rows."""
        with psycopg.connect(self._dsn) as connection:
            return [str(row[0]) for row in connection.execute("SELECT id FROM individual")]


@pytest.mark.services
class TestPostgresSink(SinkContract[Record]):
    @pytest.fixture
    def shelf(self, postgres: Database) -> Shelf[Record]:
        """Give an empty database."""
        return PostgresShelf(postgres.dsn)


@pytest.mark.services
class TestPostgresSinkMoves(SeekableContract[Record]):
    @pytest.fixture
    def shelf(self, postgres: Database) -> SeekableShelf[Record]:
        """Give an empty database."""
        return PostgresShelf(postgres.dsn)

"""All views on Trino, which is what Athena runs, and in BigQuery's SQL: the rows that DuckDB gives."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engines import trade
from tests.engines.bigquery import BigQuery
from tests.engines.googlesql import GoogleSql
from tests.engines.trino import LocalTrino
from tests.engines.views import Engine, answers_alike, reads_what_is_folded

pytestmark = [pytest.mark.engines, pytest.mark.timeout(1_200)]


class Trino(Engine):
    """Trino, with a schema of its own for each test."""

    dialect = "trino"

    def __init__(self, service: LocalTrino) -> None:
        self._service, self._schema = service, f"s{uuid.uuid4().hex}"
        self.folder = service.root / self._schema

    def register(self, name: str, path: Path) -> None:
        """Have a Delta table at hand."""
        self._service.register(name, path, self._schema)

    def run(self, sql: str) -> None:
        """Carry out a statement."""
        self._service.query(sql, self._schema)

    def rows(self, name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows of a relation."""
        named = ", ".join(f'"{column}"' for column in columns)
        return self._service.query(f'SELECT {named} FROM "{name}"', self._schema)


class Athena(Trino):
    """Athena's statements on Trino, which is what it runs; its tables are registered as Trino's are."""

    dialect = "athena"
    lake_url = "s3://bucket/lake"


def test_athenas_views_answer_so_and_have_no_moments_with_zones(trino: LocalTrino) -> None:
    """Which its catalogue can't keep, neither in a column nor within one."""
    engine = Athena(trino)
    answers_alike(engine, trade.ENTITIES, trade.DECLARED)
    kinds = trino.query(
        "SELECT table_name, data_type FROM information_schema.columns c "
        f"WHERE table_schema = '{engine.folder.name}' AND data_type LIKE '%timestamp%'"
    )
    assert {row["table_name"] for row in kinds if "zone" in row["data_type"]} == {
        f"{name}_events" for name in ("client", "account", "holder", "trade", "wide", "visit")
    }


def test_all_views_answer_as_duckdb_does(trino: LocalTrino) -> None:
    """Cycles, self-links, many to many, chosen and missing targets; declared views and metrics."""
    engine = Trino(trino)
    answers_alike(engine, trade.ENTITIES, trade.DECLARED)
    (told,) = trino.query(
        "SELECT comment FROM information_schema.columns WHERE table_name = 'client_joined' "
        f"AND table_schema = '{engine.folder.name}' AND column_name = 'name'"
    )
    assert told["comment"] == "As it is spoken. Personal data. From crm.cust.FIRST'S, crm.cust.LAST."


def test_the_current_state_is_read_from_the_snapshot(trino: LocalTrino) -> None:
    """With the position of the fold before in the view's SQL."""
    reads_what_is_folded(Trino(trino))


def test_all_views_answer_as_duckdb_does_in_bigquerys_sql(bigquery: GoogleSql, tmp_path: Path) -> None:
    """Each statement is right as a whole, with what it says of its columns, and its query gives the rows."""
    answers_alike(BigQuery(bigquery, tmp_path), trade.ENTITIES, trade.DECLARED)


def test_the_current_state_is_read_from_the_snapshot_in_bigquerys_sql(
    bigquery: GoogleSql, tmp_path: Path
) -> None:
    """With the position of the fold before in the view's SQL."""
    reads_what_is_folded(BigQuery(bigquery, tmp_path))

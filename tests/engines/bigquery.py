"""A lake under BigQuery's SQL: each statement is checked whole, and its query answered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from tests.engines.googlesql import GoogleSql, scaleless
from tests.engines.views import Engine


class BigQuery(Engine):
    """Tables and views as they are when they are asked for. Names have one part: the dataset is left out."""

    dialect = "bigquery"
    schema = "project.dataset"

    def __init__(self, service: GoogleSql, folder: Path) -> None:
        self._service, self.folder = service, folder
        service.forget()
        self._tables: dict[str, DeltaTable] = {}
        self._views: dict[str, str] = {}
        self._versions: list[int] = []

    def known(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row with its decimals as BigQuery has them."""
        return {name: scaleless(value) for name, value in row.items()}

    def register(self, name: str, path: Path) -> None:
        """Have a Delta table at hand."""
        self._tables[name] = DeltaTable(path)
        self._service.store(name, self._tables[name].to_pyarrow_table())

    def run(self, sql: str) -> None:
        """Carry out a statement that makes a view."""
        name, query = self._service.view(sql.replace("`project`.`dataset`.", ""))
        self._views[name] = query
        self._service.keep(name, query)

    def rows(self, name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return some columns of a relation's rows."""
        self._renew()
        named = ", ".join(f"_row.`{column}`" for column in columns)  # one may be called like the relation
        return self._service.query(f"SELECT {named} FROM `{name}` AS _row")

    def _renew(self) -> None:
        for table in self._tables.values():
            table.update_incremental()
        versions = [table.version() for table in self._tables.values()]
        if versions == self._versions:
            return
        self._versions = versions
        for name, table in self._tables.items():
            self._service.store(name, table.to_pyarrow_table())
        for name, query in self._views.items():
            self._service.keep(name, query)

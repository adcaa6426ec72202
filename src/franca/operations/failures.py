"""Keeps the failing rows of data tests where the tests ran, those of each test until it runs again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from franca.config.endpoints import Endpoints
from franca.errors import DefinitionError, UnavailableError

FOLDER = "_failures"
_TABLE = """CREATE TABLE IF NOT EXISTS franca.test_failures
    (test text NOT NULL, at timestamp with time zone NOT NULL, row jsonb NOT NULL)"""


def keep_failures(
    places: Endpoints,
    failures: Mapping[str, Sequence[Mapping[str, Any]]],
    tests: Sequence[str],
    *,
    store: bool,
) -> None:
    """Replace what is kept of some tests by their failing rows: test, time, the row as JSON, unmasked.

    All at once: whoever looks meanwhile sees those of before. In the store it is the table
    `franca.test_failures`, in the lake the Delta table `_failures`. Raises UnavailableError, DefinitionError.
    """
    if not tests:
        return
    now = datetime.now(UTC)
    rows = [(test, now, text) for test in tests for text in _texts(failures.get(test, ()))]
    if store:
        _keep_in_store(places.dsn, tests, rows)
    else:
        _keep_in_lake(places, tests, rows)


def _texts(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield msgspec.json.encode(row, enc_hook=str).decode()


def _keep_in_store(dsn: str, tests: Sequence[str], rows: list[tuple[str, datetime, str]]) -> None:
    import psycopg  # in an extra
    from psycopg import sql

    from franca.postgres import OWN_SCHEMA, lacking
    from franca.views.store import counterpart

    try:
        with psycopg.connect(dsn, connect_timeout=10, client_encoding="utf8") as connection:
            for statement in lacking(connection, OWN_SCHEMA, {"test_failures": sql.SQL(_TABLE)}):
                connection.execute(statement)
            connection.execute("DELETE FROM franca.test_failures WHERE test = ANY(%s)", [list(tests)])
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO franca.test_failures VALUES (%s, %s, %s)", rows)
    except psycopg.Error as error:
        raise counterpart(error) from error


def _keep_in_lake(places: Endpoints, tests: Sequence[str], rows: list[tuple[str, datetime, str]]) -> None:
    import pyarrow as pa  # in an extra
    from deltalake import DeltaTable, write_deltalake
    from deltalake.exceptions import DeltaError

    url, options = f"{places.lake_url.rstrip('/')}/{FOLDER}", places.lake_options
    schema = pa.schema([("test", pa.string()), ("at", pa.timestamp("us", "UTC")), ("row", pa.string())])
    kept = list(zip(*rows, strict=True)) or [(), (), ()]
    new = pa.table([pa.array(column, field.type) for column, field in zip(kept, schema, strict=True)], schema)
    listed = ", ".join("'" + test.replace("'", "''") + "'" for test in tests)
    try:
        if DeltaTable.is_deltatable(url, storage_options=options):
            write_deltalake(
                url, new, mode="overwrite", predicate=f"test IN ({listed})", storage_options=options
            )
        else:
            write_deltalake(url, new, mode="append", storage_options=options)
    except (DeltaError, OSError) as error:
        reason = " ".join(str(error).split())[:500]
        raise UnavailableError("lake", reason, "check [lake] in franca.toml") from error
    except ValueError as error:
        raise DefinitionError.one("lake", str(error), "move the table _failures away") from error

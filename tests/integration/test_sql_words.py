"""The words that need quotes, as the engines themselves take them."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import psycopg
import pytest

from franca.views.sql_words import WORDS
from tests.conftest import Database

pytestmark = pytest.mark.services


def misread(words: list[str], ask: Callable[[str], Any], failure: type[Exception]) -> Iterator[str]:
    """Yield the words that an engine does not take for a table and its column where they have no quotes."""
    for word in words:
        ask(f'CREATE TEMPORARY TABLE "{word}" ("{word}" int)')
        ask(f'INSERT INTO "{word}" VALUES (42)')
        try:
            if ask(f"SELECT {word} FROM {word}").fetchall() != [(42,)]:
                yield word
        except failure:
            yield word


def test_all_words_are_known_that_either_engine_takes_for_its_own(postgres: Database) -> None:
    """In DuckDB most of them are errors; PostgreSQL answers `select * from user` with who asks."""
    lake = duckdb.connect()
    words = [
        word for (word,) in lake.execute("SELECT DISTINCT keyword_name FROM duckdb_keywords()").fetchall()
    ]
    found = set(misread(words, lake.execute, duckdb.Error))
    with psycopg.connect(postgres.dsn, autocommit=True) as store:
        words = [word for (word,) in store.execute("SELECT word FROM pg_get_keywords()").fetchall()]
        found |= set(misread(words, lambda sql: store.execute(sql.encode()), psycopg.Error))
    assert found == WORDS

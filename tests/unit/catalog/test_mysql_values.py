"""Columns of MySQL and MariaDB are asked for so that every driver brings the same value."""

import pytest
from sqlalchemy import column, create_engine
from sqlalchemy.dialects import mysql

from franca.catalog.mysql_values import MySqlValues

VALUES = MySqlValues(create_engine("sqlite://").connect())
"""These ask the connection for nothing."""


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (mysql.DATE(), "CAST(c AS CHAR)"),
        (mysql.DATETIME(fsp=6), "CAST(c AS CHAR)"),
        (mysql.TIME(), "CAST(c AS CHAR)"),
        (mysql.SET("x", "y"), "CAST(c AS CHAR)"),
        (mysql.TIMESTAMP(), "CASE WHEN (c IS NOT NULL) THEN concat(CAST(c AS CHAR), 'Z') END"),
        (mysql.BIT(9), "CAST(c AS UNSIGNED INTEGER)"),
        (mysql.FLOAT(), "c + 0e0"),
        (mysql.BIGINT(unsigned=True), "c"),
    ],
)
def test_what_drivers_change_is_asked_for_as_it_is_written(kind: object, sql: str) -> None:
    """One gives null for 0000-00-00, another a duration for a time of day, others bytes for bits."""
    asked = VALUES.asked(column("c"), kind).compile(
        dialect=mysql.dialect(), compile_kwargs={"literal_binds": True}
    )
    assert str(asked) == sql


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (1.2345677614212036, 1.2345678),
        (16777217.0, 16777217.0),
        (3.4028234663852886e38, 3.4028235e38),
        (0.10000000149011612, 0.1),
        (-0.0, -0.0),
    ],
)
def test_a_float_of_four_bytes_is_the_number_that_a_capture_writes(got: float, wanted: float) -> None:
    """The database's own text has six digits; the eight bytes that mean the same have too many."""
    read = VALUES.reader(mysql.FLOAT())
    assert read is not None
    assert read(got) == wanted
    assert VALUES.reader(mysql.DOUBLE()) is None

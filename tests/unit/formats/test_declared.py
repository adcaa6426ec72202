"""What a table declares of its columns: the order of its dates, padding, digits without their point."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest

from franca.errors import DecodeError
from franca.formats.change import Wanted, decode
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.markers import Column, Digits, Key
from franca.model.shape import shape_of
from franca.types import Record


class Legacy(Table, date_style="DMY", trim=True):
    """What an application's tables have in common."""


class Order(Legacy):
    """A column of each kind that it matters to."""

    id: Key[str]
    name: str | None
    code: Annotated[str | None, Column(width=5)]
    kept: Annotated[str | None, Column(trim=False)]
    born: date | None
    at: Annotated[datetime | None, Column(date_style="MDY")]
    cents: Annotated[Decimal | None, Column(unit="unscaled"), Digits(10, 2)]
    price: Decimal | None


class German(Table, date_style="YMD"):
    """Dates that begin with the year."""

    id: Key[str]
    born: date | None


def value(column: str, json: str, table: type[Table] = Order, key: str = '"1"') -> Any:
    """Return the column of a row, the same by the careful and by the fast way."""
    columns = frozenset(field.name for field in shape_of(table).fields)
    decoder = format_named("plain").decoder(Wanted(table, columns))
    record = Record("t", 0, 0, -1, None, f'{{"id":{key},"{column}":{json}}}'.encode())
    careful, fast = decoder(record), decode(decoder, record)
    assert careful == fast
    return getattr(careful.after, column)  # type: ignore[union-attr]  # a plain row is a change


@pytest.mark.parametrize(
    ("column", "json", "expected"),
    [
        ("name", '"x y  "', "x y"),
        ("name", '"   "', ""),
        ("name", '"x\\t"', "x\t"),
        ("name", "null", None),
        ("code", '"ab   "', "ab   "),
        ("kept", '"ab "', "ab "),
        ("born", '"31/12/2026"', date(2026, 12, 31)),
        ("born", '"1.2.2026"', date(2026, 2, 1)),
        ("born", '"2026-12-31"', date(2026, 12, 31)),
        ("at", '"12/31/2026 10:00"', datetime(2026, 12, 31, 10, tzinfo=UTC)),
        ("at", '"12.31.2026 10:00:00.5"', datetime(2026, 12, 31, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("cents", '"bg=="', Decimal("1.10")),
        ("cents", "110", Decimal("1.10")),
        ("cents", "-110.0", Decimal("-1.10")),
    ],
)
def test_a_column_is_read_as_its_table_declares(column: str, json: str, expected: object) -> None:
    """What the column says itself goes before what its table says of all columns."""
    got = value(column, json)
    assert got == expected
    assert str(got) == str(expected)


def test_a_year_may_come_first() -> None:
    """With or without noughts."""
    assert value("born", '"2026/2/1"', German) == date(2026, 2, 1)


def test_the_blanks_of_a_key_are_trimmed_too() -> None:
    """Whether the row or the message's key tells it: both name the same row."""
    assert value("id", '"1"', key='"7  "') == "1"
    columns = frozenset({"id"})
    decoder = format_named("debezium").decoder(Wanted(Order, columns, columns))
    value_ = b'{"op":"d","before":null,"after":null,"source":{"connector":"oracle"}}'
    got: Any = decode(decoder, Record("t", 0, 0, -1, b'{"id":"7  "}', value_))
    assert got.key.id == "7"


@pytest.mark.parametrize(
    ("column", "json", "code", "remedy"),
    [
        ("born", '"31/13/2026"', "out-of-range", ""),
        ("cents", "1.5", "inexact", ""),
        ("price", '"bg=="', "malformed", 'Column(unit="unscaled"), Digits(12, 2)'),
        ("price", '"x"', "malformed", "no number"),
    ],
)
def test_what_is_not_as_declared_names_its_remedy(column: str, json: str, code: str, remedy: str) -> None:
    """A refusal says what to declare where a declaration is likely what is missing."""
    with pytest.raises(DecodeError) as caught:
        value(column, json)
    assert (caught.value.code, caught.value.path) == (code, column)
    assert remedy in caught.value.reason

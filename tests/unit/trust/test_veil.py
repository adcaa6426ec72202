"""Samples of failing rows: nothing personal is shown, under whatever name a query gives it."""

import pytest

from franca.model.entity import Entity
from franca.model.markers import Key, Pii
from franca.model.shape import shape_of
from franca.trust.veil import MASK, Veil


class Person(Entity):
    """Somebody."""

    id: Key[str]
    name: Pii[str]
    city: str | None


VEIL = Veil([shape_of(Person)])


def test_what_is_declared_and_not_personal_is_shown() -> None:
    """A column that nobody declared may hold anything; null tells nothing."""
    row = {"id": "1", "name": "Ada", "city": None, "n": 3, "_rows": 2}
    assert VEIL.over(row) == {"id": "1", "name": MASK, "city": None, "n": MASK, "_rows": 2}


@pytest.mark.parametrize(
    "sql",
    [
        "select city from person",
        "select p.city from person as p where name = 'Ada'",
        "select *, length(city) from person",
        "select city from person union all select 'none'",
    ],
)
def test_a_plain_query_shows_what_its_columns_are(sql: str) -> None:
    """Its columns are called as they are declared."""
    assert VEIL.over({"city": "Rome"}, sql) == {"city": "Rome"}


@pytest.mark.parametrize(
    "sql",
    [
        "select name as city from person",
        "select upper(name) as city from person",
        "select city from (select name as city from person)",
        "with x as (select name as city from person) select city from x",
        "select city from person union all select name from person",
        "select city from person union all select * from other",
        "select city from person as p(id, city, name)",
        "select person as city from person",
        "select p as city from person as p",
        "select city from (select NAME city from person)",
    ],
)
def test_a_query_that_renames_shows_nothing(sql: str) -> None:
    """What stands under a harmless name may be personal."""
    assert VEIL.over({"city": "Ada"}, sql) == {"city": MASK}

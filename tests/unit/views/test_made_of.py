"""Of what the columns of a project's own views are made, and which of them are personal."""

import pytest

from franca.model.entity import Entity
from franca.model.markers import Key, Pii
from franca.model.shape import shape_of
from franca.model.views import view
from franca.views.plan import plan
from franca.views.view import View


class Cust(Entity):
    """A customer."""

    id: Key[str]
    name: Pii[str | None] = None
    city: str | None = None
    tags: Pii[list[str] | None] = None


class Acc(Entity):
    """An account."""

    id: Key[int]
    cust_id: str | None = None
    kind: str | None = None


class Person(Entity):
    """Who is known by a personal key."""

    email: Key[Pii[str]]


ENTITIES: list[type[Entity]] = [Cust, Acc, Person]
ROW = ["id", "name", "city", "tags"]


def made(sql: str) -> View:
    """Return a view of this SQL."""
    return plan([shape_of(each) for each in ENTITIES], ENTITIES, {"made": view(sql)}).view("made")


def sources(sql: str, of: str = "cust") -> list[str]:
    """Return the entity's fields behind the column `x` of a query; a star leads, where it is personal."""
    found = made(sql).column("x")
    return ["*"] * found.is_personal + [name for entity, name in found.sources if entity == of]


@pytest.mark.parametrize(
    "sql",
    [
        "select name.upper() as x from cust",
        "select c.name.upper().lower() as x from cust c",
        "select (name).upper() as x from cust",
        "select 'a'.concat(name.lower()) as x from cust",
        "select main.upper(name) as x from cust",
        "select name.first(order by 1) as x from cust",
        "select name.max() over () as x from cust",
        "select name.max() filter (where true) as x from cust",
        "select cust.name.max() filter (where true) as x from cust",
        "select x from (select name as x from cust) order by x.upper()",
        "select s.b.c.upper() as x from (select {'b': {'c': name}} as s from cust)",
        "select (select max(name) from cust).upper() as x from acc",
    ],
)
def test_a_function_behind_a_dot_is_made_of_what_stands_before_it(sql: str) -> None:
    """As within a call."""
    assert sources(sql) == ["*", "name"]


@pytest.mark.parametrize(
    "sql",
    [
        "select tags.len() as x from cust",
        "select tags.list_filter(lambda x: x <> 'a') as x from cust",
        "select list_transform(tags, lambda y: y.upper()) as x from cust",
        "select [y.upper() for y in tags] as x from cust",
        "select list_transform(tags, lambda y: {'a': y}.a) as x from cust",
        "select t.tag as x from cust c, unnest(c.tags) as t(tag)",
        "select x from (select unnest(tags) as x from cust)",
    ],
)
def test_parts_of_a_list_are_made_of_it(sql: str) -> None:
    """However they are called within."""
    assert sources(sql) == ["*", "tags"]


@pytest.mark.parametrize(
    "sql",
    [
        "select cust as x from cust",
        "select to_json(c) as x from cust c",
        "select list(c) as x from cust c",
        "select arg_max(c, id) as x from cust c",
        "select first(c).name as x from cust c",
        "select concat(cust) as x from cust",
        "select r.name as x from (select c as r from cust c)",
        "select z as x from (select id, name, city, tags from cust) z",
        "select city as x from cust unpivot (city for k in (name, id))",
        "select city as x from (select id, name, city, tags from cust) unpivot (city for k in (name, id))",
        "select unnest((select list(name) from cust)) as x from acc",
    ],
)
def test_a_row_is_made_of_all_its_fields(sql: str) -> None:
    """And so is what can't be told: better marked as personal than not."""
    found = sources(sql)
    assert found[0] == "*"
    assert sorted(found[1:]) == sorted(ROW)


def test_unions_by_name_put_columns_of_one_name_together() -> None:
    """In whatever order each side has them."""
    found = made("select kind as x, '1' as y from acc union by name select id as y, name as x from cust")
    assert {each.name: (each.is_personal, each.sources) for each in found.columns} == {
        "x": (True, (("acc", "kind"), ("cust", "name"))),
        "y": (False, (("cust", "id"),)),
    }


@pytest.mark.parametrize(
    ("sql", "behind"),
    [
        ("lateral (select name as x from cust c where c.id = acc.cust_id) q", ["*", "name"]),
        ("lateral (select name as x, city as y from cust) q(y, x)", ["city"]),
        ("lateral (select acc.kind || city as x from cust) q", ["city"]),
        ("(values ((select max(name) from cust))) as q(x)", ["*", "name"]),
    ],
)
def test_what_stands_beside_is_made_of_what_it_reads(sql: str, behind: list[str]) -> None:
    """Not of what says which rows are read."""
    assert sources(f"select kind, x from acc, {sql}") == behind


def test_a_recursive_query_is_made_of_what_any_round_puts_in() -> None:
    """Also of what comes into a column by way of others."""
    rounds = "select id, city, name from cust union all select {} from r"
    query = f"with recursive r(a, b, c) as ({rounds}) select a as x from r"
    assert sources(query.format("b, c, a")) == ["*", "id", "city", "name"]
    assert sources(query.format("b, a, c")) == ["id", "city"]


@pytest.mark.parametrize(
    "sql",
    [
        "select count(cust) as x from cust",
        "select count((select max(name) from cust)) as x from acc",
        "select x from (select count(name) as x, max(name) as y from cust)",
        "select exists(select 1 from cust where name = 'x') as x from acc",
        "select city.upper() as x from cust",
        "select c.city as x from cust c join acc on c.name = acc.kind",
        "select 1 as x from cust",
    ],
)
def test_what_shows_nothing_personal_is_not_marked(sql: str) -> None:
    """A number of rows, which rows there are, and other columns."""
    assert not made(sql).column("x").is_personal


def test_an_events_subject_is_made_of_its_keys() -> None:
    """It is the key as text."""
    found = made("select _subject as x, _event_id from person_events")
    assert (found.column("x").is_personal, found.column("x").sources) == (True, (("person", "email"),))
    assert found.column("_event_id").sources == ()
    assert sources("select upper(_subject) as x from cust_events") == ["id"]

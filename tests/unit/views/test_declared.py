"""Views and metrics that a project declares: checked before they run, with lineage and marks."""

from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType
from typing import Annotated

import pytest

from franca.config.declared import views_of
from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.markers import Digits, Key, Link, Pii
from franca.model.shape import shape_of
from franca.model.views import Declared, metric, view
from franca.views.catalogue import Catalogue
from franca.views.plan import plan
from tests.scenes import Scene


class Owner(Entity):
    """Who owns accounts."""

    id: Key[str]
    name: Annotated[Pii[str], "As it is written."]


class Account(Entity):
    """An account."""

    id: Key[str]
    owner_id: Annotated[str, Link(Owner)]
    amount: Annotated[Decimal, Digits(10, 2)]
    status: str


def views(**declared: Declared) -> Catalogue:
    """Return all views of the two entities and the declared ones."""
    return plan([shape_of(Owner), shape_of(Account)], [Owner, Account], declared)


def scene() -> Scene:
    """Return three accounts of two owners."""
    found = Scene([Owner, Account])
    for key in ("A", "B"):
        found.add(Owner, 1, id=key, name=f"name {key}")
    for key, owner, amount, status in (("1", "A", 5, "open"), ("2", "A", 7, "open"), ("3", "B", 1, "closed")):
        found.add(Account, 1, id=key, owner_id=owner, amount=Decimal(amount), status=status)
    return found


def ask(found: Catalogue, sql: str) -> list[tuple[object, ...]]:
    """Return the rows of an answer over the scene."""
    with scene().lake() as lake:
        lake.define(found)
        return list(lake.query(sql).rows)


@view
def open_accounts() -> str:
    """Accounts that are open."""
    return "select * from account_joined where status = 'open'"


def test_views_read_entities_and_other_views() -> None:
    """In whatever order they are declared; stars are written out, and marks and lineage come along."""
    found = views(
        by_owner=view("select owner_name, sum(amount) as total from open_accounts group by owner_name"),
        open_accounts=open_accounts,
    )
    assert ask(found, "select * from by_owner") == [("name A", Decimal("12.00"))]
    assert found.view("open_accounts").description == "Accounts that are open."
    total, name = found.view("by_owner").column("total"), found.view("by_owner").column("owner_name")
    assert (total.sources, total.is_personal) == ((("account", "amount"),), False)
    assert (name.sources, name.is_personal) == ((("owner", "name"),), True)
    assert name.description == "As it is written."
    assert not found.needs_history(found.view("by_owner"))


def test_a_metric_is_a_number_for_each_group() -> None:
    """Over an entity or a view, of all rows or some; its column is called as it is."""
    found = views(
        balance=metric("sum(amount)", over=Account, by=["status"]),
        owners=metric("count(distinct owner_id)", over="account_joined", where="owner_id is not null"),
        ever=metric("count(*)", over="account_history"),
    )
    assert sorted(map(str, ask(found, "select status, balance from balance"))) == [
        "('closed', Decimal('1.00'))",
        "('open', Decimal('12.00'))",
    ]
    assert ask(found, "select owners from owners") == [(2,)]
    assert [v.name for v in found if v.kind == "metric" and found.needs_history(v)] == ["ever"]


def test_a_declared_view_is_asked_for_a_moment_too() -> None:
    """It reads what the entities were then."""
    found = views(amounts=view("select sum(amount) as amount from account"))
    with scene().lake() as lake:
        lake.define(found, datetime(2025, 1, 1, tzinfo=UTC))
        assert list(lake.query("select amount from amounts").rows) == [(None,)]


@pytest.mark.parametrize(
    ("name", "sql", "said"),
    [
        ("x", "select nothing from account", "its SQL is wrong: .*nothing"),
        ("x", "select from where", "its SQL is wrong"),
        ("x", "drop table account", "is no query but DROP"),
        ("x", "select 1 as a; select 2 as b", "its SQL is wrong|one select"),
        ("x", "select * from nowhere", "reads 'nowhere', which is not there"),
        ("x", "select * from x", "reads 'x', which is not there"),
        ("x", "select a.id, b.id from account a join owner b on true", "has the column 'id' twice"),
        ("x", "select columns('a.*') from account", "has columns without names"),
        ("x", "select * from 'secret.parquet'", "which is not there"),
        ("x", "select * from account_as_of('2026-01-01')", "which is not there"),
        ("account", "select 1 as one", "is the name of an entity"),
        ("account_history", "select 1 as one", "is the name of an entity, or of a view"),
        ("Loud", "select 1 as one", "is no name for a view"),
        ("x" * 64, "select 1 as one", "is no name for a view"),
    ],
)
def test_a_wrong_view_says_what_is_wrong(name: str, sql: str, said: str) -> None:
    """Before anything runs."""
    with pytest.raises(DefinitionError, match=said):
        views(**{name: view(sql)})


def test_all_problems_are_told_at_once() -> None:
    """One line each."""
    with pytest.raises(DefinitionError) as caught:
        views(a=view("select * from b"), b=view("select * from a"), c=view("select x from account"))
    assert sorted(problem.path for problem in caught.value.problems) == ["a", "b", "c"]


def test_wrong_arguments_are_refused_where_they_stand() -> None:
    """A function without text, and columns in one text."""
    with pytest.raises(DefinitionError, match="return the text of a query"):
        view(lambda: None)  # type: ignore[arg-type, return-value]  # a user without a type checker
    with pytest.raises(DefinitionError, match=r"write by=\['status'\]"):
        metric("count(*)", over=Account, by="status")


def test_views_are_found_by_the_names_they_are_bound_to() -> None:
    """Imported into another module they are the same; two under one name are a problem."""
    one, other = ModuleType("one"), ModuleType("other")
    first = view("select 1 as one")
    vars(one).update(first=first, second=metric("count(*)", over=Account, name="named"))
    vars(other).update(first=first)
    assert views_of([one, other]) == ({"first": first, "named": vars(one)["second"]}, [])
    vars(other).update(first=view("select 2 as two"))
    assert [problem.path for problem in views_of([one, other])[1]] == ["first"]

"""Views and metrics that a project declares: checked before they run, with lineage and marks."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pytest

from franca.config.declared import views_of
from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.markers import Digits, Key, Link, Pii
from franca.model.shape import shape_of
from franca.model.views import Declared, metric, view
from franca.views.binding import binding_problems
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


def test_joins_and_keys_of_json_give_what_the_query_as_written_gives() -> None:
    """An outer join's key comes from either side, and a key's case is no matter of names."""
    sql = (
        "select id, to_json({'Name': a.status}) ->> 'Name' as status, b.n, c.m "
        "from (from account where id = '1') a full join (select '2' as id, 2 as n) b using (id) "
        "full join (select '2' as ID, 3 as m) c using (id)"
    )
    assert sorted(ask(views(x=view(sql)), "from x")) == [("1", "open", None, None), ("2", None, 2, 3)]
    assert [column.name for column in views(x=view('select id as "Id" from owner')).view("x").columns] == [
        "id"
    ]


def test_a_view_may_be_declared_for_the_lake_alone() -> None:
    """What PostgreSQL can't say is not made there, nor what reads it; the rest is."""

    @view(places=["lake"])
    def hashes() -> str:
        return "select id, hash(status) as mark from account"

    found = views(hashes=hashes, marks=view("select mark from hashes"), ids=view("select id from account"))
    places = {name: found.places(found.view(name)) for name in ("hashes", "marks", "ids")}
    assert places == {"hashes": ["lake"], "marks": ["lake"], "ids": ["lake", "store"]}
    assert not {"hashes", "marks"} & {each.name for each in found.of_store()}
    assert len(ask(found, "select * from marks")) == 3
    assert view("select 1 as one", places=("store", "lake")) == view("select 1 as one")


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
    ("asked", "said"),
    [
        ("account_joind", "there is no 'account_joind'; did you mean 'account_joined'"),
        ("account_as_off('2026-01-01')", "there is no 'account_as_off'; did you mean 'account_as_of'"),
        ("zzz", "zzz does not exist"),
    ],
)
def test_a_question_for_what_is_not_there_names_what_is(asked: str, said: str) -> None:
    """Views that no question made yet too."""
    with pytest.raises(DefinitionError, match=said):
        ask(views(), f"select * from {asked}")


def test_a_long_name_is_no_matter_where_the_store_has_not_the_view() -> None:
    """Only PostgreSQL cuts it."""
    long = "x" * 64
    of_lake = view(f"select id as {long} from account", places=["lake"])
    of_events = view(f"select _event_id as {long} from account_events")
    found = views(of_lake=of_lake, of_events=of_events)
    assert [each.name for name in ("of_lake", "of_events") for each in found.view(name).columns] == [long] * 2


@pytest.mark.parametrize(
    ("name", "sql", "said"),
    [
        ("x", "select nothing from account", "its SQL is wrong: .*nothing.*; mend it"),
        ("x", "select amuont from account", "its SQL is wrong: .*amuont.*; did you mean 'amount'"),
        ("x", "select from where", "its SQL is wrong"),
        ("x", "selec *\nfrom account", 'wrong: syntax error at or near "selec", in line 1 of it; mend'),
        ("x", "select 'a\nfrom account", "wrong: unterminated string literal, in line 1 of it; mend"),
        (
            "x",
            "select id\nfrom account where id = {{ name }}",
            r'wrong: syntax error at or near "{", in line 2',
        ),
        ("x", "select 'a' 'b' as x", "wrong: syntax error at or near \"'b'\", in line 1 of it; mend"),
        ("x", "select 5 ! as x", r"wrong: .*\W!\W, in line 1 of it; mend"),
        ("x", f"select id as {'x' * 64} from account", "its column 'x{64}' has a name of 64 bytes; give it"),
        ("x", f'select * from (select id as "{"ö" * 32}" from account)', "has a name of 64 bytes; give it"),
        ("x", "select", "selects nothing"),
        ("x", "  ", "has no SQL; write one select"),
        ("x", "drop table account", "is no query but DROP"),
        ("x", "select 1 as a; drop table account", "got 2 statements, expected one query"),
        ("x", "select id into other from account", "writes INTO a table"),
        ("x", "select id from account where id = ?", r"has the parameter \?"),
        ("x", "select * from nowhere", "reads 'nowhere', which is not there; name entities"),
        ("x", "select * from acount", "reads 'acount', which is not there; did you mean 'account'"),
        ("x", "select * from x", "reads itself: x → x"),
        ("x", "select * from main.account", "reads main.account, which is of another schema"),
        ("x", "select a.id, b.id from account a join owner b on true", "has the column 'id' twice"),
        ("x", "select columns('a.*') from account", "has columns without names"),
        ("x", "select id, count(*) from account group by id", r"its column 2, COUNT\(\*\), has no name"),
        ("x", "select * from 'secret.parquet'", "which is not there"),
        ("x", "select * from read_csv('secret.csv')", "reads the function READ_CSV"),
        (
            "x",
            "select * from account_as_of('2026-01-01')",
            "reads the function .*; for a moment ask a history",
        ),
        ("x", "pivot account on status using count(*)", "has a PIVOT, which .*; write each column: count"),
        ("x", "select * from (pivot account on status using count(*))", "has a PIVOT"),
        ("x", "with p as (unpivot account on id into name n value v) select n from p", "has an UNPIVOT"),
        ("x", "from account pivot (count(*) for status in ('open') group by id)", "has a PIVOT"),
        ("x", "select status from (select id from account)", "its SQL is wrong: .*status.*; mend it"),
        ("account", "select 1 as one", "is the name of an entity"),
        ("account_history", "select 1 as one", "is the name of an entity, or of a view"),
        ("account_pkey", "select 1 as one", "is the name of an entity, or of a view or an index"),
        ("account_owner_id_link", "select 1 as one", "is the name of an entity, or of a view or an index"),
        ("Loud", "select 1 as one", "is no name for a view"),
        ("x" * 64, "select 1 as one", "is no name for a view"),
    ],
)
def test_a_wrong_view_says_what_is_wrong(name: str, sql: str, said: str) -> None:
    """Before anything runs."""
    with pytest.raises(DefinitionError, match=said):
        views(**{name: view(sql)})


def test_what_users_write_may_end_in_a_comment() -> None:
    """Behind the statement, and behind each part of a metric."""
    only = "amount > 1 -- only\n -- large"
    found = views(
        a=view("-- first\nselect id from account; -- end"),
        b=view("select id from account;; /* end */"),
        c=metric("count(*) -- all", over=Account, where=only, by=["status"]),
        d=metric("count(*) -- all", over=Account),
    )
    assert [row[0] for row in ask(found, "select id from a union all from b order by id")] == list("112233")
    assert ask(found, "select status, c, d from c, d") == [("open", 2, 3)]


def test_all_problems_are_told_at_once() -> None:
    """One line each."""
    with pytest.raises(DefinitionError) as caught:
        views(a=view("select * from b"), b=view("select * from a"), c=view("select x from account"))
    problems = {problem.path: problem for problem in caught.value.problems}
    assert sorted(problems) == ["a", "b", "c"]
    assert problems["a"].reason == "reads itself: a → b → a"
    assert {Path(problem.file) for problem in problems.values()} == {Path(__file__)}
    assert all(problem.line for problem in problems.values())


def test_only_the_wrong_view_is_told_and_not_those_that_read_it() -> None:
    """Neither a reader of what can't be read, nor one of what has a wrong column, nor of a circle."""
    with pytest.raises(DefinitionError) as caught:
        views(
            a=view("select"),
            b=view("select one from a"),
            c=view("select nothing from account"),
            d=view("select * from c"),
            e=view("select * from f, g"),
            f=view("select * from e, g"),
            g=view("select * from account, f"),
            h=view("select * from f"),
        )
    assert sorted(problem.path for problem in caught.value.problems) == ["a", "c", "e", "f", "g"]


def test_a_metric_that_puts_no_rows_together_is_refused() -> None:
    """What it is over and by are names, whatever stands in them."""
    with pytest.raises(DefinitionError, match="'amount' puts no rows together; write an aggregate"):
        views(x=metric("amount", over=Account))
    with pytest.raises(DefinitionError, match=r"reads 'account\" --', .* did you mean 'account'"):
        views(x=metric("count(*)", over='account" --'))


def test_duckdb_looks_at_what_is_written() -> None:
    """Types, functions and groups, in views that read others; a reader of a wrong one is not told of."""
    found = views(
        a=view("select id + 1 as one from account"),
        b=view("select one from a"),
        c=view("select frobnicate(id) as one from account_history"),
        d=metric("count(*) + id", over=Account),
        e=open_accounts,
        f=metric("count(*)", over="account_changes"),
    )
    problems = {problem.path: problem.reason for problem in binding_problems(found)}
    assert sorted(problems) == ["a", "c", "d"]
    assert "frobnicate" in problems["c"]
    assert list(binding_problems(views(e=open_accounts))) == []


def test_what_is_only_counted_is_not_personal() -> None:
    """Through views and parts of queries; what else is made of it is."""
    found = views(
        a=view(
            "with k as (select name, count(name) as n from owner group by name) "
            "select upper(name) as loud, n, count(distinct name) as names, "
            "count(*) filter (where name = 'x') as xs, max(name) as most from k group by all"
        ),
        b=view("select names, most from a"),
    )
    marks = {c.name: c.is_personal for c in found.view("a").columns}
    assert marks == {"loud": True, "n": False, "names": False, "xs": False, "most": True}
    assert [c.is_personal for c in found.view("b").columns] == [False, True]
    assert found.view("b").column("names").sources == (("owner", "name"),)


def test_wrong_arguments_are_refused_where_they_stand() -> None:
    """A function without text, and columns in one text."""
    with pytest.raises(DefinitionError, match="return the text of a query"):
        view(lambda: None)  # type: ignore[arg-type, return-value]  # a user without a type checker
    with pytest.raises(DefinitionError, match=r"write by=\['status'\]"):
        metric("count(*)", over=Account, by="status")
    with pytest.raises(DefinitionError, match="its SQL is 3, expected a text"):
        view(3)  # type: ignore[call-overload]  # as above
    for places in (["store"], "lake", ["lake", "moon"], None):
        with pytest.raises(DefinitionError, match=r'write places=\["lake"\] for none in the store'):
            view("select 1 as one", places=places)  # type: ignore[arg-type]  # as above
    with pytest.raises(DefinitionError, match="its expression is None, expected a text"):
        metric(None, over=Account)  # type: ignore[arg-type]  # as above


def test_a_function_may_have_another_name() -> None:
    """And be anything that can be called."""

    @view(name="named", description="Said here.")
    def function() -> str:
        return "select 1 as one"

    assert function == view("select 1 as one", name="named", description="Said here.")
    called = view(partial(str, "select 1 as one"))
    assert (called.sql, called.file, called.line > 0) == ("select 1 as one", __file__, True)


def test_views_are_found_by_the_names_they_are_bound_to() -> None:
    """Imported into another module they are the same; two under one name are a problem."""
    one, other = ModuleType("one"), ModuleType("other")
    first = view("select 1 as one")
    vars(one).update(first=first, second=metric("count(*)", over=Account, name="named"))
    vars(other).update(first=first)
    assert views_of([one, other]) == ({"first": first, "named": vars(one)["second"]}, [])
    vars(other).update(first=view("select 2 as two"))
    assert [problem.path for problem in views_of([one, other])[1]] == ["first"]

"""The short form of `python -m tests.models`, and the proof that it would find what it looks for."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Database
from tests.models.check import Checked, WrongError
from tests.models.expected import Expected
from tests.models.generator import Models
from tests.models.plans import EntityPlan, EventPlan, FieldPlan, Plan
from tests.models.run import Done, attempt, minimised, one

pytestmark = pytest.mark.services

SEED, SHORT = 3, 6
"""Models that have views of all kinds, one of them refused."""

KINDS = {"current", "history", "as_of", "changes", "joined", "joined_history", "counts"}
STAR = {"dimension", "dimension_history", "fact"}

FIRM = EntityPlan(
    "firm",
    (
        FieldPlan("id", str, key=True),
        FieldPlan("name", str),
        FieldPlan("owner_id", str, targets=((None, "firm"),)),
    ),
    star="dimension",
)
SALE = EntityPlan(
    "sale",
    (FieldPlan("id", int, key=True), FieldPlan("firm", str, targets=((None, "firm"),))),
    star="fact",
)


def events(**changed: Any) -> tuple[EventPlan, ...]:
    """Return two firms, of which one owns the other, and a sale; `changed` of the owner."""
    owner = {"id": "a", "name": "A", "owner_id": None, **changed}
    return (
        EventPlan("firm", 1, 0, 1, False, tuple(owner.items())),
        EventPlan("firm", 2, 1, 1, False, (("id", "b"), ("name", "B"), ("owner_id", "a"))),
        EventPlan("sale", 1, 1, 1, False, (("id", 1), ("firm", "a"))),
    )


@pytest.mark.slow
def test_views_of_random_models_say_what_a_recomputation_says(postgres: Database) -> None:
    """In DuckDB and PostgreSQL alike; or the model is refused with a reason."""
    done = Done()
    found = [failure for number in range(SHORT) for failure in one(SEED, number, postgres.dsn, done)]

    assert [failure.trace for failure in found] == []
    assert done.views.keys() == KINDS | STAR
    assert done.refused


def test_the_same_seed_makes_the_same_models() -> None:
    """A failure can be repeated."""
    once, again = (Models(random.Random("7/1")) for _ in range(2))
    plan = once.plan()
    assert again.plan() == plan
    assert repr(once.with_events(plan, plan.classes())) == repr(again.with_events(plan, plan.classes()))


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (events(name="B"), "current"),
        (events(owner_id="a"), "current"),
        (events(id="c"), "current"),
        (events()[:2], "current"),
    ],
)
def test_a_row_that_is_another_is_noticed(wrong: tuple[EventPlan, ...], place: str) -> None:
    """What is expected is told from other events than the lake has."""
    plan = Plan((FIRM, SALE), events())
    checked = Checked(plan, plan.classes())
    checked.lake()
    checked.expected = Expected(Plan(plan.entities, wrong), checked.shapes)
    with pytest.raises(WrongError, match=place):
        checked.lake()


COUNTED: list[Callable[[Expected], int]] = [
    lambda expected: len(expected.joined("firm")),
    lambda expected: len(expected.hops("firm")),
    lambda expected: expected.counts("firm")[0][3],
    lambda expected: len(expected.changes("firm")),
    lambda expected: len(expected.states("firm")),
]


def test_what_is_expected_follows_each_link_once() -> None:
    """A self-link leads back and no further; a row is counted by each that links to it."""
    plan = Plan((FIRM, SALE), events())
    expected = Checked(plan, plan.classes()).expected
    assert [count(expected) for count in COUNTED] == [2, 1, 1, 2, 2]
    assert expected.fact("sale")[0][0] == "a"
    assert [hop.target for hop in expected.hops("sale")] == ["firm", "firm"]


def test_a_failure_is_cut_down_to_what_matters(postgres: Database) -> None:
    """Here a text that PostgreSQL can't hold: one entity without links, one event."""
    plan = Plan((FIRM,), events(name="a\x00b")[:2])
    (failure,) = attempt(plan, postgres.dsn)
    least = minimised(failure, postgres.dsn).plan
    assert [len(entity.fields) for entity in least.entities] == [2]
    assert len(least.events) == 1


def test_smaller_plans_are_models_too() -> None:
    """A key keeps its last field."""
    smaller = list(Plan((FIRM, SALE), events()).smaller())
    assert len(smaller) > 8
    for each in smaller:
        Checked(each, each.classes()).names()

"""Links by text: whatever kind of key they mean, its text is the one that events have in their subject."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest

from franca.model.entity import Entity, ModelMeta
from franca.model.markers import Digits, Key, KeyMark, Link
from tests.scenes import Scene


class Side(Enum):
    LEFT = "left/%"


def linked(kind: Any) -> tuple[Any, Any]:
    """Return an entity with a key of a kind, and one that links to it by text."""
    told = {"__annotations__": {"key": Annotated[kind, KeyMark()]}, "__module__": __name__}
    goal: Any = ModelMeta("Goal", (Entity,), told, star="dimension")
    links = {"id": Key[str], "goal": Annotated[str | None, Link(goal)]}
    source: Any = ModelMeta(
        "Source", (Entity,), {"__annotations__": links, "__module__": __name__}, star="fact"
    )
    return goal, source


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (datetime, datetime(2026, 3, 1, 10, tzinfo=UTC), "2026-03-01T10:00:00.000000Z"),
        (datetime, datetime(1, 1, 1, microsecond=120, tzinfo=UTC), "0001-01-01T00:00:00.000120Z"),
        (date, date(1, 1, 1), "0001-01-01"),
        (Annotated[Decimal, Digits(10, 2)], Decimal("-1.50"), "-1.50"),
        (Annotated[Decimal, Digits(2, 2)], Decimal("-0.05"), "-0.05"),
        (Annotated[Decimal, Digits(2, 2)], Decimal("0.50"), "0.50"),
        (Decimal, Decimal("12.5"), "12.5"),
        (Decimal, Decimal(-100), "-100"),
        (Decimal, Decimal(0), "0"),
        (Decimal, Decimal("1E-18"), "0.000000000000000001"),
        (int, Decimal(10**30), "1" + "0" * 30),
        (bool, True, "true"),
        (UUID, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        (Side, "left/%", "left/%"),
    ],
)
def test_a_link_by_text_finds_its_key(kind: Any, value: Any, text: str) -> None:
    """In the joined view, the counts and the star, whose keys are these texts; another text finds nothing."""
    goal, source = linked(kind)
    scene = Scene([goal, source])
    scene.add(goal, 1, key=value)
    scene.add(source, 1, id="A", goal=text)
    scene.add(source, 2, id="B", goal=f"{text}0")
    assert scene.ask("SELECT id, goal_key IS NOT NULL FROM source_joined ORDER BY id") == [
        ("A", True),
        ("B", False),
    ]
    assert scene.ask("SELECT source_count FROM goal_with_counts") == [(1,)]
    assert scene.ask("SELECT goal_key FROM fact_source ORDER BY id") == [(text,), ("(unknown)",)]
    assert sorted(scene.ask("SELECT goal_key FROM dim_goal")) == sorted([(text,), ("(unknown)",)])


TOKEN = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@pytest.mark.parametrize(
    ("kind", "value", "held"),
    [
        (str, "it's", "it's"),
        (Side, Side.LEFT, "left/%"),
        (bool, True, True),
        (int, 10**30, Decimal(10**30)),
        (
            Annotated[Decimal, Digits(20, 2)],
            Decimal("1.50000000000000000000000000000000000000000"),
            Decimal("1.5"),
        ),
        (Annotated[Decimal, Digits(20, 2)], Decimal("1E+3"), Decimal(1000)),
        (date, date(1, 1, 1), date(1, 1, 1)),
        (time, time(10), "10:00:00.000000"),
        (time, time(10, 0, 0, 120), "10:00:00.000120"),
        (UUID, UUID(TOKEN), TOKEN),
        (UUID, TOKEN.upper(), TOKEN),
    ],
)
def test_a_link_is_followed_where_the_field_that_chooses_has_its_value(
    kind: Any, value: Any, held: Any
) -> None:
    """However the model says it: the lake's column has it as events do."""

    class Goal(Entity):
        id: Key[str]

    told = {"id": Key[str], "by": kind, "goal": Annotated[str, Link({value: Goal}, by="by")]}
    source: Any = ModelMeta("Source", (Entity,), {"__annotations__": told, "__module__": __name__})
    scene = Scene([Goal, source])
    scene.add(Goal, 1, id="G")
    scene.add(source, 1, id="A", by=held, goal="G")
    scene.add(source, 2, id="B", by=None, goal="G")
    assert scene.ask("SELECT id, goal_id FROM source_joined ORDER BY id") == [("A", "G"), ("B", None)]
    assert scene.ask("SELECT source_count FROM goal_with_counts") == [(1,)]

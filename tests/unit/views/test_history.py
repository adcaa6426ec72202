"""What was when: histories, moments and changes of single keys, by hand."""

from typing import Annotated, Any

from franca.model.entity import Entity
from franca.model.markers import Key
from tests.scenes import Scene, at


class Thing(Entity):
    """A thing with a name and a size."""

    id: Key[str]
    name: str | None
    sizes: list[int] | None = None


class Contract(Entity):
    """A contract whose fields are called as a history's columns are."""

    id: Key[str]
    valid_from: Annotated[str | None, "When it begins, it says."]
    old_valid_from: Key[int]


def things(*events: tuple[int, float, str | None]) -> Scene:
    """Return a scene of one key: sequence, minute and name of each event, no name for a delete."""
    scene = Scene([Thing])
    for sequence, minute, name in events:
        gone = {"gone": True} if name is None else {"name": name}
        scene.add(Thing, sequence, minute, id="A", **gone)
    return scene


HISTORY = "SELECT name, valid_from, valid_to FROM thing_history ORDER BY valid_from"
CHANGES = "SELECT _change, _changed_fields, old_name, new_name FROM thing_changes ORDER BY _sequence"


def intervals(scene: Scene) -> list[tuple[Any, ...]]:
    """Return the names with the minutes of their intervals."""
    rows = scene.ask(HISTORY)
    return [
        (name, *(None if each is None else (each - at(0)).seconds // 60 for each in ends))
        for name, *ends in rows
    ]


def test_a_state_holds_until_the_next_one() -> None:
    """In the order of sequences, in whatever order they came."""
    assert intervals(things((2, 20, "b"), (1, 10, "a"))) == [("a", 10, 20), ("b", 20, None)]


def test_a_delete_ends_a_state_and_is_none_itself() -> None:
    """What comes back later leaves a gap."""
    scene = things((1, 10, "a"), (2, 20, None), (3, 30, "b"), (4, 40, None))
    assert intervals(scene) == [("a", 10, 20), ("b", 30, 40)]


def test_repeats_and_older_mappings_do_not_count() -> None:
    """Of one sequence the newest mapping's event counts, and of equals the first on the topic."""
    scene = things((1, 10, "a"), (1, 10, "again"), (2, 20, "old"))
    scene.add(Thing, 2, 20, mapping=2, id="A", name="new")
    assert intervals(scene) == [("a", 10, 20), ("new", 20, None)]


def test_an_earlier_time_of_a_later_change_counts_as_the_latest_so_far() -> None:
    """A clock that went back makes no overlap; a state that held for no time is left out."""
    scene = things((1, 10, "a"), (2, 30, "b"), (3, 20, "c"), (4, 40, "d"))
    assert intervals(scene) == [("a", 10, 30), ("c", 30, 40), ("d", 40, None)]


def test_a_moment_has_the_state_that_held_then() -> None:
    """The beginning belongs to a state, its end does not."""
    scene = things((1, 10, "a"), (2, 20, "b"), (3, 30, None))
    for minute, names in ((9, []), (10, ["a"]), (19.9, ["a"]), (20, ["b"]), (30, [])):
        sql = f"SELECT name FROM thing_as_of('{at(minute).isoformat()}')"
        assert [name for (name,) in scene.ask(sql)] == names
        assert [name for (name,) in scene.ask("SELECT name FROM thing", at(minute))] == names


def test_a_change_tells_its_kind_and_both_values() -> None:
    """What came back is created again."""
    scene = things((1, 10, "a"), (2, 20, "b"), (3, 30, None), (4, 40, "c"))
    assert scene.ask(CHANGES) == [
        ("created", "name", None, "a"),
        ("updated", "name", "a", "b"),
        ("deleted", "name", "b", None),
        ("created", "name", None, "c"),
    ]


def test_what_changes_nothing_is_no_change() -> None:
    """A repeat, an update without difference, a delete of what is not there."""
    scene = things((1, 10, None), (2, 20, "a"), (2, 20, "a"), (3, 30, "a"), (4, 40, None), (5, 50, None))
    assert [change for change, *_ in scene.ask(CHANGES)] == ["created", "deleted"]


def test_nested_values_are_compared_whole() -> None:
    """A list changes when an item does."""
    scene = Scene([Thing])
    scene.add(Thing, 1, id="A", sizes=[1, 2])
    scene.add(Thing, 2, id="A", sizes=[1, 2])
    scene.add(Thing, 3, id="A", sizes=[2, 1])
    sql = "SELECT _changed_fields, old_sizes, new_sizes FROM thing_changes ORDER BY _sequence"
    assert scene.ask(sql) == [("sizes", None, [1, 2]), ("sizes", [1, 2], [2, 1])]


def test_fields_keep_their_names_where_a_history_would_use_them() -> None:
    """The interval is called `_valid_from` and `_valid_to` then, and an old value gets a number."""
    scene = Scene([Contract])
    scene.add(Contract, 1, 10, id="A", old_valid_from=7, valid_from="soon")
    assert scene.ask("SELECT valid_from, _valid_from, _valid_to FROM contract_history") == [
        ("soon", at(10), None)
    ]
    sql = "SELECT old_valid_from, old_valid_from_2, new_valid_from FROM contract_changes"
    assert scene.ask(sql) == [(7, None, "soon")]
    assert scene.ask("SELECT id FROM contract_as_of(TIMESTAMPTZ '2026-01-01 00:10:00Z')") == [("A",)]


def test_a_key_is_found_without_reading_all_of_them() -> None:
    """A filter on the key goes below the windows, down to the table."""
    (_, plan) = things((1, 10, "a")).ask("EXPLAIN SELECT name FROM thing_history WHERE id = 'A'")[0]
    assert plan.upper().rindex("ID = 'A'") > plan.upper().rindex("OVER (PARTITION")

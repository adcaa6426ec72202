"""With remembered rows, messages that can't tell what the row was give what whole ones give."""

import json
from typing import Any

import pytest

from franca.mapping.application import Application
from franca.pipeline.onramp import OnRamp, Tables
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.store import DictRows
from franca.types import Batch, Record
from tests.unit.pipeline.town import FIRST, Cust, Person, Town, crm, told

Row = dict[str, Any]


@pytest.fixture
def town() -> Town:
    """Give an empty memory."""
    return Town()


def test_an_update_that_ends_the_condition_ends_the_entity(town: Town) -> None:
    """The message has no row before; the memory has."""
    town.change("c", FIRST)

    assert town.change("u", FIRST | {"status": "C"}) == ["person 1", "-member a@x", "phone 11", "phone 12"]
    assert town.change("u", FIRST | {"status": "A"}) == ["person 1", "member a@x", "phone 11", "phone 12"]


def test_a_changed_key_and_a_shortened_list_end_what_they_made(town: Town) -> None:
    """The old key goes, and the item that the list had."""
    town.change("c", FIRST)

    assert town.change("u", FIRST | {"email": "b@x", "phone2": None}) == [
        "person 1", "-member a@x", "member b@x", "-phone 12", "phone 11",
    ]  # fmt: skip


def test_absent_columns_are_those_of_the_row_before(town: Town) -> None:
    """A message that lacks columns gives whole events."""
    town.change("c", FIRST)

    out = town.step(Batch([town.record("u", {"num": "1", "name": "Eve"})]))
    town.memory.keep()

    person, member, *phones = (json.loads(value or b"") for _, _, value in out.items)
    assert person["data"] == {"id": "1", "name": "EVE"}
    assert member["data"] == {"email": "a@x"}
    assert [phone["data"]["number"] for phone in phones] == ["11", "12"]
    assert out.tally == (1, 4, 0)


def test_a_delete_without_an_image_finds_its_entities(town: Town) -> None:
    """The key alone is enough, and after it the row is forgotten."""
    town.change("c", FIRST)

    assert town.change("d", None, {"num": "1"}) == ["-person 1", "-member a@x", "-phone 11", "-phone 12"]
    assert town.change("d", None, {"num": "1"}) == ["-person 1", "!absent-input", "!absent-input"]


def test_a_row_that_is_not_remembered_can_not_be_filled(town: Town) -> None:
    """What a message lacks is then the problem that it is without a memory."""
    assert town.change("u", {"num": "1", "name": "Eve"}) == ["person 1", "!absent-input", "!absent-input"]


def test_changes_of_one_batch_see_each_other(town: Town) -> None:
    """And so do those of a batch after it, before anything is stored."""
    given = town.batch(
        town.record("c", FIRST),
        town.record("u", {"num": "1", "email": "b@x"}),
        town.record("d", None, {"num": "1"}),
        town.record(
            "c", {"num": "2", "name": "Bo", "status": None, "email": "c@x", "phone1": "9", "phone2": None}
        ),
    )

    assert given == [
        "person 1", "member a@x", "phone 11", "phone 12",
        "person 1", "-member a@x", "member b@x", "phone 11", "phone 12",
        "-person 1", "-member b@x", "-phone 11", "-phone 12",
        "person 2", "phone 9",
    ]  # fmt: skip


def test_what_was_not_stored_is_not_remembered(town: Town) -> None:
    """The batch comes again, and gives the same."""
    town.change("c", FIRST)
    again = town.record("u", FIRST | {"email": "b@x"})

    first = town.batch(again, stored=False)
    town.memory.drop()

    assert town.batch(again) == first == ["person 1", "-member a@x", "member b@x", "phone 11", "phone 12"]


def test_a_late_change_does_not_touch_what_is_remembered(town: Town) -> None:
    """A snapshot that overlaps brings rows as they were; what it lacks is no problem, for all is newer."""
    town.change("c", FIRST, lsn=10)
    town.change("u", FIRST | {"email": "b@x"}, lsn=20)

    assert town.change("r", FIRST, lsn=15) == ["person 1", "member a@x", "phone 11", "phone 12"]
    assert town.change("u", {"num": "1", "name": "Eve"}, lsn=16) == ["person 1"]
    assert town.change("d", None, {"num": "1"}, lsn=17) == ["-person 1"]
    assert town.change("d", None, {"num": "1"}, lsn=30) == [
        "-person 1",
        "-member b@x",
        "-phone 11",
        "-phone 12",
    ]


def test_a_repeated_message_gives_the_same_again(town: Town) -> None:
    """Twice the same sequence is no late change."""
    town.change("c", FIRST, lsn=10)

    assert town.change("c", FIRST, lsn=10) == ["person 1", "member a@x", "phone 11", "phone 12"]
    assert town.change("d", None, {"num": "1"}, lsn=11) == [
        "-person 1",
        "-member a@x",
        "-phone 11",
        "-phone 12",
    ]


def test_a_changed_primary_key_moves_the_row(town: Town) -> None:
    """A message that holds both keys ends what the old one made."""
    town.change("c", FIRST)

    given = town.change("u", FIRST | {"num": "2"}, {"num": "1", "name": "", "email": "", "phone1": ""})
    assert given == ["-person 1", "person 2", "member a@x", "phone 11", "phone 12"]
    assert town.change("d", None, {"num": "2"}) == ["-person 2", "-member a@x", "-phone 11", "-phone 12"]


def test_a_row_is_placed_beside_its_raw_record(town: Town) -> None:
    """In the raw record's partition, under the topic and the row's key; its end is a tombstone."""
    out = town.step(Batch([town.record("c", FIRST)]))

    ((topic, key, partition, value),) = out.placed
    assert (topic, key, partition) == ("crm.cust.rows", b'["raw.crm.cust","1"]', 0)
    assert json.loads(value or b"") == {
        "sequence": json.loads(out.items[0][2] or b"")["sequence"],
        "row": FIRST,
    }
    town.memory.keep()
    assert town.step(Batch([town.record("d", None, {"num": "1"})])).placed == [(topic, key, 0, None)]


def test_whole_rows_before_need_no_memory() -> None:
    """`full` is believed, as long as it holds: nothing is placed."""
    town = Town("full")

    out = town.step(Batch([town.record("u", FIRST | {"status": "C"}, FIRST)]))

    assert not out.placed
    assert [each for message in out.items for each in told(message)] == [
        "person 1", "-member a@x", "phone 11", "phone 12",
    ]  # fmt: skip


def test_a_broken_promise_of_whole_rows_is_a_problem_of_the_mappings_that_need_them() -> None:
    """The others go on. An insert has no row before."""
    town = Town("full")

    assert town.change("c", FIRST) == ["person 1", "member a@x", "phone 11", "phone 12"]
    assert town.change("u", FIRST) == ["person 1", "!no-before-image", "!no-before-image"]
    assert town.change("d", None, {"num": "1"}) == ["-person 1", "!no-before-image", "!no-before-image"]


def test_partial_messages_are_filled_for_any_mapping() -> None:
    """Where the table says so, rows are remembered though no mapping needs the row before."""
    plain = Application("plain")

    @plain.maps
    def someone(cust: Cust) -> Person:
        return Person(id=cust.num, name=cust.name + cust.phone1)

    for capture, expected in (("partial", {"id": "1", "name": "Ada77"}), ("auto", None)):
        memory = RowMemory(DictRows())
        step = OnRamp(plain, number=1, tables=Tables(captures={"cust": capture}), memory=memory)
        lines = [("c", FIRST), ("u", {"num": "1", "phone1": "77"})]
        for offset, (op, after) in enumerate(lines):
            source = {"connector": "postgresql", "ts_ms": 5, "lsn": offset, "table": "cust"}
            value = json.dumps({"before": None, "after": after, "source": source, "op": op}).encode()
            out = step(Batch([Record("raw.plain.cust", 0, offset, 1, None, value)]))
            memory.keep()
        event = json.loads(out.items[-1][2] or b"")
        assert event.get("data") == expected
        assert (capture == "auto") == (event.get("code") == "absent-input")


def test_what_a_refused_row_should_have_ended_is_ended_later(town: Town) -> None:
    """Its entities stand as they were made last, until the mapping takes a row again; others go on."""
    town.change("c", FIRST)

    assert town.change("u", FIRST | {"email": "", "name": "Eve"}) == [
        "person 1", "phone 11", "phone 12", "!empty-key",
    ]  # fmt: skip
    assert town.change("u", FIRST | {"email": ""}) == ["person 1", "phone 11", "phone 12", "!empty-key"]
    assert town.change("u", FIRST | {"email": "b@x"}) == [
        "person 1", "-member a@x", "member b@x", "phone 11", "phone 12",
    ]  # fmt: skip
    assert town.change("d", None, {"num": "1"}) == ["-person 1", "-member b@x", "-phone 11", "-phone 12"]


def test_a_refused_row_has_nothing_to_end(town: Town) -> None:
    """Neither a later row nor a delete ends what was never made."""
    town.change("c", FIRST | {"email": ""})

    assert town.change("u", FIRST | {"email": "", "name": "Eve"})[-1] == "!empty-key"
    assert town.change("d", None, {"num": "1"}) == ["-person 1", "-phone 11", "-phone 12"]


def test_an_insert_tells_all_of_its_row(town: Town) -> None:
    """A column that it lacks is not that of an earlier row; where messages are partial, it is."""
    town.change("c", FIRST)

    assert town.change("c", {"num": "1", "name": "Eve"}) == ["person 1", "!absent-input", "!absent-input"]
    partial = Town("partial")
    partial.change("c", FIRST)
    assert partial.change("c", {"num": "1", "name": "Eve"}) == [
        "person 1", "member a@x", "phone 11", "phone 12",
    ]  # fmt: skip


def test_a_row_remembered_with_other_types_is_as_good_as_never_seen() -> None:
    """The table's declaration has changed since; the change goes on without it, and is remembered."""
    store = DictRows()
    key = b'cust/0/["raw.crm.cust","1"]'
    store.put({key: b'{"sequence":"0000","row":{"num":"1","status":"A","email":5}}'})
    town = Town(store=store)

    assert town.change("u", FIRST) == ["person 1", "member a@x", "phone 11", "phone 12"]
    assert town.change("u", FIRST | {"email": "b@x"})[1] == "-member a@x"


def test_of_a_row_without_room_the_longest_columns_are_not_remembered() -> None:
    """They are absent when the row is recalled; its events are whole."""
    memory = RowMemory(DictRows())
    town = Town()
    step = OnRamp(crm, number=1, memory=memory, room=250)
    long = "x" * 200

    first = step(Batch([town.record("c", FIRST | {"email": long})]))
    memory.keep()
    second = step(Batch([town.record("u", {"num": "1", "phone1": "77"})]))

    ((_, _, _, value),) = first.placed
    assert json.loads(value or b"")["row"] == {name: FIRST[name] for name in FIRST if name != "email"}
    assert [each for message in first.items for each in told(message)][1] == f"member {long}"
    assert [each for message in second.items for each in told(message)] == [
        "person 1", "-phone 11", "phone 77", "phone 12", "!absent-input",
    ]  # fmt: skip

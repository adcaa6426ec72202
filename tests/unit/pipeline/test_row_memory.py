"""With remembered rows, messages that can't tell what the row was give what whole ones give."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from franca.mapping.application import Application
from franca.mapping.words.choice import first, given
from franca.mapping.words.text import upper
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.pipeline.onramp import OnRamp, Tables
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.store import DictRows
from franca.types import Batch, Record

Row = dict[str, Any]


class Person(Entity):
    """A natural person."""

    id: Key[str]
    name: str


class Member(Entity):
    """A person who takes part."""

    email: Key[str]


class Phone(Entity):
    """A number."""

    number: Key[str]


class Cust(Table):
    """The legacy table."""

    num: Key[str]
    name: str
    status: str | None
    email: str
    phone1: str
    phone2: str | None


crm = Application("crm")


@crm.maps
def person(cust: Cust) -> Person:
    """Map every row."""
    return Person(id=cust.num, name=upper(cust.name))


@crm.maps(Cust, where=lambda cust: cust.status == "A")
def member(cust: Cust) -> Member:
    """Map rows in force, by a key that may change."""
    return Member(email=cust.email)


@crm.maps
def phones(cust: Cust) -> list[Phone | None]:
    """Map up to two numbers."""
    return [Phone(number=cust.phone1), given(cust.phone2, lambda number: Phone(number=number))]


FIRST = {"num": "1", "name": "Ada", "status": "A", "email": "a@x", "phone1": "11", "phone2": "12"}


class Town:
    """An on-ramp with a memory, fed change by change; tells what became of the entities."""

    def __init__(
        self, capture: str = "auto", store: DictRows | None = None, application: Application = crm
    ) -> None:
        self.memory = RowMemory(store or DictRows())
        tables = Tables(topics={"cust": "raw.crm.cust"}, captures={"cust": capture})
        self.step = OnRamp(application, number=1, tables=tables, memory=self.memory)
        self.offset = 0

    def record(self, op: str, after: Row | None, before: Row | None = None, lsn: int | None = None) -> Record:
        """Return Debezium's message of a change."""
        self.offset += 1
        source = {"connector": "postgresql", "ts_ms": 5, "lsn": lsn or self.offset, "table": "cust"}
        value = {"before": before, "after": after, "source": source, "op": op}
        key = {"num": {"num": "1", **(before or {}), **(after or {})}["num"]}
        return Record("raw.crm.cust", 0, self.offset, 1, json.dumps(key).encode(), json.dumps(value).encode())

    def batch(self, *records: Record, stored: bool = True) -> list[str]:
        """Run a batch and store it; return `entity key` of events, with `-` before deletes, and codes."""
        out = self.step(Batch(list(records)))
        if stored:
            self.memory.keep()
        return [told for message in out.items for told in _told(message)]

    def change(
        self, op: str, after: Row | None, before: Row | None = None, lsn: int | None = None
    ) -> list[str]:
        """Run one change."""
        return self.batch(self.record(op, after, before, lsn))


def _told(message: tuple[str, bytes | None, bytes | None]) -> Sequence[str]:
    topic, _, value = message
    if value is None:
        return []
    event = json.loads(value)
    if topic.endswith("dead-letters"):
        return ["!" + event["code"]]
    return [("-" if event["type"].endswith("deleted") else "") + f"{topic} {event['subject']}"]


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
    told = town.batch(
        town.record("c", FIRST),
        town.record("u", {"num": "1", "email": "b@x"}),
        town.record("d", None, {"num": "1"}),
        town.record(
            "c", {"num": "2", "name": "Bo", "status": None, "email": "c@x", "phone1": "9", "phone2": None}
        ),
    )

    assert told == [
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

    told = town.change("u", FIRST | {"num": "2"}, {"num": "1", "name": "", "email": "", "phone1": ""})
    assert told == ["-person 1", "person 2", "member a@x", "phone 11", "phone 12"]
    assert town.change("d", None, {"num": "2"}) == ["-person 2", "-member a@x", "-phone 11", "-phone 12"]


def test_a_changed_primary_key_moves_the_row_though_no_entity_depends_on_it() -> None:
    """Who takes the old key later is another row, and ends nothing of the first."""
    members = Application("members")

    @members.maps(Cust, where=lambda cust: cust.status == "A")
    def member(cust: Cust) -> Member:
        return Member(email=cust.email)

    town = Town(application=members)
    for _ in range(2):
        assert town.change("u", FIRST, FIRST) == ["member a@x"]

    assert town.change("u", FIRST | {"num": "2"}, FIRST) == ["member a@x"]
    assert town.change("c", FIRST | {"email": "b@x"}) == ["member b@x"]
    assert town.change("d", None, {"num": "2"}) == ["-member a@x"]


def test_what_a_row_made_ends_though_the_message_says_that_it_was_another(town: Town) -> None:
    """A change between them was refused, and its row made nothing."""
    for _ in range(2):
        assert town.change("u", FIRST, FIRST) == ["person 1", "member a@x", "phone 11", "phone 12"]
    assert town.change("u", FIRST | {"email": "b@x", "name": None}, FIRST) == ["!null"]
    missed = FIRST | {"email": "b@x"}

    assert town.change("u", missed, missed) == [
        "person 1", "-member a@x", "member b@x", "phone 11", "phone 12",
    ]  # fmt: skip
    assert town.change("u", FIRST | {"email": "c@x", "phone1": "13", "name": 5}, missed) == ["!wrong-type"]
    assert town.change("d", None, FIRST | {"email": "c@x", "phone1": "13"}) == [
        "-person 1", "-member b@x", "-phone 11", "-phone 12",
    ]  # fmt: skip


def test_a_message_with_fewer_columns_before_than_after_is_as_good(town: Town) -> None:
    """Of the row before only those are read that decide what it made; they count where they are not known."""
    partial = Town("partial")
    partial.change("u", FIRST, FIRST)
    assert partial.change("u", FIRST | {"email": "b@x"}, FIRST)[1:3] == ["-member a@x", "member b@x"]
    assert partial.change("d", None, FIRST)[1] == "-member b@x"

    town.change("u", {"num": "1", "name": "Ada"})
    assert town.change("d", None, FIRST) == ["-person 1"]


def test_a_change_at_no_time_is_a_problem_like_any_other(town: Town) -> None:
    """Its row is not remembered, and what comes after it goes on."""
    for _ in range(2):
        town.change("c", FIRST)
    bad = town.record("u", FIRST | {"email": "b@x"})
    late = (bad.value or b"").replace(b'"ts_ms": 5', b'"ts_ms": 4611686018427387904')
    bad = msgspec.structs.replace(bad, value=late)

    assert town.batch(bad, town.record("u", FIRST)) == [
        "person 1", "member a@x", "phone 11", "phone 12", "!out-of-range",
    ]  # fmt: skip


def test_a_row_after_without_its_key_has_the_one_before(town: Town) -> None:
    """A column that a message lacks has not changed."""
    town.change("c", FIRST)
    less = {name: value for name, value in FIRST.items() if name != "num"}

    assert town.change("u", less | {"email": "b@x"}, FIRST)[1:3] == ["-member a@x", "member b@x"]
    assert town.change("d", None, {"num": "1"})[1] == "-member b@x"


class Numbered(Table, name="cust"):
    """A table with a column that messages of Canal have a name of their own for."""

    id: Key[int]
    email: str | None


def test_what_a_batch_gives_depends_on_nothing_after_it() -> None:
    """A message that is read as those before it is not one of another format for those behind it."""
    odd = Application("odd")

    @odd.maps
    def member(cust: Numbered) -> Member:
        return Member(email=first(cust.email, "-"))

    def canal(offset: int, row: Row, types: Any = None) -> Record:
        told = {"type": "UPDATE", "database": "d", "table": "cust", "es": 5, "ts": 5, "id": 8, "isDdl": False}
        value = {**told, "pkNames": ["id"], "sql": "", "old": None, "sqlType": types, "data": [row]}
        return Record("raw.crm.cust", 0, offset, 1, None, json.dumps(value).encode())

    records = [
        canal(1, {"id": "7", "email": "a@x"}),
        canal(2, {"id": "7", "email": "a@x"}),
        canal(3, {"id": "7", "email": "b@x"}, {"id": None}),
        canal(4, {"id": "7", "email": 5}, {"id": None}),
    ]
    town = Town(application=odd)
    one_by_one = [told for record in records for told in town.batch(record)]

    assert Town(application=odd).batch(*records) == one_by_one
    assert one_by_one[:4] == ["member a@x", "member a@x", "-member a@x", "member b@x"]


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
    assert [told for message in out.items for told in _told(message)] == [
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
    assert [told for message in first.items for told in _told(message)][1] == f"member {long}"
    assert [told for message in second.items for told in _told(message)] == [
        "person 1", "-phone 11", "phone 77", "phone 12", "!absent-input",
    ]  # fmt: skip

"""The on-ramp's step: changes in, events, deletes, tombstones and dead letters out."""

import json
from enum import StrEnum
from typing import Any

import pytest

from franca.formats.change import TOMBSTONE, Change, decode
from franca.formats.registry import AUTO
from franca.mapping.application import Application
from franca.mapping.words.choice import codes, when
from franca.mapping.words.identity import apply
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.pipeline.onramp import OnRamp, Tables
from franca.pipeline.table_step import TableStep, write_each
from franca.topics.dead_letter import read_dead_letter
from franca.types import Batch, Message, Partition, Record, Tally


class Gender(StrEnum):
    """The canonical genders."""

    MALE = "Male"
    FEMALE = "Female"


class Person(Entity):
    """A natural person."""

    id: Key[str]
    gender: Gender | None


class Client(Entity):
    """A person with whom business is done."""

    number: Key[str]


class Phone(Entity):
    """A telephone number of a person."""

    number: Key[str]
    owner: str


class Cust(Table):
    """The legacy table."""

    num: Key[str]
    sex: str | None
    status: str | None
    phone1: str
    phone2: str


class Other(Table):
    """Another legacy table."""

    num: Key[str]


crm = Application("crm")


@crm.maps
def person(cust: Cust) -> Person:
    """Map every row to a person."""
    return Person(id="P" + cust.num, gender=codes(cust.sex, {"M": Gender.MALE, "F": Gender.FEMALE}))


@crm.maps(Cust, where=lambda cust: cust.status == "A")
def client(cust: Cust) -> Client:
    """Map active rows to a client."""
    return Client(number=cust.num)


@crm.maps
def phones(cust: Cust) -> list[Phone | None]:
    """Map each telephone number to an entity of its own."""
    return [
        when(cust.phone1 != "", Phone(number=cust.phone1, owner=cust.num), None),
        when(cust.phone2 != "", Phone(number=cust.phone2, owner=cust.num), None),
    ]


ROW = {"num": "7", "sex": "F", "status": "A", "phone1": "1", "phone2": "2"}
SOURCE = {"connector": "postgresql", "ts_ms": 1_700_000_000_123, "lsn": 42, "table": "cust"}


def change(op: str, after: object = None, before: object = None, offset: int = 5, **more: Any) -> Record:
    """Return the record of a Debezium message about the customer with the key 7."""
    value = {"before": before, "after": after, "source": SOURCE, "op": op, **more}
    return Record("raw.crm.cust", 0, offset, 1, b'{"num":"7"}', json.dumps(value).encode())


def run(*records: Record) -> tuple[list[tuple[str, str, Any]], Tally]:
    """Return the messages (topic, key, value read as JSON) and the tally."""
    out = OnRamp(crm, number=3)(Batch(list(records)))
    messages = [(t, (k or b"").decode(), None if v is None else json.loads(v)) for t, k, v in out.items]
    return messages, out.tally


def briefly(messages: list[tuple[str, str, Any]]) -> list[str]:
    """Return of each message the end of its id, of a tombstone its key, of a dead letter its code."""
    return [
        f"tombstone {key}" if value is None else value.get("code") or f"{value['id'][16:]} {key}"
        for _, key, value in messages
    ]


def of_two_tables() -> Application:
    """Return an application that maps two of its tables."""
    application = Application("crm")

    @application.maps
    def person(cust: Cust) -> Person:
        return Person(id="P" + cust.num, gender=None)

    @application.maps
    def other(client: Other) -> Client:
        return Client(number=client.num)

    return application


def test_an_insert_gives_the_events_of_its_row() -> None:
    """Every mapping's event stands on its entity's topic, in the contract's form and order."""
    messages, tally = run(change("c", ROW))

    topic, key, event = messages[0]
    assert (topic, key) == ("person", "P7")
    assert list(event.items()) == [
        ("specversion", "1.0"),
        ("id", "raw.crm.cust/0/5/person/c"),
        ("source", "crm/cust"),
        ("type", "person.changed"),
        ("subject", "P7"),
        ("time", "2023-11-14T22:13:20.123000Z"),
        ("datacontenttype", "application/json"),
        ("dataschema", "person/1"),
        ("sequence", "0001.lsn.00000000000000000042.000"),
        ("origin", "crm"),
        ("mapping", f"3-{crm.hash}"),
        ("data", {"id": "P7", "gender": "Female"}),
    ]
    assert briefly(messages)[1:] == ["/client/c 7", "/phones/0/c 1", "/phones/1/c 2"]
    assert tally == Tally(1, 4, 0)


@pytest.mark.parametrize(
    ("title", "before", "after", "expected"),
    [
        ("nothing that counts", ROW | {"sex": "M"}, ROW, []),
        ("where= no longer holds", ROW, ROW | {"status": "X"}, ["/client/d 7", "tombstone 7"]),
        ("a shortened list", ROW, ROW | {"phone2": ""}, ["/phones/1/d 2", "tombstone 2"]),
        ("a changed key", ROW | {"num": "6"}, ROW, ["/person/d P6", "tombstone P6"]),
    ],
)
def test_an_update_ends_what_its_row_made_before_and_no_longer_makes(
    title: str, before: object, after: object, expected: list[str]
) -> None:
    """With the row before at hand, what is gone is deleted, and a tombstone follows."""
    messages, _ = run(change("u", after, before))

    gone = [each for each in briefly(messages) if "/d " in each or each.startswith("tombstone")]
    assert gone[: len(expected)] == expected, title
    assert len(gone) == len(expected) + (2 if title == "a changed key" else 0)


def test_an_update_without_the_row_before_gives_the_events_of_the_row_after() -> None:
    """What was made before can't be known without row memory, and nothing is deleted by guess."""
    assert briefly(run(change("u", ROW | {"status": "X"}))[0]) == [
        "/person/c P7",
        "/phones/0/c 1",
        "/phones/1/c 2",
    ]


def test_a_delete_ends_all_that_its_row_made() -> None:
    """Each entity gets a delete with its key fields as data, then a tombstone."""
    messages, tally = run(change("d", None, ROW))

    assert messages[0][2]["type"] == "person.deleted"
    assert messages[0][2]["data"] == {"id": "P7"}
    assert briefly(messages) == [
        "/person/d P7",
        "tombstone P7",
        "/client/d 7",
        "tombstone 7",
        "/phones/0/d 1",
        "tombstone 1",
        "/phones/1/d 2",
        "tombstone 2",
    ]
    assert tally == Tally(1, 4, 0)


def test_a_delete_without_the_row_before_uses_the_message_key() -> None:
    """What the key tells is deleted; what depends on further columns is parked with the remedy's code."""
    messages, tally = run(change("d"))

    assert briefly(messages) == ["/person/d P7", "tombstone P7", "absent-input", "absent-input"]
    assert tally == Tally(1, 1, 2)


def test_a_mappings_problem_parks_the_record_for_that_mapping_only() -> None:
    """The row's other mappings go on, and the dead letter holds the record byte for byte."""
    record = change("c", ROW | {"sex": "X"})

    out = OnRamp(crm, number=3)(Batch([record]))

    assert [topic for topic, _, _ in out.items] == ["client", "phone", "phone", "crm.dead-letters"]
    letter = read_dead_letter(out.items[-1][2] or b"")
    assert (letter.stage, letter.path, letter.code) == ("map", "gender", "unknown-code")
    assert (letter.refused_by, letter.mapping, letter.record) == ("person", f"3-{crm.hash}", record)
    assert out.tally == Tally(1, 3, 1)


def test_a_key_that_a_list_gives_twice_is_that_mappings_problem() -> None:
    """Its other mappings go on; two events of one key and one sequence would be settled by chance."""
    out = OnRamp(crm, number=3)(Batch([change("c", ROW | {"phone2": "1"})]))

    assert [topic for topic, _, _ in out.items] == ["person", "client", "crm.dead-letters"]
    letter = read_dead_letter(out.items[-1][2] or b"")
    assert (letter.refused_by, letter.path, letter.code) == ("phones", "number", "repeated-key")


def test_a_delete_of_a_row_that_gave_a_key_twice_ends_it_once() -> None:
    """What an earlier row had made of that key goes with the row."""
    messages, _ = run(change("d", None, ROW | {"phone2": "1"}))

    assert [each for each in briefly(messages) if "phones" in each] == ["/phones/0/d 1"]


def test_bad_messages_among_good_ones_are_parked_and_the_rest_goes_on() -> None:
    """Nothing is lost: each record is mapped, skipped or parked."""
    bad = [b"", b"{", b"[]", b'{"num":7}', b"\xff", b"x" * 2_000_000, b'{"num":"1"}']
    records = [change("c", ROW, offset=1), *(Record("raw.crm.cust", 0, 9, 1, None, v) for v in bad)]
    records += [Record("raw.crm.cust", 0, 10, 1, b"7", None), change("c", ROW, offset=11)]

    messages, tally = run(*records)

    codes_seen = [value["code"] for _, _, value in messages if value and "code" in value]
    assert codes_seen[:6] == ["empty-value", "not-json", "wrong-shape", "wrong-type", "not-utf8", "not-json"]
    assert set(codes_seen[6:]) == {"absent-input"}
    assert (tally.read, tally.written) == (len(records), 8)


def test_a_truncate_is_parked_until_its_owner_has_decided() -> None:
    """A truncate is no row: it is neither applied nor lost."""
    messages, tally = run(change("t"))

    assert briefly(messages) == ["truncate"]
    assert tally == Tally(1, 0, 1)


def test_the_same_records_give_the_same_bytes() -> None:
    """Ids, and all else, depend on the record alone, whoever maps it and however often."""
    records = [change("c", ROW), change("u", ROW | {"phone1": ""}, ROW, 6), change("x", ROW, offset=7)]

    assert OnRamp(crm, number=3)(Batch(records)).items == OnRamp(crm, number=3)(Batch(records)).items


def test_positions_and_group_travel_with_the_messages() -> None:
    """What a batch covers is stored with what it became."""
    place = Partition("raw.crm.cust", 0, "id")
    batch = Batch([change("c", ROW)], {place: 6}, {place: 5}, "group")

    out = OnRamp(crm, number=3)(batch)

    assert (out.positions, out.starts, out.group) == ({place: 6}, {place: 5}, "group")


def test_a_delete_without_a_row_or_a_key_is_parked() -> None:
    """Nothing tells what to end."""
    bare = change("d")
    messages, tally = run(Record(bare.topic, 0, 5, 1, None, bare.value))

    assert tally == Tally(1, 0, 3)
    assert briefly(messages) == ["absent-input"] * 3


def test_a_row_before_that_can_not_be_mapped_ends_nothing() -> None:
    """What it made was parked when it came, or is unknown."""
    before = {**ROW, "sex": "?"}
    messages, tally = run(change("u", {**ROW, "phone1": ""}, {key: before[key] for key in ("num", "sex")}))

    assert tally.dead == 0
    assert not [event for event in briefly(messages) if event.endswith("/d 1")]


def lonely(value: str) -> str:
    """Return text that UTF-8 has no place for."""
    return "\ud800"


def test_text_that_utf_8_can_not_hold_is_parked() -> None:
    """The event could not be written, and the others go on."""
    application = Application("crm")

    @application.maps
    def person(cust: Cust) -> Person:
        return Person(id=apply(lonely, cust.num), gender=None)

    out = OnRamp(application, number=1)(Batch([change("c", ROW)]))
    (letter,) = [read_dead_letter(value or b"") for _, _, value in out.items]
    assert letter.code == "lone-surrogate"


def test_topics_may_take_turns_in_a_batch() -> None:
    """Each record goes to its own table's step, the fast way or the careful one."""
    application = of_two_tables()

    def row(topic: str, offset: int) -> Record:
        return Record(f"raw.crm.{topic}", 0, offset, 1, None, json.dumps(ROW).encode())

    step = OnRamp(application, number=1)
    for _ in range(2):
        out = step(Batch([row(name, offset) for offset, name in enumerate(("cust", "other") * 3)]))
        assert [topic for topic, _, _ in out.items] == ["person", "client"] * 3


def test_a_table_that_nobody_declared_gives_nothing_on_a_shared_topic() -> None:
    """A connector sends more tables than are mapped; their records are counted and passed over."""
    step = OnRamp(of_two_tables(), number=1, tables=Tables(topics={"cust": "all", "other": "all"}))
    source = {**SOURCE, "table": "orders"}
    value = json.dumps({"before": None, "after": {"num": "1"}, "source": source, "op": "c"}).encode()
    out = step(Batch([Record("all", 0, 1, 1, None, value)]))
    assert (out.items, out.tally) == ([], Tally(1, 0, 0))


def test_a_message_of_several_changes_gives_the_events_of_each() -> None:
    """And of what is no row, nothing."""
    step = TableStep(crm, Cust, "1-a", AUTO)
    found = decode(step.decoder, change("c", ROW))
    assert isinstance(found, Change)
    out: list[Message] = []

    assert write_each(step, [found, TOMBSTONE, found], out, []) == 8
    assert len(out) == 8


def test_a_transaction_of_several_tables_gives_the_events_of_all() -> None:
    """Each change in its place, whatever other tables the topic feeds."""
    step = OnRamp(of_two_tables(), number=1, tables=Tables(topics={"cust": "all", "other": "all"}))
    changes = [
        {"kind": "insert", "schema": "p", "table": table, "columnnames": ["num"], "columnvalues": [num]}
        for table, num in (("other", "1"), ("x", "2"), ("cust", "3"))
    ]
    out = step(Batch([Record("all", 0, 1, 1, None, json.dumps({"change": changes}).encode())]))
    assert [json.loads(value or b"")["id"] for _, _, value in out.items] == [
        "all/0/1/0/other/c",
        "all/0/1/2/person/c",
    ]

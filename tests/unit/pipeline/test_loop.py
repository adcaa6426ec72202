"""The generated loop against the careful way: whatever comes, both give the same bytes."""

import json
from typing import Any

import pytest

from franca.mapping.application import Application
from franca.mapping.words.choice import codes, when
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.pipeline.onramp import OnRamp
from franca.types import Batch, Message, Record, Tally

ROW = {"num": "7", "sex": "F", "status": "A", "phone1": "1", "phone2": "2"}
SOURCE = {"connector": "postgresql", "ts_ms": 1_700_000_000_123, "lsn": 42, "table": "cust"}


class Person(Entity):
    """A natural person."""

    id: Key[str]
    gender: str | None


class Client(Entity):
    """A person with whom business is done."""

    number: Key[str]
    kind: Key[str]


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


def application(name: str, *, conditional: bool) -> Application:
    """Return an application of two plain mappings, or with one that has a condition and one that lists."""
    app = Application(name)

    @app.maps
    def person(cust: Cust) -> Person:
        return Person(id="P" + cust.num, gender=codes(cust.sex, {"M": "Male", "F": "Female"}))

    if not conditional:

        @app.maps
        def client(cust: Cust) -> Client:
            return Client(number="P" + cust.num, kind=cust.phone1)

        return app

    @app.maps(Cust, where=lambda cust: cust.status == "A")
    def client_if(cust: Cust) -> Client:
        return Client(number=cust.num, kind="a/b")

    @app.maps
    def phones(cust: Cust) -> list[Phone | None]:
        return [
            when(cust.phone1 != "", Phone(number=cust.phone1, owner=cust.num), None),
            when(cust.phone2 != "", Phone(number=cust.phone2, owner=cust.num), None),
        ]

    return app


APPLICATIONS = [application("plain", conditional=False), application("odd", conditional=True)]


def debezium(op: str = "c", after: Any = ROW, before: Any = None, **source: Any) -> Any:
    """Return a change event as an object."""
    return {"before": before, "after": after, "source": SOURCE | source, "op": op}


def forwarded(value: Any, **more: Any) -> Any:
    """Return a value within a forwarder's record."""
    return {"topic": "legacy", "partition": 3, "offset": 9, "key": "7", "value": value, **more}


def written(value: Any) -> bytes | None:
    """Return a record's value as bytes."""
    return value if isinstance(value, bytes | None) else json.dumps(value, ensure_ascii=False).encode()


def messages(app: Application, *values: Any) -> list[list[Message]]:
    """Return the messages of each value, all going through one step after the other."""
    step = OnRamp(app, number=3)
    topic = f"raw.{app.name}.cust"
    return [step(Batch([Record(topic, 0, 5, 1, b'{"num":"7"}', written(value))])).items for value in values]


USUAL = [debezium(), ROW, forwarded(ROW), forwarded(debezium())]
VALUES = {
    "a quote and a backslash in the key": debezium(after=ROW | {"num": 'a"\\\n\x7f'}),
    "more than ASCII": debezium(after=ROW | {"num": "Żółć 7", "phone1": "😀"}),
    "an empty key": debezium(after=ROW | {"num": "", "phone1": ""}),
    "an unknown code": debezium(after=ROW | {"sex": "X"}),
    "a key given twice": debezium(after=ROW | {"phone2": "1"}),
    "a delete of a row that gave a key twice": debezium("d", None, ROW | {"phone2": "1"}),
    "an absent column": debezium(after={"num": "7", "status": "A"}),
    "a lone surrogate": json.dumps(debezium(after=ROW | {"num": "\ud800"})).encode(),
    "bytes that are not UTF-8": json.dumps(debezium()).encode().replace(b"cust", b"\xff\xfe"),
    "an unavailable value": debezium("u", ROW | {"phone1": "__debezium_unavailable_value"}),
    "an update": debezium("u", ROW | {"sex": None}),
    "an update with the row before": debezium("u", ROW | {"sex": "M"}, ROW),
    "an update of the key": debezium("u", ROW | {"num": "8"}, ROW),
    "an update that ends what was made": debezium("u", ROW | {"status": "X", "phone2": ""}, ROW),
    "a delete": debezium("d", None, ROW),
    "a read": debezium("r"),
    "a time with microseconds": debezium(ts_us=1_700_000_000_123_456),
    "a time beyond the year 9999": debezium(ts_ms=2**60),
    "another kind of position": debezium(lsn=None, file="binlog.000007", pos=4, row=1),
    "a tombstone": None,
    "no JSON": b"{",
    "a plain row": ROW | {"num": "9"},
    "a plain row without its columns": {"other": 1},
    "a forwarded row": forwarded(ROW | {"num": "9"}),
    "a forwarded row with a timestamp": forwarded(ROW, timestamp=1_700_000_000_000),
    "a forwarded row as text": forwarded(json.dumps(ROW)),
    "a forwarded row of no topic": forwarded(ROW, topic="a b"),
    "a forwarded row of no partition": forwarded(ROW, partition=-1),
    "a forwarded tombstone": forwarded(None),
}


@pytest.mark.parametrize("app", APPLICATIONS, ids=lambda app: app.name)
@pytest.mark.parametrize("usual", USUAL, ids=["debezium", "plain", "forwarded", "forwarded debezium"])
@pytest.mark.parametrize("title", VALUES)
def test_what_came_before_never_changes_what_a_record_gives(app: Application, usual: Any, title: str) -> None:
    """A step that has learnt the usual messages gives of any other the bytes of one that has seen none."""
    value = VALUES[title]

    fresh = messages(app, value)[0]

    assert messages(app, usual, usual, value, value)[2:] == [fresh, fresh]


@pytest.mark.parametrize("app", APPLICATIONS, ids=lambda app: app.name)
@pytest.mark.parametrize("usual", USUAL, ids=["debezium", "plain", "forwarded", "forwarded debezium"])
def test_usual_records_give_the_same_bytes_as_the_first(app: Application, usual: Any) -> None:
    """The first record is read carefully, those after it by the loop."""
    first, *rest = messages(app, usual, usual, usual)

    assert rest == [first, first]


def test_a_batch_keeps_the_order_of_its_records() -> None:
    """Usual records, deletes and bad ones stand in the output as they stood in the batch, and are counted."""
    app = APPLICATIONS[0]
    values = [debezium(), debezium(), b"{", debezium(), debezium("d", None, ROW), debezium(), debezium()]
    records = [Record("raw.plain.cust", 0, at, 1, None, written(value)) for at, value in enumerate(values)]
    records.insert(3, Record("elsewhere", 0, 0, 1, None, written(debezium())))

    out = OnRamp(app, number=1)(Batch(records))

    kinds = [
        "end" if value is None or b'"type":"person.deleted"' in value else value.split(b'"id":"', 1)[-1][:19]
        for topic, _, value in out.items
        if topic != "client"
    ]
    places = [f"raw.plain.cust/0/{at}/".encode() for at in (0, 1, 3, 5, 6)]
    assert [each for each in kinds if each in places] == places
    assert kinds[2] not in places
    assert kinds[5:7] == ["end", "end"]
    assert out.tally == Tally(8, 12, 2)

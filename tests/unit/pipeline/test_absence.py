"""A dead letter names the column, and the remedy that its message suggests."""

import json
from typing import Annotated, Any

import pytest

from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Column, Key
from franca.pipeline.onramp import OnRamp
from franca.topics.dead_letter import DeadLetter, read_dead_letter
from franca.types import Batch, Record


class Person(Entity):
    """What the mapping gives."""

    id: Key[str]
    name: str


class Cust(Table):
    """The declared table."""

    num: Key[str]
    lname: str
    town: Annotated[str | None, Column("HOME-TOWN")]


crm = Application("crm")


@crm.maps
def person(cust: Cust) -> Person:
    """Need two columns."""
    return Person(id=cust.num, name=cust.lname)


SOURCE = {"connector": "postgresql", "table": "cust", "lsn": 1, "ts_ms": 1_700_000_000_000}


def letters(value: Any, key: Any = None) -> list[DeadLetter]:
    """Return the dead letters of one message."""
    told = None if key is None else json.dumps(key).encode()
    record = Record("raw.crm.cust", 0, 0, 1_000, told, json.dumps(value).encode())
    made = OnRamp(crm, number=1)(Batch([record])).items
    return [read_dead_letter(each[2] or b"") for each in made if each[0] == "crm.dead-letters"]


def update(after: dict[str, Any], before: Any = None) -> dict[str, Any]:
    """Return an update as Debezium writes it."""
    return {"op": "u", "before": before, "after": after, "source": SOURCE}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            {"num": "1", "last_name": "x"},
            "has 'last_name': if it was renamed, declare Annotated[…, Column(\"last_name\")]",
        ),
        ({"num": "1", "LNAME": "x"}, 'Column("LNAME")'),
        ({"num": "1", "HOME-TOWN": "x"}, "if it was dropped, take it out of the mapping"),
        ({"num": "1", "lname": "__debezium_unavailable_value"}, "has no value for the column 'lname'"),
    ],
)
def test_an_absent_column_is_named_with_its_likely_cause(after: dict[str, Any], said: str) -> None:
    """Renamed, dropped and not sent are told apart by what the message has."""
    (letter,) = letters(update(after))
    assert (letter.code, letter.path, letter.stage) == ("absent-input", "lname", "map")
    assert said in letter.reason
    assert "'lname'" in letter.reason


@pytest.mark.parametrize(
    ("lname", "code", "said"),
    [
        (7, "wrong-type", "is an integer, expected text; if the column was retyped, correct its declaration"),
        (None, "null", "declare it with `| None`"),
    ],
)
def test_a_retyped_column_is_named_with_its_remedy(lname: Any, code: str, said: str) -> None:
    """Its message can't be decoded any more."""
    (letter,) = letters(update({"num": "1", "lname": lname, "HOME-TOWN": None}))
    assert (letter.code, letter.path, letter.stage) == (code, "lname", "decode")
    assert said in letter.reason


def test_a_delete_whose_key_has_changed_says_which_columns_it_has() -> None:
    """It could not find its row."""
    (letter,) = letters({"op": "d", "before": None, "after": None, "source": SOURCE}, {"id": 7})
    assert letter.code == "absent-input"
    assert "the message's key has 'id', and the table declares 'num'" in letter.reason


def test_a_new_order_of_columns_and_a_column_more_are_harmless() -> None:
    """What a mapping names is found by its name."""
    after = {"extra": {"a": 1}, "HOME-TOWN": "Bern", "lname": "Ada", "num": "1"}
    assert letters(update(after)) == []

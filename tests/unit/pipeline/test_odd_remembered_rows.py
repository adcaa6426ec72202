"""With remembered rows, whatever messages say: what stands is what the rows make that are remembered."""

import json
from typing import Any

import msgspec
import pytest

from franca.mapping.application import Application
from franca.mapping.words.choice import first
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record
from tests.unit.pipeline.town import FIRST, Cust, Member, Row, Town


@pytest.fixture
def town() -> Town:
    """Give an empty memory."""
    return Town()


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


def test_a_message_of_several_rows_gives_what_each_gives(town: Town) -> None:
    """And what is no row is read over, but for a truncate, which is for the table's owner."""
    told = {"database": "d", "table": "cust", "es": 5, "ts": 5, "id": 8, "isDdl": False, "pkNames": ["num"]}

    def canal(offset: int, kind: str, *rows: Row) -> Record:
        value = {**told, "type": kind, "sql": "", "old": None, "data": rows}
        return Record("raw.crm.cust", 0, offset, 1, None, json.dumps(value).encode())

    second = FIRST | {"num": "2", "email": "b@x", "phone2": None}
    assert town.batch(canal(1, "INSERT", FIRST, second)) == [
        "person 1", "member a@x", "phone 11", "phone 12", "person 2", "member b@x", "phone 11",
    ]  # fmt: skip
    assert town.batch(canal(2, "TRUNCATE")) == ["!truncate"]
    assert town.batch(canal(3, "DELETE", second)) == ["-person 2", "-member b@x", "-phone 11"]

"""Lines of raw messages through decoder and mappings, as `franca map` runs them."""

import json

from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.pipeline.lines import Input, decode_lines, map_lines
from franca.topics.raw_record import encode_line
from franca.types import Record


class Person(Entity):
    """A natural person."""

    id: Key[str]
    name: str


class Cust(Table):
    """The legacy table."""

    num: Key[str]
    name: str


crm = Application("crm")


@crm.maps
def person(cust: Cust) -> Person:
    """Map every row to a person."""
    return Person(id="P" + cust.num, name=cust.name)


def test_each_good_line_gives_its_events_and_each_bad_one_its_problem() -> None:
    """Events and problems come in the order of the lines; a bad line does not stop the rest."""
    lines = [b'{"num":"1","name":"Ada"}\n', b"{\n", b"null\n", b'{"num":"2"}\n', b'{"num":"3","name":"Eve"}']

    made = list(map_lines(Input(crm, Cust), lines, number=4))

    assert [line.kind for line in made] == ["event", "problem", "problem", "event"]
    assert json.loads(made[0].text)["id"] == "raw.crm.cust/0/0/person/c"
    assert json.loads(made[0].text)["mapping"] == f"4-{crm.hash}"
    assert json.loads(made[1].text) == {
        "line": 2,
        "stage": "decode",
        "path": "",
        "reason": "the value is not JSON: Input data was truncated",
        "code": "not-json",
    }
    assert json.loads(made[2].text)["code"] == "absent-input"


def test_blank_lines_are_counted_and_say_nothing() -> None:
    """An editor leaves one at the end of many a file; the places of the others stay theirs."""
    made = list(map_lines(Input(crm, Cust), [b"\n", b'{"num":"1","name":"Ada"}\n', b" \r\n", b"{\n", b"\n"]))

    assert [line.kind for line in made] == ["event", "problem"]
    assert json.loads(made[0].text)["id"] == "raw.crm.cust/0/1/person/c"
    assert json.loads(made[1].text)["line"] == 4


def test_raw_record_lines_keep_their_positions_and_keys() -> None:
    """A record line's own topic, partition and offset make the ids, whatever the line's number."""
    record = Record("legacy", 3, 41, 1, b"1", b'{"num":"1","name":"Ada"}')
    line = encode_line(record)

    made = list(map_lines(Input(crm, Cust, records=True), [line, b"{}"]))

    assert json.loads(made[0].text)["id"] == "legacy/3/41/person/c"
    assert json.loads(made[1].text)["code"] == "wrong-shape"


def test_lines_are_decoded_to_change_lines() -> None:
    """Without mappings, each line is a change, no row, or a problem."""
    made = list(decode_lines(Input(crm, Cust, format="plain"), [b'{"num":"1"}', b"null", b"[]"]))

    assert [line.kind for line in made] == ["change", "change", "problem"]
    assert json.loads(made[0].text)["absent"] == ["name"]
    assert json.loads(made[1].text) == {"op": "skip", "kind": "tombstone"}


class Account(Entity):
    """Money that somebody has."""

    id: Key[str]


class Acct(Table):
    """Another table of the application."""

    id: Key[str]


@crm.maps
def account(acct: Acct) -> Account:
    """Map every row to an account."""
    return Account(id=acct.id)


def about(table: str, **row: str) -> bytes:
    """Return a change of a table's row."""
    return json.dumps({"op": "c", "after": row, "source": {"connector": "mysql", "table": table}}).encode()


def test_rows_of_other_tables_are_left_out_with_a_note() -> None:
    """Another table of the application, and an unknown one without any of the columns: no problem of a row.

    Who calls the table otherwise than its declaration still gets its rows, and the note comes once.
    """
    cust, other = about("CUST", num="1", name="Ada"), about("ACCT", num="9", name="Eve")
    unknown = b'{"action":"I","schema":"p","table":"orders","columns":[{"name":"total","value":"5"}]}'
    rows = [cust, other, other, unknown, unknown, about("customers", num="2", name="Bob")]
    for read, kind in ((map_lines, "event"), (decode_lines, "change")):
        made = [line for line in read(Input(crm, Cust), rows) if b'"format"' not in line.text]
        assert [line.kind for line in made] == [kind, "note", "note", kind]
        assert [json.loads(line.text) for line in made if line.kind == "note"] == [
            {"line": 2, "left_out": "ACCT"},
            {"line": 4, "left_out": "orders"},
        ]


def test_of_a_transaction_of_several_tables_each_gets_its_changes() -> None:
    """A change of another table is no row, and keeps its place in the transaction."""
    changes = [
        {
            "kind": "insert",
            "schema": "p",
            "table": table,
            "columnnames": [*row],
            "columnvalues": [*row.values()],
        }
        for table, row in (("acct", {"id": "7"}), ("cust", {"num": "1", "name": "Ada"}), ("x", {"num": "2"}))
    ]
    lines = [json.dumps({"change": changes}).encode()]

    ids = [
        json.loads(line.text)["id"]
        for table in (Cust, Acct)
        for line in map_lines(Input(crm, table), lines)
        if line.kind == "event"
    ]

    assert ids == ["raw.crm.cust/0/0/1/person/c", "raw.crm.acct/0/0/0/account/c"]

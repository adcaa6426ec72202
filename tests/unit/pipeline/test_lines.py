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

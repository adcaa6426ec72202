"""Nothing personal of a dead letter is shown unless it is asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from franca.cli.masking import MASK, Masking
from franca.config.project import load
from franca.errors import MapError
from franca.topics.dead_letter import dead_letter, fitted, read_dead_letter
from franca.types import Record

MODULE = '''
from franca import Application, Entity, Key, Pii, Table, Value

class Home(Value):
    street: str

class Person(Entity):
    """A person."""
    id: KEY
    name: Pii[str]
    sex: str
    home: Home

app = Application("app")

class Cust(Table):
    num: Key[str]
    lname: str
    sex: str
    ssn: Pii[str]

@app.maps
def person(cust: Cust) -> Person:
    return Person(id=cust.num, name=cust.lname, sex=cust.sex, home=Home(street=cust.sex))
'''
ROW = {"num": "7", "lname": "SECRET", "sex": "F", "ssn": "SECRET", "undeclared": "SECRET"}
HOME = {"street": "x"}
SHOWN = {"num": "7", "lname": MASK, "sex": "F", "ssn": MASK, "undeclared": MASK}


@pytest.fixture
def masking(tmp_path: Path) -> Masking:
    """Give the masking of a project whose keys are not personal."""
    return make(tmp_path, "Key[str]")


def make(folder: Path, key: str) -> Masking:
    """Return the masking of a project whose persons' key is declared so."""
    (folder / "franca.toml").write_text("")
    (folder / "app.py").write_text(MODULE.replace("KEY", key))
    return Masking(load(folder), "app")


def shown(masking: Masking, value: object, key: bytes | None = None) -> dict[str, Any]:
    """Return the record of a letter as it is shown."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    record = Record("raw.app.cust", 0, 7, 1, key, data, (("who", b"SECRET"), ("none", None)))
    message = dead_letter("app", record, MapError("", "x", "null"))
    found: dict[str, Any] = masking.letter(read_dead_letter(message[2] or b""))["record"]
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ROW, SHOWN),
        ({"op": "u", "before": ROW, "after": ROW, "source": {"lsn": 1, "query": "SECRET"}},
         {"op": "u", "before": SHOWN, "after": SHOWN, "source": {"lsn": 1, "query": MASK}}),
        ({"schema": {"fields": []}, "payload": {"op": "c", "after": ROW}},
         {"schema": None, "payload": {"op": "c", "after": SHOWN}}),
        ({"topic": "t", "partition": 0, "offset": 5, "key": "7", "value": json.dumps(ROW)},
         {"topic": "t", "partition": 0, "offset": 5, "key": "7", "value": SHOWN}),
        ({"topic": "t", "partition": 0, "offset": 5, "value": json.dumps(json.dumps(ROW))},
         {"topic": "t", "partition": 0, "offset": 5, "value": SHOWN}),
        ({"topic": "t", "partition": 0, "offset": 5, "value": "7;SECRET"},
         {"topic": "t", "partition": 0, "offset": 5, "value": MASK}),
        (["7", "SECRET"], [MASK, MASK]),
        ("SECRET", MASK),
        ({"sex": '{"lname":"SECRET"'}, {"sex": MASK}),
        ({"specversion": "1.0", "subject": "7", "data": {"id": "7", "name": "SECRET", "home": HOME}},
         {"specversion": "1.0", "subject": "7", "data": {"id": "7", "name": MASK, "home": HOME}}),
    ],
)  # fmt: skip
def test_a_value_is_masked_whatever_it_is_wrapped_in(
    masking: Masking, value: object, expected: object
) -> None:
    """What is declared and not personal is shown; all else is hidden, text that holds JSON taken apart."""
    record = shown(masking, value)

    assert record["value"] == expected
    assert "SECRET" not in json.dumps(record)


@pytest.mark.parametrize("value", [b"SECRET", b'{"num":"7","lname":"SECRET', b"\xffSECRET", b"[" * 5_000])
def test_what_cannot_be_parsed_is_hidden(masking: Masking, value: bytes) -> None:
    """Nobody can say what is in it."""
    record = shown(masking, value, value)

    assert "SECRET" not in json.dumps(record)
    assert record["value"].startswith(MASK)
    assert record["key"].startswith(MASK)


@pytest.mark.parametrize("key", ["Pii[Key[str]]", "Key[Pii[str]]"])
def test_a_personal_key_is_hidden_wherever_it_stands(tmp_path: Path, key: str) -> None:
    """As the message's key, in a forwarded record and as an event's subject."""
    masking = make(tmp_path, key)
    event = {"specversion": "1.0", "subject": "SECRET", "data": {"id": "SECRET"}}
    forwarded = {"topic": "t", "partition": 0, "offset": 5, "key": "SECRET", "value": {"num": "SECRET"}}

    for value in (event, forwarded):
        record = shown(masking, value, b'"SECRET"')
        assert "SECRET" not in json.dumps(record)
        assert record["key"] == MASK


def test_a_key_that_is_not_personal_is_shown(masking: Masking) -> None:
    """A bare key too."""
    assert shown(masking, ROW, b"17")["key"] == 17
    assert shown(masking, ROW, b'{"num":"7"}')["key"] == {"num": "7"}


def test_of_a_letter_that_was_cut_nothing_is_shown(masking: Masking) -> None:
    """Half a text can't be taken apart."""
    record = Record("raw.app.cust", 0, 7, 1, b"SECRET", b"SECRET" * 50_000)
    message = fitted(dead_letter("app", record, MapError("", "x", "null")), 100_000)

    letter = masking.letter(read_dead_letter(message[2] or b""))

    assert letter["record"]["value"].startswith(f"{MASK} (300000 bytes")
    assert "SECRET" not in json.dumps(letter)
    assert "U0VDUkVU" not in json.dumps(letter)


@pytest.mark.parametrize(("path", "hidden"), [("name", True), ("[1].name", True), ("sex", False)])
def test_a_reason_written_before_a_field_was_personal_is_masked(
    masking: Masking, path: str, hidden: bool
) -> None:
    """The letters of yesterday are read with the model of today."""
    error = MapError(path, "got 'SECRET, expected x', expected one of ['M']", "unknown-code")
    message = dead_letter("app", Record("raw.app.cust", 0, 7, 1, None, b"{}"), error)

    reason = masking.reason(read_dead_letter(message[2] or b""))

    assert ("SECRET" not in reason) == hidden
    assert reason.endswith("expected one of ['M']")

"""JSONTestSuite through `decode` and the on-ramp: each case has the fate that dirty-input.md says."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import pytest

from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Column, Key
from franca.pipeline.lines import Input, decode_lines
from franca.pipeline.loose_lines import loose_lines
from franca.pipeline.onramp import OnRamp, Tables
from franca.topics.raw_record import encode_line
from franca.types import Batch, Partition, Record
from tests.samples import ABSENT, JSON

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "dirty-input.md"
LINE = re.compile(
    r"^\| (?P<cases>`[^|]*) \|[^|]*\| `(?P<message>[\w-]+)` \| `(?P<value>[\w-]+)` \|$", re.MULTILINE
)
CASES = sorted((JSON / "JSONTestSuite").glob("test_*/*.json"))
TOPIC = "raw.suite.thing"
APPLICATION = Application("suite")


class Thing(Table):
    """A table whose only mapped columns stand beside the case's."""

    id: Annotated[Key[str], Column("thing-id")]
    text: str | None = None


class Found(Entity):
    """What the on-ramp makes of it."""

    id: Key[str]
    text: str | None = None


@APPLICATION.maps
def found(thing: Thing) -> Found:
    """Take the row as it is."""
    return Found(id=thing.id, text=thing.text)


class Fate(NamedTuple):
    """What becomes of a case as a message, and as a column's value: a code, or how it arrives."""

    message: str
    value: str


def fates(name: str) -> list[Fate]:
    """Return the fates of all lines of the page that fit a case's name, in their order."""
    lines = [
        (re.findall(r"`([^`]+)`", m["cases"]), Fate(m["message"], m["value"]))
        for m in LINE.finditer(PAGE.read_text())
    ]
    return [fate for patterns, fate in lines if any(fnmatchcase(name, pattern) for pattern in patterns)]


def record(value: bytes) -> Record:
    """Return a record with the value."""
    return Record(TOPIC, 0, 7, 1_700_000_000_000, None, value)


def around(case: bytes) -> bytes:
    """Return a sound message with the case as the value of a column that nobody maps."""
    return b'{"thing-id":"K7","text":null,"case":' + case + b"}"


def decoded(value: bytes, *, with_table: bool = False) -> Any:
    """Return the one line that `franca decode --format plain` gives, as its kind and its parsed text."""
    line = encode_line(record(value))
    source = Input(APPLICATION, Thing, records=True, format="plain")
    each = decode_lines(source, [line]) if with_table else loose_lines([line], "plain", records=True)
    ((kind, text),) = each
    assert b"\n" not in text
    return kind, text


def outcome(value: bytes, *, with_table: bool = False) -> str:
    """Return the fate of a value: `row`, `tombstone` or a problem's code."""
    kind, text = decoded(value, with_table=with_table)
    line = json.loads(text)
    if kind == "problem":
        return str(line["code"])
    return str(line["kind"]) if line["op"] == "skip" else "row"


def in_stream(value: bytes) -> str:
    """Return the fate of a value in a strict on-ramp, after what it has learnt of sound messages."""
    step = OnRamp(APPLICATION, number=1, tables=Tables(formats={"thing": "plain"}, strict=True))
    step(Batch([record(b'{"thing-id":"K1"}')] * 2, {Partition(TOPIC, 0): 8}))
    batch = step(Batch([record(value)], {Partition(TOPIC, 0): 8}))
    assert batch.tally.read == 1
    assert batch.tally.written + batch.tally.dead == len(batch.items)
    if not batch.items:
        return "tombstone"
    ((topic, _, written),) = batch.items
    return "row" if topic == "found" else str(json.loads(written or b"")["code"])


@pytest.mark.skipif(not JSON.exists(), reason=ABSENT)
def test_every_case_has_a_fate_and_every_fate_a_case() -> None:
    """The page is complete, and says nothing that no case shows."""
    assert len(CASES) == 340
    first = [fates(path.stem)[0] for path in CASES]
    assert set(first) == {Fate(m["message"], m["value"]) for m in LINE.finditer(PAGE.read_text())}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_meets_its_fate_as_a_message(path: Path) -> None:
    """Through `decode` without and with a table, and through the on-ramp."""
    case, fate = path.read_bytes(), fates(path.stem)[0].message

    assert outcome(case) == fate
    # A row that has none of the table's columns is refused where a table is declared.
    assert outcome(case, with_table=True) == ("wrong-shape" if fate == "row" else fate)
    assert in_stream(case) == ("wrong-shape" if fate == "row" else fate)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_meets_its_fate_as_the_value_of_a_column(path: Path) -> None:
    """The row has exactly this value, or the message is refused even where nobody maps the column."""
    case, fate = path.read_bytes(), fates(path.stem)[0].value
    expected = "row" if fate == "exact" else fate

    assert (
        outcome(around(case)) == outcome(around(case), with_table=True) == in_stream(around(case)) == expected
    )
    if fate == "exact":
        after = msgspec.json.decode(decoded(around(case))[1], type=dict[str, msgspec.Raw])["after"]
        value = msgspec.json.decode(after, type=dict[str, msgspec.Raw])["case"]
        assert bytes(value) == case.strip() or bytes(value) == msgspec.json.format(case, indent=-1)


@pytest.mark.parametrize(
    "path", [path for path in CASES if path.stem.startswith("y_string")], ids=lambda path: path.stem
)
def test_a_text_arrives_in_the_event_as_it_was(path: Path) -> None:
    """Escapes, characters beyond the first plane and U+0000 are that text in the event too."""
    text = path.read_bytes().strip()
    if text.startswith(b"["):
        text = text[1:-1].strip()
    batch = OnRamp(APPLICATION, number=1)(
        Batch([record(b'{"thing-id":"K7","text":' + text + b"}")], {Partition(TOPIC, 0): 8})
    )

    ((topic, _, value),) = batch.items

    assert topic == "found"
    assert json.loads(value or b"")["data"]["text"] == json.loads(text)

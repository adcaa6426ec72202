"""Tables whose records are no JSON pass through the on-ramp as through `map`, in batches and one by one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.layouts import Copybook, Csv
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.pipeline.lines import Input, map_lines
from franca.pipeline.onramp import OnRamp
from franca.types import Batch, Record

LAYOUT = Copybook("cust.cpy", code_page="latin-1", redefines={"BORN": ("KIND", "P"), "STAFF": ("KIND", "F")})
COPYBOOK = """01 CUST.
 05 NR PIC 9(4).
 05 KIND PIC X.
 05 BORN PIC 9(4).
 05 STAFF REDEFINES BORN PIC S9(7) COMP-3."""


class Client(Entity):
    """Somebody."""

    id: Key[int]
    name: str | None


class Firm(Entity):
    """Somebody's employer."""

    id: Key[int]
    staff: int


class Row(Table, format=Csv(delimiter=";")):
    """Rows of CSV."""

    nr: Key[int]
    name: str | None


rows = Application("rows")


@rows.maps
def client(row: Row) -> Client:
    """Return the client."""
    return Client(id=row.nr, name=row.name)


def messages(application: Application, values: list[bytes]) -> list[Any]:
    """Return what the on-ramp makes of raw values: the data of events, the codes of dead letters."""
    (table,) = application.tables
    topic = f"raw.{application.name}.{shape_of(table).name}"
    records = [Record(topic, 0, at, 0, None, value) for at, value in enumerate(values)]
    out = [json.loads(value or b"") for _, _, value in OnRamp(application, number=1)(Batch(records)).items]
    return [each["data"] if "data" in each else each["code"] for each in out]


def mapped(application: Application, values: list[bytes]) -> list[Any]:
    """Return the same as `map` makes it, line by line."""
    (table,) = application.tables
    lines = [json.loads(line.text) for line in map_lines(Input(application, table), values)]
    return [each["data"] if "data" in each else each["code"] for each in lines]


def test_rows_of_csv_become_events_and_bad_ones_dead_letters() -> None:
    """The generated loop, which most rows take, gives what the careful way gives."""
    values = [b"1;Ada", b"2;", b'3;"a;b"', b"x;Eve", b"4", b'5;"c', b" 6 ;d", b'7;""']

    made = messages(rows, values)

    assert made == mapped(rows, values)
    assert [each if isinstance(each, str) else (each["id"], each["name"]) for each in made] == [
        (1, "Ada"), (2, None), (3, "a;b"), "malformed", "ragged-row", "unterminated-quote", (6, "d"), (7, ""),
    ]  # fmt: skip


def copybook_application(path: Path) -> Application:
    """Return an application with two kinds of records in one table."""

    class Cust(Table, format=replace(LAYOUT, path=str(path))):
        nr: Key[int]
        kind: str
        born: str
        staff: int

    application = Application("core")

    @application.maps(Cust, where=lambda cust: cust.kind == "P")
    def person(cust: Cust) -> Client:
        return Client(id=cust.nr, name=cust.born)

    @application.maps(Cust, where=lambda cust: cust.kind == "F")
    def firm(cust: Cust) -> Firm:
        return Firm(id=cust.nr, staff=cust.staff)

    return application


def test_records_of_several_kinds_go_to_the_mapping_whose_condition_holds(tmp_path: Path) -> None:
    """Columns of the other kind are absent, and nobody asks for them."""
    (tmp_path / "cust.cpy").write_text(COPYBOOK)
    application = copybook_application(tmp_path / "cust.cpy")
    values = [
        b"0001P1815",
        b"0002F\x00\x00\x12\x3c",
        b"0003Qabcd",
        b"0004F\x00\x00\x12\x31",
        b"00",
        b"   7P1815",
    ]

    made = messages(application, values)

    assert made == mapped(application, values)
    assert made == [
        {"id": 1, "name": "1815"}, {"id": 2, "staff": 123}, "bad-sign", "short-record",
        {"id": 7, "name": "1815"},
    ]  # fmt: skip


def test_another_copybook_is_another_version_of_the_mappings(tmp_path: Path) -> None:
    """What it makes of a record that is replayed overrules what the old one made, wherever the file lies."""
    hashes = []
    for folder, text in (("a", COPYBOOK), ("b", COPYBOOK), ("c", COPYBOOK.replace("9(4)", "9(3)"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cust.cpy").write_text(text)
        hashes.append(copybook_application(tmp_path / folder / "cust.cpy").hash)

    assert hashes[0] == hashes[1] != hashes[2]


def test_a_copybook_that_is_not_there_is_a_wrong_definition(tmp_path: Path) -> None:
    """It has a hash none the less, and no decoder."""
    application = copybook_application(tmp_path / "cust.cpy")

    assert application.hash
    with pytest.raises(DefinitionError, match="can't be read"):
        OnRamp(application, number=1)

"""Declared tables beside a catalog: what breaks is a problem where a mapping needs it, else a note."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated

import pytest

from franca.catalog.comparison import compare, unmapped
from franca.catalog.ddl.reading import read_ddl
from franca.catalog.finding import Finding, declared
from franca.mapping.application import Application
from franca.mapping.words.number import as_text
from franca.model.entity import Entity, Table
from franca.model.markers import Column, Digits, Key


class Sex(Enum):
    """Codes of a column."""

    F = "F"
    M = "M"


class Person(Entity):
    """What the mapping gives."""

    id: Key[str]
    name: str
    born: date | None


class Cust(Table):
    """The table as it was."""

    id: Key[int]
    name: str
    born: date | None
    sex: Sex | None
    amount: Annotated[Decimal | None, Digits(9, 2)]
    code: Annotated[str | None, Column("KD-NR", width=4)]
    note: str | None


crm = Application("crm")


@crm.maps(Cust, where=lambda cust: cust.note != "X")
def person(cust: Cust) -> Person:
    """Need four of the columns."""
    return Person(id=as_text(cust.id), name=cust.name, born=cust.born)


WAS = {
    "id": "int PRIMARY KEY",
    "name": "text NOT NULL",
    "born": "date",
    "sex": "sex",
    "amount": "numeric(9,2)",
    '"KD-NR"': "char(4)",
    "note": "varchar(9)",
}
TYPES = "CREATE TYPE sex AS ENUM ('F', 'M');"


def findings(**changes: str) -> list[tuple[str, str, str]]:
    """Return severity, column and code of what differs, with columns changed, new or (empty) gone."""
    return [(each.severity, each.column, each.code) for each in found(changes)]


def found(changes: dict[str, str], types: str = TYPES, tail: str = "") -> list[Finding]:
    """Return what differs."""
    columns = {name: told for name, told in {**WAS, **changes}.items() if told}
    ddl = (
        f"{types} CREATE TABLE cust ({', '.join(f'{name} {told}' for name, told in columns.items())}{tail});"
    )
    return list(compare(declared(crm, Cust), read_ddl(ddl, "x", "postgres")))


def test_what_is_as_it_was_gives_nothing() -> None:
    """No finding, no noise; a reordered table is the same."""
    assert findings() == []
    names = ", ".join(f"{name} {told}" for name, told in reversed(WAS.items()))
    catalog = read_ddl(f"{TYPES} CREATE TABLE cust ({names});", "x", "postgres")
    assert list(compare(declared(crm, Cust), catalog)) == []


@pytest.mark.parametrize(
    ("column", "told", "expected"),
    [
        ("name", "", ("problem", "name", "column-missing")),
        ("amount", "", ("note", "amount", "column-missing")),
        ("name", "text", ("problem", "name", "nullable")),
        ("born", "timestamp", ("problem", "born", "type-changed")),
        ("born", "integer", ("problem", "born", "type-changed")),
        ("note", "int", ("problem", "note", "type-changed")),
        ("note", "boolean", ("problem", "note", "type-changed")),
        ("amount", "numeric(12,2)", ("note", "amount", "type-wider")),
        ("amount", "numeric(9,4)", ("note", "amount", "type-wider")),
        ("amount", "double precision", ("note", "amount", "type-wider")),
        ("amount", "boolean", ("note", "amount", "type-changed")),
        ("sex", "text", ("note", "sex", "type-wider")),
        ('"KD-NR"', "char(6)", ("note", "KD-NR", "type-changed")),
        ("id", "numeric(9,2) PRIMARY KEY", ("problem", "id", "type-changed")),
        ("email", "text", ("note", "email", "column-new")),
    ],
)
def test_one_change_is_one_finding(column: str, told: str, expected: tuple[str, str, str]) -> None:
    """What a mapping's field or condition needs breaks; the rest is said."""
    assert findings(**{column: told}) == [expected]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("amount", "numeric(5,1)"),
        ("amount", "integer"),
        ("id", "bigint PRIMARY KEY"),
        ("id", "numeric(18,0) PRIMARY KEY"),
        ("note", "uuid"),
        ("note", "date"),
        ("note", "sex"),
        ("note", "varchar(900)"),
        ("born", "date NOT NULL"),
    ],
)
def test_what_reads_the_same_is_no_finding(column: str, told: str) -> None:
    """A narrower type, a longer text and a stricter column harm nobody."""
    assert findings(**{column: told}) == []


def test_a_new_value_of_an_enumeration_is_named() -> None:
    """It would be a dead letter."""
    (one,) = found({}, "CREATE TYPE sex AS ENUM ('F', 'M', 'X');")
    assert (one.code, one.reason) == ("type-changed", "has the values 'X', which Sex lacks")


def test_a_renamed_column_is_guessed_by_type_and_name() -> None:
    """The only new column of the type, or of several the one most alike; another type is never guessed."""
    (one,) = found({"name": "", "full_name": "text NOT NULL"})
    assert (one.code, one.column) == ("column-renamed", "name")
    assert 'Column("full_name")' in one.remedy
    assert one.needed_by == ("person (name)",)
    several = found({"name": "", "x": "text", "lastname": "text NOT NULL", "first": "bytea"})
    assert [(each.column, each.code) for each in several] == [
        ("name", "column-renamed"),
        ("x", "column-new"),
        ("first", "column-new"),
    ]
    assert [each.code for each in found({"name": "", "names": "boolean"})] == ["column-missing", "column-new"]


def test_another_key_is_a_problem() -> None:
    """A delete would not find its row; the order of the columns does not matter."""
    (one,) = found({"id": "int NOT NULL", "note": "varchar(9) NOT NULL"}, tail=", PRIMARY KEY (note, id)")
    assert (one.severity, one.code, one.column) == ("problem", "key-changed", "")
    assert "'note', 'id'" in one.reason
    (none,) = found({"id": "int NOT NULL"})
    assert (none.severity, none.code) == ("note", "key-missing")


def test_a_table_that_is_gone_is_a_problem_for_its_mappings() -> None:
    """Its likely new name is suggested; another case is the same table."""
    gone = list(compare(declared(crm, Cust), read_ddl("CREATE TABLE custs (id int);", "x", "postgres")))
    assert [(each.severity, each.code, each.needed_by) for each in gone] == [
        ("problem", "table-missing", ("person",))
    ]
    assert "did you mean 'custs'?" in gone[0].remedy
    same = read_ddl("CREATE TABLE CUST (id int PRIMARY KEY);", "x", "oracle")
    assert "table-missing" not in {each.code for each in compare(declared(crm, Cust), same)}


class Event(Table):
    """A table that no mapping needs."""

    id: Key[int]
    at: datetime


def test_a_table_that_no_mapping_needs_gives_notes_only() -> None:
    """Nothing breaks by what nobody reads."""
    catalog = read_ddl("CREATE TABLE event (at int, other text);", "x", "postgres")
    assert {each.severity for each in compare(declared(crm, Event), catalog)} == {"note"}


def test_tables_that_no_mapping_reads_are_one_note_however_many_there_are() -> None:
    """A legacy database has hundreds; declared or not, they are counted and some are named."""
    ddl = "CREATE TABLE cust (id int); CREATE TABLE event (id int);"
    ddl += "".join(f"CREATE TABLE t{number:02} (id int);" for number in range(20))
    tables = [declared(crm, Cust), declared(crm, Event)]

    (one,) = unmapped(tables, read_ddl(ddl, "x", "postgres"))

    assert (one.severity, one.table, one.code) == ("note", "crm", "table-unmapped")
    assert one.reason.startswith("21 tables of the source have no mapping: event, t00, ")
    assert one.reason.endswith(", t08, …")
    assert not list(unmapped(tables, read_ddl("CREATE TABLE CUST (id int);", "x", "oracle")))

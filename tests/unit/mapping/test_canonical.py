"""What a mapping's hash is made of: what it says, and how the columns that it reads are declared."""

import types
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import pytest

from franca.mapping.application import Application
from franca.mapping.canonical import canonical
from franca.mapping.words.identity import apply
from franca.model.entity import Entity, Table, Value
from franca.model.markers import Column, Digits, Key, Length, Range


class Thing(Entity):
    """A thing."""

    id: Key[str]
    shown: str


class Place(Value):
    """A nested value."""

    street: str


class Here(Value):
    """The same, called otherwise in messages."""

    street: Annotated[str, Column("STREET")]


class Letter(Enum):
    """Letters."""

    A = "a"


class More(Enum):
    """More letters."""

    A = "a"
    B = "b"


def text(value: object) -> str:
    """Return any value as a text."""
    return str(value)


def said(kind: Any, other: Any = str, **options: Any) -> str:
    """Return the text of a mapping that reads a column of the kind, beside one that it does not read."""

    def fill(body: dict[str, Any]) -> None:
        body["__annotations__"] = {"id": Key[str], "mapped": kind, "other": other}

    def thing(row: Any) -> Thing:
        return Thing(id=row.id, shown=apply(text, row.mapped))

    thing.__annotations__["row"] = types.new_class("Rows", (Table,), options, fill)
    application = Application("app")
    application.maps(thing)
    application.check()
    (mapping,) = application.mappings
    return canonical(mapping)


@pytest.mark.parametrize(
    ("kind", "corrected"),
    [
        (str, Annotated[str, Column("MAPPED")]),
        (str, Annotated[str, Column(width=4)]),
        (str, Annotated[str, Column(trim=True)]),
        (date, Annotated[date, Column(date_style="DMY")]),
        (int, Annotated[int, Range(min=1)]),
        (Annotated[str, Length(max=4)], Annotated[str, Length(max=5)]),
        (Annotated[Decimal, Digits(9, 2)], Annotated[Decimal, Column(unit="unscaled"), Digits(9, 2)]),
        (Letter, More),
        (Place, Here),
        (list[Place], list[Here]),
    ],
)
def test_a_corrected_column_is_another_version(kind: Any, corrected: Any) -> None:
    """What was misread by the old declaration is loaded anew, but only where it is read."""
    assert said(kind) != said(corrected)
    assert said(str, kind) == said(str, corrected)


def test_what_a_table_says_of_all_its_columns_counts() -> None:
    """Nothing said is nothing added: such mappings keep the versions that they have."""
    assert len({said(date), said(date, date_style="DMY")}) == 2
    assert len({said(str), said(str, trim=True)}) == 2
    assert "\nread " in said(Letter)
    assert "\nread " not in said(str)

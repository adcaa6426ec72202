"""Raw messages and the change or problem lines that each must give: titled pairs of text.

`formats` holds those of a declared table, `untyped` those of tables that nobody declared.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest

from franca.errors import DecodeError
from franca.formats.change import Change, Loose, Skip, Wanted, decode
from franca.formats.registry import format_named
from franca.model.entity import Table
from franca.model.layouts import Copybook, Fixed
from franca.model.markers import Column, Digits, Key
from franca.model.shape import shape_of
from franca.pipeline.change_line import change_line
from franca.pipeline.loose_line import loose_line
from franca.topics.problem_line import problem_line
from franca.topics.raw_record import decode_line
from franca.types import Record

FOLDER = Path(__file__).parent
PAIR = re.compile(r"^## (?P<title>.+)\n(?P<message>.*)\n=> (?P<line>.*)$", re.MULTILINE)


class Thing(Table):
    """A column of every kind that formats convert."""

    id: Key[int]
    name: str | None
    flag: bool | None
    price: Decimal | None
    weight: float | None
    born: date | None
    at: datetime | None
    clock: time | None
    data: bytes | None
    ref: UUID | None
    cents: Annotated[Decimal | None, Column(unit="unscaled"), Digits(10, 2)]
    seen: Annotated[datetime | None, Column("SEEN-AT", unit="ms")]


class Account(
    Table, format=Copybook("account.cpy", redefines={"PERSON": "PRIVATE", "FIRM": ("KIND", "B", "C")})
):
    """Records of a copybook, tables that depend on a count and alternatives among them."""

    acct_no: Key[str]
    owner: str | None
    balance: Decimal | None
    credit: int
    rate: Decimal
    printed: Decimal | None
    kind: str
    born_year: int | None
    staff: Annotated[int, Column("STAFF")]
    first: Annotated[int, Column("AMOUNT_1")]
    second: Annotated[int, Column("AMOUNT_2")]
    closing: str | None


class Line(Table, format=Fixed()):
    """Records of fixed width."""

    id: Annotated[Key[int], Column(width=4)]
    name: Annotated[str, Column(width=6)]
    price: Annotated[Decimal | None, Column(width=6, unit="unscaled"), Digits(6, 2)]
    born: Annotated[date | None, Column("BORN-ON", width=10, start=19)]


class Listed(Table, name="listed"):
    """A column of each kind of list whose items are converted, and one of text for documents."""

    id: Key[int]
    counts: list[int | None] | None
    prices: list[Decimal | None] | None
    days: list[date] | None
    moments: list[datetime] | None
    clocks: list[time] | None
    blobs: list[bytes] | None
    doc: str | None


TABLES: dict[str, type[Table]] = {"copybook": Account, "fixed": Line}
"""The tables of formats that are told by what a table declares; of the others it is `Thing`."""


def named(name: str) -> tuple[str, type[Table]]:
    """Return the format and the table of a file's name: `lists_of_<format>` is about `Listed`."""
    chosen = name.removeprefix("lists_of_")
    return chosen, TABLES.get(name, Thing) if chosen == name else Listed


def pairs(folder: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the format (the file's name), title, message and line of every pair."""
    for path in sorted((FOLDER / folder).glob("*.md")):
        for found in PAIR.finditer(path.read_text()):
            yield path.stem, found["title"], found["message"], found["line"]


def record_of(message: str) -> Record:
    """Return the record of a raw record line, or of a value at the topic's seventh offset.

    A value that begins with a backslash has escapes, one that begins with `0x` is hexadecimal.
    """
    if message.startswith("0x"):
        return Record("raw.shop.thing", 0, 7, 1_700_000_000_000, None, bytes.fromhex(message[2:]))
    if message.startswith('{"topic":"raw.'):
        return decode_line(message.encode())
    value = (
        message.encode().decode("unicode_escape").encode("latin-1")
        if message[:1] == "\\"
        else message.encode()
    )
    return Record("raw.shop.thing", 0, 7, 1_700_000_000_000, b'{"id":7}', value)


@pytest.mark.parametrize(
    ("name", "message", "line"), [pytest.param(n, m, e, id=f"{n}: {t}") for n, t, m, e in pairs("formats")]
)
def test_a_message_gives_its_line(name: str, message: str, line: str) -> None:
    """A message gives the change that the case says, or its problem, and the same when it comes again."""
    chosen, table = named(name)
    columns = frozenset(field.name for field in shape_of(table).fields)
    decoder = format_named(chosen).decoder(Wanted(table, columns, columns))
    for _ in range(2):
        try:
            decoded = decode(decoder, record_of(message))
            each = [decoded] if isinstance(decoded, Change | Skip) else decoded
            got = b" & ".join(change_line("shop", table, one) for one in each)
        except DecodeError as error:
            got = problem_line(error)
        assert got.decode() == line


@pytest.mark.parametrize(
    ("name", "message", "line"), [pytest.param(n, m, e, id=f"{n}: {t}") for n, t, m, e in pairs("untyped")]
)
def test_a_message_gives_its_line_without_a_table(name: str, message: str, line: str) -> None:
    """A message of whatever table gives its change with the values that it tells itself, or its problem."""
    try:
        found = format_named(name).loose(record_of(message))
        each = [found] if isinstance(found, Loose | Skip) else found
        got = b" & ".join(map(loose_line, each))
    except DecodeError as error:
        got = problem_line(error)
    assert got.decode() == line

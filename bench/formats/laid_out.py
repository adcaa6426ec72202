"""Rows of CSV, of fixed width and of a copybook, and what one writes by hand to read them."""

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from franca.model.entity import Table
from franca.model.layouts import Copybook, Csv, Fixed
from franca.model.markers import Column, Key


class TypedCust(Table, format=Csv()):
    """Ten columns of the usual types."""

    cust_num: Key[int]
    status: str
    fname: str | None
    lname: str
    sex: str | None
    born: date | None
    balance: Decimal | None
    credit: int
    rate: float | None
    city: str | None


COPYBOOK = """01 CUST.
 05 CUST-NUM PIC 9(8).
 05 STATUS PIC X.
 05 FNAME PIC X(12).
 05 LNAME PIC X(12).
 05 SEX PIC X.
 05 BORN PIC X(10).
 05 BALANCE PIC S9(7)V99 COMP-3.
 05 CREDIT PIC S9(9) COMP.
 05 RATE PIC S9(3)V99.
 05 CITY PIC X(16)."""


class BinaryCust(TypedCust, format=Copybook("cust.cpy")):
    """The same as records of a copybook."""

    rate: Decimal | None


class WideCust(Table, format=Fixed()):
    """The same in fixed width."""

    cust_num: Annotated[Key[int], Column(width=8)]
    status: Annotated[str, Column(width=1)]
    fname: Annotated[str | None, Column(width=12)]
    lname: Annotated[str, Column(width=12)]
    sex: Annotated[str | None, Column(width=1)]
    born: Annotated[date | None, Column(width=10)]
    balance: Annotated[Decimal | None, Column(width=10)]
    credit: Annotated[int, Column(width=9)]
    rate: Annotated[float | None, Column(width=6)]
    city: Annotated[str | None, Column(width=16)]


def texts(number: int) -> list[str]:
    """Return the columns of a typed row."""
    names = ["A", f"Ada{number}", "Lovelace", "F", "1815-12-10", f"{number}.50"]
    return [str(number), *names, str(number % 1000), "0.25", "London"]


def csv_row(number: int) -> bytes:
    return ",".join(texts(number)).encode()


def quoted_row(number: int) -> bytes:
    return ",".join(f'"{text}"' for text in texts(number)).encode()


WIDTHS = (8, 1, 12, 12, 1, 10, 10, 9, 6, 16)


def wide_row(number: int) -> bytes:
    return "".join(text.ljust(width) for text, width in zip(texts(number), WIDTHS, strict=True)).encode()


def binary_row(number: int) -> bytes:
    _, status, fname, lname, sex, born, *_, city = texts(number)
    packed = bytes.fromhex(f"{number * 100 + 50:09d}c")
    head = f"{number:08d}{status}{fname:12}{lname:12}{sex}{born}".encode("cp037")
    return head + packed + (number % 1000).to_bytes(4, "big") + f"0002E{city:16}".encode("cp037")


def by_hand(cells: list[str]) -> tuple[Any, ...]:
    """Return a row typed as one would by hand."""
    born, balance = date.fromisoformat(cells[5]), Decimal(cells[6])
    return (int(cells[0]), *cells[1:5], born, balance, int(cells[7]), float(cells[8]), cells[9])


def bare_csv(value: bytes) -> object:
    return by_hand(next(csv.reader([value.decode()])))


def bare_wide(value: bytes) -> object:
    text = value.decode()
    return by_hand([text[start : start + width].rstrip() for start, width in CUTS])


CUTS = tuple((sum(WIDTHS[:place]), width) for place, width in enumerate(WIDTHS))


def bare_binary(value: bytes) -> object:
    text, packed = value.decode("cp037"), value[44:49].hex()
    return (
        int(text[:8]), text[8], text[9:21].rstrip(), text[21:33].rstrip(), text[33],
        date.fromisoformat(text[34:44]), Decimal(packed[:-1]).scaleb(-2) * (-1 if packed[-1] == "d" else 1),
        int.from_bytes(value[49:53], "big", signed=True), Decimal(text[53:57] + "5") / 100,
        text[58:].rstrip(),
    )  # fmt: skip


LaidOut: TypeAlias = tuple[type[Table], Callable[[int], bytes], Callable[[bytes], object]]
"""A table, the writer of its records, and what reads one by hand."""

LAID_OUT: dict[str, LaidOut] = {
    "csv": (TypedCust, csv_row, bare_csv),
    "csv, quoted": (TypedCust, quoted_row, bare_csv),
    "fixed": (WideCust, wide_row, bare_wide),
    "copybook": (BinaryCust, binary_row, bare_binary),
}
"""Formats that are no JSON, with what one writes by hand for the same row."""

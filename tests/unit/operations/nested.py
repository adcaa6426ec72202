"""Mappings that make lists and nested values, each another way, of a table with every kind of column."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

HEAD = """
import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca import Application, Digits, Entity, Key, Length, Pattern, Range, Table, Value
from franca import codes, first, gather, given, is_null, null_if, one_of, uuid_of, when

app = Application("app")

class Colour(Enum):
    RED = "Red"

class Inner(Value):
    id: UUID | None
    price: Annotated[Decimal | None, Digits(10, 2)]
    day: dt.date | None
    seen: dt.datetime | None
    colour: Colour | None
    n: Annotated[int | None, Range(-5, 10**10)]

class Outer(Value):
    inner: Inner | None
    inners: list[Inner | None]
    words: list[str | None]

class Lines(Value):
    words: list[str]

class Loose(Value):
    a: str | None = None
    id: UUID | None = None
    price: Annotated[Decimal | None, Digits(9, 1)] = None
    more: list[Inner] | None = None
    n: int | None = None

class Sample(Table):
    no: Key[str]
    a: str | None
    u: UUID | None
    p: Annotated[Decimal | None, Digits(8, 3)]
    q: Annotated[Decimal | None, Digits(12, 2)]
    d: dt.date | None
    s: dt.datetime | None
    i: int | None
    f: float | None
    b: bool | None

def nothing() -> Inner:
    return only(None)

def only(u: UUID | None) -> Inner:
    return Inner(id=u, price=None, day=None, seen=None, colour=None, n=None)

def loose(t: Sample) -> Loose:
    return Loose(price=t.q, id=t.u)

def full(t: Sample) -> Inner:
    return Inner(id=t.u, price=t.q, day=t.d, seen=t.s, colour=codes(t.a, {"r": Colour.RED}), n=t.i)
"""
CASES = {
    "chosen": ("Inner | None", "when(t.b, full(t), None)"),
    "chosen_nothing": ("Inner", "when(t.b, nothing(), full(t))"),
    "chosen_full": ("Inner", "when(t.b, full(t), nothing())"),
    "first_of": ("Inner | None", "first(given(t.u, only), full(t))"),
    "mixed": ("list[Inner | None]", "[nothing(), full(t), None]"),
    "constant": ("list[Inner]", "[nothing()]"),
    "none": ("list[Inner]", "[]"),
    "nested": ("Outer", 'Outer(inner=nothing(), inners=[full(t), None], words=["a", None, t.a])'),
    "nested_twice": (
        "list[Outer]",
        "[Outer(inner=None, inners=[], words=[]), Outer(inner=full(t), inners=[None], words=[None])]",
    ),
    "fewer_digits": ("list[Annotated[Decimal, Digits(9, 1)]]", "gather(t.p, t.q)"),
    "whole_numbers": ("list[Annotated[Decimal | None, Digits(9, 1)]]", "[t.p, t.i, None]"),
    "within": ("list[Annotated[int, Range(0, 100)]]", "gather(t.i, 5)"),
    "chosen_list": ("list[str] | None", "when(t.b, gather(t.a, t.no), None)"),
    "identifiers": ("list[UUID | None]", "[None, t.u, uuid_of(t.a)]"),
    "of_a_day": ("Inner | None", "given(t.d, lambda d: full(t))"),
    "spelled": ('list[Annotated[str, Pattern("[a-z]*")]]', "gather(t.a)"),
    "short": ("Annotated[list[str], Length(1, 1)]", 'gather(t.a, null_if(t.no, "2"))'),
    "conditions": ("list[bool | None]", '[t.b, is_null(t.a), one_of(t.a, "r")]'),
    "floats": ("list[float | None]", "[t.f, None, -t.f]"),
    "other_order": ("Inner", "Inner(n=t.i, seen=t.s, id=t.u, price=t.p, colour=None, day=t.d)"),
    "left_out": ("Loose", "Loose(n=t.i, a=t.a)"),
    "other_parts": (
        "list[Loose]",
        "[Loose(), Loose(price=t.p, id=t.u), Loose(n=1, price=t.q), Loose(more=[])]",
    ),
    "chosen_lists": ("list[Loose]", "when(t.b, gather(loose(t)), gather(Loose(n=t.i), Loose(a=t.a)))"),
    "gathered": (
        "list[Loose]",
        "gather(given(t.p, lambda p: Loose(price=p)), given(t.a, lambda a: Loose(a=a)))",
    ),
    "firsts": ("Loose | None", "first(given(t.p, lambda p: Loose(price=p)), when(t.b, Loose(n=3), None))"),
    "is_made": ("bool", "is_null(given(t.i, lambda i: Loose(n=i)))"),
    "no_lists": ("list[Lines]", "gather(when(t.i == 12345, Lines(words=gather(t.no)), None))"),
    "short_or_none": ("Annotated[list[str] | None, Length(1, 5)]", "when(t.b, gather(t.no), None)"),
    "chosen_digits": ("Loose", "when(t.b, Loose(price=t.p), Loose(price=t.q))"),
}
"""The type of a field, and what it is given."""

LABEL = "2ed6657d-e927-568b-95e1-2665a8aea6a2"


def write_rows(path: Path) -> None:
    """Write rows of which each case takes some, and refuses or takes the others."""
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    early = dt.datetime(1900, 1, 1, 0, 0, 0, 5, tzinfo=dt.UTC)
    prices = ["1.200", None, "1.2", "-99999.999", "0", "2.5"]
    others = ["1.10", "9999999999.99", None, "-0.01", "0", "100"]
    table = {
        "no": [*"012345"],
        "a": ["r", None, "x", LABEL, "r", ""],
        "u": [LABEL, None, LABEL, None, LABEL, LABEL],
        "p": pa.array([text and Decimal(text) for text in prices], pa.decimal128(8, 3)),
        "q": pa.array([text and Decimal(text) for text in others], pa.decimal128(12, 2)),
        "d": pa.array([dt.date(2024, 1, 1), None, dt.date(1, 1, 1), dt.date(9999, 12, 31), None, None]),
        "s": pa.array([moment, None, early, None, None, moment], pa.timestamp("us", "UTC")),
        "i": pa.array([1, None, -7, 100, 101, 2**40], pa.int64()),
        "f": [0.5, None, -0.0, 1e300, 2.0, 1e16],
        "b": [True, None, False, True, False, True],
    }
    parquet.write_table(pa.table(table), path)


def write_project(folder: Path, *names: str) -> None:
    """Write a project whose one entity has a field for each of these cases, and the rows of its table."""
    (folder / "franca.toml").write_text("[kafka]\nbootstrap = 'nowhere:1'\n")
    lines = ["class Probe(Entity):", "    no: Key[str]", *(f"    {name}: {CASES[name][0]}" for name in names)]
    lines += ["", "@app.maps", "def probe(t: Sample) -> Probe:", "    return Probe(no=t.no,"]
    lines += [*(f"        {name}={CASES[name][1]}," for name in names), "    )"]
    (folder / "app.py").write_text("\n".join([HEAD, *lines]))
    write_rows(folder / "rows.parquet")

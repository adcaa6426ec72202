"""The select of a mapping as a whole: layers, conditions, keys, constraints, and what it refuses."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated

import pytest
import sqlglot

from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.mapping.sql.select import select
from franca.mapping.words.choice import codes, first, gather, null_if, required, when
from franca.mapping.words.identity import apply
from franca.mapping.words.logic import not_null
from franca.mapping.words.number import as_text, integer
from franca.mapping.words.text import extract, join, lower, matches, pad, upper
from franca.model.entity import Entity, Table, Value
from franca.model.markers import Digits, Key, Length, Pattern, Range
from franca.testing.batch import Batch


class Size(Enum):
    """How large."""

    SMALL = "Small"


class Row(Table):
    """A legacy row."""

    bank: Key[str]
    number: Key[int]
    note: str | None
    size: str | None
    price: Annotated[Decimal | None, Digits(10, 4)]


class Pair(Value):
    """A nested value."""

    left: str
    right: Annotated[str | None, Length(max=4)] = None


class Thing(Entity):
    """An entity with everything that a field may ask of its value."""

    bank: Key[str]
    number: Key[int]
    note: Annotated[str | None, Length(max=3), Pattern("[a-z]*")] = None
    price: Annotated[Decimal | None, Digits(6, 2), Range(min=0)] = None
    size: Size | None = None
    pair: Pair | None = None
    tags: list[str]
    marks: Annotated[list[Annotated[str, Pattern("[a-z]+")]], Length(max=2)]
    pairs: list[Pair]


class Single(Entity):
    """An entity with one key."""

    id: Key[str]
    note: str | None = None


application = Application("shop")


@application.maps
def thing(row: Row) -> Thing:
    """Name every kind of field."""
    return Thing(
        bank=row.bank,
        number=row.number,
        note=row.note,
        price=row.price,
        size=codes(row.size, {"S": Size.SMALL}),
        pair=Pair(left=row.bank, right=row.note),
        tags=["x", row.bank],
        marks=gather(lower(row.note), row.size),
        pairs=[Pair(left="l", right=None), Pair(left=row.bank, right=row.size)],
    )


@application.maps(Row, where=lambda row: first(integer(row.note), 0) > 3)
def few(row: Row) -> Single:
    """Make something of some rows."""
    return Single(id=row.bank)


@application.maps
def several(row: Row) -> list[Single | None]:
    """Make up to three of a row."""
    size = first(row.size, "")
    return [
        Single(id=row.bank),
        Single(id=first(row.note, "")),
        when(size != "-", Single(id=size), None),
    ]


def shout(value: str) -> str:
    """Say it louder."""
    return value + "!"


@application.maps
def loud(row: Row) -> Single:
    """Use what SQL can't say."""
    return Single(id=apply(shout, row.bank))


@application.maps
def twice(row: Row) -> Single:
    """Use one expression in two places."""
    padded = pad(upper(row.bank), 12, "0")
    return Single(id=padded + padded, note=padded)


class Odd(Entity):
    """An entity whose pattern SQL can't express."""

    id: Annotated[Key[str], Pattern("a(?=b)")]


class Blob(Entity):
    """An entity with bytes and a bound on one side."""

    id: Key[str]
    photo: bytes | None = None
    count: Annotated[int | None, Range(max=9)] = None
    price: Annotated[Decimal | None, Digits(6, 2)] = None
    note: str = ""


@application.maps
def blob(row: Row) -> Blob:
    """Use constants and words without arguments."""
    return Blob(
        id=row.bank,
        photo=b"\x00\xff",
        count=row.number,
        price=codes(row.size, {"S": Decimal("1.5"), "M": 2}),  # type: ignore[arg-type]  # an int is a decimal
        note=join(" ") + first(null_if(row.note), ""),
    )


@application.maps(Row, where=lambda row: row.bank != "x")
def some(row: Row) -> list[Single | None]:
    """Put a condition before an item of a conditional mapping."""
    return [when(integer(required(row.note)) > 3, Single(id=row.bank), None)]


@pytest.fixture
def batch() -> Iterator[Batch]:
    """A DuckDB of its own."""
    made = Batch()
    yield made
    made.close()


def test_the_subject_joins_the_encoded_keys(batch: Batch) -> None:
    """Several key fields are joined by a slash, and what looks like one is encoded."""
    (made,) = batch.run(thing, [{"bank": "50%/a", "number": 7}])
    assert (made.subject, made.problem) == ("50%25%2Fa/7", None)


def test_nested_values_and_lists_come_whole(batch: Batch) -> None:
    """A nested value keeps its fields, a list its order."""
    (made,) = batch.run(thing, [{"bank": "b", "number": 1, "note": "n"}])
    assert made.data["marks"] == ["n"]
    assert made.data["pair"] == {"left": "b", "right": "n"}
    assert made.data["tags"] == ["x", "b"]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("note", "abcd", ("note", "constraint")),
        ("note", "A", ("note", "constraint")),
        ("note", "abc", None),
        ("price", Decimal("-0.01"), ("price", "constraint")),
        ("price", Decimal("1.2500"), None),
        ("price", Decimal("1.2501"), ("price", "out-of-range")),
        ("price", Decimal("10000"), ("price", "out-of-range")),
        ("size", "X", ("size", "unknown-code")),
        ("size", "S", ("marks", "constraint")),
    ],
)
def test_a_field_checks_its_value(
    batch: Batch, column: str, value: object, problem: tuple[str, str] | None
) -> None:
    """Constraints and the field's own digits are checked as in the stream."""
    (made,) = batch.run(thing, [{"bank": "b", "number": 1, column: value}])
    assert made.problem == problem


def test_the_only_key_of_an_entity_is_not_empty(batch: Batch) -> None:
    """As in the stream; one of several keys may be."""
    row: dict[str, object] = {"bank": "", "number": 1, "note": "9"}
    assert [made.problem for made in batch.run(few, [row])] == [("id", "empty-key")]
    assert [made.problem for made in batch.run(thing, [row])] == [("note", "constraint")]


def test_a_key_that_a_list_gives_twice_is_a_problem_of_each(batch: Batch) -> None:
    """As in the stream, which refuses the whole list; an item that is not made has no key."""
    rows: list[dict[str, object]] = [
        {"bank": "b", "number": 1, "note": note, "size": size}
        for note, size in [("x", "y"), ("b", "y"), ("x", "x"), ("-", "-")]
    ]
    assert [(made.row, made.subject, made.problem) for made in batch.run(several, rows)] == [
        (0, "b", None),
        (0, "x", None),
        (0, "y", None),
        (1, "b", ("id", "repeated-key")),
        (1, "b", ("id", "repeated-key")),
        (1, "y", None),
        (2, "b", None),
        (2, "x", ("id", "repeated-key")),
        (2, "x", ("id", "repeated-key")),
        (3, "b", None),
        (3, "-", None),
    ]


def test_a_row_whose_condition_fails_is_a_problem_and_not_left_out(batch: Batch) -> None:
    """Only false and null leave a row out."""
    rows: list[dict[str, object]] = [
        {"bank": "b", "number": 1, "note": note} for note in ("4", "3", None, "x")
    ]
    assert [(made.row, made.problem) for made in batch.run(few, rows)] == [
        (0, None),
        (3, ("where", "not-an-integer")),
    ]


def test_a_field_that_the_mapping_does_not_name_is_null(batch: Batch) -> None:
    """Whatever its default."""
    (made,) = batch.run(few, [{"bank": "b", "number": 1, "note": "9"}])
    assert made.data == {"id": "b", "note": None}


def test_what_is_used_twice_is_computed_once() -> None:
    """A shared expression becomes a column of a layer."""
    sql = select(twice, "rows")
    assert len([*sqlglot.parse_one(sql, dialect="duckdb").find_all(sqlglot.exp.Pad)]) == 1


def test_a_word_that_sql_lacks_is_refused_with_its_name() -> None:
    """Nobody starts a backfill that would stop half-way."""
    with pytest.raises(DefinitionError, match="apply"):
        select(loud, "rows")


@pytest.mark.parametrize("pattern", ["((.)?)+", "(a*|b)*", "(?:(a)|b?){2}", "x(?:(a)?)*?"])
def test_a_group_that_engines_fill_otherwise_is_refused(pattern: str) -> None:
    """The last turn of its repetition may be an empty one, which some of them do not take."""

    def group(row: Row) -> Single:
        return Single(id=row.bank, note=extract(row.bank, pattern, 1))

    with pytest.raises(DefinitionError, match="repeats what may be empty"):
        select(Application("odd").maps(group), "rows")


def test_an_unknown_dialect_is_refused() -> None:
    """The message lists those that are known."""
    with pytest.raises(DefinitionError, match="duckdb"):
        select(few, "rows", dialect="cobol")


def test_bytes_bounds_and_words_without_arguments_are_expressed(batch: Batch) -> None:
    """As in the stream."""
    (made,) = batch.run(blob, [{"bank": "b", "number": 9, "note": "n", "size": "M"}])
    assert (made.problem, made.data["photo"], made.data["note"]) == (None, b"\x00\xff", "n")
    assert made.data["price"] == Decimal("2.00")
    (made,) = batch.run(blob, [{"bank": "b", "number": 10}])
    assert made.problem == ("count", "constraint")


def test_an_items_condition_counts_only_where_the_mappings_holds(batch: Batch) -> None:
    """A row that the mapping leaves out has no problem in an item."""
    rows: list[dict[str, object]] = [{"bank": bank, "number": 1, "note": "?"} for bank in "bx"]
    assert [(made.row, made.problem) for made in batch.run(some, rows)] == [(0, ("where", "not-an-integer"))]


def test_a_pattern_of_the_model_that_sql_lacks_is_refused() -> None:
    """With the field's name."""

    def odd(row: Row) -> Odd:
        return Odd(id=row.bank)

    with pytest.raises(DefinitionError, match="pattern"):
        select(Application("odd").maps(odd), "rows")


@application.maps(Row, where=lambda row: not_null(row.bank) & (row.note != "x"))
def sure(row: Row) -> list[Single | None]:
    """Use conditions that can't fail, a moment, a class of characters, and numbers of two types."""
    moment = when(row.bank == "b", datetime(2024, 1, 2, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC))
    cheap = first(row.price, row.number) > 1
    return [when(matches(row.bank, "[^a]") & cheap, Single(id=row.bank, note=as_text(moment)), None)]


def test_conditions_that_can_not_fail_are_and_ed(batch: Batch) -> None:
    """Integers beside decimals become decimals."""
    rows: list[dict[str, object]] = [
        {"bank": bank, "number": number, "note": "n"} for bank, number in (("b", 2), ("b", 1), ("a", 2))
    ]
    assert [(made.row, made.data["note"]) for made in batch.run(sure, rows)] == [
        (0, "2024-01-02T00:00:00.000000Z")
    ]

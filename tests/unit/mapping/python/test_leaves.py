"""The values of an event: each kind ready for JSON, and what a row says whose values are wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from franca.mapping.python.leaves import leafed
from franca.mapping.reference import Reference
from franca.mapping.tree import Column, ValueType
from franca.mapping.words.choice import codes, first, gather, given, lookup, required, when
from franca.mapping.words.identity import apply
from franca.mapping.words.logic import is_null, not_null
from franca.mapping.words.moment import date_of, time_of, timestamp_of
from franca.mapping.words.number import implied, integer
from franca.mapping.words.text import join, upper
from franca.model.kind import Kind
from franca.model.shape import shape_of
from franca.testing import row
from tests.unit.mapping.person import Address, Cust, Gender, Person, data, defined, failing

HOME = Address(street="x", since=date(2000, 1, 2))
LEAVES: list[tuple[str, Any, dict[str, Any], Any]] = [
    ("born", lambda c: c.day, {"day": date(2000, 1, 2)}, "2000-01-02"),
    ("born", lambda c: date_of(c.born, "%d.%m.%Y"), {"born": "02.01.2000"}, "2000-01-02"),
    ("born", lambda c: when(c.num == "1", date_of(c.born), None), {"born": "2000-01-02"}, "2000-01-02"),
    ("born", lambda c: date(2000, 1, 2), {}, "2000-01-02"),
    ("days", lambda _: [], {}, []),
    ("places", lambda _: gather(), {}, []),
    ("sizes", lambda c: gather(c.age), {"age": 9}, [9]),
    (
        "address",
        lambda c: Address(street="x", code=c.fname),
        {"fname": None},
        {"street": "x", "since": None, "code": None},
    ),
    ("wakes", lambda c: time_of(c.born, "%H:%M"), {"born": "12:30"}, "12:30:00.000000"),
    ("seen", lambda c: c.seen, {"seen": datetime(2000, 1, 2, 3, tzinfo=UTC)}, "2000-01-02T03:00:00.000000Z"),
    ("seen", lambda c: timestamp_of(c.born, "%Y%m%d"), {"born": "20000102"}, "2000-01-01T23:00:00.000000Z"),
    ("balance", lambda c: c.amount, {"amount": Decimal("1.5")}, "1.50"),
    ("balance", lambda c: c.amount, {"amount": Decimal("-0.00")}, "0.00"),
    ("balance", lambda c: c.age, {"age": 12}, "12.00"),
    ("balance", lambda c: implied(c.born, 2), {"born": "1234"}, "12.34"),
    ("bare", lambda c: c.amount, {"amount": Decimal("1.500")}, "1.5"),
    ("bare", lambda c: c.amount, {"amount": Decimal("1E+3")}, "1000"),
    ("bare", lambda c: c.amount, {"amount": Decimal("1E-10")}, "0.0000000001"),
    ("ratio", lambda c: c.ratio, {"ratio": 0.5}, 0.5),
    ("ratio", lambda c: c.ratio, {"ratio": float("nan")}, "NaN"),
    ("ratio", lambda c: c.ratio, {"ratio": float("-inf")}, "-Infinity"),
    ("ratio", lambda c: c.ratio, {"ratio": float("inf")}, "Infinity"),
    ("photo", lambda c: c.photo, {"photo": b"\x00\xff"}, "AP8="),
    ("token", lambda c: c.token, {"token": UUID(int=1)}, "00000000-0000-0000-0000-000000000001"),
    ("gender", lambda c: codes(c.sex, {"M": Gender.MALE}), {"sex": "M"}, "Male"),
    ("gender", lambda c: codes(c.sex, {"M": None}, default=Gender.MALE), {"sex": "X"}, "Male"),
    ("gender", lambda c: first(codes(c.sex, {"M": Gender.MALE}), Gender.FEMALE), {"sex": None}, "Female"),
    ("gender", lambda c: given(c.sex, lambda s: Gender.MALE), {"sex": None}, None),
    ("age", lambda c: c.age, {"age": 2}, 2),
    ("name", lambda c: when(is_null(c.num) | not_null(c.age), "a", "b"), {"age": None}, "b"),
    ("tags", lambda c: gather(c.phone1, c.phone2), {"phone1": None, "phone2": "2"}, ["2"]),
    ("tags", lambda c: [c.num, "x"], {}, ["1", "x"]),
    (
        "days",
        lambda c: gather(c.day, date(2000, 1, 2)),
        {"day": date(2000, 1, 3)},
        ["2000-01-03", "2000-01-02"],
    ),
    (
        "address",
        lambda c: given(c.fname, lambda street: Address(street=upper(street), since=c.day)),
        {"fname": "a", "day": date(2000, 1, 2)},
        {"street": "A", "since": "2000-01-02", "code": None},
    ),
    ("address", lambda c: c.home, {"home": HOME}, {"street": "x", "since": "2000-01-02", "code": None}),
    ("grid", lambda c: [gather(c.age, 1), gather(2)], {"age": None}, [[1], [2]]),
    (
        "name",
        lambda c: join("-", c.fname, c.sex, c.phone1, c.phone2),
        {"fname": None, "sex": "s", "phone1": None, "phone2": "2"},
        "s-2",
    ),
    ("address", lambda c: Address(street=c.num), {}, {"street": "1", "since": None, "code": None}),
    ("code", lambda c: apply(len_text, c.fname), {"fname": "abc"}, "3"),
    ("code", lambda c: lookup(c.fname, Reference({"a": "b"}), default="x"), {"fname": "q"}, "x"),
]


def len_text(value: str) -> str:
    """Return a text's length as text."""
    if value == "":
        raise ValueError("empty")
    return str(len(value)) if value != "bad" else None  # type: ignore[return-value]  # on purpose


@pytest.mark.parametrize(("field", "body", "columns", "expected"), LEAVES)
def test_an_events_values_are_ready_for_json(
    field: str, body: Any, columns: dict[str, Any], expected: Any
) -> None:
    """Each kind has one text; the object of the same row has the value itself."""
    mapping = defined(**{field: body})
    assert data(mapping, **columns)[field] == expected
    made = mapping(row(Cust, num="1", **columns))
    assert type(made) is Person
    assert made.id == "1"


FAILURES: list[tuple[str, Any, dict[str, Any], tuple[str, str, str]]] = [
    ("gender", lambda c: codes(c.sex, {"M": Gender.MALE}), {"sex": "Q"}, ("gender", "unknown-code", "'Q'")),
    ("gender", lambda c: codes(c.sex, {"M": Gender.MALE}), {}, ("sex", "absent-input", "lacks")),
    ("name", lambda c: required(c.fname), {"fname": None}, ("name", "null-value", "null")),
    ("age", lambda c: c.age, {"age": 151}, ("age", "constraint", "greater than 150")),
    ("code", lambda c: c.fname, {"fname": "abcd"}, ("code", "constraint", "at most 3")),
    ("code", lambda c: c.fname, {"fname": "x" * 99}, ("code", "constraint", "101 characters")),
    ("balance", lambda c: c.amount, {"amount": Decimal("1.234")}, ("balance", "out-of-range", "2 digits")),
    ("balance", lambda c: c.amount, {"amount": Decimal("12345")}, ("balance", "out-of-range", "4 digits")),
    ("balance", lambda c: c.amount, {"amount": Decimal("NaN")}, ("balance", "out-of-range", "NaN")),
    ("age", lambda c: integer(c.secret), {"secret": "hush"}, ("age", "not-an-integer", "personal")),
    (
        "name",
        lambda c: required(codes(c.sex, {"M": "m"})),
        {"sex": "hush"},
        ("name", "unknown-code", "personal"),
    ),
    ("code", lambda c: apply(len_text, c.fname), {"fname": ""}, ("code", "apply-failed", "ValueError")),
    ("code", lambda c: apply(len_text, c.num), {"num": "bad"}, ("code", "apply-failed", "NoneType")),
    (
        "address",
        lambda c: given(c.fname, lambda f: Address(street=f, code=f)),
        {"fname": "abc"},
        ("address", "constraint", "'abc'"),
    ),
    (
        "places",
        lambda c: [Address(street="x", code=c.fname)],
        {"fname": "abcdef"},
        ("places", "constraint", "at most 5"),
    ),
    ("sizes", lambda c: gather(c.age, 1), {"age": 10}, ("sizes", "constraint", "greater than 9")),
    ("sizes", lambda c: gather(c.age, 1, 2), {"age": 3}, ("sizes", "constraint", "at most 2")),
    ("grid", lambda c: [gather(c.age, 1, 2)], {"age": 3}, ("grid", "constraint", "at most 2")),
    ("born", lambda c: date_of(c.fname), {"fname": 5}, ("born", "bad-value", "TypeError")),
]


@pytest.mark.parametrize(("field", "body", "columns", "expected"), FAILURES)
def test_a_failing_row_names_path_code_and_value_but_nothing_personal(
    field: str, body: Any, columns: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    """The mapping is run again piece by piece to find the place."""
    path, code, reason = failing(defined(**{field: body}), **columns)
    assert (path, code) == expected[:2]
    assert expected[2] in reason
    assert "hush" not in reason


def test_the_same_value_of_the_same_field_is_the_same_expression() -> None:
    """Which is how it is computed once."""
    field = shape_of(Person).field("born")
    node = Column("day", ValueType(Kind.DATE))
    assert leafed(node, field) == leafed(node, field)
    assert leafed(node, field) != leafed(node, shape_of(Person).field("seen"))

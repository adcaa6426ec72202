"""Rows at which engines are tempted to differ from the stream, and what each of them makes of those."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

from franca.errors import MapError
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.mapping.python.leaves import leaf_of
from franca.model.entity import Entity, Table
from franca.model.markers import Digits, Key, Range
from franca.model.rows import row_type
from franca.model.shape import shape_of
from franca.testing.batch import Made

MOST = 10**38 - 1
BOUNDS = (Range(Decimal("0.005"), Decimal("99.995")), Range(-0.5, 10**40))


class Source(Table):
    """A row with numbers of many digits."""

    id: Key[str]
    number: int | None
    amount: Annotated[Decimal | None, Digits(12, 2)]
    huge: Annotated[Decimal | None, Digits(38, 0)]
    fine: Decimal
    ratio: float | None


class Rate(Entity):
    """A key that declares no digits."""

    rate: Key[Decimal]


class Rates(Entity):
    """Such keys beside one that declares them."""

    rate: Key[Decimal]
    amount: Annotated[Key[Decimal], Digits(12, 2)]
    other: Key[Decimal]


class Bounded(Entity):
    """Bounds with more places than a field, or beyond all that it holds."""

    id: Key[str]
    amount: Annotated[Decimal | None, Digits(12, 2), BOUNDS[0], BOUNDS[1]]
    huge: Annotated[Decimal | None, Digits(38, 0), Range(Decimal("-0.5"), Decimal("1E+37"))]
    number: Annotated[int | None, Range(-(10**20), 10**20)]
    positive: Annotated[int | None, Range(min=10**20)]
    ratio: Annotated[float | None, Range(2**53 + 1, 2**63 + 1)]


edges = Application("edges")


@edges.maps
def rate(row: Source) -> Rate:
    """Key an entity by a decimal."""
    return Rate(rate=row.fine)


@edges.maps
def rates(row: Source) -> Rates:
    """Key it by several."""
    return Rates(rate=row.fine, amount=Decimal("0.5"), other=-row.fine)


@edges.maps
def bounded(row: Source) -> Bounded:
    """Give each value as it is."""
    return Bounded(
        id=row.id,
        amount=row.amount,
        huge=row.huge,
        number=row.number,
        positive=row.number,
        ratio=row.ratio,
    )


FINE = ("0", "12.5", "100", "-100", "1E+2", "-0.000", "0.000000000000000001", "-1.10", "120", "10.010")
AMOUNTS = ("0.00", "0.01", "-0.01", "99.99", "100.00", "9999999999.99")
VALUES: dict[str, tuple[Any, ...]] = {
    "fine": tuple(map(Decimal, (*FINE, "99999999999999999999.999999999999999999"))),
    "amount": tuple(map(Decimal, AMOUNTS)),
    "huge": tuple(map(Decimal, (0, -1, MOST, 10**37, 10**37 + 1))),
    "number": (0, 2**63 - 1, -(2**63)),
    "ratio": (2.0**53, 2.0**53 + 2, 2.0**63, 2.0**64, 1.0),
}


def rows() -> list[dict[str, Any]]:
    """Return a row for each value, all others null, but for one that may not be."""
    named = [(name, value) for name, values in VALUES.items() for value in values]
    usual = dict.fromkeys(VALUES) | {"fine": Decimal(1)}
    return [{**usual, "id": f"k{place}", name: value} for place, (name, value) in enumerate(named)]


def streamed(mapping: Mapping[Any, Any], given: Iterable[dict[str, Any]]) -> list[object]:
    """Return what the stream makes of each row: subject and values, or the first problem."""
    found: list[object] = []
    for row in given:
        try:
            ((subject, data),) = mapping.compiled().events(row_type(Source, list(row))(**row))
        except MapError as error:
            found.append((error.path, error.code))
        else:
            found.append((subject, [getattr(data, field.name) for field in shape_of(mapping.entity).fields]))
    return found


def backfilled(mapping: Mapping[Any, Any], made: Iterable[Made]) -> list[object]:
    """Return the same of what SQL made."""
    fields = shape_of(mapping.entity).fields
    found: list[object] = []
    for each in made:
        values = [(leaf_of(field), each.data[field.name]) for field in fields]
        ready = [None if value is None else leaf(value) for leaf, value in values]
        found.append(each.problem or (each.subject, ready))
    return found

"""Which mappings need the row before a change: those that another column than the key decides."""

from typing import Annotated, Any

import pytest

from franca.mapping.application import Application
from franca.mapping.before_images import BeforeImages, before_images
from franca.mapping.words.choice import first, when
from franca.model.entity import Entity, Table
from franca.model.markers import Column, Key

ENDS = "an update that ends the condition leaves the entity"
SHORTENS = "an update that shortens the list leaves the items it had"
CHANGES = "an update that changes the key leaves the entity of the old one"
DELETE = "a delete is the problem absent-input"


class Phone(Entity):
    """A number with its owner."""

    owner: Key[str]
    kind: Key[str]
    number: str | None = None


class Cust(Table):
    """A table with a key and columns beside it."""

    num: Key[str]
    status: str
    phone: str | None
    fax: Annotated[str | None, Column("FAX-NO")]


def plain(cust: Cust) -> Phone:
    """Depend on the key alone."""
    return Phone(owner=cust.num, kind="x", number=cust.phone)


def listed(cust: Cust) -> list[Phone]:
    """Give as many items for every row."""
    return [Phone(owner=cust.num, kind=kind, number=cust.phone) for kind in "ab"]


def shortened(cust: Cust) -> list[Phone | None]:
    """Give fewer items for some rows."""
    return [plain(cust), when(cust.fax != "", Phone(owner=cust.num, kind="f", number=cust.fax), None)]


def maybe(cust: Cust) -> Phone | None:
    """Give one or none."""
    return when(cust.status == "A", Phone(owner=cust.num, kind="x"), None)


def keyed(cust: Cust) -> Phone:
    """Take part of the key from a column beside it."""
    return Phone(owner=cust.num, kind=first(cust.fax, cust.status))


@pytest.mark.parametrize(
    ("function", "where", "expected"),
    [
        (plain, None, None),
        (plain, lambda cust: cust.num != "0", None),
        (listed, None, None),
        (plain, lambda cust: cust.status == "A", BeforeImages(("status",), (ENDS, DELETE))),
        (maybe, None, BeforeImages(("status",), (ENDS, DELETE))),
        (shortened, None, BeforeImages(("FAX-NO",), (SHORTENS, DELETE))),
        (keyed, None, BeforeImages(("status", "FAX-NO"), (CHANGES, DELETE))),
        (
            shortened,
            lambda cust: cust.status == "A",
            BeforeImages(("status", "FAX-NO"), (ENDS, SHORTENS, DELETE)),
        ),
    ],
)
def test_what_is_decided_by_a_column_beside_the_key_needs_the_row_before(
    function: Any, where: Any, expected: BeforeImages | None
) -> None:
    """A row's key is always known; what else decides may have changed unseen."""
    application = Application("crm")
    maps: Any = application.maps(Cust, where=where) if where else application.maps
    assert before_images(maps(function)) == expected

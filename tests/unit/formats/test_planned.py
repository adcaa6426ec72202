"""The fast way of a decoder against its careful way: what one refuses, the other does not take."""

import json
from decimal import Decimal

import pytest

from franca.errors import DecodeError
from franca.formats.change import Change, Wanted, decode
from franca.formats.registry import AUTO
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record


class Account(Table):
    """A table with an amount that must be there, and one that need not."""

    id: Key[str]
    amount: Decimal
    limit: Decimal | None


COLUMNS = frozenset({"id", "amount", "limit"})


def record(amount: str, limit: str = "1") -> Record:
    """Return a plain row whose two amounts are these JSON texts."""
    return Record("t", 0, 1, 1, None, f'{{"id":"1","amount":{amount},"limit":{limit}}}'.encode())


@pytest.mark.parametrize("amount", [json.dumps(text) for text in ("1_0", " 1", "NaN", "")] + ["true", "null"])
def test_text_that_only_python_reads_as_a_number_is_refused_the_fast_way_too(amount: str) -> None:
    """What the first record may not hold, no later one may."""
    decoder = AUTO.decoder(Wanted(Account, COLUMNS))
    decode(decoder, record("1.10"))

    with pytest.raises(DecodeError, match="amount"):
        decode(decoder, record(amount))


@pytest.mark.parametrize(("amount", "expected"), [("1.10", "1.10"), ('"1.10"', "1.10"), ("1e400", "1E+400")])
def test_decimals_stay_exact_the_fast_way(amount: str, expected: str) -> None:
    """Every digit of a JSON number or text comes through, and null where null may be."""
    decoder = AUTO.decoder(Wanted(Account, COLUMNS))
    decode(decoder, record("5"))

    got = decoder.planned(record(amount, "null"))

    assert isinstance(got, Change)
    assert (got.after.amount, got.after.limit) == (Decimal(expected), None)  # type: ignore[union-attr]  # a row type made at run time

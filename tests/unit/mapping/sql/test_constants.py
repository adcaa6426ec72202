"""Constants in SQL in the type of the value beside them."""

import math
from decimal import Decimal
from typing import Any

import pytest
from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.sql.constants import bounded, fitted
from franca.mapping.tree import ValueType
from franca.model.kind import Kind

AMOUNT = ValueType(Kind.DECIMAL, precision=12, scale=2)
FLOAT = ValueType(Kind.FLOAT)


@pytest.mark.parametrize(
    ("make", "bound", "kind", "said"),
    [
        (exp.GTE, Decimal("0.005"), AMOUNT, "x >= CAST('0.01' AS DECIMAL(12, 2))"),
        (exp.LTE, 0.125, AMOUNT, "x <= CAST('0.12' AS DECIMAL(12, 2))"),
        (exp.GTE, 10**10, AMOUNT, "x IS NULL"),
        (exp.LTE, 10**10, AMOUNT, "TRUE"),
        (exp.GTE, -math.inf, AMOUNT, "TRUE"),
        (exp.LTE, Decimal("1E+999"), ValueType(Kind.DECIMAL), "TRUE"),
        (exp.LTE, -(10**19), ValueType(Kind.INTEGER), "x IS NULL"),
        (exp.LTE, 2**53 + 1, FLOAT, "x <= CAST('9007199254740992.0' AS DOUBLE)"),
        (exp.GTE, 2**53 + 1, FLOAT, "x >= CAST('9007199254740994.0' AS DOUBLE)"),
        (exp.LTE, 2**53 + 3, FLOAT, "x <= CAST('9007199254740994.0' AS DOUBLE)"),
        (exp.GTE, 10**400, FLOAT, "x >= CAST('inf' AS DOUBLE)"),
        (exp.LTE, -(10**400), FLOAT, "x <= CAST('-inf' AS DOUBLE)"),
        (exp.LTE, "b", ValueType(Kind.TEXT), "x <= 'b'"),
    ],
)
def test_a_bound_moves_to_the_next_value_of_the_type(make: Any, bound: Any, kind: Any, said: str) -> None:
    """Where the type has none behind it, all values are within, or none but null."""
    assert bounded(make, exp.column("x"), bound, kind).sql() == said


def test_a_meaning_that_the_others_leave_no_room_for_is_refused() -> None:
    """Thirty-eight digits are all that there are; the stream has more."""
    wide = ValueType(Kind.DECIMAL, precision=38, scale=18)
    with pytest.raises(DefinitionError, match=r"1E\+30"):
        fitted(Decimal("1E+30"), wide)
    assert fitted(None, wide).sql() == "CAST(NULL AS DECIMAL(38, 18))"

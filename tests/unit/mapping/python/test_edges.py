"""The edges of what the generated functions call: sizes, caches, and text that UTF-8 can't hold."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from franca.mapping.python import numbers, texts
from franca.mapping.python.failure import Failed
from franca.mapping.python.tables import CACHED, Cache


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: numbers.float_of(10**400), "out-of-range"),
        (lambda: numbers.integer_of_decimal(Decimal("1.5")), "out-of-range"),
        (lambda: texts.sha256("\ud800"), "bad-text"),
    ],
)
def test_what_can_not_be_answered_is_a_problem(call: Callable[[], object], code: str) -> None:
    """Each with its code."""
    with pytest.raises(Failed) as caught:
        call()
    assert caught.value.code == code


def test_a_cache_begins_anew_where_it_is_full() -> None:
    """Memory stays bounded, whatever comes."""
    doubled = Cache(lambda value: 2 * value)
    assert [doubled[number] for number in range(CACHED + 1)][-1] == 2 * CACHED
    assert len(doubled) == 1

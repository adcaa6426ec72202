"""A bug's trace tells where, and no value of a row."""

import pytest

from franca.errors import UnavailableError
from franca.local.trace import trace_of

NAME = "Ada Lovelace"


def fail(text: str) -> None:
    """Raise what quotes a value, and then an error of franca's."""
    try:
        int(text)
    except ValueError as error:
        raise UnavailableError("store", "it is away") from error


def test_a_trace_tells_place_and_kind_of_each_error_and_only_our_own_words() -> None:
    """What int() says quotes what it got, and that may be personal."""
    with pytest.raises(UnavailableError) as caught:
        fail(NAME)

    trace = trace_of(caught.value)

    assert NAME not in trace
    assert "test_trace.py" in trace
    assert trace.index("ValueError") < trace.index("which led to") < trace.index("store is unavailable")

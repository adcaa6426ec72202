"""An event's mark names it and ranks it, whichever entity it is about."""

import pytest

from franca.errors import WriteError
from franca.topics.event_mark import read_mark
from tests.individuals import event


def test_a_mark_is_read_from_any_event() -> None:
    """Its id tells the mapping, its type whether it is a delete, its sequence and number the rank."""
    changed, deleted = read_mark(event("1", 7, mapping="12-b")), read_mark(event("1", 8, deleted=True))

    assert (changed.trail, changed.mapper, changed.is_delete) == ("individual/c", "individual", False)
    assert (deleted.trail, deleted.is_delete) == ("individual/d", True)
    assert changed.rank == ("0001.lsn.00000000000000000007.000", 12)
    assert changed.rank < deleted.rank


@pytest.mark.parametrize("value", [b"", b"{", b"{}", b"[]", b"\xff"])
def test_what_is_no_event_has_none(value: bytes) -> None:
    """Somebody else may have written to the topic."""
    with pytest.raises(WriteError):
        read_mark(value)

"""What becomes of an entity: its newest event beside what stands."""

import msgspec
import pytest

from franca.lake.states import State
from franca.operations.past.verdict import differences, verdict


def event(note: str | None, *, sequence: str = "2", number: int = 2, is_late: bool = False) -> State:
    """Return an event of an order with that note, or its delete."""
    kind = "order.deleted" if note is None else "order.changed"
    data = {"number": "1"} if note is None else {"number": "1", "note": note}
    value = msgspec.json.encode({"id": "a/0/1/order/c", "type": kind, "sequence": sequence, "data": data})
    return State(sequence.encode(), number, is_late, note is None, value)


@pytest.mark.parametrize(
    ("made", "standing", "kind"),
    [
        (event("a"), None, "created"),
        (event(None), None, "same"),
        (event("b"), event("a", number=1), "changed"),
        (event("a"), event("a", number=1), "same"),
        (event("b"), event("a", sequence="1", number=9), "changed"),
        (event(None), event("a", number=1), "deleted"),
        (event(None), event(None, number=1), "same"),
        (event("a"), event(None, number=1), "created"),
        (event("b"), event("a", sequence="3", number=1), "overtaken"),
        (event("b"), event("a", number=3), "overtaken"),
        (event("b"), event("a"), "same"),
        (event("b", is_late=True), event("a", number=1), "late"),
    ],
)
def test_a_newer_fact_counts_and_an_equal_one_is_no_change(
    made: State, standing: State | None, kind: str
) -> None:
    """By sequence, then by the number of the mappings, as every sink has it."""
    assert verdict(made, standing) == kind


def test_the_fields_that_differ_are_told_before_and_after() -> None:
    """An entity that is not there, or deleted, has none."""
    old, new = event("a").value, event("b").value
    assert differences(old, new) == {"note": ("a", "b")}
    assert differences(None, new) == {"number": (None, "1"), "note": (None, "b")}
    assert differences(old, event(None).value) == {"number": ("1", None), "note": ("a", None)}
    assert differences(old, old.replace(b'"note":"a"', b'"note": "a"')) == {}

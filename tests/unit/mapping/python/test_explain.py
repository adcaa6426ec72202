"""Which piece of a mapping a problem names."""

from collections.abc import Callable

from franca.mapping.python.explain import Explainer, Part
from franca.mapping.python.failure import Failed


def answering(answer: object) -> Callable[[object], object]:
    """Return a piece that answers."""
    return lambda _row: answer


def failing(_row: object) -> object:
    """Fail as a piece does."""
    raise Failed("unknown-code", "one of ['a']", "b")


def explained(*parts: Part) -> tuple[str, str]:
    """Return path and code of the problem."""
    found = Explainer(lambda: list(parts)).explain(object(), ValueError())
    return found.path, found.code


def test_the_first_piece_that_fails_is_named() -> None:
    """In the mapping's order."""
    assert explained(Part("a", "", False, answering(1)), Part("b", "", False, failing)) == (
        "b",
        "unknown-code",
    )


def test_pieces_of_an_item_that_is_not_made_are_passed_over() -> None:
    """Its condition does not hold, and its fields are never computed."""
    parts = [
        Part("[0].where", "[0].", False, answering(False), condition=True),
        Part("[0].a", "[0].", False, failing),
        Part("[1].a", "[1].", False, failing),
    ]
    assert explained(*parts) == ("[1].a", "unknown-code")


def test_nothing_is_looked_at_behind_the_mappings_own_condition() -> None:
    """A row that makes nothing can't fail in a field; the problem is then the row's."""
    where = Part("where", "", False, answering(None), condition=True)
    assert explained(where, Part("a", "[0].", False, failing)) == ("", "bad-value")


def test_a_failure_that_no_piece_repeats_is_the_rows() -> None:
    """It has no path, and says nothing of the values."""
    assert explained(Part("a", "", False, answering(1))) == ("", "bad-value")

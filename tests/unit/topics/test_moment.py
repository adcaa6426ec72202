"""The texts of moments, of which few are kept."""

from franca.topics.moment import second_text


def test_the_texts_of_many_seconds_are_right() -> None:
    """However many there are, and when one comes back that was forgotten."""
    texts = [second_text(second) for second in range(10_000)]
    assert texts[0] == b"1970-01-01T00:00:00."
    assert texts[9_999] == b"1970-01-01T02:46:39."
    assert second_text(0) == texts[0]

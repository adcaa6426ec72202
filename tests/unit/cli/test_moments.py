"""Moments as users write them in options."""

from datetime import UTC, datetime, timedelta

import pytest

from franca.cli.moments import milliseconds, moment, span
from franca.errors import UsageError


def test_a_moment_may_be_told_by_how_long_ago_it_was() -> None:
    """In seconds, minutes, hours, days or weeks."""
    before = datetime.now(UTC)
    told = moment("2w", "--as-of")
    assert told is not None
    assert before <= told + timedelta(weeks=2) <= datetime.now(UTC)


def test_no_option_is_no_moment() -> None:
    """And nothing bounds a span."""
    assert moment(None, "--as-of") is None
    assert milliseconds(None, "--time") is None
    assert span(None, None) == (None, None)


@pytest.mark.parametrize(
    "text", ["999999w", "999999d", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_what_no_calendar_has_is_refused(text: str) -> None:
    """However it is told."""
    said = f"got '{text.replace('+', '[+]')}', which is outside the years 1 to 9999"
    with pytest.raises(UsageError, match=f"--as-of: {said}"):
        moment(text, "--as-of")
    with pytest.raises(UsageError, match=f"--time: {said}"):
        milliseconds(text, "--time")
    with pytest.raises(UsageError, match=f"--since: {said}"):
        span(text, "2026-01-01")


@pytest.mark.parametrize("text", ["", " ", "yesterday", "1y"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """An empty text too: it may be a variable that was never set."""
    with pytest.raises(UsageError, match=f"--until: got '{text}', expected a day or an instant"):
        span(None, text)


def test_a_span_ends_after_it_begins() -> None:
    """Else no time lies between."""
    assert span("2026-01-01", "2026-01-02T01:00:00+01:00") == (1767225600000, 1767312000000)
    with pytest.raises(UsageError, match="--until: is not later than --since"):
        span("2026-01-01", "2026-01-01")

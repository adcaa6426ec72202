"""A call that does not keep to its time limit is left to itself."""

import threading

import pytest

from franca.sinks.deadline import within


def test_an_answer_in_time_is_given() -> None:
    """What the call returns is returned."""
    assert within(5.0, lambda: "answer") == "answer"


def test_an_error_in_time_is_raised() -> None:
    """What the call raises is raised where it was asked for."""

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        within(5.0, fail)


def test_a_late_answer_is_not_waited_for() -> None:
    """The caller goes on after the limit, though the call does not end."""
    stuck = threading.Event()
    with pytest.raises(TimeoutError, match="no answer"):
        within(0.05, stuck.wait)
    stuck.set()

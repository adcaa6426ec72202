"""How a run is asked to end."""

import os
import signal
import threading

import pytest

from franca.pipeline.stop import Stop, stop_on_signals


def test_listeners_hear_a_request_whenever_it_came() -> None:
    """Who listens late still hears."""
    stop, heard = Stop(), []
    stop.listen(lambda: heard.append("early"))
    stop.request()
    stop.listen(lambda: heard.append("late"))
    assert heard == ["early", "late"]
    assert stop.requested


def test_waiting_ends_with_the_request() -> None:
    """A pause for a service that is away does not outlast the stop."""
    stop = Stop()
    threading.Timer(0.05, stop.request).start()
    assert stop.wait(30)
    assert not Stop().wait(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_requests_the_stop(number: signal.Signals) -> None:
    """The first signal asks; afterwards the process treats signals as before."""
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        os.kill(os.getpid(), number)
        assert stop.wait(10)
        assert signal.getsignal(number) == before
    assert signal.getsignal(number) == before
